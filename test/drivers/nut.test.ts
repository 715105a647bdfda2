// The NUT source before a server that we can move: what it asks, when it logs in, how it comes back.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeUpsd, type FakeUpsdOptions } from '../../src/fakes/upsd.ts';
import { failed } from '../../src/model/outcome.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { openNodeNut } from '../../src/transports/nut-session/node-nut.ts';
import { type NutKit, type NutOptions, nutSource } from '../../src/ups/nut.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { misbehavingUpsd } from '../support/misbehaving-upsd.ts';

const SECRET = 'hunter#2 "x"';
const USERS = {
  lastwatt: { password: SECRET, upsmon: 'secondary', instcmds: ['test.battery.start.quick'] },
  guest: { password: SECRET },
} as const;
const SECONDARY = { role: 'secondary', username: 'lastwatt', password: SECRET } as const;

const ups = new Map<string, string>();
const open = closedAfterEach();
let nowMs = 0;

beforeEach(() => {
  ups.clear();
  nowMs = 0;
});

function set(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) ups.set(name, value);
}

async function serve(options: Partial<FakeUpsdOptions> = {}): Promise<FakeUpsd> {
  return open(await FakeUpsd.start({ names: ['rack'], variablesOf: () => ups, users: USERS, ...options }));
}

function sourceOf(port: number, options: Partial<NutOptions> = {}, kit: Partial<NutKit> = {}): UpsSource {
  const full = { ups: 'rack', host: '127.0.0.1', port, name: 'rack', role: 'observer', ...options } as const;
  const addresses = addressBook(() => new Promise(() => undefined));
  return open(nutSource(full, { nowMs: () => nowMs, random: () => 0, addresses, ...kit }));
}

/** A source before a server whose UPS reports `values`. */
async function sourceBefore(
  values: Readonly<Record<string, string>>,
  options: Partial<NutOptions> = {},
  kit: Partial<NutKit> = {},
): Promise<{ readonly upsd: FakeUpsd; readonly source: UpsSource }> {
  const upsd = await serve();
  set(values);
  return { upsd, source: sourceOf(upsd.port, options, kit) };
}

/** A secondary before a server that answers each line so, or not at all. */
async function sourceBeforeRude(answer: (line: string) => string | undefined): Promise<UpsSource> {
  const onLine = (line: string, socket: { write(text: string): unknown }): void => {
    const text = answer(line);
    if (text !== undefined) socket.write(text);
  };
  return sourceOf(open(await misbehavingUpsd({ onLine })).port, SECONDARY);
}

const within = (ms = 2000): AbortSignal => AbortSignal.timeout(ms);
const readable = (source: UpsSource) => eventually('a reading', async () => (await source.read(within())).ok);

