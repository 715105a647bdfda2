// What a test has opened is closed after it, the last first.
import { afterEach } from '@jest/globals';

interface Open {
  close(): Promise<void>;
}

/** To be called once, at the top of a file or of a describe; gives back what it was given, to be closed after the test. */
export function closedAfterEach(): <T extends Open>(one: T) => T {
  const open: Open[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  return (one) => {
    open.push(one);
    return one;
  };
}
