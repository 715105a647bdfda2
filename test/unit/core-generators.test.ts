// Who may run on a generator where there are several of them, or of their UPSes, or a thousand rigs.
import { describe, expect, it } from '@jest/globals';
import { carriesSince } from '../../src/core/generator.ts';
import { notStable } from '../../src/core/rules/generator.ts';
import { blockedBy } from '../../src/core/rules/may-start.ts';
import { sceneOf, supplyOf } from '../../src/core/tick.ts';
import { viewOf } from '../../src/core/views.ts';
import { ok } from '../../src/model/outcome.ts';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';
import { DIESEL, RIGS, Yard } from '../support/generator-yard.ts';

const TWO = [ups('rack'), ups('shelf')];

describe('a rig on two UPSes, each on a generator of its own', () => {
  it('runs only where both have room for it', () => {
    const both = rig('a', 8, { fedBy: ['rack', 'shelf'] });
    const petrol = { id: 'petrol', behind: ['shelf'], carriesWhen: 'ats', watts: 500 };
    const yard = new Yard({ watts: 2000 }, { ups: TWO, rigs: [both] }, [petrol]);
    yard.desk.set('shelf', { words: 'OB', charge: 90 });
    yard.battery().pass(10);
    yard.ats = 'closed';
    yard.desk.set('shelf', { words: 'OL', charge: 90 });
    yard.online().pass(40);
    expect(yard.hashing()).toEqual([]);
    expect(yard.desk.named('step-due').at(-1)?.because).toMatchObject({ rule: 'generator-has-no-room', facts: { generator: 'petrol' } });
  });
});

describe('a site in which nobody said what a rig earns', () => {
  const afterTransfer = (fuel: { fuelPerKwh?: number }): string[] => {
    const yard = new Yard(fuel, { rigs: [rig('a', undefined), rig('b', undefined), rig('c', undefined)] }).battery().pass(10);
    yard.ats = 'closed';
    return yard.online().pass(40).hashing();
  };

  it('runs as many on the generator as its watts carry', () => {
    expect(afterTransfer({})).toHaveLength(2);
  });

  it('runs nobody on fuel that has a price', () => {
    expect(afterTransfer({ fuelPerKwh: 0.3 })).toEqual([]);
  });
});

