// The shelly switch driver before a Shelly of each generation on loopback, and before what is none.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { explain, parseConfig } from '../../src/config/load.ts';
import { realClock } from '../../src/host/clock.ts';
import { openDevices } from '../../src/service/devices.ts';
import type { Board, Switch } from '../../src/switches/port.ts';
import { shelly, shellyOptions } from '../../src/switches/shelly.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { describeSwitch } from '../contract/switch-driver.ts';
import { eventually } from '../support/eventually.ts';
import type { PlugMood } from '../support/fake-plug.ts';
import { FakeShelly, type FakeShellyTraits } from '../support/fake-shelly.ts';
import { switchKit } from '../support/switch-kit.ts';

const PASSWORD = 'correct horse "battery"';
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

interface Bench {
  readonly plug: FakeShelly;
  readonly board: Board;
  readonly contact: Switch;
}

async function bench(
  traits: FakeShellyTraits = {},
  own: Record<string, unknown> = {},
  secret: string | undefined = traits.password,
): Promise<Bench> {
  const plug = await FakeShelly.start(traits);
  const file = traits.password === undefined ? {} : { passwordFile: 'plug.secret' };
  const kit = switchKit({ secrets: new Map(secret === undefined ? [] : [['plug.secret', secret]]) });
  const board = shelly.open({ host: '127.0.0.1', port: plug.port, ...file, ...own }, kit);
  open.push(board, plug);
  return { plug, board, contact: board.channel(shelly.channels({ host: '127.0.0.1', ...own })[0] ?? '') };
}

for (const [name, traits, own] of [
  ['shelly, first generation', { generation: 1, password: PASSWORD }, {}],
  ['shelly, later generation', { generation: 2, password: PASSWORD }, {}],
  ['shelly, later generation, the second of two outputs', { generation: 2, outputs: 2 }, { channels: [1] }],
  ['shelly, at the coil of a contactor that is closed at rest', { generation: 2 }, { fedWhile: 'off' }],
] as const) {
  describeSwitch(
    name,
    async () => {
      const { plug, board } = await bench(traits, own);
      const channel = 'channels' in own ? '1' : '';
      const output = Number(channel);
      const onIsFed = !('fedWhile' in own);
      // Its rigs run before anybody asks.
      plug.outputs[output] = onIsFed;
      return {
        board,
        channel,
        truth: () => (plug.outputs[output] === onIsFed ? 'fed' : 'cut'),
        moves: () => plug.moves,
        refuse: () => {
          plug.mood = 'locked';
        },
        stall: () => {
          plug.mood = 'stalls';
        },
        babble: () => {
          plug.mood = 'rubbish';
        },
        strike: async () => {
          await board.close();
          await plug.close();
        },
      };
    },
    { babble: true },
  );
}

