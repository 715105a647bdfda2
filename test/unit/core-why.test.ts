// Why a rig is as it is: what is waited for, and about how long.
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../src/core/foresee.ts';
import { whyOf } from '../../src/core/why.ts';
import type { Reason } from '../../src/model/step.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

/** Without what is said of the batteries, which follows. */
function why(desk: Desk, id?: string): readonly string[] {
  return saidOf(desk, id).filter((one) => !one.startsWith('battery of '));
}

function saidOf(desk: Desk, id?: string): readonly string[] {
  return whyOf(desk.state, desk.site, desk.nowMs, id, new Map<string, Reason>())?.say ?? [];
}

const battery = (desk: Desk): Desk => desk.pass(40).set('rack', { words: 'OB', charge: 80 }).pass(8);

describe('why a rig hashes', () => {
  it('on mains: nothing is against it', () => {
    expect(why(new Desk(siteOf()).pass(40), 'a')).toContain('nothing against');
  });

  it('on battery: by which number it leaves, what that is now, and in how long', () => {
    const desk = battery(new Desk(siteOf()));
    const plan = foresee(desk.scene());
    const [say = ''] = why(desk, 'd').filter((one) => one.startsWith('leaves'));
    const numbers = /^leaves below (\d+) s, now (\d+) s, in about (\d+ min )?\d+ s$/.exec(say);
    expect(numbers?.slice(1, 3).map(Number)).toEqual([plan.ups[0]?.shedBelowSeconds, plan.ups[0]?.runtimeSeconds]);
    const seconds = plan.steps.find((step) => step.rig === 'd')?.inSeconds ?? 0;
    expect(seconds).toBeGreaterThan(60);
    expect(say).toContain(`in about ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
  });

  it('on battery of unknown size: that it leaves when the outage is no blip', () => {
    const desk = new Desk(siteOf()).set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    desk.set('rack', { words: 'OB' }).pass(2);
    expect(why(desk, 'a').join('; ')).toContain('leaves as soon as the outage is no blip');
  });

  it('held up on battery: that it leaves at the floor alone, after those that nobody holds', () => {
    const desk = battery(new Desk(siteOf()));
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    const order = foresee(desk.scene()).steps.flatMap((step) => (step.kind === 'pause' ? [step.rig] : []));
    expect(order).toEqual(['c', 'b', 'a', 'd']);
    const say = why(desk, 'd').join('; ');
    expect(say).toContain('held up by cli');
    expect(say).toMatch(/leaves (at 15 % of charge|below \d+ s, now \d+ s), in about/);
  });

  it('on two UPSes, of which one is on mains: nothing is against it', () => {
    const both = rig('both', 1, { fedBy: ['rack', 'house'] });
    const desk = battery(new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: [both, rig('a', 8)] })));
    expect(why(desk, 'both')).toContain('nothing against');
  });

  it('that can only be cut: by its own number, not for a pause that it cannot make', () => {
    const can = { read: false, pause: false, resume: false, halt: false };
    const desk = battery(new Desk(siteOf({ rigs: [rig('a', 8), rig('old', 1, { can })] })));
    const cut = foresee(desk.scene()).steps.find((step) => step.rig === 'old');
    expect(cut).toMatchObject({ kind: 'cut', because: { rule: 'runtime-below-threshold' } });
  });

  it('that can only be cut behind a switch that it shares: with whom it goes', () => {
    const can = { read: false, pause: false, resume: false, halt: false };
    const rigs = [rig('a', 8), rig('c', 4, { cutBy: ['kshared'] }), rig('old', 1, { can, cutBy: ['kshared'] })];
    const desk = battery(new Desk(siteOf({ rigs, policy: { cutPaused: 'always' } })));
    expect(why(desk, 'old').join('; ')).toMatch(/goes dark with c by kshared, in about \d+ min \d+ s/);
  });
});

describe('why a rig on battery stays or goes, says', () => {
  it('that it leaves when its UPS says low battery, where that comes before every number of ours', () => {
    const desk = new Desk(siteOf({ policy: { shedBelowSeconds: 60, cutBelowSeconds: 50 } }));
    battery(desk.set('rack', { nameplate: { runtimeLow: '240' } }));
    expect(why(desk, 'a').join('; ')).toMatch(/leaves when rack says low battery, in about \d+ min \d+ s/);
  });

  it('nothing against one that can be neither asked nor cut: it stays', () => {
    const can = { read: true, pause: false, resume: false, halt: false };
    const desk = battery(new Desk(siteOf({ rigs: [rig('a', 8), rig('bolted', 1, { can, cutBy: [] })] })));
    expect(why(desk, 'bolted')).toContain('nothing against');
    expect(why(desk, 'a').join('; ')).toContain('leaves below');
  });

  it('that it would be on its way down, were lastwatt armed', () => {
    const desk = new Desk(siteOf({ armed: false })).pass(40).set('rack', { words: 'OB LB', charge: 18 }).pass(5);
    expect(why(desk, 'a')).toContain('it would be on its way down, were lastwatt armed');
  });
});

describe('why names what is known of a rig', () => {
  it('and is asked in vain of one that stands in no file', () => {
    const desk = new Desk(siteOf()).pass(5);
    expect(whyOf(desk.state, desk.site, desk.nowMs, 'nope', new Map())).toBeUndefined();
  });

  it('its rank and what it earns, or that nobody said what it earns', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('gift', undefined)] })).pass(5);
    expect(why(desk, 'a')).toContain('rank 1 of 2, 8.00 USD a day');
    expect(why(desk, 'gift')).toContain('rank 2 of 2, its reward is not known');
  });

  it('the last question that failed; of one that was never heard nothing is said to come', () => {
    const say = why(new Desk(siteOf()).world('a', { silent: true }).pass(40), 'a');
    expect(say).toEqual(['a has been unknown for 40 s', expect.stringContaining('rank 1 of 4'), 'last question failed: a did not answer']);
  });

  it('what went wrong, where it waits for a person, and nothing that comes by itself', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(60).world('a', { stubborn: true });
    desk.say({ kind: 'release', rigs: ['a'] });
    const say = why(desk.pass(700), 'a');
    expect(say).toContain('fed and answering, not hashing after 3 tries; look at it, then: lastwatt release a');
    expect(say.filter((one) => /^next: |owed|nothing against/.test(one))).toEqual([]);
  });
});

describe('why a rig does not hash', () => {
  it('cut while it slept by somebody else: it is owed power, and no more', () => {
    const desk = new Desk(siteOf()).world('a', { hashing: false }).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 }).pass(10);
    expect(why(desk, 'a')).toContain('it was not up before: it is fed again, not woken');
    expect(why(desk, 'b')).toContain('it is owed a return');
    expect(desk.pass(200).asked('resume')).toEqual(['b', 'c', 'd']);
  });

  it('put to sleep by somebody else: that it is left alone, and how to wake it', () => {
    const desk = new Desk(siteOf()).world('a', { hashing: false }).pass(40);
    expect(why(desk, 'a').join('; ')).toContain('to wake it: lastwatt up a');
  });

  it('waiting for its return: for what, and how long', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 }).pass(20);
    expect(why(desk, 'a').join('; ')).toMatch(/next: waits \d+ s: mains not held/);
    expect(why(desk).join('; ')).toMatch(/; a waits \d+ s: mains not held$/);
  });
});

describe('why a rig that is owed a return is not back, says', () => {
  const said = (desk: Desk, id: string): string => why(desk, id).find((one) => one.startsWith('next: ')) ?? '';

  it('that its switch rests, and how long', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'], now: true });
    desk.pass(5);
    desk.say({ kind: 'release', rigs: ['d'] });
    expect(said(desk.pass(1), 'd')).toMatch(/^next: waits 5\d s: switch rests open$/);
  });

  it('that its switch has moved too often, and how long', () => {
    const desk = new Desk(siteOf()).pass(40);
    for (let round = 0; round < 4; round += 1) {
      desk.say({ kind: 'hold', as: 'down', rigs: ['d'], now: true });
      desk.pass(5);
      desk.say({ kind: 'release', rigs: ['d'] });
      desk.pass(70);
    }
    expect(said(desk, 'd')).toMatch(/^next: waits 3\d\d\d s: switch moved too often$/);
  });

  it('that lastwatt is disarmed, where nobody asked for it', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.say({ kind: 'disarm', yes: true });
    desk.set('rack', { words: 'OL', charge: 90 }).pass(80);
    expect(said(desk, 'a')).toBe('next: waits: lastwatt is disarmed');
    desk.say({ kind: 'release', rigs: ['a'] });
    expect(said(desk.pass(1), 'a')).not.toContain('disarmed');
  });

  it('that it waits for charge, and how long at most', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words: 'OL', charge: 5 }).pass(120);
    expect(said(desk, 'a')).toMatch(/^next: waits at most \d+ s: charge too low$/);
  });

  it('its place and about when it comes, where nothing but its turn is missing', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(120);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(63);
    expect([said(desk, 'b'), said(desk, 'd')]).toEqual([
      expect.stringMatching(/^next: returns in its turn, in about \d+ s$/),
      expect.stringMatching(/^next: returns in its turn, behind 2 others, in about [5-9]\d s$/),
    ]);
  });

  it('that it was told, and until when it must be seen hashing', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.pass(80).world('d', { stubborn: true });
    desk.say({ kind: 'release', rigs: ['d'] });
    expect(said(desk.pass(5), 'd')).toMatch(/^next: must be seen hashing in \d+ s$/);
  });
});

describe('why the site is as it is says', () => {
  it('on battery who goes next', () => {
    expect(why(battery(new Desk(siteOf()))).join('; ')).toMatch(/0 of its rigs down; next: pause d in about \d+ min \d+ s$/);
  });

  it('and of each battery by what it is believed, and which figures are not', () => {
    const desk = new Desk(siteOf()).pass(40).set('rack', { words: 'OB', charge: 80, runtime: 65_535 }).pass(5);
    expect(saidOf(desk).slice(1)).toEqual([
      'battery of rack: believed by its charge',
      'battery of rack: runtime "65535" is not believed: the ceiling of a counter',
    ]);
  });

  it('by what the floor was reached, and nobody more to go', () => {
    const desk = new Desk(siteOf()).pass(40).set('rack', { words: 'OB LB', charge: 18 }).pass(5);
    expect(why(desk)).toEqual([expect.stringMatching(/; 4 of its rigs down; floor reached by low-battery$/)]);
  });

  it('what is not known of a battery as not known, and when its rigs then leave', () => {
    const desk = new Desk(siteOf()).set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    expect(why(desk)).toEqual([
      'rack is on mains, level normal: runtime not known, rigs leave as soon as an outage is no blip, all below 83 s; 0 of its rigs down',
    ]);
  });

  it('of each UPS who waits for it, and nobody of the other', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: [rig('a', 8), rig('h', 6, { fedBy: ['house'] })] })).pass(40);
    desk.set('house', { words: 'OB LB', charge: 18 }).pass(60).set('house', { words: 'OL', charge: 90 }).pass(20);
    expect(why(desk)).toEqual([
      expect.stringMatching(/^rack is on mains, .*; 0 of its rigs down$/),
      expect.stringMatching(/^house is on mains, .*; 1 of its rigs down; h waits \d+ s: mains not held$/),
    ]);
  });

  it('since when a UPS is not heard, and its last word', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('never')] })).set('never', { silent: true }).pass(40);
    expect(why(desk)[1]).toMatch(/^never has not been heard since the service started 40 s ago, level /);
    desk.set('rack', { silent: true }).pass(300);
    expect(why(desk)[0]).toMatch(/^rack has been silent for 5 min and its last word was mains, level /);
    expect(why(desk.freeze(3 * 3600).pass(1))[0]).toMatch(/^rack has been silent for 3 h and its last word was mains, level /);
  });
});
