// What light and buzzer say, from what is known and from time alone.
import { describe, expect, it } from '@jest/globals';
import type { StatusView } from '../../src/model/view.ts';
import {
  type Ear,
  faultsOf,
  hear,
  hushed,
  lightAt,
  lightPatterns,
  type Meaning,
  meaningOf,
  NEW_EAR,
  soundPatterns,
  USUAL_LIGHTS,
  USUAL_SOUNDS,
} from '../../src/panel/patterns.ts';
import { rigView, statusView, upsView } from '../support/fake-service.ts';

const HOLD = { as: 'down', from: 'button', endsInSeconds: null } as const;
const FAULT = { code: 'no-stop', sinceSeconds: 3, say: 'it hashes on' };
const OUT = { ups: ['rack'], seconds: 9 };
const view = (over: Partial<StatusView> = {}): StatusView =>
  statusView({ armed: true, ready: true, notReady: [], outage: null, ups: [upsView()], rigs: [rigView()], ...over });

describe('the one thing that the light means', () => {
  it.each<[Meaning, string, Partial<StatusView>]>([
    ['mains', 'where all is well', {}],
    ['mains', 'where a person disarmed it', { armed: false, ready: false, notReady: ['disarmed: …'] }],
    ['hold', 'where a person holds a rig', { rigs: [rigView({ hold: HOLD })] }],
    ['fault', 'where something is in the way', { notReady: ['rack: does not fit'], rigs: [rigView({ hold: HOLD })] }],
    ['fault', 'where something is in the way besides that it is disarmed', { armed: false, notReady: ['disarmed: …', 'k1: stuck'] }],
    ['battery', 'in an outage, whatever else', { outage: OUT, notReady: ['s19-1: it hashes on'] }],
    ['shedding', 'once rigs are down for it', { outage: OUT, ups: [upsView({ level: 'shedding' })] }],
    ['shedding', 'at the floor', { outage: OUT, ups: [upsView(), upsView({ level: 'last-stand' })] }],
    ['battery', 'when everything is down', { outage: OUT, ups: [upsView({ level: 'dark' })] }],
    ['mains', 'while rigs come back', { ups: [upsView({ level: 'restoring' })], level: 'restoring' }],
  ])('is %s %s', (meaning, _, over) => {
    expect(meaningOf(view(over))).toBe(meaning);
  });

  it('names faults that stay the same while their figures change', () => {
    const silent = upsView({ alarms: ['silent'] });
    expect([...faultsOf(view({ ups: [silent], rigs: [rigView({ fault: FAULT })] }))]).toEqual(['s19-1: no-stop', 'rack: silent']);
  });
});

const LIGHTS_NOW = lightPatterns(USUAL_LIGHTS);

/** `[ms of a beginning, alight]` over a stretch. */
function played(meaning: Meaning, forMs: number): readonly (readonly [number, boolean])[] {
  const changes: [number, boolean][] = [];
  for (let ms = 0; ms < forMs; ) {
    const { on, changesInMs } = lightAt(LIGHTS_NOW[meaning], ms);
    changes.push([ms, on]);
    ms += changesInMs;
  }
  return changes;
}

describe('the light', () => {
  it('blips for 50 ms every two seconds on mains', () => {
    expect(played('mains', 4000)).toEqual([
      [0, true],
      [50, false],
      [2000, true],
      [2050, false],
    ]);
  });

  it('blinks once a second on battery, four times a second while it sheds', () => {
    expect(played('battery', 2000).filter(([, on]) => on)).toHaveLength(2);
    expect(played('shedding', 2000).filter(([, on]) => on)).toHaveLength(8);
  });

  it('blinks twice and rests while a person holds', () => {
    expect(played('hold', 2001)).toEqual([
      [0, true],
      [100, false],
      [250, true],
      [350, false],
      [2000, true],
    ]);
  });

  it('is what its owner chose, by a word or by the millisecond', () => {
    const own = lightPatterns({ ...USUAL_LIGHTS, mains: 'steady', hold: 'off', fault: [30, 70, 30, 870] });
    expect(lightAt(own.mains, 1e9)).toEqual({ on: true, changesInMs: Number.POSITIVE_INFINITY });
    expect(lightAt(own.hold, 5)).toEqual({ on: false, changesInMs: Number.POSITIVE_INFINITY });
    expect([0, 30, 100, 130, 1000].map((ms) => lightAt(own.fault, ms).on)).toEqual([true, false, true, false, true]);
    expect(own.battery).toEqual(LIGHTS_NOW.battery);
  });

  it('is steady at a fault', () => {
    expect(lightAt(LIGHTS_NOW.fault, 1e9)).toEqual({ on: true, changesInMs: Number.POSITIVE_INFINITY });
  });
});

