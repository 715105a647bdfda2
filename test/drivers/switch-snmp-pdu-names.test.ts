// The outlets of a PDU by the names that their owner gave them, before a PDU on 127.0.0.1 that tells them.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Board } from '../../src/switches/port.ts';
import { snmpPdu } from '../../src/switches/snmp-pdu.ts';
import { type PduMib, pduMib, pduMibs } from '../../src/wire/snmp-pdus.ts';
import { FakePdu, NO_PACKAGE, netSnmp, USER, WRITERS } from '../support/fake-pdu.ts';
import { switchKit } from '../support/switch-kit.ts';

const snmp = await netSnmp();
if (snmp === undefined) console.info(NO_PACKAGE);
const withPackage = snmp === undefined ? describe.skip : describe;

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);
const SECRETS = { community: WRITERS, password: USER.password, key: USER.key };
const V3 = { version: 'v3', username: USER.name, passwordFile: 'password', keyFile: 'key' };

interface Bench {
  readonly pdu: FakePdu;
  readonly board: Board;
}

async function bench(own: Record<string, unknown>, traits: { outlets: number; unit?: number }): Promise<Bench> {
  const pdu = await FakePdu.start(snmp, pduMib(String(own['mib'] ?? 'apc-rpdu')) as PduMib, traits);
  const options = { host: '127.0.0.1', port: pdu.port, mib: 'apc-rpdu', passwordFile: 'community', ...own };
  const board = snmpPdu.open(options, switchKit({ secrets: new Map(Object.entries(SECRETS)) }));
  open.push(pdu, board);
  return { pdu, board };
}

withPackage('with the package net-snmp', () => {
  describe.each(pduMibs.filter(({ names }) => names !== undefined).map(({ name }) => name))('an outlet of %s that is named', (mib) => {
    it.each(['v1', 'v2c'])('is found over %s by the name that its owner gave it, among those that stand beside it', async (version) => {
      const { pdu, board } = await bench({ mib, version, outlets: [1], named: { ash: 'S19 left' } }, { outlets: 4 });
      pdu.names.set(3, 'S19 left');
      pdu.names.set(4, 'S19');
      expect(await board.channel('ash').read?.(soon())).toEqual({ ok: true, value: 'fed' });
      expect(await board.channel('ash').set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect([...pdu.outlets.values()]).toEqual([true, true, false, true]);
      expect(pdu.wasSet).toEqual([pdu.oid('control', 3)]);
      expect(await board.channel('ash').read?.(soon())).toEqual({ ok: true, value: 'cut' });
    });
  });

  describe('an outlet by its name', () => {
    const named = { outlets: [], named: { ash: 'S19 left', oak: 'S19 right' } };
    const withNames = async (names: readonly string[], own: Record<string, unknown> = {}): Promise<Bench> => {
      const made = await bench({ ...named, ...own }, { outlets: names.length });
      names.forEach((name, place) => {
        made.pdu.names.set(place + 1, name);
      });
      return made;
    };

    it('is looked for on the unit that is meant, and blanks behind a name are none', async () => {
      const { pdu, board } = await bench({ ...named, mib: 'raritan', unit: 3, ...V3 }, { outlets: 2, unit: 3 });
      pdu.names.set(2, 'S19 left  \0');
      expect(await board.channel('ash').set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect(pdu.wasSet).toEqual([pdu.oid('control', 2)]);
    });

    it('that none bears is a mistake that lists what there is, and nothing is moved', async () => {
      const { pdu, board } = await withNames(['S19 left', 'S19 rihgt']);
      for (const outcome of [await board.channel('oak').read?.(soon()), await board.channel('oak').set('cut', soon())]) {
        expect(outcome).toMatchObject({
          fault: {
            code: 'unsupported',
            detail: expect.stringContaining('no outlet named "S19 right"; there are: 1 "S19 left", 2 "S19 rihgt"'),
          },
        });
      }
      expect(pdu.moves).toBe(0);
      pdu.names.set(2, 'S19 right');
      expect(await board.channel('oak').set('cut', soon())).toEqual({ ok: true, value: undefined });
    });

    it('that two outlets bear is refused', async () => {
      const { pdu, board } = await withNames(['S19 left', 'other', 'S19 left']);
      expect(await board.channel('ash').set('cut', soon())).toMatchObject({
        fault: { code: 'unsupported', detail: expect.stringContaining('outlets 1 and 3 are both named "S19 left"') },
      });
      expect(pdu.moves).toBe(0);
    });

    it('is found again where the plugs were moved and the outlets renamed, and no other is moved', async () => {
      const { pdu, board } = await withNames(['S19 left', 'S19 right', 'other']);
      expect(await board.channel('ash').read?.(soon())).toEqual({ ok: true, value: 'fed' });
      pdu.names.set(1, 'other').set(3, 'S19 left');
      expect(await board.channel('ash').set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect([...pdu.outlets.values()]).toEqual([true, true, false]);
    });

    it('is found although a datagram is lost on the way, and after the PDU was away', async () => {
      const { pdu, board } = await withNames(['S19 left', 'S19 right']);
      pdu.loses = 1;
      expect(await board.channel('oak').set('cut', soon())).toEqual({ ok: true, value: undefined });
      await pdu.close();
      expect(await board.channel('oak').read?.(soon(200))).toMatchObject({ fault: { code: 'timeout' } });
      await pdu.open();
      expect(await board.channel('oak').set('fed', soon())).toEqual({ ok: true, value: undefined });
      expect([...pdu.outlets.values()]).toEqual([true, true]);
    });

    it('is not walked to by each contact of a large PDU anew', async () => {
      const channels = Array.from({ length: 24 }, (_, place) => `rig-${place}`);
      const { pdu, board } = await withNames(channels, { named: Object.fromEntries(channels.map((name) => [name, name])) });
      const read = await Promise.all(channels.map((channel) => board.channel(channel).read?.(soon())));
      expect(read.filter((outcome) => outcome?.ok !== true)).toEqual([]);
      // Once all names, and the state of each.
      expect(pdu.questions).toBeLessThan(24 * 3);
    });
  });
});
