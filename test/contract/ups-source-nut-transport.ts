// What every NUT transport must bear: the same servers, however rude, end in an answer or a fault; nothing hangs, nothing mixes.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/model/outcome.ts';
import { NutSession } from '../../src/transports/nut-session/session.ts';
import type { OpenNutTransport } from '../../src/transports/nut-session/transport.ts';
import { mapOf } from '../../src/wire/nut.ts';
import { eventually } from '../support/eventually.ts';
import { drip, flood, type Manners, type MisbehavingUpsd } from '../support/misbehaving-upsd.ts';

const LIST = ['LIST', 'VAR', 't1'];
const GOOD = 'BEGIN LIST VAR t1\nVAR t1 ups.status "OL"\nVAR t1 ups.load "40"\nEND LIST VAR t1\n';
const MEGABYTE = 1024 * 1024;

export interface NutTransportBench {
  readonly open: OpenNutTransport;
  /** A server of such manners, as this transport reaches it. */
  readonly serve: (manners: Manners) => Promise<MisbehavingUpsd>;
}

export function describeNutTransport(name: string, { open, serve: start }: NutTransportBench): void {
  describe(`${name}, before a server that misbehaves`, () => {
    const servers: MisbehavingUpsd[] = [];
    const sessions: NutSession[] = [];
    const ends: Fault[] = [];

    afterEach(async () => {
      for (const session of sessions.splice(0)) session.end();
      await Promise.all(servers.splice(0).map((server) => server.close()));
      ends.length = 0;
    });

    const serve = async (manners: Manners): Promise<MisbehavingUpsd> => {
      const server = await start(manners);
      servers.push(server);
      return server;
    };
    const connect = async (server: MisbehavingUpsd): Promise<NutSession> => {
      const session = await NutSession.open(open, { address: '127.0.0.1', port: server.port }, (_session, fault) => ends.push(fault));
      if (!session.ok) throw new Error(session.fault.detail);
      sessions.push(session.value);
      return session.value;
    };
    /** One LIST VAR to a server that answers it so. */
    const ask = async (onLine: NonNullable<Manners['onLine']>, withinMs = 2000) => {
      const server = await serve({ onLine });
      const session = await connect(server);
      const beganMs = performance.now();
      const outcome = await session.cmd(LIST, AbortSignal.timeout(withinMs));
      return { server, session, outcome, tookMs: performance.now() - beganMs };
    };
    const says = (text: string) => ask((_line, socket) => void socket.write(text));

    it.each([
      ['garbage', '\u0001\u0002 rubbish\n'],
      ['an empty line', '\n'],
      ["another UPS's rows", GOOD.replaceAll('t1', 't2')],
      ["another UPS's row in the middle", GOOD.replace('VAR t1 ups.load', 'VAR t2 ups.load')],
      ['rows without BEGIN', 'VAR t1 ups.status "OL"\nEND LIST VAR t1\n'],
      ['the end of another list', GOOD.replace('END LIST VAR t1', 'END LIST VAR t2')],
      ['a row that lacks its value', GOOD.replace(' "OL"', '')],
      ['a row with a word too many', GOOD.replace('"OL"', '"OL" "OB"')],
      ['a value without quotes around its two words', GOOD.replace('"OL"', 'OL CHRG')],
      ['a quote that stays open', GOOD.replace('"OL"', '"OL')],
      ['an error in mid-list', GOOD.replace('VAR t1 ups.load "40"', 'ERR DATA-STALE')],
      ['an error without a code', 'ERR\n'],
      ['more than was asked for', `${GOOD}OK\n`],
      ['a single answer in place of a list', 'OK\n'],
    ])('calls %s garbled and trusts the connection no more', async (_what, text) => {
      const { session, outcome } = await says(text);
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'garbled' } });
      expect(session.alive).toBe(false);
      expect(ends).toHaveLength(1);
    });

    it.each([
      ['as it should be', GOOD],
      ['with CR before LF', GOOD.replaceAll('\n', '\r\n')],
    ])('reads a list %s', async (_what, text) => {
      const { session, outcome } = await says(text);
      expect(outcome).toMatchObject({ ok: true, value: { kind: 'rows' } });
      expect(session.alive).toBe(true);
    });

    it('reads a list that comes one byte at a time, letters beyond ASCII included', async () => {
      const { outcome } = await ask((_line, socket) => void drip(socket, GOOD.replace('"OL"', '"Êtes-vous là ☃"')));
      expect(valuesOf(outcome)?.get('ups.status')).toBe('Êtes-vous là ☃');
    });

    it('takes names that mean something to JavaScript as names', async () => {
      const { outcome } = await says(
        'BEGIN LIST VAR t1\nVAR t1 __proto__ "x"\nVAR t1 length "y"\nVAR t1 constructor "z"\nEND LIST VAR t1\n',
      );
      const values = valuesOf(outcome);
      expect([...(values ?? [])]).toEqual([
        ['__proto__', 'x'],
        ['length', 'y'],
        ['constructor', 'z'],
      ]);
      expect('x' in {}).toBe(false);
    });

    it('un-escapes what the server escaped and lets no control character through', async () => {
      const { outcome } = await says(GOOD.replace('"OL"', '"T \\"q\\" \\\\ b\\# \u001b[2J"'));
      expect(valuesOf(outcome)?.get('ups.status')).toBe('T "q" \\ b# \ufffd[2J');
    });

    it('takes an error as an answer and goes on over the same connection', async () => {
      let stale = true;
      const { session, outcome } = await ask((_line, socket) => void socket.write(stale ? 'ERR DATA-STALE\n' : GOOD));
      expect(outcome).toEqual({ ok: true, value: { kind: 'error', code: 'DATA-STALE' } });
      stale = false;
      expect(await session.cmd(LIST, AbortSignal.timeout(2000))).toMatchObject({ value: { kind: 'rows' } });
    });

    it.each([
      ['never answers', () => undefined],
      ['answers half a line', (_line: string, socket: Parameters<typeof drip>[0]) => void socket.write('BEGIN LIST VAR t')],
      ['answers, then half a line', (_line: string, socket: Parameters<typeof drip>[0]) => void socket.write(`${GOOD}VAR t`)],
      ['drips', (_line: string, socket: Parameters<typeof drip>[0]) => void drip(socket, GOOD, { everyMs: 40 })],
    ])('gives up at the deadline on a server that %s', async (_what, onLine) => {
      const { session, outcome, tookMs } = await ask(onLine, 300);
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'timeout' } });
      expect(tookMs).toBeLessThan(800);
      expect(session.alive).toBe(false);
    });

    it.each([
      ['half a row', 'BEGIN LIST VAR t1\nVAR t1 ups.st'],
      ['whole rows', 'BEGIN LIST VAR t1\nVAR t1 ups.status "OL"\n'],
      ['nothing', ''],
    ])('says unreachable when the server leaves after %s', async (_what, text) => {
      const { outcome } = await ask((_line, socket) => void socket.end(text));
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    });

    it('says unreachable, at once, where nothing listens', async () => {
      const server = await serve({});
      await server.close();
      const opened = await NutSession.open(open, { address: '127.0.0.1', port: server.port }, (_session, fault) => ends.push(fault));
      expect(opened).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
      expect(ends).toHaveLength(0);
    });

    it.each([
      ['64 MB without a line end', 'x'.repeat(64 * 1024)],
      ['64 MB of line ends', '\n'.repeat(64 * 1024)],
      ['a list that never ends', 'VAR t1 a "b"\n'.repeat(5000)],
    ])('swallows little of %s and does not keep it', async (_what, piece) => {
      const { server, outcome, tookMs } = await ask((_line, socket) => {
        socket.write('BEGIN LIST VAR t1\n');
        flood(socket, piece, 64 * MEGABYTE);
      });
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'garbled' } });
      expect(tookMs).toBeLessThan(1500);
      // What the kernel's own buffers hold is beyond us; on loopback up to some 6 MB.
      expect(server.swallowed()).toBeLessThan(16 * MEGABYTE);
      await eventually('the socket is gone', () => server.open() === 0);
    });

    it('trusts no server that speaks first', async () => {
      const server = await serve({ onConnect: (socket) => void socket.write('welcome\n') });
      const session = await connect(server);
      await eventually('the session is over', () => !session.alive);
      expect(await session.cmd(['GET', 'VAR', 't1', 'ups.status'], AbortSignal.timeout(500))).toMatchObject({
        fault: { code: 'garbled' },
      });
    });

    it('ends at a line that comes between two requests', async () => {
      const { session } = await ask((_line, socket) => {
        socket.write(GOOD);
        setTimeout(() => socket.write('OK FSD-SET\n'), 20);
      });
      await eventually('the session is over', () => !session.alive);
      expect(ends).toMatchObject([{ code: 'garbled' }]);
    });

    it('never hears an answer that came too late', async () => {
      const server = await serve({ onLine: (_line, socket) => void setTimeout(() => socket.write(GOOD), 150) });
      const first = await connect(server);
      expect(await first.cmd(LIST, AbortSignal.timeout(50))).toMatchObject({ fault: { code: 'timeout' } });
      expect(await first.cmd(LIST, AbortSignal.timeout(1000))).toMatchObject({ fault: { code: 'timeout' } });
      const second = await connect(server);
      expect(await second.cmd(LIST, AbortSignal.timeout(1000))).toMatchObject({ ok: true });
    });

    it.each([
      ['a line end', 'secret\nFSD t1'],
      ['a NUL', 'secret\0'],
      ['no end', 'secret'.repeat(100)],
    ])('sends no word with %s in it, and does not repeat it', async (_what, word) => {
      const server = await serve({ onLine: (_line, socket) => void socket.write('OK\n') });
      const session = await connect(server);
      const outcome = await session.cmd(['PASSWORD', word], AbortSignal.timeout(500));
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
      expect(JSON.stringify(outcome)).not.toContain('secret');
      expect(await session.cmd(['PASSWORD', 'a#b "c"'], AbortSignal.timeout(500))).toMatchObject({ ok: true });
      expect(server.heard).toEqual(['PASSWORD "a\\#b \\"c\\""']);
    });

    it('takes one request at a time, and the second does no harm to the first', async () => {
      const server = await serve({ onLine: (_line, socket) => void drip(socket, GOOD) });
      const session = await connect(server);
      const first = session.cmd(LIST, AbortSignal.timeout(2000));
      expect(await session.cmd(LIST, AbortSignal.timeout(2000))).toMatchObject({ fault: { code: 'refused' } });
      expect(await first).toMatchObject({ ok: true });
    });

    it('never mixes two sessions, whatever the order of their pieces', async () => {
      const speaking = (status: string) =>
        serve({ onLine: (_line, socket) => void drip(socket, GOOD.replace('OL', status), { size: 7 }) }).then(connect);
      const [left, right] = await Promise.all([speaking('OB LB'), speaking('OL')]);
      const rounds = async (session: NutSession, status: string): Promise<number> => {
        let mixed = 0;
        for (let round = 0; round < 50; round += 1) {
          const answer = await session.cmd(LIST, AbortSignal.timeout(2000));
          if (valuesOf(answer)?.get('ups.status') !== status) mixed += 1;
        }
        return mixed;
      };
      expect(await Promise.all([rounds(left, 'OB LB'), rounds(right, 'OL')])).toEqual([0, 0]);
    });

    it('lets go of the socket though the other end is frozen', async () => {
      const server = await serve({});
      const session = await connect(server);
      await session.leave(AbortSignal.timeout(50));
      await eventually('the socket is gone', () => server.open() === 0);
      expect(server.heard).toEqual(['LOGOUT']);
    });
  });
}

function valuesOf(outcome: Awaited<ReturnType<NutSession['cmd']>>): Map<string, string> | undefined {
  return outcome.ok && outcome.value.kind === 'rows' ? mapOf(outcome.value.rows) : undefined;
}
