// The floor: what reaches it, each by itself, with a rig that a person holds up so that the policy is out of the way; and the
// patience of a primary that shuts its UPS down.
import { expect, it } from '@jest/globals';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

/** The rules for which the rig was asked to pause. */
const askedFor = (desk: Desk): string[] =>
  desk.steps.flatMap(({ due }) => (due.step.kind === 'pause' && due.again !== true ? [due.because.rule] : []));

function heldUp(): Desk {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
  desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
  return desk.set('rack', { words: 'OB', charge: 90 }).pass(10);
}

it('a runtime below cutBelowSeconds, with charge to spare and no word of low battery', () => {
  const desk = heldUp();
  expect(askedFor(desk)).toEqual([]);
  expect(askedFor(desk.set('rack', { charge: 60, runtime: 20 }).pass(5))).toEqual(['runtime-below-cut']);
});

it('a charge down to the reserve, with minutes of runtime to spare', () => {
  const desk = heldUp().set('rack', { charge: 16 }).pass(5);
  expect(askedFor(desk)).toEqual([]);
  expect(askedFor(desk.set('rack', { charge: 15 }).pass(5))).toEqual(['charge-below-reserve']);
});

it('low battery on battery, in the same second', () => {
  expect(askedFor(heldUp().set('rack', { words: 'OB LB' }).pass(1))).toEqual(['low-battery']);
});

it('a forced shutdown: a rig that does not pause is cut before the primary is out of patience, whatever its grace', () => {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8, { graceSeconds: 120 })], ups: [ups('rack', { hostSyncSeconds: 15 })] })).pass(40);
  const began = desk.world('a', { stubborn: true }).set('rack', { words: 'OB FSD' }).nowMs;
  desk.pass(20);
  const cut = desk.steps.find(({ due }) => due.step.kind === 'cut');
  expect(((cut?.atMs ?? Number.POSITIVE_INFINITY) - began) / 1000).toBeLessThanOrEqual(15);
});

it('where a UPS told nothing but a charge, and tells none in the outage, all leave at once: so says the plan, and no runtime is told', () => {
  const desk = new Desk(siteOf({ policy: { ignoreBlipsSeconds: 20 } })).set('rack', { charge: 100, runtime: 'none' }).pass(40);
  desk.set('rack', { words: 'OB', charge: 255 }).pass(15);
  const { status, plan } = viewOf(desk.state, desk.site, desk.nowMs);
  expect(status.ups[0]?.runtimeSeconds).toBeNull();
  const leaving = plan.steps.filter(({ kind, because }) => kind === 'pause' && because.rule === 'runtime-unknown');
  expect(leaving.map((step) => step.rig).sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(desk.asked('pause')).toEqual([]);
  expect(desk.pass(10).asked('pause')).toEqual(['d', 'c', 'b', 'a']);
});
