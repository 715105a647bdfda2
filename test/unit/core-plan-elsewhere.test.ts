// A UPS with more rigs than are planned in a tick: the search for its plan is made elsewhere, and no tick waits for it.
import { describe, expect, it } from '@jest/globals';
import { answerTo, type PlanQuestion } from '../../src/core/plan-question.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { PlanAnswer } from '../../src/model/plan-answer.ts';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const MANY = 1_010;
const FULL = 1_800;
const WATTS = 100;
const WATT_HOURS = (MANY * WATTS * FULL) / 3600;

/** No two earn alike, and not in the order of their names; each has its contact. */
const rigs = (fedBy: readonly string[] = ['rack']): Rig[] =>
  Array.from({ length: MANY }, (_, i) =>
    rig(`r${i}`, 1 + ((i * 7919) % 1009) / 300, { watts: WATTS, pausedWatts: 2, graceSeconds: 10 + (i % 4), fedBy }),
  );

/** On battery for some seconds, and asked; `charge` is what is left. */
function inOutage(charge = 50, wish: { readonly supplies?: readonly string[]; readonly more?: readonly Rig[] } = {}): Desk {
  const supplies = wish.supplies ?? ['rack'];
  const of = (id: string) => ups(id, { batteryWh: WATT_HOURS / supplies.length, nominalWatts: 2 * MANY * WATTS });
  const desk = new Desk(
    siteOf({ ups: supplies.map(of), rigs: [...rigs(supplies), ...(wish.more ?? [])], policy: { kind: 'outage-aware' } }),
  );
  for (const id of supplies) desk.set(id, { charge, runtime: 'none' });
  desk.pass(3);
  for (const id of supplies) desk.set(id, { words: 'OB DISCHRG' });
  return desk;
}

/** Seconds pass until a question is asked; it, and those beside it. */
function untilAsked(desk: Desk, within = 30): readonly PlanQuestion[] {
  for (let second = 0; second < within; second += 1) {
    desk.pass(1);
    if (desk.questions.length > 0) return desk.questions.splice(0);
  }
  throw new Error(`nothing was asked in ${within} s`);
}

function one(questions: readonly PlanQuestion[]): PlanQuestion {
  const [question, ...others] = questions;
  if (question === undefined || others.length > 0) throw new Error(`${questions.length} questions, not one`);
  return question;
}

/** By way of the other thread: what goes there and comes back is copied. */
const searched = (question: PlanQuestion): PlanAnswer => structuredClone(answerTo(structuredClone(question)));

const answer = (desk: Desk, { ups: id, atMs }: PlanQuestion, outcome: Outcome<PlanAnswer>) =>
  desk.tick({ kind: 'plan', ups: id, atMs, outcome });

/** The next question, answered. */
function searchedNext(desk: Desk, within?: number): PlanQuestion {
  const question = one(untilAsked(desk, within));
  answer(desk, question, ok(searched(question)));
  return question;
}

/** s from the moment of the plan at which each leaves. */
function leaves(desk: Desk, id = 'rack'): Readonly<Record<string, number>> {
  const { plan } = desk.supply(id);
  if (plan === undefined) throw new Error('no plan');
  return Object.fromEntries([...plan.leavesAtMs].map(([name, atMs]) => [name, (atMs - plan.atMs) / 1000]));
}

function furthestApart(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): number {
  expect(Object.keys(one).sort()).toEqual(Object.keys(other).sort());
  return Math.max(...Object.entries(one).map(([name, seconds]) => Math.abs(seconds - (other[name] ?? Number.NaN))));
}

