// The nut-outlet switch driver before a fake upsd, and before a real one where there is one.
import { afterEach, describe, expect, it } from '@jest/globals';
import { nutOutlet, nutOutletOptions } from '../../src/switches/nut-outlet.ts';
import type { Board } from '../../src/switches/port.ts';
import { describeSwitch } from '../contract/switch-driver.ts';
import { FakeStrip, type FakeStripTraits, OUTLETS } from '../support/fake-strip.ts';
import { ABSENT, available, SETTER, startRealUpsd } from '../support/real-upsd.ts';
import { switchKit } from '../support/switch-kit.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

function boardAt(port: number, own: Record<string, unknown> = {}, secret: string | undefined = OUTLETS.password): Board {
  const kit = switchKit({ secrets: new Map(secret === undefined ? [] : [['nut.secret', secret]]) });
  const board = nutOutlet.open(
    { port, name: 'strip', outlets: [1, 2], username: OUTLETS.username, passwordFile: 'nut.secret', ...own },
    kit,
  );
  open.push(board);
  return board;
}

async function bench(traits: FakeStripTraits = {}, own: Record<string, unknown> = {}): Promise<{ strip: FakeStrip; board: Board }> {
  const strip = await FakeStrip.start(traits);
  open.push(strip.upsd);
  return { strip, board: boardAt(strip.upsd.port, own) };
}

for (const [name, traits] of [
  ['nut-outlet, told by instant commands', {}],
  ['nut-outlet, told by a variable', { by: ['yes', 'no'], tellsStatus: false }],
] as const) {
  describeSwitch(
    name,
    async () => {
      const { strip, board } = await bench(traits);
      return {
        board,
        channel: '2',
        truth: () => (strip.outlets.get(2) === true ? 'fed' : 'cut'),
        moves: () => strip.moves,
        refuse: () => {
          strip.user.instcmds = [];
          strip.user.maySet = false;
        },
        stall: () => {
          strip.upsd.mood = 'silent';
        },
        babble: () => {
          strip.says = 'perhaps';
        },
        strike: async () => {
          await board.close();
          await strip.upsd.close();
        },
      };
    },
    { babble: 'tellsStatus' in traits === false },
  );
}

describe('an outlet behind upsd', () => {
  it('is told of alone, and never all of them at once', async () => {
    const { strip, board } = await bench();
    await board.channel('1').set('cut', soon());
    await board.channel('1').set('fed', soon());
    expect(strip.upsd.heard.filter((line) => line.startsWith('INSTCMD'))).toEqual([
      'INSTCMD strip outlet.1.load.off',
      'INSTCMD strip outlet.1.load.on',
    ]);
    expect(nutOutletOptions.safeParse({ name: 'x', outlets: [0], username: 'u', passwordFile: 'p' }).success).toBe(false);
  });

  it('is done when it says so, not when upsd says OK', async () => {
    const { strip, board } = await bench();
    strip.looksBehind = 3;
    expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
    expect(strip.upsd.heard.filter((line) => line.startsWith('GET VAR')).length).toBeGreaterThan(3);
  });

  it('that does not follow is late, with what to look at', async () => {
    const { strip, board } = await bench();
    strip.locked = true;
    expect(await board.channel('1').set('cut', soon(500))).toMatchObject({
      ok: false,
      fault: { code: 'timeout', detail: expect.stringMatching(/^strip@127\.0\.0\.1:\d+: told, and outlet 1 still says on; .*pollfreq/) },
    });
  });

  it.each([[['yes', 'no']], [['on', 'off']], [['1', '0']]] as const)('is set in the words that stand there: %j', async (by) => {
    const { strip, board } = await bench({ by });
    expect((await board.channel('2').set('cut', soon())).ok).toBe(true);
    expect(strip.upsd.heard).toContain(`SET VAR strip outlet.2.switch ${by[1]}`);
    expect(await board.channel('2').read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(await board.channel('1').read?.(soon())).toEqual({ ok: true, value: 'fed' });
  });

  it('says what is missing where it can neither be told nor read', async () => {
    const { board } = await bench({ outlets: 1 });
    expect(await board.channel('2').set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('neither outlet.2.load.off nor outlet.2.switch') },
    });
    expect(await board.channel('2').read?.(soon())).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('neither outlet.2.status nor outlet.2.switch') },
    });
  });

  it('is one of 24 that are cut at once, and none is lost', async () => {
    const outlets = Array.from({ length: 24 }, (_, place) => place + 1);
    const { strip, board } = await bench({ outlets: 24 }, { outlets });
    const all = outlets.map((outlet) => board.channel(String(outlet)));
    const reads = all.map((contact) => contact.read?.(soon()));
    const cuts = await Promise.all(all.map((contact) => contact.set('cut', soon())));
    expect(cuts.filter(({ ok }) => !ok)).toEqual([]);
    expect([...strip.outlets.values()]).toEqual(Array(24).fill(false));
    expect((await Promise.all(reads)).filter((read) => read?.ok !== true)).toEqual([]);
  });
});

