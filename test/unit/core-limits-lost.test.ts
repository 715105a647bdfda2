// Limits of which nobody knows what became: a rig is never left limited for good, and a limit that works is not given up for nothing.
import { describe, expect, it } from '@jest/globals';
import { afterLimitSeen, isOver, type Limited } from '../../src/core/limited.ts';
import { viewOf } from '../../src/core/views.ts';
import { failed } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { Step } from '../../src/model/step.ts';
import { type Desk, rig, ups } from '../support/core-desk.ts';
import { CAN, charges, FULL, LIMITED, limitsOf, mains, outage, site, untilLimited } from '../support/limit-desk.ts';

describe('a refusal is no proof that it did nothing', () => {
  it('where the order before it was carried out and its answer lost, the limit is taken off all the same', () => {
    const desk = untilLimited(site().world('a', { limits: 'unanswered' }));
    outage(desk.world('a', { limits: 'refused', noWatts: true }), 30);
    expect(desk.faults()).toContain('will-not-limit');
    expect(limitsOf(mains(desk.world('a', { limits: undefined as never })))).toEqual([1000, null]);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
  });

  it('where it keeps to another limit than it was told, what its owner had is given back', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'clamped' })), 60);
    expect(desk.rigs.get('a')?.limitWatts).toBe(1300);
    expect(limitsOf(mains(desk.restart()))).toEqual([1000, null]);
    expect(desk.rigs.get('a')).toMatchObject({ limitWatts: undefined, limitTold: 'as its owner has it' });
  });

  it('a second limit that it clamps is not taken for one that its owner has set since', () => {
    const limits = [
      { watts: 1000, share: 0.6 },
      { watts: 1500, share: 0.82 },
    ];
    const desk = untilLimited(site({ rigs: [rig('a', 16, { ...LIMITED, limits }), rig('b', 6), rig('c', 4)] }));
    outage(desk, 30).world('a', { limits: 'clamped' });
    for (let second = 0; second < 3000 && limitsOf(desk).length === 1; second += 1) outage(desk, 1);
    expect(limitsOf(desk)).toEqual([1500, 1000]);
    outage(desk, 5);
    expect(desk.rigs.get('a')?.limitWatts).toBe(1300);
    mains(desk, 1200);
    expect(desk.rigs.get('a')).toMatchObject({ limitWatts: undefined, limitTold: 'as its owner has it' });
  });

  it('is no word of the rig that the limit is over, so that a person’s release does not forget what stood before', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'clamped' })), 10);
    desk.say({ kind: 'release', rigs: ['a'] });
    mains(desk, 600);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
  });

  it('one that tells after it that it is as before is owed nothing, and is not asked again in this outage', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'refused' })), 3);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('will-not-limit');
    expect(desk.named('limit-over')).toHaveLength(1);
  });

  it('that it would take none is told until the outage is over, and no longer', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'refused' })), 30);
    expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('will-not-limit');
    mains(desk, 60);
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });
});

describe('an edited file', () => {
  const without = (desk: Desk): Desk => desk.reload({ rigs: new Map([...desk.site.rigs].filter(([id]) => id !== 'a')) });
  const notes = (desk: Desk): string => viewOf(desk.state, desk.site, desk.nowMs).status.notes.join('; ');

  it('from which a limited rig is gone is told of it until the rig is put back, and is then as before', () => {
    const desk = outage(untilLimited(site()), 20);
    const { rigs } = desk.site;
    mains(without(desk.restart()), 60);
    expect(notes(desk)).toBe('a left the file while it was limited: put it back, or forget it with: lastwatt release a');
    mains(desk.reload({ rigs }), 300);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
    expect(notes(desk)).toBe('');
  });

  it('from which one is gone that was paused as well says both', () => {
    const desk = outage(untilLimited(site()), 20);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    expect(notes(without(desk.pass(30).restart()))).toContain('a left the file while it was down and limited');
  });

  it('that gives a limited rig a driver which limits nothing is told what stood before, until a person lets it go', () => {
    const desk = outage(untilLimited(site()), 20).restart();
    const { limit: _, ...can } = CAN;
    const rigs = new Map([...desk.site.rigs].map(([id, one]) => [id, id === 'a' ? { ...one, can } : one]));
    mains(desk.reload({ rigs }), 600);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(notes(desk)).toContain(
      'a was limited to 1000 W, and its driver of now limits nothing: put its driver back, or set it on its page',
    );
    expect(notes(desk)).toContain('(it was: as its owner has it)');
    desk.say({ kind: 'release', rigs: ['a'] });
    expect(notes(desk.pass(2))).toBe('');
  });
});

