// The tasmota switch driver before a plug on loopback, and before what is none.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Board, Switch } from '../../src/switches/port.ts';
import { tasmota, tasmotaOptions } from '../../src/switches/tasmota.ts';
import { describeSwitch } from '../contract/switch-driver.ts';
import type { PlugMood } from '../support/fake-plug.ts';
import { FakeTasmota, type FakeTasmotaTraits } from '../support/fake-tasmota.ts';
import { switchKit } from '../support/switch-kit.ts';

const PASSWORD = 'p&ss=w?rd ü';
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

interface Bench {
  readonly plug: FakeTasmota;
  readonly board: Board;
  readonly contact: Switch;
}

async function bench(traits: FakeTasmotaTraits = {}, own: Record<string, unknown> = {}, secret = traits.password): Promise<Bench> {
  const plug = await FakeTasmota.start(traits);
  const kit = switchKit({ secrets: new Map(secret === undefined ? [] : [['plug.secret', secret]]) });
  const board = tasmota.open({ host: '127.0.0.1', port: plug.port, passwordFile: 'plug.secret', ...own }, kit);
  open.push(board, plug);
  return { plug, board, contact: board.channel(tasmota.channels({ host: '127.0.0.1', ...own })[0] ?? '') };
}

for (const [name, traits, own, relay] of [
  ['tasmota, a plug with a password', { password: PASSWORD }, {}, 1],
  ['tasmota, the fourth of four relays', { relays: 4 }, { channels: [4, 2] }, 4],
] as const) {
  describeSwitch(
    name,
    async () => {
      const { plug, board } = await bench(traits, own);
      return {
        board,
        channel: 'channels' in own ? '4' : '',
        truth: () => (plug.outputs[relay - 1] === true ? 'fed' : 'cut'),
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

describe('a plug under Tasmota', () => {
  it('is told with the number of its relay, never of all at once', async () => {
    const { plug, contact } = await bench();
    await contact.read?.(soon());
    plug.heard.length = 0;
    await contact.set('cut', soon());
    expect(plug.heard).toEqual(['GET /cm?cmnd=Power1%20Off', 'GET /cm?cmnd=Power1']);
    expect(tasmotaOptions.safeParse({ host: '192.0.2.1', channels: [0] }).success).toBe(false);
  });

  it('has no relay moved in place of one that it has not', async () => {
    const { plug, contact } = await bench({ relays: 2 }, { channels: [3] });
    expect(await contact.set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('has no relay 3') },
    });
    expect(plug.moves).toBe(0);
  });

  it('may move the coil of a contactor that is closed at rest', async () => {
    const { plug, contact } = await bench({}, { fedWhile: 'off' });
    expect(await contact.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect((await contact.set('fed', soon())).ok).toBe(true);
    expect(plug.outputs).toEqual([false]);
  });

  it.each([true, false])('says so when it does not take the password (status 401: %s)', async (says401) => {
    const { plug, contact } = await bench({ password: PASSWORD, says401 }, {}, 'wrong');
    const outcome = await contact.set('cut', soon());
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining('passwordFile') } });
    expect(JSON.stringify(outcome)).not.toContain('wrong');
    expect(plug.moves).toBe(0);
  });

  it('whose words somebody changed is garbled, with what to look at', async () => {
    const { contact } = await bench({ words: ['AN', 'AUS'] });
    expect(await contact.read?.(soon())).toMatchObject({
      fault: { code: 'garbled', detail: expect.stringMatching(/"AN" of relay 1.*StateText/) },
    });
  });

  it.each<[PlugMood, string, RegExp]>([
    ['login-page', 'garbled', /a page and not JSON: is this really Tasmota\?/],
    ['redirects', 'garbled', /another page/],
    ['breaks-off', 'unreachable', /in the middle of its answer/],
    ['knows-nothing', 'unsupported', /SetOption128/],
    ['stalls', 'timeout', /did not answer in time/],
  ])('that %s is a fault of a kind, and shows no password', async (mood, code, say) => {
    const { plug, contact } = await bench({ password: PASSWORD });
    plug.mood = mood;
    for (const outcome of [await contact.read?.(soon(200)), await contact.set('cut', soon(200))]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code, detail: expect.stringMatching(say) } });
      expect(JSON.stringify(outcome)).not.toMatch(/p&ss|p%26ss/);
    }
    expect(plug.moves).toBe(0);
  });

  it('names its contacts without a secret', () => {
    const options = { host: '192.0.2.1', channels: [1, 2], passwordFile: 'plug.secret' };
    expect(tasmota.channels(options)).toEqual(['1', '2']);
    expect(tasmota.wiring(options, '2')).toBe('192.0.2.1:80 relay 2, fedWhile: on');
    expect(tasmota.way(options)).toEqual({ host: '192.0.2.1', secretFiles: ['plug.secret'] });
  });
});
