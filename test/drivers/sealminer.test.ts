// SealMiners: what their answers mean, how a restart is the end of a suspend, and that none is given without need.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { macOf } from '../../src/fakes/number-of-name.ts';
import { type SealminerFake, type SealminerFakeOptions, startSealminerFake } from '../../src/fakes/sealminer-rig.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { sealminer } from '../../src/rigs/sealminer.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { sealminerLook, sealminerPower } from '../../src/wire/sealminer.ts';
import { decodeRequest4028 } from '../../src/wire/serve-4028.ts';
import { decode4028 } from '../../src/wire/socket4028.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 220e12, watts: 3500, pausedWatts: 45 };

interface Bench {
  readonly driver: RigDriver;
  readonly fake: SealminerFake;
  readonly rig: SimRig;
  pass(seconds: number): void;
}

/** Time goes by for rig and driver alike. */
async function bench(fakes: Partial<SealminerFakeOptions> = {}): Promise<Bench> {
  let now = 0;
  const nowMs = (): number => now;
  const rig = new SimRig(TRAITS, nowMs);
  const fake = open(await startSealminerFake({ rig, nowMs, ...fakes }));
  const driver = open(sealminer.open({ host: '127.0.0.1', port: fake.port }, { ...rigKit(), nowMs }));
  return {
    driver,
    fake,
    rig,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const ordersTo = ({ asked }: SealminerFake): readonly string[] =>
  asked.filter((one) => !['stats', 'summary', 'privileged', 'pools'].includes(one));

const lookOf = (stats: object, summary?: object) =>
  sealminerLook(new Map(Object.entries(stats)), summary === undefined ? undefined : new Map(Object.entries(summary)));

describe('a reading of a SealMiner', () => {
  it('tells state, hash rate, watts of its meter, temperature, fans, uptime, mode and who it is', async () => {
    const { driver, pass } = await bench();
    pass(5_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 220e12,
      algorithm: 'sha256',
      watts: 3500,
      wattsFrom: 'measured',
      temperatureC: 71,
      fansRpm: [3700, 0, 3750],
      uptimeSeconds: 5_000,
      mode: 'Normal',
      identity: macOf('rig-1', 5),
      firmware: 'SealMiner 2025091001',
    });
  });

  it('is paused by its word and its meter, while its averages go on', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    const paused = await readingOf(driver);
    expect(paused).toMatchObject({ state: 'paused', watts: 45, hashRate: 0 });
    expect(Object.keys(paused)).not.toContain('temperatureC');
  });

  it('shows no rate that dies away behind a pause which its meter has shown', () => {
    const paused = lookOf({ 'PM State': 'Suspended', 'PSU Input Power': 45 }, { 'MHS 5s': 3_000 });
    expect(paused).toMatchObject({ state: 'paused', watts: 45, hashRate: undefined });
    expect(lookOf({ 'PM State': 'Suspended', 'PSU Input Power': 900 }, { 'MHS 5s': 3_000 }).hashRate).toBe(3e9);
  });

  it('is of an unknown state by a word that is not on record, and its meter still tells', async () => {
    const { driver, pass } = await bench({ suspendedWord: 'Zzz' });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', watts: 45, wattsFrom: 'measured' });
  });

  it('never takes for paused what says that it is suspended and draws more than a rig that is', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', watts: 3500, hashRate: 220e12 });
  });

  it.each([
    ['Suspend', 45, 0, 5_000, 'paused'],
    ['suspended', 99, undefined, 5_000, 'paused'],
    ['Suspended', undefined, 0, 5_000, 'paused'],
    ['Suspended', undefined, undefined, 5_000, 'unknown'],
    ['Suspended', undefined, 1e8, 5_000, 'unknown'],
    ['Suspended', 100, 0, 5_000, 'unknown'],
    ['Running', 3500, 2e8, 5_000, 'hashing'],
    ['Running', 45, 0, 5_000, 'unknown'],
    ['Running', 400, 0, 60, 'starting'],
    ['Booting', 400, 0, 60, 'unknown'],
  ])('takes one that is %s at %s W and %s MH/s after %s s for what it is', (word, watts, rate, elapsed, state) => {
    expect(lookOf({ 'PM State': word, 'PSU Input Power': watts }, { 'MHS 5s': rate, Elapsed: elapsed }).state).toBe(state);
  });

  it('takes what is no figure for none', () => {
    const look = lookOf({
      'PM State': 'Running',
      'PSU Input Power': 0,
      'Board Count': 'many',
      'Fan Count': 4,
      '0 Speed': -1,
      '0 Temp 0': 999,
    });
    expect(look).toMatchObject({
      watts: undefined,
      wattsFrom: undefined,
      fansRpm: undefined,
      temperatureC: undefined,
      hashRate: undefined,
    });
    expect(sealminerPower(new Map([['PM State', 7]]))).toBeUndefined();
  });
});