describe('a Shelly', () => {
  it('is asked once what it is, and on the way to a step no more', async () => {
    const { plug, contact } = await bench();
    await contact.read?.(soon());
    plug.heard.length = 0;
    expect((await contact.set('cut', soon())).ok).toBe(true);
    expect(plug.heard).toEqual(['GET /rpc/Switch.Set?id=0&on=false', 'GET /rpc/Switch.GetStatus?id=0']);
  });

  it('is never told to move back by itself', async () => {
    for (const generation of [1, 2] as const) {
      const { plug, contact } = await bench({ generation });
      await contact.set('cut', soon());
      expect(plug.heard.join()).not.toMatch(/toggle_after|timer/);
    }
  });

  it('is cut by a service that has never read it', async () => {
    const { plug, contact } = await bench({ generation: 1 });
    expect((await contact.set('cut', soon())).ok).toBe(true);
    expect(plug.outputs).toEqual([false]);
  });

  it('may be of another generation when it was replaced', async () => {
    const { plug, contact } = await bench({ generation: 1 });
    await contact.read?.(soon());
    await plug.close();
    const other = await FakeShelly.start({ generation: 2 });
    await other.close();
    other.port = plug.port;
    open.push(await other.open());
    expect(await contact.read?.(soon())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(await contact.read?.(soon())).toEqual({ ok: true, value: 'fed' });
  });

  it('has its outputs by the numbers it gives them', async () => {
    const { plug, board } = await bench({ outputs: 3 }, { channels: [0, 2] });
    await board.channel('2').set('cut', soon());
    expect(plug.outputs).toEqual([true, true, false]);
    expect(await board.channel('0').read?.(soon())).toEqual({ ok: true, value: 'fed' });
  });

  it('tells which output it does not have', async () => {
    for (const generation of [1, 2] as const) {
      const { contact } = await bench({ generation }, { channels: [3] });
      expect(await contact.set('cut', soon())).toMatchObject({
        ok: false,
        fault: { code: 'unsupported', detail: expect.stringContaining('no output 3') },
      });
    }
  });

  it('says why it does not close, in its own words', async () => {
    const { plug, contact } = await bench();
    await contact.set('cut', soon());
    plug.mood = 'locked';
    plug.errors = ['overtemp', '<script>'];
    expect(await contact.set('fed', soon())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringMatching(/still off: it tells of overtemp$/) },
    });
  });

  it('takes many orders at once, one after the other', async () => {
    const { plug, board } = await bench({ outputs: 8, password: PASSWORD }, { channels: [0, 1, 2, 3, 4, 5, 6, 7] });
    const all = Array.from({ length: 8 }, (_, one) => board.channel(String(one)));
    const reads = all.map((contact) => contact.read?.(soon()));
    const cuts = await Promise.all(all.map((contact) => contact.set('cut', soon())));
    expect(cuts.filter(({ ok }) => !ok)).toEqual([]);
    expect(plug.outputs).toEqual(Array(8).fill(false));
    await Promise.all(reads);
  });

  it('is cut although a reading of it hangs', async () => {
    const { plug, contact } = await bench();
    await contact.read?.(soon());
    plug.mood = 'stalls';
    const reading = contact.read?.(soon());
    await eventually('the question is there', () => plug.heard.length > 2);
    plug.mood = 'well';
    expect((await contact.set('cut', soon())).ok).toBe(true);
    expect(await reading).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
  });
});

describe('the login of a Shelly', () => {
  it('is asked for once; from then on each question brings its answer along', async () => {
    const { plug, contact } = await bench({ password: PASSWORD });
    await contact.read?.(soon());
    plug.heard.length = 0;
    await contact.read?.(soon());
    await contact.read?.(soon());
    expect(plug.heard.length).toBe(2);
  });

  it('goes on with a new nonce when the old one no longer counts', async () => {
    const { plug, contact } = await bench({ password: PASSWORD });
    await contact.read?.(soon());
    plug.age();
    expect((await contact.set('cut', soon())).ok).toBe(true);
    expect(plug.moves).toBe(1);
  });

  it.each([1, 2] as const)('is a fault that says so when the password is wrong (generation %s)', async (generation) => {
    const { plug, contact } = await bench({ generation, password: PASSWORD }, {}, 'wrong');
    for (let round = 0; round < 2; round++) {
      const outcome = await contact.set('cut', soon());
      expect(outcome).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('does not take user and password') },
      });
    }
    expect(plug.moves).toBe(0);
  });

  it('says what is missing where no password is known', async () => {
    const { contact } = await bench({ password: PASSWORD }, { passwordFile: undefined });
    expect(await contact.read?.(soon())).toMatchObject({
      fault: { code: 'unauthorized', detail: expect.stringContaining('name its file, passwordFile') },
    });
    const unread = await bench({ password: PASSWORD }, {}, undefined);
    open.push(unread.plug);
    const kit = switchKit();
    const board = shelly.open({ host: '127.0.0.1', port: unread.plug.port, passwordFile: 'gone' }, kit);
    expect(await board.channel('').read?.(soon())).toMatchObject({
      fault: { code: 'unauthorized', detail: expect.stringContaining('could not be read') },
    });
  });

  it('never shows the password to one that asks for it in clear, though it is of a generation that need not', async () => {
    const { plug, contact } = await bench({ password: PASSWORD });
    plug.greedy = true;
    expect(await contact.read?.(soon())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('is this really') },
    });
    plug.greedy = false;
    expect((await contact.read?.(soon()))?.ok).toBe(true);
  });
});