describe('upsd, asked to switch an outlet', () => {
  it('reads for anybody, and switches for nobody whose password is wrong or unknown', async () => {
    const { strip } = await bench();
    for (const [secret, say] of [
      ['wrong', 'upsd.users'],
      [undefined, 'passwordFile'],
    ] as const) {
      const board = boardAt(strip.upsd.port, secret === undefined ? { passwordFile: 'gone' } : {}, secret);
      expect(await board.channel('1').read?.(soon())).toEqual({ ok: true, value: 'fed' });
      expect(await board.channel('1').set('cut', soon())).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining(say) },
      });
    }
    expect(strip.moves).toBe(0);
  });

  it.each([
    ['stale', 'unreachable', 'cable'],
    ['driver-gone', 'unreachable', 'upsdrvctl'],
  ] as const)('while it is %s is a fault that says so', async (mood, code, say) => {
    const { strip, board } = await bench();
    strip.upsd.mood = mood;
    for (const outcome of [await board.channel('1').read?.(soon()), await board.channel('1').set('cut', soon())]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(say) } });
    }
  });

  it('has no such UPS', async () => {
    const { board } = await bench({}, { name: 'strap' });
    expect(await board.channel('1').read?.(soon())).toMatchObject({
      fault: { code: 'refused', detail: expect.stringContaining('upsc -l') },
    });
  });

  it('is unreachable where nothing listens', async () => {
    const { strip, board } = await bench();
    await strip.upsd.close();
    expect(await board.channel('1').set('cut', soon())).toMatchObject({
      fault: { code: 'unreachable', detail: expect.stringContaining('start upsd') },
    });
  });
});

describe('the options of outlets behind upsd', () => {
  const good = { name: 'strip', outlets: [1, 2], username: 'outlets', passwordFile: 'nut.secret' };

  it('name the contact without a secret', () => {
    expect(nutOutlet.channels(good)).toEqual(['1', '2']);
    expect(nutOutlet.wiring(good, '2')).toBe('strip@127.0.0.1:3493 outlet 2');
    expect(nutOutlet.way(good)).toMatchObject({ host: '127.0.0.1', secretFiles: ['nut.secret'] });
  });

  it.each([[{ outlets: [] }], [{ outlets: [1, 1] }], [{ name: 'a b' }], [{ username: '' }], [{ passwordFile: '' }], [{ outlet: 1 }]])(
    'are refused with %j',
    (own) => {
      expect(nutOutletOptions.safeParse({ ...good, ...own }).success).toBe(false);
    },
  );
});

const real = available() ? describe : describe.skip;
if (!available()) console.info(ABSENT);

real('a real upsd with outlets that are variables', () => {
  it('is read, cut and fed', async () => {
    const nut = await startRealUpsd({
      strip: { 'ups.status': 'OL', 'outlet.1.status': 'on', 'outlet.2.switch': 'yes', 'outlet.2.switchable': 'yes' },
    });
    open.push({ close: () => nut.stop() });
    const board = boardAt(nut.port, { username: SETTER.username }, SETTER.password);
    expect(await board.channel('1').read?.(soon())).toEqual({ ok: true, value: 'fed' });
    // dummy-ups has no command for an outlet, so the second of them is told by its variable.
    expect(await board.channel('1').set('cut', soon())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    for (const want of ['cut', 'fed'] as const) {
      expect(await board.channel('2').set(want, soon())).toEqual({ ok: true, value: undefined });
      expect(await board.channel('2').read?.(soon())).toEqual({ ok: true, value: want });
      expect(await nut.ask(['GET VAR strip outlet.2.switch'])).toEqual([`VAR strip outlet.2.switch "${want === 'fed' ? 'yes' : 'no'}"`]);
    }
  });
});
