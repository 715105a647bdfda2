// A rig that answers, and nothing that can be read: it has power, and what was read of it last says nothing of now.
import { describe, expect, it } from '@jest/globals';
import { viewOf } from '../../src/core/views.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

/** What people are shown of it. */
function shown(desk: Desk, id = 'c'): unknown {
  const one = viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find((rig) => rig.id === id);
  return one && { phase: one.phase, watts: one.watts };
}

describe.each(['garbled', 'refused'] as const)('a rig whose answers are %s', (unread) => {
  it('is shown as it was read last for half a minute, and then as one of which nothing is known', () => {
    const desk = new Desk(siteOf()).pass(20).world('c', { unread }).pass(25);
    expect(shown(desk)).toEqual({ phase: 'hashing', watts: 1000 });
    desk.pass(10);
    expect(shown(desk)).toEqual({ phase: 'unknown', watts: null });
    expect(desk.rig('c')?.silentSinceMs).toBeUndefined();
  });

  it('is shown by its next reading', () => {
    const desk = new Desk(siteOf()).pass(20).world('c', { unread }).pass(60);
    desk.world('c', { unread: undefined }).pass(2);
    expect(shown(desk)).toEqual({ phase: 'hashing', watts: 1000 });
  });

  it('is asked to leave in its turn, and comes back', () => {
    const desk = new Desk(siteOf()).pass(20).world('c', { unread }).pass(60);
    desk.set('rack', { words: 'OB', charge: 10 }).pass(60);
    expect(desk.asked('pause')).toContain('c');
    desk.set('rack', { words: 'OL', charge: 100 }).pass(60);
    desk.world('c', { unread: undefined }).pass(300);
    expect(desk.named('returned').map((event) => event.rig)).toContain('c');
  });
});