describe('a plan that is searched for elsewhere', () => {
  it('is asked for once, and nobody leaves until the answer is there, not by thresholds either', () => {
    const desk = inOutage(40);
    one(untilAsked(desk));
    desk.pass(6);
    expect(desk.questions).toEqual([]);
    expect(desk.supply().plan).toBeUndefined();
    expect(desk.steps).toEqual([]);
  });

  it('is the plan that a tick would have made, within a second for each rig', () => {
    const here = inOutage();
    answer(here, one(untilAsked(here)), failed('unreachable', 'it broke off'));
    const elsewhere = inOutage();
    searchedNext(elsewhere);
    expect(Object.keys(leaves(here))).toHaveLength(MANY);
    expect(furthestApart(leaves(here), leaves(elsewhere))).toBeLessThan(1);
    expect(elsewhere.supply().plan?.lambda).toBeCloseTo(here.supply().plan?.lambda ?? Number.NaN, 2);
    // And the next, which begins from it.
    answer(here, one(untilAsked(here, 60)), failed('unreachable', 'it broke off'));
    searchedNext(elsewhere, 60);
    expect(elsewhere.nowMs).toBe(here.nowMs);
    expect(furthestApart(leaves(here), leaves(elsewhere))).toBeLessThan(1);
  });

  it('counts from the moment of the question, however long the answer took', () => {
    const desk = inOutage();
    const question = one(untilAsked(desk));
    desk.pass(4);
    answer(desk, question, ok(searched(question)));
    expect(desk.supply().plan?.atMs).toBe(question.atMs);
  });

  it('keeps the last one while the next is searched for, and begins from it', () => {
    const desk = inOutage();
    searchedNext(desk);
    const held = desk.supply().plan;
    const second = one(untilAsked(desk, 60));
    expect(desk.supply().plan).toBe(held);
    expect(second.lambda).toBeGreaterThan(0);
    expect(second.steps.before?.some((hours) => hours > 0)).toBe(true);
    answer(desk, second, ok(searched(second)));
    expect(desk.supply().plan?.atMs).toBe(second.atMs);
  });

  it('has the worst earner leave first, and the best stay longest', () => {
    const desk = inOutage();
    searchedNext(desk);
    const byWorth = [...desk.site.rigs.values()].toSorted((a, b) => (a.reward?.perDay ?? 0) - (b.reward?.perDay ?? 0));
    const seconds = leaves(desk);
    expect(seconds[byWorth[0]?.id ?? '']).toBeLessThan(seconds[byWorth.at(-1)?.id ?? ''] ?? 0);
    expect(Math.max(...Object.values(seconds))).toBe(seconds[byWorth.at(-1)?.id ?? '']);
  });

  it('is asked for one UPS a tick, and the first of the second takes what hangs on both for no less than the first does', () => {
    const own = Array.from({ length: 200 }, (_, i) => rig(`s${i}`, 1 + ((i * 7919) % 1009) / 300, { watts: WATTS, fedBy: ['shelf'] }));
    const desk = inOutage(50, { supplies: ['rack', 'shelf'], more: own });
    for (const name of ['rack', 'shelf']) {
      expect(searchedNext(desk).ups).toBe(name);
    }
    const all = Object.entries(leaves(desk, 'shelf'));
    const median = (seconds: readonly number[]): number => seconds.toSorted((a, b) => a - b)[seconds.length >> 1] ?? Number.NaN;
    const [shared, alone] = ['r', 's'].map((kind) => median(all.flatMap(([name, at]) => (name.startsWith(kind) ? at : []))));
    // Of a UPS without a plan it was taken that its watts cost next to nothing: what hangs on both, too, left it at once.
    expect(shared).toBeGreaterThan((alone ?? Number.NaN) / 3);
  });
});

describe('a search elsewhere that comes to nothing', () => {
  it.each([
    ['with a fault', failed('unreachable', 'it broke off')],
    ['to another question', ok({ lambda: 1, hours: [1, 2], lastWatts: 10, kept: 0.1 })],
  ])('answered %s, is made in the tick', (_, outcome) => {
    const desk = inOutage();
    const { questions } = answer(desk, one(untilAsked(desk)), outcome);
    expect(desk.supply().plan?.atMs).toBe(desk.nowMs);
    expect(questions).toEqual([]);
    expect(untilAsked(desk, 60)).toHaveLength(1);
  });

  it('not answered within 8 s, is made in the tick, and what comes later is dropped', () => {
    const desk = inOutage();
    const question = one(untilAsked(desk));
    desk.pass(7);
    expect(desk.supply().plan).toBeUndefined();
    desk.pass(1);
    const { plan } = desk.supply();
    expect(plan?.atMs).toBe(desk.nowMs);
    answer(desk, question, ok(searched(question)));
    expect(desk.supply().plan).toBe(plan);
  });

  it('after one that is held, is waited for as long as that one may do', () => {
    const desk = inOutage();
    searchedNext(desk);
    const held = desk.supply().plan;
    one(untilAsked(desk, 60));
    desk.pass(39);
    expect(desk.supply().plan).toBe(held);
    desk.pass(1);
    expect(desk.supply().plan?.atMs).toBe(desk.nowMs);
  });

  it('is forgotten when the mains are back', () => {
    const desk = inOutage();
    const question = one(untilAsked(desk));
    desk.set('rack', { words: 'OL' }).pass(1);
    expect(desk.supply().asked).toBeUndefined();
    answer(desk, question, ok(searched(question)));
    expect(desk.supply().plan).toBeUndefined();
  });

  it('keeps nobody from the floor', () => {
    const desk = inOutage(3);
    one(untilAsked(desk));
    desk.pass(6);
    expect(desk.supply().plan).toBeUndefined();
    expect(desk.asked('pause')).toHaveLength(MANY);
  });
});