describe('a rig that sleeps', () => {
  it('shows no limit by the watts of its sleep, which are far below any limit', () => {
    const desk = untilLimited(site().world('a', { limits: 'in vain' })).world('a', { hashing: false });
    outage(desk, 20);
    expect(desk.named('limit-shown')).toEqual([]);
    expect(desk.rig('a')?.limitShown).toBeUndefined();
  });

  it('whose owner’s own word was taken for the limit’s is not free of it because it tells another', () => {
    const desk = untilLimited(site().world('a', { limitTold: '2000 W' }));
    const seen: Limited = { watts: 1000, was: '2000 W', atMs: 0, shown: { as: '2000 W' }, offAtMs: 1 };
    const tells = (limit: string): RigReading => ({ rig: 'a', takenAtMs: 2, state: 'hashing', limit });
    expect([isOver(seen, tells('1000 W'), { hashes: true }), isOver(seen, tells('2000 W'), { hashes: true })]).toEqual([false, true]);
    expect(desk.state.memory.rigs.get('a')?.limited?.was).toBe('2000 W');
  });
});

describe('a limit that its watts have shown', () => {
  const LARGE = { ups: [ups('rack', { batteryWh: (4 * FULL) / 3600 })] };
  const shown = (): Desk => outage(untilLimited(site(LARGE)), 200);

  it('is not given up for a reading without watts, nor for one a little above it', () => {
    const desk = shown();
    outage(desk.world('a', { noWatts: true }), 3);
    outage(desk.world('a', { noWatts: false, limitWatts: 1120 }), 3);
    expect(desk.rig('a')?.limitShown).toBeUndefined();
    outage(desk.world('a', { limitWatts: 1000 }), 3);
    expect([desk.rig('a')?.limitShown, desk.faults()]).toEqual([1000, []]);
  });

  it('is given up where they are above it for as long as most take to follow one', () => {
    const desk = shown().world('a', { limitWatts: 1300 });
    outage(desk, 150);
    expect(desk.faults()).toEqual([]);
    outage(desk.world('a', { noWatts: true }), 60);
    expect(desk.faults()).toEqual([]);
    outage(desk.world('a', { noWatts: false }), 2);
    expect(desk.named('fault').map(({ say }) => say)).toEqual([
      'a took a limit of 1000 W, and its watts are above it for 180 s; it is paused instead in this outage',
    ]);
  });

  it('works whatever becomes of its answers, and is told once', () => {
    const desk = outage(untilLimited(site({ ...LARGE }).world('a', { limits: 'unanswered' })), 60);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'limit')).toHaveLength(1);
    expect([desk.rig('a')?.limitShown, desk.faults()]).toEqual([1000, []]);
  });

  it('works also where a try more was refused, of which the answer came when it had shown it', () => {
    const desk = untilLimited(site(LARGE).world('a', { limits: 'unanswered', noWatts: true }));
    const step = desk.steps.at(-1)?.due.step as Step;
    outage(desk.world('a', { limits: 'lost', noWatts: false }), 3);
    expect(desk.rig('a')?.limitShown).toBe(1000);
    desk.nowMs += 1;
    desk.tick({ kind: 'settled', step, outcome: failed('refused', 'it is busy'), beganAtMs: desk.nowMs, atMs: desk.nowMs });
    outage(desk, 5);
    expect([desk.rig('a')?.limitShown, desk.faults()]).toEqual([1000, []]);
  });

  it('and that it has forgotten, as after a start anew, is over, and is told anew', () => {
    const desk = outage(shown().world('a', { limitWatts: undefined }), 30);
    expect(desk.named('limit-over')).toHaveLength(1);
    expect([limitsOf(desk), desk.faults()]).toEqual([[1000, 1000], []]);
    expect(desk.rig('a')?.limitShown).toBe(1000);
  });

  it('is over when it tells so, though the answer to its end was lost, and the next outage begins as the first did', () => {
    const desk = shown();
    mains(desk.world('a', { limits: 'unanswered' }), 150);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'limit' && due.step.watts === null)).toHaveLength(1);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    charges.set(desk, 100);
    for (let second = 0; second < 900 && limitsOf(desk).length < 3; second += 1) outage(desk, 1);
    expect([limitsOf(desk), desk.faults()]).toEqual([[1000, null, 1000], []]);
  });

  it('is over the same where its watts had shown nothing', () => {
    const desk = untilLimited(site().world('a', { noWatts: true }));
    mains(desk.pass(5).world('a', { limits: 'unanswered' }), 150);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'limit' && due.step.watts === null)).toHaveLength(1);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
  });
});