describe('two UPSes behind one generator', () => {
  it('have their rigs started one by one, not one of each at a time', () => {
    const rigs = [rig('a', 8), rig('b', 6, { fedBy: ['shelf'] }), rig('c', 4, { fedBy: ['shelf'] })];
    const yard = new Yard({ behind: ['rack', 'shelf'], watts: 9000 }, { ups: TWO, rigs });
    yard.desk.set('rack', { words: 'OB LB', charge: 20 }).set('shelf', { words: 'OB LB', charge: 20 });
    yard.pass(60);
    yard.ats = 'closed';
    yard.desk.set('rack', { words: 'OL', charge: 90 }).set('shelf', { words: 'OL', charge: 90 });
    yard.pass(300);
    const fedAt = yard.desk.steps.flatMap(({ atMs, due }) => (due.step.kind === 'feed' ? [atMs] : []));
    expect(fedAt).toHaveLength(3);
    const gaps = fedAt.slice(1).map((at, index) => at - (fedAt[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
  });
});

describe('two rigs behind one contact, and room for one', () => {
  const pair = (change: Partial<Rig> = {}): readonly Rig[] => [rig('a', 8, { cutBy: ['k'] }), rig('b', 6, { cutBy: ['k'], ...change })];
  const cutOnly = { can: { read: true, pause: false, resume: false, halt: false } };

  it('both leave where the other can only be cut: else it would run on with the one that stays', () => {
    const yard = new Yard({ watts: 1000 }, { rigs: pair(cutOnly) }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(100);
    expect([yard.hashing(), yard.desk.asked('cut')]).toEqual([[], ['k']]);
  });

  it('one stays and one sleeps where both can be paused', () => {
    const yard = new Yard({ watts: 1000 }, { rigs: pair() }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(100);
    expect([yard.hashing(), yard.desk.asked('cut')]).toEqual([['a'], []]);
  });

  const afterDark = (change: Partial<Rig>): string[] => {
    const yard = new Yard({ watts: 1000 }, { rigs: pair(change) }).carriedAfterAll().pass(300);
    return yard.desk.asked('feed');
  };

  it('are not fed for the one while power starts the other', () => {
    expect(afterDark({})).toEqual([]);
  });

  it('are fed for the one where the other sleeps on', () => {
    expect(afterDark({ pausePersists: true })).toEqual(['k']);
  });
});

describe('a rig on mains alone that fell silent with the grid', () => {
  it('has its contact opened though a generator took over within seconds, and returns in its turn', () => {
    const yard = new Yard({ watts: 0 }, { rigs: [rig('bare', 6, { fedBy: ['mains'] })] }).battery();
    yard.desk.world('bare', { silent: true, hashing: false });
    yard.pass(12);
    yard.ats = 'closed';
    yard.online().pass(20);
    expect(yard.desk.asked('cut')).toEqual([]);
    yard.pass(30);
    expect(yard.desk.asked('cut')).toEqual(['kbare']);
    expect(viewOf(yard.desk.state, yard.desk.site, yard.desk.nowMs).status.level).toBe('normal');
    yard.desk.world('bare', { silent: false });
    yard.ats = 'open';
    yard.pass(20);
    expect(viewOf(yard.desk.state, yard.desk.site, yard.desk.nowMs).status.level).toBe('restoring');
    yard.pass(400);
    expect([yard.hashing(), yard.desk.asked('feed')]).toEqual([['bare'], ['kbare']]);
  });
});

describe('a drill', () => {
  it('ends where a generator takes over that no UPS was seen to bridge, and its rig is taken down as the others are', () => {
    const yard = new Yard({ watts: 0 });
    yard.desk.say({ kind: 'drill', rig: 'a', cut: false });
    yard.ats = 'closed';
    yard.pass(60);
    expect(yard.desk.named('drilled')).toEqual([
      expect.objectContaining({ ok: false, say: 'a generator took over in mid-drill: the policy rules from here' }),
    ]);
    expect(yard.hashing()).toEqual([]);
  });
});

describe('the choice', () => {
  it('is made anew for a file that says other watts of the same rigs', () => {
    const hashing = (watts: number): string[] => {
      const desk = new Desk({ ...siteOf({ rigs: RIGS.map((one) => ({ ...one, watts })) }), generators: [DIESEL] });
      for (let second = 0; second < 90; second += 1) {
        desk.tick({ kind: 'input', input: 'ats', atMs: desk.nowMs, outcome: ok('closed') });
        desk.pass(1);
      }
      return [...desk.rigs].flatMap(([id, one]) => (one.hashing ? [id] : []));
    };
    expect([hashing(1000), hashing(2000)]).toEqual([['a', 'b'], ['a']]);
  });
});

describe('what is told of a generator that nobody looks at', () => {
  it('is that it carries since now, where its contact is open for too long by then', () => {
    const yard = new Yard().carriedAfterAll();
    const [a] = yard.desk.site.rigs.values();
    if (a === undefined) throw new Error('no rig a');
    const { state, site, nowMs } = yard.desk;
    expect(carriesSince(sceneOf(state, site, nowMs), 'rack')).toBeDefined();
    const later = sceneOf({ ...state, inputs: new Map() }, site, nowMs);
    expect(carriesSince(later, 'rack')).toBeUndefined();
    expect(notStable(later, a)).toMatchObject({ untilMs: nowMs + 60_000 });
    const supplies = new Map([['rack', { ...supplyOf(later, 'rack'), steadySinceMs: undefined }]]);
    expect(notStable(sceneOf({ ...state, supplies }, site, nowMs), a)).toMatchObject({ untilMs: nowMs + 60_000 });
  });
});

describe('a contact that is needed and not heard', () => {
  it("is in the way of ready, the one of the mains as well as a generator's", () => {
    const desk = new Desk({ ...siteOf(), mainsWhen: 'grid', generators: [DIESEL] }).pass(10);
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.notReady).toEqual(
      expect.arrayContaining(['ats is not heard: lastwatt check says why', 'grid is not heard: lastwatt check says why']),
    );
  });
});

describe('a board that was away while a generator carries', () => {
  it('is told once more to cut who has no room on it', () => {
    const mute = rig('a', 8, { can: { read: true, pause: false, resume: false, halt: false } });
    const yard = new Yard({ watts: 0 }, { rigs: [mute] }).battery().pass(10);
    const look = (returns: number): void => {
      yard.desk.tick({ kind: 'switch', switch: 'ka', atMs: yard.desk.nowMs, outcome: ok({ returns }) });
    };
    look(0);
    yard.ats = 'closed';
    yard.online().pass(40);
    expect(yard.desk.asked('cut')).toEqual(['ka']);
    look(1);
    yard.desk.world('a', { fed: true });
    expect(yard.pass(5).desk.asked('cut')).toEqual(['ka', 'ka']);
  });
});

describe('a contact that was closed a moment ago', () => {
  it('opens all the same on a rig for which a generator has no room', () => {
    const mute = rig('a', 8, { can: { read: false, pause: false, resume: false, halt: false } });
    const yard = new Yard({ watts: 0 }, { rigs: [mute] });
    yard.desk.set('rack', { words: 'OB LB', charge: 20 });
    yard.pass(90).online();
    yard.desk.set('rack', { words: 'OL', charge: 100 });
    yard.pass(70);
    expect(yard.desk.asked('feed')).toEqual(['ka']);
    yard.ats = 'closed';
    expect(yard.pass(5).desk.asked('cut')).toEqual(['ka', 'ka']);
  });
});

describe('a rig that leaves a generator for another', () => {
  it('is down before that is started: both at once are more than it may carry', () => {
    const yard = new Yard({ watts: 1000 }).carriedAfterAll().pass(180);
    expect(yard.hashing()).toEqual(['a']);
    yard.desk.world('a', { stubborn: true });
    const from = yard.desk.steps.length;
    yard.desk.say({ kind: 'hold', as: 'up', rigs: ['b'] });
    yard.pass(25);
    const after = yard.desk.steps.slice(from).map(({ due: { step } }) => `${step.kind} ${'rig' in step ? step.rig : step.switch}`);
    expect(after.filter((step) => step !== 'pause a')).toEqual([]);
    const because = { rule: 'generator-still-carries', facts: { generator: 'diesel', leaves: 'a' } };
    const [, b] = yard.desk.site.rigs.values();
    expect(b && blockedBy(yard.desk.scene(), b)).toEqual({ because });
    yard.pass(120);
    expect(yard.hashing()).toEqual(['b']);
  });
});

describe('what sleeps on a generator', () => {
  const heavy = { pausedWatts: 90 };
  const four = [rig('a', 8, heavy), rig('b', 6, heavy), rig('c', 4, heavy), rig('d', 2, heavy)];
  const carriedBy = (watts: number, wish: ConstructorParameters<typeof Yard>[1]): Yard => {
    const yard = new Yard({ watts }, wish).battery().pass(10);
    yard.ats = 'closed';
    return yard.online().pass(60);
  };

  it('loses its power where all that sleep draw over 5 % of what it carries', () => {
    expect(carriedBy(2500, { rigs: four }).desk.asked('cut')).toEqual(['kd', 'kc']);
    expect(carriedBy(4000, { rigs: four }).desk.asked('cut')).toEqual([]);
    expect(carriedBy(3999, { rigs: four }).desk.asked('cut')).toEqual([]);
  });

  it('loses it as the policy says, where that says always or at the floor alone', () => {
    expect(carriedBy(2500, { policy: { cutPaused: 'always' } }).desk.asked('cut')).toEqual(['kd', 'kc']);
    expect(carriedBy(2500, { rigs: four, policy: { cutPaused: 'at-floor' } }).desk.asked('cut')).toEqual([]);
  });

  it('takes room from those that run where nothing can cut it', () => {
    const uncut = four.map((one) => ({ ...one, cutBy: [] }));
    expect(carriedBy(2180, { rigs: uncut }).hashing()).toEqual(['a', 'b']);
    expect(carriedBy(2179, { rigs: uncut }).hashing()).toEqual(['a']);
    expect(carriedBy(50, { rigs: uncut }).hashing()).toEqual([]);
    expect(carriedBy(0, { rigs: uncut }).hashing()).toEqual([]);
  });
});
