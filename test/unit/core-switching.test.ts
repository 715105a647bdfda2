// Contacts by themselves: when one opens, when one closes, how often it is asked, and what is said of one that does not obey.
import { describe, expect, it } from '@jest/globals';
import type { SwitchMemory } from '../../src/core/memory.ts';
import { contactOf } from '../../src/core/seen.ts';
import {
  closeSwitches,
  feedBlockedUntil,
  foldSwitchLook,
  foldSwitchOutcome,
  openSwitches,
  type Ready,
  rigsBehind,
} from '../../src/core/switching.ts';
import { setRig, switchOf, type Tick } from '../../src/core/tick.ts';
import type { Rig } from '../../src/model/rig.ts';
import type { Site } from '../../src/model/site.ts';
import { A, HOUR, NOW, site, tickOf } from '../support/contact-desk.ts';
import { rig } from '../support/core-desk.ts';

const BECAUSE = { rule: 'at-the-floor', facts: {} };
const CAUSE = { because: BECAUSE, person: false };
const READY: Ready = { proof: 'watts', emergency: false, cause: CAUSE };

const steps = (tick: Tick): readonly unknown[] => tick.due.map(({ step, again }) => ({ ...step, ...(again ? { again } : {}) }));
const OPEN_A = { kind: 'cut', switch: 'ka', rigs: ['a'] };
const CLOSE_A = { kind: 'feed', switch: 'ka', rigs: ['a'] };

describe('the rigs behind a contact', () => {
  it('are those that it cuts, and none behind one that nobody has', () => {
    const shared = site(A, rig('b', 6, { cutBy: ['ka', 'kb'] }));
    expect(rigsBehind(shared, 'ka').map(({ id }) => id)).toEqual(['a', 'b']);
    expect(rigsBehind(shared, 'kb').map(({ id }) => id)).toEqual(['b']);
    expect(rigsBehind(shared, 'kx')).toEqual([]);
  });
});