describe('what it drew before its limit', () => {
  it('is known after a restart of the service as well, so that a rig that draws more than its plate is not given up', () => {
    const desk = site({ ups: [ups('rack', { batteryWh: (4 * FULL) / 3600 })] })
      .world('a', { watts: 2500 })
      .pass(60);
    for (let second = 0; second < 900 && limitsOf(desk).length === 0; second += 1) outage(desk, 1);
    // It keeps to the same share of what it draws as of its plate.
    outage(desk.world('a', { limitWatts: 1250 }), 5);
    expect(desk.named('limit-shown').map(({ fullWatts }) => fullWatts)).toEqual([2500]);
    outage(desk.restart(), 250);
    expect([desk.rig('a')?.limitShown, desk.faults(), limitsOf(desk)]).toEqual([1000, [], [1000]]);
  });
});

describe('what its owner has set since', () => {
  it('is left as it is: nothing is sent over it', () => {
    const desk = outage(untilLimited(site()), 30).world('a', { limitWatts: undefined, limitTold: 'his new profile' });
    mains(desk, 300);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(desk.rigs.get('a')?.limitTold).toBe('his new profile');
  });

  it('is not what a rig tells that does not hash', () => {
    const desk = outage(untilLimited(site()), 30).world('a', { limitWatts: undefined, limitTold: 'none, for it starts', noWatts: true });
    mains(desk.world('a', { hashRate: 0 }), 300);
    expect(limitsOf(desk)).toEqual([1000, null]);
  });

  it('is not a limit of ours that came late: what is taken for it is what it told of the last alone', () => {
    const now = { watts: 700, was: 'own', atMs: 5, before: { watts: 1500, was: 'own', atMs: 1, shown: { as: '1500 W' } } };
    const event = { event: 'limit-shown', rig: 'a', watts: 700, drawnWatts: 700 } as const;
    const shownBy = (limit: string) => afterLimitSeen({ limited: now } as never, { ...event, limit }, 6).limited?.shown;
    expect([shownBy('1500 W'), shownBy('700 W')]).toEqual([{}, { as: '700 W' }]);
  });
});

describe('a rig that starts its mining anew for its limit', () => {
  const starts = (desk: Desk): Desk => desk.world('a', { hashing: false });
  const phases = (desk: Desk): readonly string[] => desk.named('phase').flatMap(({ rig: id, to }) => (id === 'a' ? [to] : []));

  it('is not taken for asleep meanwhile, and is limited when it hashes', () => {
    const desk = outage(starts(untilLimited(site({ ups: [ups('rack', { batteryWh: (4 * FULL) / 3600 })] }))), 60);
    outage(desk.world('a', { hashing: true }), 5);
    expect(phases(desk)).not.toContain('paused');
    expect([desk.rig('a')?.phase, desk.rig('a')?.limitShown]).toEqual(['hashing', 1000]);
  });

  it('is asked to pause before its contact opens, if the outage leaves it no time', () => {
    const desk = starts(untilLimited(site()));
    desk.set('rack', { words: 'OB LB', charge: 5 }).pass(3);
    const first = (named: (step: Step) => boolean): number => desk.steps.findIndex(({ due: { step } }) => named(step));
    const paused = first((step) => step.kind === 'pause' && step.rig === 'a');
    expect(paused).toBeGreaterThan(-1);
    expect(first((step) => step.kind === 'cut' && step.switch === 'ka')).toBeGreaterThan(paused);
  });

  it('is not taken for asleep after it was told its end, either', () => {
    const desk = mains(untilLimited(site()), 80);
    for (let second = 0; second < 60 && limitsOf(desk).length < 2; second += 1) mains(desk, 1);
    mains(starts(desk), 60);
    expect(phases(desk)).not.toContain('paused');
    mains(desk.world('a', { hashing: true }), 60);
    expect([desk.rig('a')?.phase, desk.steps.some(({ due: { step } }) => step.kind === 'resume')]).toEqual(['hashing', false]);
  });

  it('is asleep if it is quiet for longer than any takes, or was paused since', () => {
    const desk = outage(starts(untilLimited(site({ ups: [ups('rack', { batteryWh: (4 * FULL) / 3600 })] }))), 190);
    expect(desk.rig('a')?.phase).toBe('paused');
    const paused = mains(outage(untilLimited(site()), 3), 1);
    paused.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    mains(paused, 4);
    expect(paused.rig('a')?.phase).toBe('paused');
    mains(paused.restart(), 3);
    expect(paused.rig('a')?.phase).toBe('paused');
  });
});
