// How the unit starts the service: what is measured is started the same way.
import { readFileSync } from 'node:fs';

/** From the root of the checkout, where scripts/bench works. */
const UNIT = 'systemd/lastwatt.service';

export interface Started {
  /** what stands between Node and the program */
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Throws where the unit starts something else than the program under Node. */
export function asTheUnit(text = readFileSync(UNIT, 'utf8')): Started {
  const [, args] = /^ExecStart=\S+\/node ((?:--\S+ )*)\S+\/main\.js /m.exec(text) ?? [];
  if (args === undefined) throw new Error(`${UNIT} starts no main.js`);
  const env = [...text.matchAll(/^Environment=(\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]);
  return { nodeArgs: args.split(' ').filter((one) => one !== ''), env: Object.fromEntries(env) };
}