/** Plays looks `[s, meaning, faults]` and gives `s: number of sounds` for each that is heard. */
function heard(...looks: readonly (readonly [number, Meaning | 'press', ...string[]])[]): readonly string[] {
  let ear: Ear = NEW_EAR;
  const sounds: string[] = [];
  for (const [second, meaning, ...faults] of looks) {
    if (meaning === 'press') {
      ear = hushed(ear);
      continue;
    }
    const listened = hear(ear, {
      meaning,
      faults: new Set(faults),
      nowMs: second * 1000,
      leastMs: 60_000,
      sounds: soundPatterns(USUAL_SOUNDS),
    });
    ear = listened.ear;
    if (listened.sound !== undefined)
      sounds.push(`${second}: ${listened.sound.length > 1 ? (listened.sound.length + 1) / 2 : listened.sound[0]}`);
  }
  return sounds;
}

describe('the buzzer', () => {
  it('is silent at the start, whatever it finds', () => {
    expect(heard([0, 'fault', 'a'], [1, 'fault', 'a'], [2, 'mains'])).toEqual([]);
    expect(heard([0, 'battery'], [100, 'battery'])).toEqual([]);
  });

  it('sounds at a change and not while it lasts: 1 battery, 2 shedding, 3 a fault, 1 long mains again', () => {
    expect(heard([0, 'mains'], [100, 'battery'], [101, 'battery'], [200, 'shedding'], [300, 'fault', 'a'], [400, 'mains'])).toEqual([
      '100: 150',
      '200: 2',
      '300: 3',
      '400: 600',
    ]);
  });

  it('never sounds twice within a minute, and says afterwards what then holds', () => {
    expect(heard([0, 'mains'], [10, 'battery'], [20, 'shedding'], [69, 'shedding'], [70, 'shedding'], [71, 'shedding'])).toEqual([
      '10: 150',
      '70: 2',
    ]);
    expect(heard([0, 'mains'], [10, 'battery'], [12, 'mains'], [14, 'battery'], [90, 'battery'])).toEqual(['10: 150']);
  });

  it('is silenced by a press until something new is wrong', () => {
    expect(heard([0, 'mains'], [10, 'battery'], [11, 'press'], [100, 'shedding'], [200, 'shedding'])).toEqual(['10: 150']);
    expect(heard([0, 'mains'], [10, 'battery'], [11, 'press'], [100, 'shedding'], [200, 'shedding', 'a'], [300, 'shedding', 'a'])).toEqual([
      '10: 150',
      '200: 3',
    ]);
  });

  it('sounds again in the next outage, once all has been well', () => {
    expect(heard([0, 'mains'], [10, 'battery'], [11, 'press'], [100, 'mains'], [200, 'battery'])).toEqual(['10: 150', '200: 150']);
  });

  it('is what its owner chose, and silent where he wants it so', () => {
    const sounds = soundPatterns({ ...USUAL_SOUNDS, battery: 'off', hold: [20, 80, 20] });
    const look = (ear: Ear, meaning: Meaning, nowMs: number) => hear(ear, { meaning, faults: new Set(), nowMs, leastMs: 1000, sounds });
    const first = look(NEW_EAR, 'mains', 0);
    const battery = look(first.ear, 'battery', 10_000);
    expect(battery.sound).toBeUndefined();
    expect(look(battery.ear, 'hold', 20_000).sound).toEqual([20, 80, 20]);
  });

  it('has no sound for what a person does himself', () => {
    expect(heard([0, 'mains'], [10, 'hold'], [100, 'mains'])).toEqual([]);
  });
});