describe('an order to a SealMiner', () => {
  it('suspends it, and brings it back by a restart of its mining program', async () => {
    const { driver, fake, pass } = await bench();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(6);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect(ordersTo(fake)).toEqual(['ascset 0 suspend', 'restart']);
  });

  it('never restarts one that mines', async () => {
    const { driver, fake } = await bench();
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
  });

  it('restarts one that says that it runs just after it was told to suspend', async () => {
    const { driver, fake, pass } = await bench({ suspendedWord: 'Running' });
    await driver.pause?.(within());
    pass(5);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual(['ascset 0 suspend', 'restart']);
    pass(60);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toHaveLength(2);
  });

  it('does not restart once more what it has just restarted, and what has not come to run yet', async () => {
    let now = 0;
    let word = 'Suspend';
    const asked: string[] = [];
    const reply = (text: string): string => {
      const request = decodeRequest4028(text);
      const command = 'command' in request ? request.command : '';
      asked.push(command);
      if (command === 'restart') {
        word = 'Init';
        return '{"STATUS":"RESTART","id":1}\0';
      }
      return `{"STATUS":[{"STATUS":"S"}],"STATS":[{"PM State":"${word}"}]}\0`;
    };
    const { port } = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
    const driver = open(sealminer.open({ host: '127.0.0.1', port }, { ...rigKit(), nowMs: () => now }));
    const restarts = async (): Promise<number> => {
      expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
      return asked.filter((one) => one === 'restart').length;
    };
    expect(await restarts()).toBe(1);
    now += 60_000;
    expect(await restarts()).toBe(1);
    word = 'Suspend';
    expect(await restarts()).toBe(2);
    now += 300_000;
    expect(await restarts()).toBe(3);
  });

  it('never restarts one that mines because it refused a moment ago to be suspended', async () => {
    const { driver, fake, rig } = await bench();
    rig.misbehave({ refuses: true });
    expect((await driver.pause?.(within()))?.ok).toBe(false);
    rig.misbehave({ refuses: false });
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual(['ascset 0 suspend']);
  });

  it.each(['word', 'status', 'nothing'] as const)('has restarted it where it agrees by %s', async (agreesBy) => {
    const { driver, rig, pass } = await bench({ agreesBy });
    await driver.pause?.(within());
    pass(60);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(rig.look().saysPaused).toBe(false);
  });

  it('has succeeded where the rig refuses to be suspended once more, by its word or its meter', async () => {
    for (const said of [{ meter: false }, { suspendedWord: 'Zzz' }]) {
      const { driver, pass } = await bench({ refusesRepeats: true, ...said });
      expect((await driver.pause?.(within()))?.ok).toBe(true);
      pass(60);
      expect((await driver.pause?.(within()))?.ok).toBe(true);
    }
  });

  it('says what the rig says where it will not', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ refuses: true });
    const detail = expect.stringContaining('ASC 0 set failed: busy');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    rig.behave({});
    await driver.pause?.(within());
    pass(60);
    rig.misbehave({ refuses: true });
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('is not for this machine where the rig does not let it, and may be asked for without giving one', async () => {
    const { driver, rig, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
    rig.misbehave({ locked: true });
    for (const ask of [driver.mayOrder, driver.pause]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    }
    expect((await readingOf(driver)).state).toBe('hashing');
  });
});

describe('the shares of a SealMiner', () => {
  it.each([
    ['as it counts them', { Accepted: 12 }, 12],
    ['as none yet', { Accepted: 0 }, 0],
    ['as not known where it does not', { Elapsed: 9 }, undefined],
  ])('are told %s', (_how, summary, acceptedShares) => {
    expect(lookOf({ 'PM State': 'Running' }, summary).acceptedShares).toBe(acceptedShares);
  });
});

const RECORDED = '../shared/data/miners/sealminer';

(existsSync(RECORDED) ? describe : describe.skip)('a recorded SealMiner', () => {
  it('is read as it was', () => {
    const row = (name: 'stats' | 'summary') => {
      const answer = decode4028(readFileSync(`${RECORDED}/2025.${name}.json`));
      if (!answer.ok) throw new Error(answer.fault.detail);
      return answer.value.rows(name.toUpperCase())[0] ?? new Map<string, unknown>();
    };
    expect(sealminerLook(row('stats'), row('summary'))).toMatchObject({
      state: 'hashing',
      hashRate: expect.closeTo(368.479e12, -10),
      watts: 3504,
      wattsFrom: 'measured',
      temperatureC: 70,
      fansRpm: [3723, 3723, 3753, 3723],
      uptimeSeconds: 2743,
      acceptedShares: 1421,
      mode: 'Normal',
      identity: '02:00:00:00:00:01',
      firmware: 'SealMiner 2025091001',
    });
  });
});
