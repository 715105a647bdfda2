// The snmp-pdu switch driver before an agent with the objects of each kind of PDU.
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Board } from '../../src/switches/port.ts';
import { openSnmpPdu, snmpPdu, snmpPduOptions } from '../../src/switches/snmp-pdu.ts';
import { loadNetSnmp } from '../../src/transports/net-snmp.ts';
import { type PduMib, pduMib, pduMibs } from '../../src/wire/snmp-pdus.ts';
import { describeSwitch } from '../contract/switch-driver.ts';
import { eventually } from '../support/eventually.ts';
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

function boardAt(port: number, own: Record<string, unknown> = {}, secrets: Record<string, string> = SECRETS): Board {
  const options = { host: '127.0.0.1', port, mib: 'apc-rpdu', outlets: [1, 2], passwordFile: 'community', ...own };
  const board = snmpPdu.open(options, switchKit({ secrets: new Map(Object.entries(secrets)) }));
  open.push(board);
  return board;
}

interface Bench {
  readonly pdu: FakePdu;
  readonly board: Board;
}

async function bench(own: Record<string, unknown> = {}, traits: { outlets?: number; unit?: number } = {}): Promise<Bench> {
  const mib = pduMib(String(own['mib'] ?? 'apc-rpdu')) as PduMib;
  const pdu = await FakePdu.start(snmp, mib, traits);
  open.push(pdu);
  return { pdu, board: boardAt(pdu.port, own) };
}

