// The simulated rig: that it behaves in time as it says, misbehaves when told to, and keeps the port's contract.
import { describe, expect, it } from '@jest/globals';
import { realClock } from '../../src/host/clock.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { simRigDriver } from '../../src/sim/rig-driver.ts';
import { within } from './rig-driver.ts';

function simulated(traits: Partial<SimRigTraits> = {}): { readonly rig: SimRig; pass(seconds: number): void } {
  let now = 1_000;
  const rig = new SimRig(
    { id: 'rig-1', hashRate: 100, watts: 1025, pauseSeconds: 4, wakeSeconds: 20, bootSeconds: 40, ...traits },
    () => now,
  );
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  return { rig, pass };
}

describe('a simulated rig', () => {
  it('ramps down after a pause and up after a resume, in its own time', () => {
    const { rig, pass } = simulated();
    expect(rig.order('pause')).toBe('done');
    pass(2);
    expect(rig.look()).toMatchObject({ saysPaused: true, level: 0.5, watts: 525, hashRate: 50 });
    expect(rig.order('pause')).toBe('done');
    pass(2);
    expect(rig.look()).toMatchObject({ level: 0, watts: 25, hashRate: 0 });
    rig.order('resume');
    pass(5);
    expect(rig.look().level).toBe(0.25);
    rig.order('pause');
    pass(4);
    expect(rig.look().level).toBe(0);
  });

  it('is dark while cut, boots when fed, and then still sleeps if it slept', () => {
    const { rig, pass } = simulated();
    rig.order('pause');
    pass(10);
    rig.cut();
    expect(rig.look()).toMatchObject({ fed: false, answers: false, watts: 0, uptimeSeconds: 0 });
    expect(rig.order('resume')).toBe('dark');
    rig.feed();
    expect(rig.look()).toMatchObject({ fed: true, answers: false, watts: 25 });
    pass(40);
    expect(rig.look()).toMatchObject({ answers: true, saysPaused: true, level: 0 });
    pass(100);
    expect(rig.look()).toMatchObject({ level: 0, uptimeSeconds: 100 });
  });

  it('that forgets its pause hashes after a power cut', () => {
    const { rig, pass } = simulated({ pausePersists: false });
    rig.order('pause');
    rig.cut();
    rig.feed();
    pass(50);
    expect(rig.look()).toMatchObject({ saysPaused: false, level: 0.5 });
  });

  it.each([
    ['refuses', { refuses: true }, 'refused', { saysPaused: false, level: 1 }],
    ['lies', { lies: true }, 'done', { saysPaused: true, level: 1, watts: 1025 }],
    ['hangs', { hangs: true }, 'silent', { saysPaused: false, level: 1 }],
    ['is slow', { pauseSeconds: 120 }, 'done', { saysPaused: true, level: 0.5 }],
  ] as const)('that %s does so on a pause', (_which, quirks, answer, after) => {
    const { rig, pass } = simulated();
    rig.misbehave(quirks);
    expect(rig.order('pause')).toBe(answer);
    pass(60);
    expect(rig.look()).toMatchObject(after);
  });

  it('that will not wake says that it is awake and stands still, until it is let', () => {
    const { rig, pass } = simulated({ startsAs: 'paused' });
    rig.misbehave({ willNotWake: true });
    expect(rig.order('resume')).toBe('done');
    pass(600);
    expect(rig.look()).toMatchObject({ saysPaused: false, level: 0, watts: 25 });
    rig.misbehave({ willNotWake: false });
    rig.order('resume');
    pass(20);
    expect(rig.look().level).toBe(1);
  });

  it('keeps a log of what was asked of it and done to it', () => {
    const { rig, pass } = simulated();
    rig.order('pause');
    pass(1);
    rig.cut();
    rig.cut();
    rig.feed();
    expect(rig.log).toEqual([
      { atMs: 1_000, what: 'pause', answer: 'done' },
      { atMs: 2_000, what: 'cut' },
      { atMs: 2_000, what: 'feed' },
    ]);
  });

  it('swings its watts within their noise, and the same way for the same seed', () => {
    const watts = (seed: number): number[] => {
      const { rig, pass } = simulated({ wattsNoise: 0.02, seed });
      return Array.from({ length: 50 }, () => {
        pass(1);
        return rig.look().watts;
      });
    };
    expect(watts(7)).toEqual(watts(7));
    expect(watts(7)).not.toEqual(watts(8));
    for (const value of watts(7)) expect(Math.abs(value / 1025 - 1)).toBeLessThanOrEqual(0.02);
    expect(new Set(watts(7)).size).toBeGreaterThan(40);
  });
});

describe('the driver of a simulated rig', () => {
  it('reads, pauses and resumes it', async () => {
    const { rig, pass } = simulated();
    const driver = simRigDriver(rig, realClock);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'hashing', watts: 1025, wattsFrom: 'measured' } });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(10);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused', hashRate: 0, watts: 25 } });
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'starting' } });
  });

  it('says refused, unreachable and timeout as a real one does', async () => {
    const { rig } = simulated();
    const driver = simRigDriver(rig, realClock);
    rig.misbehave({ refuses: true });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    rig.misbehave({ refuses: false, hangs: true });
    expect(await driver.pause?.(within(30))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    rig.misbehave({ hangs: false, answerSeconds: 0.02 });
    expect((await driver.read?.(within()))?.ok).toBe(true);
    rig.misbehave({ answerSeconds: 60 });
    expect(await driver.read?.(within(30))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    rig.cut();
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });
});