describe('a contact opens', () => {
  it('when its rig may be cut, with the reason that it leaves for', () => {
    const tick = tickOf(site(A));
    openSwitches(tick, new Map([['a', READY]]));
    expect(tick.due).toEqual([{ step: OPEN_A, because: BECAUSE }]);
  });

  it('not while one of its rigs may not be cut, but for one that is dark', () => {
    const shared = site(A, rig('b', 6, { cutBy: ['ka'] }));
    const tick = tickOf(shared);
    openSwitches(tick, new Map([['a', READY]]));
    expect(tick.due).toEqual([]);
    setRig(tick, 'b', { phase: 'dark' });
    openSwitches(tick, new Map([['a', READY]]));
    expect(steps(tick)).toEqual([{ ...OPEN_A, rigs: ['a', 'b'] }]);
  });

  it('for the first of its rigs that has a right to it', () => {
    const other = { because: { rule: 'a-person', facts: {} }, person: true };
    const tick = tickOf(site(A, rig('b', 6, { cutBy: ['ka'] })));
    openSwitches(tick, new Map([['b', { proof: 'state', emergency: false, cause: other }] as const, ['a', READY] as const]));
    expect(tick.due.map(({ because }) => because.rule)).toEqual(['at-the-floor']);
  });

  it('by the right of a later rig, where the first behind it is dark already', () => {
    const tick = tickOf(site(A, rig('b', 6, { cutBy: ['ka'] })));
    setRig(tick, 'a', { phase: 'dark' });
    openSwitches(tick, new Map([['b', READY]]));
    expect(steps(tick)).toEqual([{ ...OPEN_A, rigs: ['a', 'b'] }]);
  });

  it('once: not again when it was done and nobody has seen otherwise, and again when somebody has', () => {
    const done = { switches: { ka: { want: 'cut', sinceMs: NOW - 5_000 } } } as const;
    const settled = tickOf(site(A), done);
    openSwitches(settled, new Map([['a', READY]]));
    expect(settled.due).toEqual([]);
    const moved = tickOf(site(A), { ...done, states: { ka: { seen: 'fed', seenAtMs: NOW - 1_000 } } });
    openSwitches(moved, new Map([['a', READY]]));
    expect(steps(moved)).toEqual([OPEN_A]);
    const undone = tickOf(site(A), { switches: { ka: { want: 'cut', done: false } } });
    openSwitches(undone, new Map([['a', READY]]));
    expect(steps(undone)).toEqual([OPEN_A]);
    const fed = tickOf(site(A), { switches: { ka: { want: 'fed' } }, states: { ka: { seen: 'cut', seenAtMs: NOW } } });
    openSwitches(fed, new Map([['a', READY]]));
    expect(steps(fed)).toEqual([OPEN_A]);
  });

  it('for nobody who is not in the file', () => {
    const tick = tickOf(site(A));
    openSwitches(tick, new Map([['gone', READY]]));
    expect(tick.due).toEqual([]);
  });

  it('not while an opening is under way, until that counts as lost; a closing under way stops nothing', () => {
    const flown = (kind: 'cut' | 'feed', agoMs: number): readonly unknown[] => {
      const tick = tickOf(site(A), { states: { ka: { flight: { kind, sinceMs: NOW - agoMs } } } });
      openSwitches(tick, new Map([['a', READY]]));
      return steps(tick);
    };
    expect(flown('cut', 59_999)).toEqual([]);
    expect(flown('cut', 60_000)).toEqual([OPEN_A]);
    expect(flown('feed', 1_500)).toEqual([OPEN_A]);
  });

  it('in an emergency no closer than a second after it closed, and asks to be looked at again then', () => {
    const closed = (agoMs: number): Tick => {
      const tick = tickOf(site(A), { switches: { ka: { want: 'fed', sinceMs: NOW - agoMs } } });
      openSwitches(tick, new Map([['a', { ...READY, emergency: true }]]));
      return tick;
    };
    const early = closed(400);
    expect([steps(early), early.againAtMs]).toEqual([[], NOW + 600]);
    expect(steps(closed(1_000))).toEqual([OPEN_A]);
  });

  it('no closer than a second after it was first seen to have closed by itself, whatever it was seen to be before it was cut', () => {
    const tick = tickOf(site(A), {
      switches: { ka: { want: 'cut', done: true, sinceMs: NOW - 900 } },
      states: { ka: { seen: 'fed', seenAtMs: NOW - 5_000, seenSinceMs: NOW - 60_000 } },
    });
    foldSwitchLook(tick, 'ka', 'fed', NOW);
    openSwitches(tick, new Map([['a', { ...READY, emergency: true }]]));
    expect([steps(tick), tick.againAtMs]).toEqual([[], NOW + 1_000]);
  });

  it('in calm not within two minutes of its closing, nor where the hour has no room for its closing again', () => {
    const calm = (known: Partial<SwitchMemory>): Tick => {
      const tick = tickOf(site(A), { switches: { ka: { want: 'fed', ...known } } });
      openSwitches(tick, new Map([['a', READY]]));
      return tick;
    };
    expect(steps(calm({ sinceMs: NOW - 119_500 }))).toEqual([]);
    expect(calm({ sinceMs: NOW - 119_500 }).againAtMs).toBe(NOW + 500);
    expect(steps(calm({ sinceMs: NOW - 120_000 }))).toEqual([OPEN_A]);
    const moves = [50, 40, 30, 20].map((minutes) => NOW - minutes * 60_000);
    expect(steps(calm({ movedAtMs: moves }))).toEqual([OPEN_A]);
    expect(steps(calm({ movedAtMs: [NOW - 55 * 60_000, ...moves] }))).toEqual([]);
    expect(steps(calm({ movedAtMs: [NOW - HOUR, ...moves] }))).toEqual([OPEN_A]);
    expect(steps(calm({ want: 'cut', done: false, sinceMs: NOW }))).toEqual([OPEN_A]);
  });

  it('again at once where the last edge was an opening: a second one does no harm', () => {
    const tick = tickOf(site(A), { switches: { ka: { want: 'cut', done: false, movedAtMs: [NOW - 400] } } });
    openSwitches(tick, new Map([['a', READY]]));
    expect(steps(tick)).toEqual([OPEN_A]);
  });

  it('no sooner than its next try, which is no new line in the journal', () => {
    const tried = (nextTryAtMs: number, tries: number): Tick => {
      const tick = tickOf(site(A), { switches: { ka: { want: 'cut', done: false } }, states: { ka: { tries, nextTryAtMs } } });
      openSwitches(tick, new Map([['a', READY]]));
      return tick;
    };
    const early = tried(NOW + 700, 1);
    expect([steps(early), early.againAtMs]).toEqual([[], NOW + 700]);
    expect(steps(tried(NOW, 1))).toEqual([{ ...OPEN_A, again: true }]);
    expect(tried(NOW, 1).events).toEqual([]);
    expect(steps(tried(NOW, 0))).toEqual([OPEN_A]);
  });

  it('anew where its rigs were asked anew since it was tried in vain: that is another step, with another cause', () => {
    const tried = (askedAtMs: number): Tick => {
      const tick = tickOf(site(A), {
        switches: { ka: { want: 'cut', done: false, sinceMs: NOW - 60_000 } },
        states: { ka: { tries: 2, nextTryAtMs: NOW } },
      });
      setRig(tick, 'a', { stop: { askedAtMs, tries: 1, nextTryAtMs: NOW, relapses: 0 } });
      openSwitches(tick, new Map([['a', READY]]));
      return tick;
    };
    expect(steps(tried(NOW - 90_000))).toEqual([{ ...OPEN_A, again: true }]);
    expect(steps(tried(NOW - 30_000))).toEqual([OPEN_A]);
  });

  it('anew after tries to close it: that is another step', () => {
    const tick = tickOf(site(A), { switches: { ka: { want: 'fed', done: false } }, states: { ka: { tries: 2, nextTryAtMs: NOW } } });
    openSwitches(tick, new Map([['a', READY]]));
    expect(steps(tick)).toEqual([OPEN_A]);
  });
});