describe('what is read over NUT', () => {
  it('comes as words, figures and nameplate, as upsd wrote them', async () => {
    const upsd = await serve();
    set({ 'ups.status': 'ALARM  OL CHRG RB', 'battery.charge': '045.2', 'battery.runtime': '36:00', 'ups.load': '40' });
    set({ 'ups.realpower.nominal': '2700', 'battery.runtime.low': '120', 'device.type': 'ups', 'ups.model': ' SMT ', 'ups.serial': '' });
    set({ 'output.voltage': '229.1' });
    nowMs = 4711;
    expect(await sourceOf(upsd.port).read(within())).toEqual({
      ok: true,
      value: {
        ups: 'rack',
        takenAtMs: 4711,
        words: new Set(['ALARM', 'OL', 'CHRG', 'RB']),
        figures: { charge: '045.2', runtime: '36:00', loadPercent: '40' },
        nameplate: {
          nominalWatts: '2700',
          runtimeLow: '120',
          outputVolts: '229.1',
          deviceType: 'ups',
          model: 'SMT',
          serverVersion: '2.8.0',
        },
      },
    });
  });

  it('takes the watts at the output where the UPS gives no others', async () => {
    const upsd = await serve();
    const source = sourceOf(upsd.port);
    set({ 'ups.status': 'OL', 'output.realpower': '812' });
    await source.read(within());
    set({ 'output.realpower': '640' });
    expect(await source.read(within())).toMatchObject({ value: { figures: { loadWatts: '640' } } });
    set({ 'ups.realpower': '650', 'ups.status': 'OB' });
    await source.read(within());
    expect(await source.read(within())).toMatchObject({ value: { figures: { loadWatts: '650' } } });
  });

  it('has the volts of its battery, those on its label seldom and those of now at each look', async () => {
    const upsd = await serve();
    const source = sourceOf(upsd.port);
    set({ 'ups.status': 'OB', 'battery.voltage': '25.1', 'battery.voltage.nominal': '24', 'battery.voltage.low': '20.8' });
    await source.read(within());
    set({ 'battery.voltage': '24.2' });
    expect(await source.read(within())).toMatchObject({
      value: { figures: { batteryVolts: '24.2' }, nameplate: { batteryVolts: '24', batteryVoltsLow: '20.8' } },
    });
  });

  it('is a status without words where the UPS gives none', async () => {
    const { source } = await sourceBefore({ 'battery.charge': '100' });
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set() } });
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(), figures: { charge: '100' } } });
  });

  it('is all of it seldom, and in between only what the UPS has and what moves', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL', 'battery.charge': '100', 'ups.mfr': 'ACME' });
    await source.read(within());
    await source.read(within());
    upsd.heard.length = 0;
    nowMs = 29_000;
    expect(await source.read(within())).toMatchObject({ value: { figures: { charge: '100' }, nameplate: { serverVersion: '2.8.0' } } });
    expect(upsd.heard).toEqual(['GET VAR rack ups.status', 'GET VAR rack battery.charge']);
    nowMs = 31_000;
    upsd.heard.length = 0;
    await source.read(within());
    expect(upsd.heard).toEqual(['GET VAR rack ups.status', 'LIST VAR rack']);
  });

  it('does not keep a new status waiting for the long list; that comes with the next look', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL', 'battery.charge': '100', 'ups.mfr': 'ACME' });
    await source.read(within());
    await source.read(within());
    nowMs = 31_000;
    set({ 'ups.status': 'OB LB', 'battery.charge': '9' });
    upsd.heard.length = 0;
    expect(await source.read(within())).toMatchObject({ value: { words: new Set(['OB', 'LB']), figures: { charge: '9' } } });
    expect(upsd.heard).toEqual(['GET VAR rack ups.status', 'GET VAR rack battery.charge']);
    upsd.heard.length = 0;
    await source.read(within());
    expect(upsd.heard).toEqual(['GET VAR rack ups.status', 'LIST VAR rack']);
  });

  it('lists all of it at the latest after a minute, however often the status changes', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL', 'battery.charge': '100' });
    for (nowMs = 0; nowMs <= 61_000; nowMs += 1_000) {
      set({ 'ups.status': nowMs % 2_000 === 0 ? 'OL' : 'OL CHRG' });
      await source.read(within());
    }
    expect(upsd.heard.filter((line) => line === 'LIST VAR rack')).toHaveLength(2);
  });

  it('lists what a driver has that was still waiting for its UPS, with the first status', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'WAIT' });
    await source.read(within());
    set({ 'ups.status': 'OB', 'battery.charge': '80' });
    expect(await source.read(within())).toMatchObject({ value: { words: new Set(['OB']), figures: { charge: '80' } } });
    expect(upsd.heard.at(-1)).toBe('LIST VAR rack');
  });

  it('does not go on asking for a figure that went away, and finds one that comes with the battery', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL', 'battery.charge': '100' });
    await source.read(within());
    await source.read(within());
    ups.delete('battery.charge');
    expect(await source.read(within())).toMatchObject({ ok: true, value: { figures: {} } });
    upsd.heard.length = 0;
    await source.read(within());
    expect(upsd.heard).toEqual(['GET VAR rack ups.status']);
    set({ 'ups.status': 'OB', 'battery.runtime': '600' });
    await source.read(within());
    expect(await source.read(within())).toMatchObject({ value: { words: new Set(['OB']), figures: { runtime: '600' } } });
  });
});

