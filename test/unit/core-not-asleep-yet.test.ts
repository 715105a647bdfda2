// A rig at 0 H/s and standby watts that is on its way up: told to wake a moment ago, or at the end of its boot. It does not
// sleep, and is asked before its contact opens.
import { describe, expect, it } from '@jest/globals';
import { copyOf } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { initialState } from '../../src/core/state.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const HOLD_B = { kind: 'hold', as: 'down', rigs: ['b'] } as const;

/** The Pi has lost its power and has it again: its contacts fell to their rest, and time counts from another zero. */
function anotherBoot(desk: Desk): void {
  const stamp = { monoMs: desk.nowMs, at: '2026-01-01T00:00:00.000Z', allRigs: [...desk.site.rigs.keys()] };
  let memory = copyOf(desk.state.memory);
  for (const bootId of ['one', 'two']) memory = remember(memory, { event: 'started', bootId, version: '0', armed: true, pid: 1 }, stamp);
  desk.state = initialState(desk.nowMs, memory);
}

/** In order, the pauses and cuts of b. */
const stepsOf = (desk: Desk, fromMs: number): string[] =>
  desk.steps
    .filter(({ atMs, due: { again } }) => atMs >= fromMs && again !== true)
    .map(({ due: { step } }) => `${step.kind} ${'switch' in step ? step.switch : step.rig}`)
    .filter((step) => step === 'pause b' || step === 'cut kb');

const heldDown = (desk: Desk): string[] => {
  const fromMs = desk.nowMs;
  desk.say(HOLD_B);
  desk.pass(60);
  return stepsOf(desk, fromMs);
};

const site = () => siteOf({ rigs: [rig('a', 8), rig('b', 6, { pausePersists: true })], policy: { cutPaused: 'always' } });

describe('a rig that is held down a moment after it was told to wake', () => {
  const toldToWake = (): Desk => {
    const desk = new Desk(site()).world('b', { hashing: false, stubborn: true }).pass(40);
    desk.say({ kind: 'hold', as: 'up', rigs: ['b'] });
    while (desk.asked('resume').length === 0) desk.pass(1);
    return desk;
  };

  it('is asked to pause, though all that was read of it was before that', () => {
    expect(heldDown(toldToWake().world('b', { silent: true }).pass(5))).toEqual(['pause b', 'cut kb']);
  });

  it('is asked to pause, though it has not begun to hash yet', () => {
    expect(heldDown(toldToWake().pass(5))).toEqual(['pause b', 'cut kb']);
  });

  it('is seen to be on its way up when it is released', () => {
    const desk = toldToWake().pass(5);
    desk.say({ kind: 'release', rigs: ['b'] });
    expect(desk.pass(5).rig('b')?.phase).toBe('waking');
    expect(desk.pass(90).rig('b')?.phase).toBe('paused');
  });

  it('is taken to sleep once it had its time to wake', () => {
    const desk = toldToWake().pass(5);
    desk.say({ kind: 'release', rigs: ['b'] });
    expect(heldDown(desk.pass(90))).toEqual(['cut kb']);
  });
});

describe('a rig that was read at the end of its boot', () => {
  const booting = (): Desk => new Desk(site()).world('b', { hashing: false, starting: true, uptimeSeconds: 5 }).pass(10);

  it('is not taken to sleep, nor told to a person as asleep', () => {
    const desk = booting();
    expect(desk.rig('b')?.phase).toBe('waking');
    expect(desk.named('noted')).toEqual([]);
  });

  it('is asked to pause before a hold cuts it', () => {
    expect(heldDown(booting())).toEqual(['pause b', 'cut kb']);
  });

  it('is taken to sleep where it says so long after its boot', () => {
    const desk = booting().world('b', { uptimeSeconds: 601 }).pass(1);
    expect(desk.rig('b')?.phase).toBe('paused');
    expect(heldDown(desk)).toEqual(['cut kb']);
  });

  it('is owed its return by an outage', () => {
    const desk = booting().set('rack', { words: 'OB LB', charge: 10 }).pass(60);
    expect(desk.asked('pause')).toContain('b');
    expect(desk.state.memory.rigs.get('b')?.owed?.wasUp).toBe(true);
  });
});

it('a rig that boots with the Pi while it waits for its turn is asked before it is cut in the next outage', () => {
  const desk = new Desk(siteOf({ policy: { cutPaused: 'always' } })).pass(40).set('rack', { words: 'OB', charge: 45 }).pass(60);
  desk.set('rack', { words: 'OL' }).pass(10);
  expect(desk.asked('cut')).toEqual(['kd']);
  anotherBoot(desk);
  desk.world('d', { fed: true, hashing: false, starting: true, uptimeSeconds: 10 }).pass(8);
  expect(desk.rig('d')?.phase).not.toBe('paused');
  const before = desk.asked('pause').filter((id) => id === 'd').length;
  desk.world('d', { silent: true }).set('rack', { words: 'OB LB', charge: 8 }).pass(3);
  expect(desk.asked('pause').filter((id) => id === 'd').length).toBe(before + 1);
});