describe('a try at a contact', () => {
  it('that fails is tried three times in two seconds, then every five; the third is a fault that names its rigs', () => {
    const tick = tickOf(site(A, rig('b', 6, { cutBy: ['ka'] })), { states: { ka: { flight: { kind: 'cut', sinceMs: NOW } } } });
    const nextAt = [1, 2, 3, 4].map(() => {
      foldSwitchOutcome(tick, 'ka', false);
      return switchOf(tick, 'ka').nextTryAtMs - NOW;
    });
    expect(nextAt).toEqual([700, 700, 5_000, 5_000]);
    expect(switchOf(tick, 'ka')).toEqual({ tries: 4, nextTryAtMs: NOW + 5_000 });
    expect(tick.againAtMs).toBe(NOW + 700);
    expect(tick.events).toEqual([
      {
        event: 'fault',
        code: 'switch-does-not-move',
        switch: 'ka',
        say: 'ka did not move in 3 tries; a, b stay as they are; look at its wiring and its driver; then, or if all is well: lastwatt release a b',
      },
    ]);
  });

  it('that succeeds ends the count, and the fault', () => {
    const fault = { code: 'switch-does-not-move', say: '', sinceMs: 1 };
    const tick = tickOf(site(A), {
      switches: { ka: { fault } },
      states: { ka: { tries: 3, nextTryAtMs: NOW + 5_000, flight: { kind: 'cut', sinceMs: NOW } } },
    });
    foldSwitchOutcome(tick, 'ka', true);
    expect(switchOf(tick, 'ka')).toEqual({ tries: 0, nextTryAtMs: 0 });
    expect(tick.events).toEqual([{ event: 'fault-cleared', code: 'switch-does-not-move', switch: 'ka' }]);
  });
});