describe('what upsd refuses', () => {
  it.each([
    ['stale', /DATA-STALE/],
    ['driver-gone', /DRIVER-NOT-CONNECTED/],
  ] as const)('is a UPS out of reach while its data is %s, over a connection that stands', async (mood, detail) => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OB' });
    await source.read(within());
    upsd.mood = mood;
    expect(await source.read(within())).toMatchObject({
      fault: { code: 'unreachable', retry: 'soon', detail: expect.stringMatching(detail) },
    });
    upsd.mood = 'well';
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OB']) } });
  });

  it('is named with what to do when upsd knows no such UPS', async () => {
    const upsd = await serve();
    const fault = (await sourceOf(upsd.port, { name: 'rak' }).read(within())) as { fault?: { detail?: string } };
    expect(fault).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'later' } });
    expect(fault.fault?.detail).toMatch(/^rak@127\.0\.0\.1:\d+: .*UNKNOWN-UPS/);
    expect(fault.fault?.detail).toContain('correct `name`');
  });
});

describe('the way back to upsd', () => {
  it('is found by itself after upsd was gone, before the next reading asks', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL' });
    await source.read(within());
    await upsd.close();
    await eventually('a fault', async () => !(await source.read(within())).ok);
    expect(await source.read(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    await upsd.open();
    await readable(source);
  });

  it('is tried with growing pauses, not oftener because somebody asks', async () => {
    const waits: number[] = [];
    const upsd = await serve();
    const source = sourceOf(
      upsd.port,
      {},
      {
        open: async () => {
          waits.push(performance.now());
          return failed('unreachable', 'x');
        },
      },
    );
    await source.read(within());
    // random 0: half of 250, 500 and 1000 ms
    await eventually('four tries', () => waits.length === 4);
    const pauses = waits.slice(1).map((atMs, place) => atMs - (waits[place] ?? 0));
    expect(pauses.map((ms, place) => ms >= 124 * 2 ** place)).toEqual([true, true, true]);
    expect(await source.read(within())).toMatchObject({ ok: false, fault: { detail: expect.stringMatching(/: x$/) } });
    expect(waits).toHaveLength(4);
  });

  it('goes on opening when the reader has no more time, and serves the next', async () => {
    let admit = (): void => undefined;
    const upsd = await serve();
    set({ 'ups.status': 'OL' });
    const gate = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const source = sourceOf(upsd.port, {}, { open: async (target, ears) => gate.then(() => openNodeNut(target, ears)) });
    expect(await source.read(within(50))).toMatchObject({ fault: { code: 'timeout' } });
    admit();
    expect(await source.read(within())).toMatchObject({ ok: true });
  });

  it('ends with close: nothing is opened any more, and upsd hears goodbye', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL' });
    await source.read(within());
    await source.close();
    expect(upsd.heard.at(-1)).toBe('LOGOUT');
    expect(await source.read(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('needs no look-up: a name without an address is a fault at once, a known one is used while the resolver hangs', async () => {
    const upsd = await serve();
    set({ 'ups.status': 'OL' });
    let answer = (_address: string): void => undefined;
    let asked = 0;
    const addresses = addressBook(() => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const source = sourceOf(upsd.port, { host: 'ups.lan' }, { addresses });
    const beforeMs = performance.now();
    expect(await source.read(within())).toMatchObject({ fault: { code: 'unreachable', detail: expect.stringContaining('ups.lan') } });
    expect(performance.now() - beforeMs).toBeLessThan(500);
    answer('127.0.0.1');
    await readable(source);
    await upsd.close();
    await upsd.open();
    await readable(source);
    expect(asked).toBeLessThanOrEqual(2);
  });
});

describe('a secondary', () => {
  it('is counted by upsd from its first reading on, and again after a reconnect', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL' }, SECONDARY);
    await source.read(within());
    await source.read(within());
    expect(upsd.logins('rack')).toBe(1);
    await upsd.close();
    await upsd.open();
    await readable(source);
    expect(upsd.logins('rack')).toBe(1);
    expect(source.loginFault?.()).toBeUndefined();
  });

  it('leaves when told so and goes on reading; logs in again when told so', async () => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OB' }, SECONDARY);
    await source.read(within());
    source.stayLoggedIn?.(false);
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OB']) } });
    await eventually('nobody is logged in', () => upsd.logins('rack') === 0);
    expect(upsd.heard.filter((line) => line === 'LOGOUT')).toHaveLength(1);
    expect(await source.read(within())).toMatchObject({ ok: true });
    source.stayLoggedIn?.(true);
    await source.read(within());
    expect(upsd.logins('rack')).toBe(1);
  });

  it('logs in while the data is stale, for the primary counts all the same', async () => {
    const upsd = await serve();
    upsd.mood = 'stale';
    const source = sourceOf(upsd.port, SECONDARY);
    expect(await source.read(within())).toMatchObject({ ok: false });
    expect(upsd.logins('rack')).toBe(1);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, /ACCESS-DENIED/],
    ['a user without the right', { username: 'guest' }, /ACCESS-DENIED/],
  ])('reads on with %s, and says why nobody waits for it', async (_what, wrong, detail) => {
    const { upsd, source } = await sourceBefore({ 'ups.status': 'OL' }, { ...SECONDARY, ...wrong });
    expect(await source.read(within())).toMatchObject({ ok: true });
    expect(source.loginFault?.()).toMatchObject({ code: 'unauthorized', detail: expect.stringMatching(detail) });
    await source.read(within());
    expect(upsd.heard.filter((line) => line.startsWith('LOGIN'))).toHaveLength(1);
    nowMs += 31_000;
    await source.read(within());
    expect(upsd.heard.filter((line) => line.startsWith('LOGIN'))).toHaveLength(2);
  });

  it('keeps what it read though the login is never answered', async () => {
    const source = await sourceBeforeRude((line) => {
      if (line.startsWith('LIST')) return 'BEGIN LIST VAR rack\nVAR rack ups.status "OB LB"\nEND LIST VAR rack\n';
      return line.startsWith('GET') ? 'ERR VAR-NOT-SUPPORTED\n' : undefined;
    });
    expect(await source.read(within(300))).toMatchObject({ ok: true, value: { words: new Set(['OB', 'LB']) } });
    expect(source.loginFault?.()).toMatchObject({ code: 'timeout' });
  });

  it('never lets its password into a text', async () => {
    const source = await sourceBeforeRude((line) => {
      if (line.startsWith('LIST')) return 'BEGIN LIST VAR rack\nEND LIST VAR rack\n';
      return line.startsWith('GET') ? 'ERR VAR-NOT-SUPPORTED\n' : `ERR ${line}\n`;
    });
    await source.read(within());
    expect(source.loginFault?.()).toBeDefined();
    expect(JSON.stringify([source.loginFault?.(), await source.read(within())])).not.toContain('hunter');
  });

  it('never sets FSD, whatever happens', async () => {
    const upsd = await serve();
    const source = sourceOf(upsd.port, SECONDARY);
    for (const status of ['OL', 'OB', 'OB LB', 'FSD OB LB', 'OL']) {
      set({ 'ups.status': status });
      await source.read(within());
    }
    expect(upsd.heard.filter((line) => line.startsWith('FSD') || line.startsWith('SET'))).toEqual([]);
  });
});

describe('an instant command', () => {
  it('is carried out under the user that is given', async () => {
    const done: string[] = [];
    const upsd = await serve({ onInstantCommand: (name, command) => done.push(`${name} ${command}`) > 0 });
    const source = sourceOf(upsd.port, { ...SECONDARY, role: 'observer' });
    expect(await source.instantCommand?.('test.battery.start.quick', within())).toEqual({ ok: true, value: undefined });
    expect(done).toEqual(['rack test.battery.start.quick']);
    expect(await source.instantCommand?.('load.off', within())).toMatchObject({ fault: { code: 'unauthorized' } });
    expect(done).toHaveLength(1);
  });

  it('is refused with what to do when no user is given or the UPS has none such', async () => {
    const upsd = await serve({ users: { lastwatt: { password: SECRET, instcmds: ['ALL'] } } });
    const nobody = sourceOf(upsd.port);
    expect(await nobody.instantCommand?.('beeper.mute', within())).toMatchObject({
      fault: { code: 'unauthorized', detail: expect.stringContaining('set username') },
    });
    const somebody = sourceOf(upsd.port, { ...SECONDARY, role: 'observer' });
    expect(await somebody.instantCommand?.('beeper.mute', within())).toMatchObject({ fault: { code: 'unsupported' } });
  });

  it('does not let a reading that comes with it starve or mix', async () => {
    const upsd = await serve({ onInstantCommand: () => true });
    set({ 'ups.status': 'OL' });
    const source = sourceOf(upsd.port, { ...SECONDARY });
    const [command, reading] = await Promise.all([source.instantCommand?.('test.battery.start.quick', within()), source.read(within())]);
    expect(command).toMatchObject({ ok: true });
    expect(reading).toMatchObject({ ok: true });
  });
});
