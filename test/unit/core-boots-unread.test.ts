// A rig that slept when it was last read, had no power since, and may have booted awake: it is asked before its contact opens.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

/** In order, the pauses and cuts that concern b. */
const stepsOf = (desk: Desk, fromMs: number): string[] =>
  desk.steps
    .filter(({ atMs, due: { again } }) => atMs >= fromMs && again !== true)
    .map(({ due: { step } }) => `${step.kind} ${'switch' in step ? step.switch : step.rig}`)
    .filter((step) => step === 'pause b' || step === 'cut kab' || step === 'cut kb');

describe('a rig that slept, was cut and fed again for another behind its contact, and answers nothing since', () => {
  const fedAgain = (pausePersists: boolean): Desk => {
    const beside = { cutBy: ['kab'], pausePersists };
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { cutBy: ['kab'] }), rig('b', 6, beside)] })).world('b', { hashing: false }).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 10 }).pass(60);
    expect(desk.asked('cut')).toEqual(['kab']);
    desk.world('b', { silent: true }).set('rack', { words: 'OL', charge: 100 });
    while (desk.asked('feed').length === 0) desk.pass(1);
    // Its own turn has not come yet.
    expect(desk.pass(5).asked('pause')).not.toContain('b');
    return desk;
  };

  it('is asked to pause at the next floor, before its contact opens', () => {
    const desk = fedAgain(false);
    const fromMs = desk.nowMs;
    desk.set('rack', { words: 'OB LB', charge: 10 }).pass(60);
    expect(stepsOf(desk, fromMs)).toEqual(['pause b', 'cut kab']);
  });

  it('is asked nothing where its pause outlasts a power cut', () => {
    const desk = fedAgain(true);
    const fromMs = desk.nowMs;
    desk.set('rack', { words: 'OB LB', charge: 10 }).pass(60);
    expect(stepsOf(desk, fromMs)).toEqual(['cut kab']);
  });
});

describe('a rig that slept and falls silent', () => {
  const held = (seconds: number, pausePersists = false): string[] => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { fedBy: ['mains'], pausePersists })] })).world('b', { hashing: false });
    desk.pass(40).world('b', { silent: true }).pass(seconds);
    const fromMs = desk.nowMs;
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.pass(60);
    return stepsOf(desk, fromMs);
  };

  it('is asked before a hold cuts it, for it may have lost its power and booted awake', () => {
    expect(held(60)).toEqual(['pause b', 'cut kb']);
  });

  it('is taken to sleep while it was read a moment ago', () => {
    expect(held(5)).toEqual(['cut kb']);
  });

  it('is taken to sleep where its pause outlasts a power cut', () => {
    expect(held(60, true)).toEqual(['cut kb']);
  });
});