describe('a contact that is open rests', () => {
  const until = (known: Partial<SwitchMemory>, one: Rig = A): number | undefined =>
    feedBlockedUntil(tickOf(site(one), { switches: { ka: { want: 'cut', ...known } } }), one);

  it('for its least time off', () => {
    expect(until({ sinceMs: NOW - 20_000 })).toBe(NOW + 40_000);
    expect(until({ sinceMs: NOW - 60_000 })).toBeUndefined();
    expect(until({ sinceMs: NOW - 59_999 })).toBe(NOW + 1);
  });

  it('after six moves within an hour, until the first of them is an hour old', () => {
    const moves = [50, 40, 30, 20, 10, 5].map((minutes) => NOW - minutes * 60_000);
    expect(until({ movedAtMs: moves })).toBe(NOW + 10 * 60_000);
    expect(until({ movedAtMs: [NOW - 55 * 60_000, ...moves] })).toBe(NOW + 10 * 60_000);
    expect(until({ movedAtMs: moves.slice(1) })).toBeUndefined();
    expect(until({ movedAtMs: [NOW - HOUR, ...moves.slice(1)] })).toBeUndefined();
  });

  it('not for a move or two in the first hour after the machine was started', () => {
    const tick = tickOf(site(A), { switches: { ka: { want: 'cut', sinceMs: 100_000, movedAtMs: [90_000, 100_000] } } });
    expect(feedBlockedUntil({ ...tick, nowMs: 600_000 }, A)).toBeUndefined();
  });

  it('not at all where it is closed or unknown', () => {
    expect(until({ want: 'fed', sinceMs: NOW })).toBeUndefined();
    expect(feedBlockedUntil(tickOf(site(A)), A)).toBeUndefined();
  });

  it.each([0, 0.5, 1, undefined])('a second at least, also where its least time off is %s s', (minOffSeconds) => {
    const switches: Site['switches'] =
      minOffSeconds === undefined
        ? new Map()
        : new Map([['ka', { id: 'ka', driver: 'sim', wiring: 'sim ka', atRest: 'fed', canRead: false, minOffSeconds }]]);
    const opened = (agoMs: number): Tick => tickOf({ ...site(A), switches }, { switches: { ka: { want: 'cut', sinceMs: NOW - agoMs } } });
    expect(feedBlockedUntil(opened(539), A)).toBe(NOW + 461);
    expect(feedBlockedUntil(opened(1_000), A)).toBeUndefined();
    const early = opened(539);
    closeSwitches(early, A, CAUSE);
    expect([steps(early), early.againAtMs]).toEqual([[], NOW + 461]);
  });

  it('as long as the one of a rig’s contacts that rests longest', () => {
    const two = rig('a', 8, { cutBy: ['ka', 'kb', 'kc'] });
    const switches = {
      ka: { want: 'cut', sinceMs: NOW - 20_000 },
      kb: { want: 'cut', sinceMs: NOW - 5_000 },
      kc: { want: 'fed' },
    } as const;
    expect(feedBlockedUntil(tickOf(site(two), { switches }), two)).toBe(NOW + 55_000);
    expect(feedBlockedUntil(tickOf(site(two), { switches: { ...switches, kb: switches.ka, ka: switches.kb } }), two)).toBe(NOW + 55_000);
  });
});

