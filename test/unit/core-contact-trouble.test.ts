// What is wrong with a contact whose rig has power though it is open, by name; and how sure a cut is.
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../src/model/outcome.ts';
import type { RigWorld } from '../support/core-desk.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const low = (desk: Desk): Desk => desk.set('rack', { words: 'OB LB', charge: 20 });

/** Both rigs were cut, and after that rig a is as a test has it, whatever its contact does. */
function cutAnd(after: Partial<RigWorld>, site = siteOf({ rigs: [rig('a', 8), rig('b', 6)] }), drill = false): Desk {
  const desk = new Desk(site).pass(130);
  if (drill) {
    desk.say({ kind: 'drill', rig: 'a', cut: true });
    desk.pass(400);
  }
  low(desk);
  for (let second = 0; second < 45; second += 1) {
    desk.pass(1);
    if (desk.asked('cut').filter((id) => id === 'ka').length > (drill ? 1 : 0)) desk.world('a', { fed: true, ...after });
  }
  return desk;
}

const sayings = (desk: Desk): string[] => desk.named('fault').map(({ say }) => say);

describe('a rig that answers from behind its open contact', () => {
  it('has a welded contact where it was dark behind it in its drill', () => {
    const desk = cutAnd({}, undefined, true);
    expect(desk.named('drilled')).toEqual([expect.objectContaining({ ok: true, cutMs: expect.any(Number) })]);
    expect(desk.faults()).toEqual(['contact-welded']);
    expect(sayings(desk)[0]).toMatch(/^ka open, and a answers at 20 W: it was dark behind them in its drill/);
  });

  it('is told of within ten seconds of the cut', () => {
    const desk = cutAnd({}, undefined, true);
    const cutAt = desk.steps.filter(({ due }) => due.step.kind === 'cut' && due.step.switch === 'ka').at(-1)?.atMs ?? 0;
    const toldAt = desk.events.find(({ event }) => event.event === 'fault')?.atMs ?? Number.NaN;
    expect(toldAt - cutAt).toBeLessThanOrEqual(10_000);
  });

  it('has a second feed, or another outlet, where it was never seen dark', () => {
    const desk = cutAnd({ hashing: true });
    expect(desk.faults()).toEqual(['second-feed']);
    expect(sayings(desk)[0]).toMatch(/^ka open, and a was seen hashing at 1000 W: it was never seen dark behind them/);
  });

  it('has a board that was reset where it booted after the cut', () => {
    expect(cutAnd({ uptimeSeconds: 1 }).faults()).toEqual(['board-reset']);
  });

  it('has none that was reset where it is up for longer than its contact is open', () => {
    expect(cutAnd({ uptimeSeconds: 4000 }).faults()).toEqual(['second-feed']);
  });

  it('has a board that was reset where it was silent behind it before', () => {
    const desk = low(new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40)).pass(90);
    expect(desk.rig('a')?.phase).toBe('dark');
    desk.world('a', { fed: true }).pass(2);
    expect(desk.faults()).toEqual(['board-reset']);
    desk.world('a', { fed: false }).pass(40);
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });

  it('has none that was reset where it was silent, and is up for longer than its contact is open', () => {
    const desk = low(new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40)).pass(90);
    desk.world('a', { fed: true, uptimeSeconds: 5000 }).pass(2);
    expect(desk.faults()).toEqual(['second-feed']);
  });

  it('has none that was reset where a pause behind the contact started its miner anew', () => {
    const desk = cutAnd({ hashing: true, uptimeSeconds: 4000 });
    desk.world('a', { hashing: false, uptimeSeconds: 1 }).pass(10);
    expect(desk.faults()).toEqual(['second-feed']);
  });

  it('has one that was reset where it was silent and then booted, whatever it was told since', () => {
    const desk = low(new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40)).pass(90);
    desk.world('a', { fed: true, hashing: true, uptimeSeconds: 1 }).pass(8);
    expect(desk.faults()).toEqual(['board-reset']);
  });

  it('is named once, though its uptime comes and goes', () => {
    const desk = cutAnd({ uptimeSeconds: 1 });
    for (let turn = 0; turn < 5; turn += 1) {
      desk.rigs.set('a', { fed: true, hashing: false });
      desk.pass(3).world('a', { uptimeSeconds: 1 }).pass(3);
    }
    expect(desk.faults()).toEqual(['board-reset']);
  });

  it('that a person opened a moment ago is not judged by what it said before', () => {
    const site = siteOf({ rigs: [rig('a', 8), rig('b', 6)] });
    const desk = new Desk(site).pass(40);
    const open = (seconds: number): Desk => {
      for (let second = 0; second < seconds; second += 1) {
        desk.tick({ kind: 'switch', switch: 'ka', atMs: desk.nowMs, outcome: ok('cut') });
        desk.pass(1);
      }
      return desk;
    };
    low(desk.world('a', { fed: false, hashing: false }));
    open(60);
    expect(desk.faults()).toEqual([]);
    desk.world('a', { fed: true });
    open(5);
    expect(desk.faults()).toEqual(['board-reset']);
  });

  it('and that tells no watts is named all the same', () => {
    expect(sayings(cutAnd({ noWatts: true }))[0]).toMatch(/^ka open, and a answers: /);
  });

  it('has nothing wrong where the file leaves it a supply that no contact of its interrupts', () => {
    const site = siteOf({ ups: [ups('rack'), ups('shelf')], rigs: [rig('a', 8, { fedBy: ['rack', 'shelf'] }), rig('b', 6)] });
    const ka = site.switches.get('ka');
    const switches = ka === undefined ? site.switches : new Map([...site.switches, ['ka', { ...ka, interrupts: 'rack' }]]);
    const desk = new Desk({ ...site, switches }).pass(130);
    desk.set('rack', { words: 'OB LB', charge: 20 }).set('shelf', { words: 'OB LB', charge: 20 });
    for (let second = 0; second < 45; second += 1) {
      desk.pass(1);
      if (desk.asked('cut').includes('ka')) desk.world('a', { fed: true });
    }
    expect(desk.faults()).toEqual([]);
  });
});

describe('a cut is stamped', () => {
  const stamps = (desk: Desk): Record<string, string | undefined> =>
    Object.fromEntries(desk.named('step-due').flatMap(({ step, stamp }) => (step.kind === 'cut' ? [[step.switch, stamp]] : [])));

  it('proved, where each rig behind it was seen quiet', () => {
    expect(stamps(low(new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40)).pass(60))).toEqual({ ka: 'proved' });
  });

  it('assumed, where one was given its time and was not seen quiet', () => {
    const site = siteOf({ rigs: [rig('a', 8, { cutBy: ['k'] }), rig('b', 6, { cutBy: ['k'] })] });
    expect(stamps(low(new Desk(site).pass(40).world('a', { stubborn: true })).pass(60))).toEqual({ k: 'assumed' });
  });

  it('assumed, where it can not be asked', () => {
    const mute = rig('a', 8, { can: { read: false, pause: false, resume: false, halt: false } });
    expect(stamps(low(new Desk(siteOf({ rigs: [mute] })).pass(40)).pass(60))).toEqual({ ka: 'assumed' });
  });

  it("forced, by a person's --now", () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(130).world('a', { stubborn: true });
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    expect(stamps(desk.pass(5))).toEqual({ ka: 'forced' });
  });
});
