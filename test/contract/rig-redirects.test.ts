// A page that sends us elsewhere: whoever is there is not the rig of the file, and must get neither an order nor a password.
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { fakeRigs } from '../../src/fakes/registry.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { against, loginOf } from './rig-bench.ts';
import { within } from './rig-driver.ts';

const open = closedAfterEach();

/** Somebody else, who counts the connections that come. */
async function trap(): Promise<{ readonly port: number; readonly met: () => number; close(): Promise<void> }> {
  let met = 0;
  const server = createServer((socket) => {
    met += 1;
    socket.destroy();
  });
  const port = await listen(server);
  return { port, met: () => met, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

// 307 and 308 ask for the same order again, with all that was in it.
// ssh knows no redirect; a host key that is another is its like.
const CASES = fakeRigs
  .filter(({ over }) => over === undefined)
  .flatMap((kind) => [302, 307, 308].map((status) => [kind.family, status, kind] as const));

it.each(CASES)('%s that answers with HTTP %d is a fault, and nobody goes where it points', async (family, status, kind) => {
  const { port, met } = open(await trap());
  const answer = `HTTP/1.1 ${status} Elsewhere\r\nlocation: http://127.0.0.1:${port}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
  const made = await against(family, Buffer.from(answer), { login: loginOf(kind) });
  const driver = open(made.driver);
  open({ close: made.close });
  // A page goes on though its rig is dark, so that one which tells nothing counts as the silence of the rig.
  const unread = family === 'webhook' ? 'unreachable' : 'garbled';
  expect(await driver.read?.(within(2_000))).toMatchObject({ ok: false, fault: { code: unread } });
  for (const said of [await driver.pause?.(within(2_000)), await driver.resume?.(undefined, within(2_000))]) {
    expect(said).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  }
  expect(met()).toBe(0);
});
