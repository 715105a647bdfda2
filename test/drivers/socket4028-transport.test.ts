// One question over one connection, and one conversation with a device at a time.
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { DONE, failed, type Outcome } from '../../src/model/outcome.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { deviceLane } from '../../src/transports/device-lane.ts';
import { askTcp } from '../../src/transports/tcp.ts';
import { tcpMouth } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';

const addresses = addressBook(() => new Promise(() => undefined));
const open = closedAfterEach();

async function served(mouth: Parameters<typeof tcpMouth>[0]): Promise<number> {
  return open(await tcpMouth(mouth)).port;
}

function ask(port: number, signal = within(), answerMs?: number): Promise<Outcome<Uint8Array>> {
  return askTcp({
    host: '127.0.0.1',
    port,
    addresses,
    payload: '{"command":"summary"}',
    signal,
    ...(answerMs === undefined ? {} : { answerMs }),
  });
}

describe('a question over TCP', () => {
  it('is answered up to the NUL, and what comes behind it is not looked at', async () => {
    const answer = await ask(await served(Buffer.from('{"a":1}\0{"b":2}')));
    expect(answer.ok && Buffer.from(answer.value).toString()).toBe('{"a":1}');
  });

  it('is answered by the end of the connection where no NUL comes', async () => {
    const answer = await ask(await served(Buffer.from('{"a":1}')));
    expect(answer.ok && Buffer.from(answer.value).toString()).toBe('{"a":1}');
  });

  it('goes out in one write, and the connection is not half closed before the answer', async () => {
    const seen: string[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let ended = false;
      socket
        .on('error', () => undefined)
        .on('end', () => {
          ended = true;
          socket.end();
        });
      socket.on('data', (chunk) => {
        seen.push(chunk.toString());
        setTimeout(() => (ended ? socket.destroy() : socket.write('{}\0')), 50);
      });
    });
    open({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const answer = await ask(await listen(server));
    expect(answer.ok).toBe(true);
    expect(seen).toEqual(['{"command":"summary"}']);
  });

  it('has its own end where the caller sets none that is near', async () => {
    const began = performance.now();
    expect(await ask(await served('silent'), within(), 100)).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('is tried once more when it was refused, and the second try may find somebody', async () => {
    const { port } = await tcpMouth('nobody');
    const answer = ask(port);
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('{}\0'),
    );
    const late = setTimeout(() => server.listen(port, '127.0.0.1'), 60);
    open({
      close: () => {
        clearTimeout(late);
        return new Promise((resolve) => server.close(() => resolve()));
      },
    });
    expect((await answer).ok).toBe(true);
  });

  it('is not tried again when no time is left, and says that it was refused', async () => {
    const { port } = await tcpMouth('nobody');
    const began = performance.now();
    expect(await ask(port, within(50))).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('says what it may be when the connection is closed without a word', async () => {
    const answer = await ask(await served(Buffer.alloc(0)));
    expect(answer).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'later' } });
  });

  it('never waits for a name to resolve', async () => {
    const began = performance.now();
    const answer = await askTcp({ host: 'rig-1.lan', port: 4028, addresses, payload: '', signal: within() });
    expect(answer).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    expect(!answer.ok && answer.fault.detail).toContain('rig-1.lan has never resolved');
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

/** Work that goes on until it is told to stop, or let go. */
function held(): { readonly work: (signal: AbortSignal) => Promise<Outcome>; release(): void; readonly begun: () => boolean } {
  let begun = false;
  let release = (): void => undefined;
  const work = (signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve) => {
      begun = true;
      release = () => resolve(DONE);
      signal.addEventListener('abort', () => resolve(failed('timeout', 'stopped')), { once: true });
    });
  return { work, release: () => release(), begun: () => begun };
}

describe('a lane to a device', () => {
  it('has one conversation at a time, in the order in which they came', async () => {
    const lane = deviceLane('rig-1');
    const order: number[] = [];
    let under = 0;
    const turn = (n: number): Promise<Outcome> =>
      lane.run({
        signal: within(),
        urgent: false,
        work: async () => {
          under++;
          expect(under).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 2));
          order.push(n);
          under--;
          return DONE;
        },
      });
    await Promise.all([turn(1), turn(2), turn(3)]);
    expect(order).toEqual([1, 2, 3]);
  });

  it('lets an order take the place of a reading, and go ahead of those that wait', async () => {
    const lane = deviceLane('rig-1');
    const reading = held();
    const first = lane.run({ signal: within(), urgent: false, work: reading.work });
    const order: string[] = [];
    const noting = (word: string) => async (): Promise<Outcome> => {
      order.push(word);
      return DONE;
    };
    const second = lane.run({ signal: within(), urgent: false, work: noting('reading') });
    const pause = lane.run({ signal: within(), urgent: true, work: noting('pause') });
    expect(await first).toMatchObject({ ok: false, fault: { code: 'not-asked', detail: 'rig-1: the reading made room for an order' } });
    expect([(await pause).ok, (await second).ok]).toEqual([true, true]);
    expect(order).toEqual(['pause', 'reading']);
  });

  it('does not call a device silent that was busy with an order all the while', async () => {
    const lane = deviceLane('rig-1');
    const pause = held();
    const first = lane.run({ signal: within(), urgent: true, work: pause.work });
    const reading = await lane.run({ signal: within(20), urgent: false, work: async () => DONE });
    expect(reading).toMatchObject({ ok: false, fault: { code: 'not-asked', detail: 'rig-1 was still busy with an order' } });
    pause.release();
    expect((await first).ok).toBe(true);
  });

  it('never breaks off an order for another', async () => {
    const lane = deviceLane('rig-1');
    const pause = held();
    const first = lane.run({ signal: within(), urgent: true, work: pause.work });
    const second = lane.run({ signal: within(), urgent: true, work: async () => DONE });
    await eventually('the order is under way', pause.begun, 10_000);
    pause.release();
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
  });

  it('lets nobody wait beyond his time, nor more than eight wait', async () => {
    const lane = deviceLane('rig-1');
    const reading = held();
    const first = lane.run({ signal: within(), urgent: false, work: reading.work });
    const waiting = Array.from({ length: 8 }, () => lane.run({ signal: within(30), urgent: false, work: async () => DONE }));
    expect(await lane.run({ signal: within(), urgent: false, work: async () => DONE })).toMatchObject({
      ok: false,
      fault: { code: 'refused' },
    });
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    reading.release();
    expect((await first).ok).toBe(true);
  });

  it('ends everything when it is closed', async () => {
    const lane = deviceLane('rig-1');
    const first = lane.run({ signal: within(), urgent: true, work: held().work });
    const second = lane.run({ signal: within(), urgent: false, work: async () => DONE });
    await lane.close();
    for (const outcome of [await first, await second]) expect(outcome).toMatchObject({ ok: false, fault: { detail: 'rig-1 was closed' } });
    expect(await lane.run({ signal: within(), urgent: true, work: async () => DONE })).toMatchObject({ ok: false });
  });
});