withPackage('with the package net-snmp', () => {
  for (const [name, own, traits] of [
    ['snmp-pdu, v2c, controlled and read in one column', {}, {}],
    ['snmp-pdu, v3, state and command count apart', { mib: 'apc-rpdu2', ...V3 }, {}],
    ['snmp-pdu, v1, the third unit of a chain', { mib: 'raritan', unit: 3, version: 'v1' }, { unit: 3 }],
  ] as const) {
    describeSwitch(
      name,
      async () => {
        const { pdu, board } = await bench(own, traits);
        return {
          board,
          channel: '2',
          truth: () => (pdu.outlets.get(2) === true ? 'fed' : 'cut'),
          moves: () => pdu.moves,
          refuse: () => {
            pdu.mood = 'reads-only';
          },
          stall: () => {
            pdu.mood = 'deaf';
          },
          babble: () => {
            pdu.mood = 'in-between';
          },
          strike: async () => {
            await board.close();
            await pdu.close();
          },
        };
      },
      { babble: true },
    );
  }

  describe.each(pduMibs.map(({ name }) => name))('a PDU with the objects of %s', (mib) => {
    it('has the one outlet moved that was meant, through its own object', async () => {
      const { pdu, board } = await bench({ mib }, { outlets: 3 });
      expect((await board.channel('2').set('cut', soon())).ok).toBe(true);
      expect([...pdu.outlets.values()]).toEqual([true, false, true]);
      expect(await board.channel('2').read?.(soon())).toEqual({ ok: true, value: 'cut' });
      expect(await board.channel('1').read?.(soon())).toEqual({ ok: true, value: 'fed' });
      expect(pdu.wasSet).toEqual([pdu.oid('control', 2)]);
    });
  });

  describe('a PDU', () => {
    it('is waited for when its outlets are delayed', async () => {
      const { pdu, board } = await bench();
      pdu.looksBehind = 3;
      expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect(pdu.wasSet.length).toBe(1);
    });

    it('that agrees and does not move is late, with what to look at', async () => {
      const { pdu, board } = await bench();
      pdu.mood = 'locked';
      expect(await board.channel('1').set('cut', soon(600))).toMatchObject({
        ok: false,
        fault: { code: 'timeout', detail: expect.stringMatching(/agreed, and outlet 1 is still on: is a delay set for it, or a lock\?/) },
      });
    });

    it('is told again when a datagram was lost', async () => {
      const { pdu, board } = await bench();
      pdu.loses = 1;
      expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect(pdu.moves).toBe(1);
    });

    it('has 24 outlets cut at once, and none is lost', async () => {
      const outlets = Array.from({ length: 24 }, (_, place) => place + 1);
      const { pdu, board } = await bench({ outlets }, { outlets: 24 });
      const all = outlets.map((outlet) => board.channel(String(outlet)));
      const reads = all.map((contact) => contact.read?.(soon()));
      const cuts = await Promise.all(all.map((contact) => contact.set('cut', soon())));
      expect(cuts.filter(({ ok }) => !ok)).toEqual([]);
      expect([...pdu.outlets.values()]).toEqual(Array(24).fill(false));
      await Promise.all(reads);
    });

    it('tells which outlet it does not have', async () => {
      const { board } = await bench({ outlets: [7] });
      for (const outcome of [await board.channel('7').read?.(soon()), await board.channel('7').set('cut', soon())]) {
        expect(outcome).toMatchObject({
          ok: false,
          fault: { code: 'unsupported', detail: expect.stringContaining('correct outlets, or mib') },
        });
      }
    });

    it('has another table than the file says', async () => {
      const { pdu } = await bench();
      const board = boardAt(pdu.port, { mib: 'cyberpower' });
      expect(await board.channel('1').read?.(soon())).toMatchObject({
        fault: { code: 'unsupported', detail: expect.stringContaining('mib') },
      });
    });

    it('is silent to a wrong community, and says where to look', async () => {
      const { pdu } = await bench();
      const board = boardAt(pdu.port, {}, { community: 'wrong-one' });
      const outcome = await board.channel('1').set('cut', soon(400));
      expect(outcome).toMatchObject({
        ok: false,
        fault: { code: 'timeout', detail: expect.stringMatching(/no answer: .*is the community in passwordFile right/) },
      });
      expect(JSON.stringify(outcome)).not.toContain('wrong-one');
      expect(pdu.moves).toBe(0);
    });

    it.each([
      ['another user', { username: 'somebody' }, {}, 'unauthorized', 'unknown user name'],
      ['a wrong password', {}, { password: 'wrong-password' }, 'timeout', 'are user, password and key right'],
      ['a wrong key', {}, { key: 'wrong-key-12' }, 'timeout', 'are user, password and key right'],
    ])('does not take %s over v3', async (_which, own, secrets, code, say) => {
      const { pdu } = await bench();
      const board = boardAt(pdu.port, { ...V3, ...own }, { ...SECRETS, ...secrets });
      const outcome = await board.channel('1').set('cut', soon(1500));
      expect(outcome).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(say) } });
      expect(JSON.stringify(outcome)).not.toMatch(/wrong-|secret/);
      expect(pdu.moves).toBe(0);
    });

    it('is not asked with a secret that is missing or too short', async () => {
      const { pdu } = await bench();
      for (const [own, secrets, say] of [
        [{}, {}, 'passwordFile could not be read'],
        [V3, { password: USER.password }, 'keyFile could not be read'],
        [V3, { password: 'short', key: USER.key }, 'under 8 characters'],
      ] as const) {
        const board = boardAt(pdu.port, own, secrets);
        expect(await board.channel('1').read?.(soon())).toMatchObject({
          fault: { code: 'unauthorized', detail: expect.stringContaining(say) },
        });
      }
    });

    it('is found again after it was restarted, over v3 too', async () => {
      for (const own of [{}, V3]) {
        const { pdu, board } = await bench(own);
        expect((await board.channel('1').read?.(soon()))?.ok).toBe(true);
        await pdu.close();
        expect(await board.channel('1').read?.(soon(200))).toMatchObject({ fault: { code: 'timeout' } });
        await pdu.open();
        expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
      }
    });

    it('is cut although a reading of it hangs', async () => {
      const { pdu, board } = await bench();
      pdu.mood = 'deaf';
      const reading = board.channel('1').read?.(soon());
      await eventually('the question is there', () => pdu.questions > 0);
      pdu.mood = 'well';
      const began = performance.now();
      expect((await board.channel('1').set('cut', soon())).ok).toBe(true);
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(await reading).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
    });
  });

  describe('what answers in place of a PDU', () => {
    it.each([
      ['nothing that is SNMP', Buffer.from('hello')],
      ['an empty datagram', Buffer.alloc(0)],
      ['a sequence that ends too soon', Buffer.from('3082ffff0201', 'hex')],
    ])('%s, ends no process: it is silence', async (_which, bytes) => {
      const server = await udpSocket();
      server.on('message', (_question, { port }) => server.send(bytes, port, '127.0.0.1'));
      const board = boardAt(server.address().port);
      expect(await board.channel('1').read?.(soon(300))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    });

    it('in the name of a user where none was asked for, ends no process: it is silence', async () => {
      const server = await udpSocket();
      server.on('message', (question, { port }) => server.send(signedByNobody(question), port, '127.0.0.1'));
      const board = boardAt(server.address().port);
      expect(await board.channel('1').read?.(soon(300))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    });

    it('from another port than the one that was asked, is not heard', async () => {
      const { pdu } = await bench();
      const [stranger, proxy] = [await udpSocket(), await udpSocket()];
      // What is asked is handed on to a PDU, and its answer comes back from a port that nobody asked.
      let asker = 0;
      proxy.on('message', (question, { port }) => {
        asker = port;
        stranger.send(question, pdu.port, '127.0.0.1');
      });
      let answers = 0;
      stranger.on('message', (answer) => {
        answers += 1;
        stranger.send(answer, asker, '127.0.0.1');
      });
      const board = boardAt(proxy.address().port);
      expect(await board.channel('1').read?.(soon(300))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
      expect(answers).toBe(1);
    });
  });
});

async function udpSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => socket.close(() => resolve())) });
  return socket;
}

/** A value in BER; nothing here is longer than 127 bytes. */
function ber(tag: number, ...content: readonly (Buffer | number)[]): Buffer {
  const bytes = Buffer.concat(content.map((one) => (typeof one === 'number' ? Buffer.from([one]) : one)));
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
}