describe('what is no Shelly, or no more', () => {
  it.each<[PlugMood, string, RegExp]>([
    ['login-page', 'garbled', /a page and not JSON: is this really the Shelly\?/],
    ['redirects', 'garbled', /another page \(HTTP 302\)/],
    ['rubbish', 'garbled', /"relay says hello" and not JSON/],
    ['empty', 'garbled', /empty answer/],
    ['breaks-off', 'unreachable', /in the middle of its answer/],
    ['floods', 'garbled', /more than 64 KiB/],
    ['no-http', 'garbled', /answers no HTTP/],
    ['knows-nothing', 'unsupported', /no output 0|knows no \/shelly/],
    ['stalls', 'timeout', /did not answer in time/],
  ])('that %s is a fault of a kind, whether at the first word or later', async (mood, code, say) => {
    for (const known of [false, true]) {
      const { plug, contact } = await bench();
      if (known) await contact.read?.(soon());
      plug.mood = mood;
      for (const outcome of [await contact.read?.(soon(200)), await contact.set('cut', soon(200))]) {
        expect(outcome).toMatchObject({ ok: false, fault: { code, detail: expect.stringMatching(say) } });
        expect(outcome?.ok === false && outcome.fault.detail).toContain(`127.0.0.1:${plug.port}`);
      }
      expect(plug.moves).toBe(0);
    }
  });

  it('is unreachable where nothing listens, and reached again when it is back', async () => {
    const { plug, contact } = await bench();
    await plug.close();
    expect(await contact.set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unreachable', detail: expect.stringContaining('nothing listens there') },
    });
    await plug.open();
    expect((await contact.set('cut', soon())).ok).toBe(true);
  });

  it('is not asked by a name that was never resolved, and no step waits for a look-up', async () => {
    const kit = switchKit({ addresses: addressBook(() => new Promise(() => undefined)) });
    const board = shelly.open({ host: 'plug.invalid' }, kit);
    expect(await board.channel('').set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unreachable', detail: expect.stringContaining('never resolved') },
    });
  });
});

describe('a Shelly of the configuration file', () => {
  it('is reached with the password of its file, which nobody gets to see', async () => {
    const plug = await FakeShelly.start({ password: PASSWORD });
    const folder = mkdtempSync(join(tmpdir(), 'shelly-'));
    open.push(plug, { close: async () => rmSync(folder, { recursive: true, force: true }) });
    writeFileSync(join(folder, 'plug.secret'), `${PASSWORD}\n`, { mode: 0o600 });
    const text = [
      'ups: {}',
      'rigs: { s9: { driver: none, fedBy: [mains], cutBy: [plug], watts: 900 } }',
      `switches: { plug: { driver: shelly, host: 127.0.0.1, port: ${plug.port}, passwordFile: plug.secret } }`,
    ].join('\n');
    const loaded = parseConfig(text, { file: join(folder, 'lastwatt.yaml') });
    if (!loaded.ok) throw new Error(explain('f', loaded));
    const hidden: string[] = [];
    const devices = await openDevices(loaded.config, { clock: realClock, hide: (secret) => hidden.push(secret) });
    open.push(devices);
    expect(devices.troubles).toEqual([]);
    expect(hidden).toEqual([PASSWORD]);
    expect(await devices.switches.get('plug')?.set('cut', soon())).toEqual({ ok: true, value: undefined });
    expect(plug.outputs).toEqual([false]);
  });
});

describe('the options of a Shelly', () => {
  it.each([
    [{}],
    [{ host: 'a b' }],
    [{ host: '192.0.2.1', channels: [] }],
    [{ host: '192.0.2.1', channels: [1, 1] }],
    [{ host: '192.0.2.1', channels: ['1'] }],
    [{ host: '192.0.2.1', port: 0 }],
    [{ host: '192.0.2.1', password: 'x' }],
    [{ host: '192.0.2.1', username: 'a\r\nb' }],
  ])('are refused as %j', (options) => {
    expect(shellyOptions.safeParse(options).success).toBe(false);
  });

  it('name the contact without a secret', () => {
    const options = { host: '192.0.2.1', passwordFile: 'plug.secret', channels: [0, 1] };
    expect(shelly.channels(options)).toEqual(['0', '1']);
    expect(shelly.wiring(options, '1')).toBe('192.0.2.1:80 output 1, fedWhile: on');
    expect(shelly.way(options)).toEqual({ host: '192.0.2.1', secretFiles: ['plug.secret'] });
    expect(shelly.bareAmperes).toBe(10);
  });
});