describe('a contact closes', () => {
  const rested = { ka: { want: 'cut', sinceMs: NOW - 90_000 } } as const;

  it('when it has rested; the rig may be waited for once all of its own are closed', () => {
    const tick = tickOf(site(A), { switches: rested });
    expect(closeSwitches(tick, A, CAUSE)).toBe(false);
    expect(tick.due).toEqual([{ step: CLOSE_A, because: BECAUSE }]);
    expect(closeSwitches(tickOf(site(A), { switches: { ka: { want: 'fed' } } }), A, CAUSE)).toBe(true);
  });

  it('that nobody ever moved, where it rests open', () => {
    const usual = site(A);
    const open: Site = {
      ...usual,
      switches: new Map([['ka', { id: 'ka', driver: 'sim', wiring: 'sim ka', atRest: 'cut', canRead: false, minOffSeconds: 60 }]]),
    };
    const tick = tickOf(open);
    expect(closeSwitches(tick, A, CAUSE)).toBe(false);
    expect(steps(tick)).toEqual([CLOSE_A]);
  });

  it('not before, and asks to be looked at again then', () => {
    const tick = tickOf(site(A), { switches: { ka: { want: 'cut', sinceMs: NOW - 59_500 } } });
    expect(closeSwitches(tick, A, CAUSE)).toBe(false);
    expect([steps(tick), tick.againAtMs]).toEqual([[], NOW + 500]);
  });

  it('never on a rig that a person holds down, and on one that he holds up', () => {
    const shared = site(A, rig('b', 6, { cutBy: ['ka'] }));
    const hold = (as: 'up' | 'down'): Tick => tickOf(shared, { switches: rested, rigs: { b: { hold: { as, from: 'cli', sinceMs: 1 } } } });
    const down = hold('down');
    closeSwitches(down, A, CAUSE);
    expect(steps(down)).toEqual([]);
    const up = hold('up');
    closeSwitches(up, A, CAUSE);
    expect(steps(up)).toEqual([{ ...CLOSE_A, rigs: ['a', 'b'] }]);
  });

  it('not while any move of it is under way, until that counts as lost', () => {
    const flown = (agoMs: number): readonly unknown[] => {
      const tick = tickOf(site(A), { switches: rested, states: { ka: { flight: { kind: 'feed', sinceMs: NOW - agoMs } } } });
      closeSwitches(tick, A, CAUSE);
      return steps(tick);
    };
    expect(flown(59_999)).toEqual([]);
    expect(flown(60_000)).toEqual([CLOSE_A]);
  });

  it('no sooner than its next try; a try more at the same is no new line', () => {
    const tried = (want: 'fed' | 'cut', tries: number, nextTryAtMs: number): Tick => {
      const tick = tickOf(site(A), {
        switches: { ka: { ...rested.ka, want, done: want === 'cut' } },
        states: { ka: { tries, nextTryAtMs } },
      });
      closeSwitches(tick, A, CAUSE);
      return tick;
    };
    const early = tried('fed', 1, NOW + 300);
    expect([steps(early), early.againAtMs]).toEqual([[], NOW + 300]);
    expect(steps(tried('fed', 1, NOW))).toEqual([{ ...CLOSE_A, again: true }]);
    expect(steps(tried('fed', 0, NOW))).toEqual([CLOSE_A]);
    expect(steps(tried('cut', 2, NOW))).toEqual([CLOSE_A]);
  });
});

describe('a look at a contact', () => {
  const set = { ka: { want: 'cut', sinceMs: NOW - 5_000 } } as const;

  it('is remembered, and is no news where it shows what was done', () => {
    const tick = tickOf(site(A), { switches: set });
    foldSwitchLook(tick, 'ka', 'cut', NOW);
    expect(switchOf(tick, 'ka')).toMatchObject({ seen: 'cut', seenAtMs: NOW });
    expect(tick.events).toEqual([]);
  });

  it('that shows otherwise is a fault, and one more look that shows it done ends it', () => {
    const tick = tickOf(site(A), { switches: set });
    foldSwitchLook(tick, 'ka', 'fed', NOW);
    expect(tick.events).toEqual([
      {
        event: 'fault',
        code: 'switch-moved-by-itself',
        switch: 'ka',
        say: 'ka was set to cut and is now fed: somebody moved it, or the board was reset',
      },
    ]);
    foldSwitchLook(tick, 'ka', 'cut', NOW);
    expect(tick.events.at(-1)).toEqual({ event: 'fault-cleared', code: 'switch-moved-by-itself', switch: 'ka' });
  });

  it.each([
    ['rests from that look, where it moved back after it was found moved', NOW - 1_000, NOW],
    ['rests from when we moved it, where that came after it was found moved', NOW - 9_000, NOW - 5_000],
  ])('that shows it as it was set again: it %s', (_, faultAtMs, sinceMs) => {
    const fault = { code: 'switch-moved-by-itself', say: '', sinceMs: faultAtMs };
    const tick = tickOf(site(A), { switches: { ka: { ...set.ka, fault } } });
    foldSwitchLook(tick, 'ka', 'cut', NOW);
    expect(tick.memory.switches.get('ka')).toMatchObject({ want: 'cut', done: true, sinceMs });
    expect(contactOf(tick, 'ka')).toBe('cut');
  });

  it.each([
    ['nobody moved it', {}, NOW],
    ['the move is not known to be done', { ka: { ...set.ka, done: false } }, NOW],
    ['the look is from before the move', set, NOW - 5_000],
  ])('proves nothing where %s', (_, switches, atMs) => {
    const tick = tickOf(site(A), { switches });
    foldSwitchLook(tick, 'ka', 'fed', atMs);
    expect(tick.events).toEqual([]);
  });
});