/** To a question of v2c, an answer of v3 with its number and a signature of a user whom the asker does not have. */
function signedByNobody(question: Buffer): Buffer {
  const [INTEGER, OCTETS, SEQUENCE, GET, RESPONSE] = [0x02, 0x04, 0x30, 0xa0, 0xa2];
  const at = question.indexOf(GET, 5 + 2 + WRITERS.length) + 2;
  const id = question.subarray(at, at + 2 + (question[at + 1] ?? 0));
  const header = ber(SEQUENCE, id, ber(INTEGER, 0x7f), ber(OCTETS, 1), ber(INTEGER, 3));
  const security = ber(
    SEQUENCE,
    ber(OCTETS, 1),
    ber(INTEGER, 1),
    ber(INTEGER, 1),
    ber(OCTETS, 0x61),
    ber(OCTETS, Buffer.alloc(12)),
    ber(OCTETS),
  );
  const pdu = ber(RESPONSE, id, ber(INTEGER, 0), ber(INTEGER, 0), ber(SEQUENCE));
  return ber(SEQUENCE, ber(INTEGER, 3), header, ber(OCTETS, security), ber(SEQUENCE, ber(OCTETS, 1), ber(OCTETS), pdu));
}

describe('the tables of PDUs', () => {
  /** PowerNet-MIB: sPDUMasterControl and its table, rPDUOutletDev. */
  const ALL_AT_ONCE = ['1.3.6.1.4.1.318.1.1.4.2', '1.3.6.1.4.1.318.1.1.12.3.1'];

  it('name the objects of single outlets only', () => {
    for (const mib of pduMibs) {
      for (const outlet of [1, 8, 24, 48]) {
        const options = { host: '192.0.2.1', mib: mib.name, outlets: [outlet], passwordFile: 'x' };
        expect(snmpPdu.channels(options)).toEqual([String(outlet)]);
      }
      for (const column of [mib.control, mib.state, mib.names ?? mib.state]) {
        expect(ALL_AT_ONCE.filter((all) => `${column}.`.startsWith(`${all}.`))).toEqual([]);
      }
    }
    expect(snmpPduOptions.safeParse({ host: '192.0.2.1', mib: 'apc-rpdu', outlets: [0], passwordFile: 'x' }).success).toBe(false);
  });

  it('never know on for off', () => {
    for (const { set, tells } of pduMibs) {
      expect(set.on).not.toBe(set.off);
      expect(tells.on).not.toBe(tells.off);
    }
  });
});

describe('the options of a PDU', () => {
  const good = { host: '192.0.2.1', mib: 'apc-rpdu', outlets: [1, 2], passwordFile: 'community' };

  it('name the contact without a secret', () => {
    expect(snmpPdu.wiring(good, '2')).toBe('192.0.2.1:161 apc-rpdu outlet 2');
    expect(snmpPdu.wiring({ ...good, mib: 'raritan', unit: 3 }, '2')).toBe('192.0.2.1:161 raritan outlet 3.2');
    expect(snmpPdu.wiring({ ...good, named: { ash: 'S19 left' } }, 'ash')).toBe('192.0.2.1:161 apc-rpdu outlet "S19 left"');
    expect(snmpPdu.channels({ ...good, outlets: [7], named: { ash: 'S19 left' } })).toEqual(['7', 'ash']);
    expect(snmpPdu.way({ ...good, ...V3 })).toEqual({ host: '192.0.2.1', secretFiles: ['password', 'key'] });
  });

  it.each([
    [{ mib: 'apc' }],
    [{ outlets: [] }],
    [{ outlets: [2, 2] }],
    [{ named: { 1: 'S19' } }],
    [{ named: { ash: 'S19', oak: 'S19' } }],
    [{ named: { 'Ash left': 'S19' } }],
    [{ named: { ash: '' } }],
    [{ mib: 'apc-epdu', named: { ash: 'S19' } }],
    [{ username: 'me' }],
    [{ keyFile: 'key' }],
    [{ version: 'v3', keyFile: 'key' }],
    [{ version: 'v3', username: 'me' }],
    [{ community: 'private' }],
  ])('are refused with %j', (own) => {
    expect(snmpPduOptions.safeParse({ ...good, ...own }).success).toBe(false);
  });
});

describe('a machine without the package net-snmp', () => {
  const missing = () => loadNetSnmp(() => Promise.reject(new Error("Cannot find package 'net-snmp'\nimported from here")));

  it('says how to get it, and moves nothing', async () => {
    const options = snmpPduOptions.parse({ host: '127.0.0.1', mib: 'apc-rpdu', outlets: [1], passwordFile: 'community' });
    const board = openSnmpPdu(options, switchKit({ secrets: new Map([['community', 'x']]) }), missing);
    expect(await board.channel('1').set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('npm ci --include=optional') },
    });
    expect((await loadNetSnmp(() => Promise.resolve({ default: {} }))).ok).toBe(false);
  });
});
