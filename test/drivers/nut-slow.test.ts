// The NUT source before a server that answers some questions and is too slow for others: a number never costs the status.
import { describe, expect, it } from '@jest/globals';
import { addressBook } from '../../src/transports/address-book.ts';
import { nutSource } from '../../src/ups/nut.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { misbehavingUpsd } from '../support/misbehaving-upsd.ts';

const LISTED = 'BEGIN LIST VAR rack\nVAR rack ups.status "OL"\nVAR rack battery.charge "100"\nEND LIST VAR rack\n';
const open = closedAfterEach();
const within = (ms = 2000): AbortSignal => AbortSignal.timeout(ms);

/** It answers a list, and these variables; all else it never does. */
async function sourceBeforeSlow(answers: Readonly<Record<string, string>>): Promise<UpsSource> {
  const onLine = (line: string, socket: { write(text: string): unknown }): void => {
    const text = line.startsWith('LIST') ? LISTED : answers[line.split(' ').at(-1) ?? ''];
    if (text !== undefined) socket.write(text);
  };
  const { port } = open(await misbehavingUpsd({ onLine }));
  const addresses = addressBook(() => new Promise(() => undefined));
  const options = { ups: 'rack', host: '127.0.0.1', port, name: 'rack', role: 'observer' } as const;
  return open(nutSource(options, { nowMs: () => 0, random: () => 0, addresses }));
}

describe('a server that answers slowly', () => {
  it('costs a figure that does not come in time, and not the status before it', async () => {
    const answers = { 'server.version': 'VAR rack server.version "2.8.0"\n', 'ups.status': 'VAR rack ups.status "OB"\n' };
    const source = await sourceBeforeSlow(answers);
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OL']) } });
    const reading = { words: new Set(['OB']), figures: {}, nameplate: { serverVersion: '2.8.0' } };
    expect(await source.read(within(300))).toMatchObject({ ok: true, value: reading });
  });

  it('costs its version that does not come in time, and not the list', async () => {
    const source = await sourceBeforeSlow({});
    const reading = { words: new Set(['OL']), figures: { charge: '100' } };
    expect(await source.read(within(300))).toMatchObject({ ok: true, value: reading });
    await eventually('it is read again', async () => (await source.read(within(300))).ok);
  });

  it('is not heard where no status came in time', async () => {
    const source = await sourceBeforeSlow({ 'server.version': 'VAR rack server.version "2.8.0"\n' });
    expect(await source.read(within())).toMatchObject({ ok: true });
    expect(await source.read(within(300))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  });
});
