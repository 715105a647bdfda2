// The drill: what ends it, what it may ask for, and what it makes of what it sees.
import { describe, expect, it } from '@jest/globals';
import { Desk, siteOf } from '../support/core-desk.ts';

describe('a person who wants a rig down that is being drilled', () => {
  it.each([2, 20, 60])('gets it down at once, %i s into the drill, and the drill is over', (seconds) => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'drill', rig: 'a', cut: true });
    desk.pass(seconds);
    desk.say({ kind: 'hold', as: 'down', rigs: 'all' });
    expect(desk.named('drilled')).toEqual([expect.objectContaining({ rig: 'a', ok: false, say: 'held down in mid-drill' })]);
    desk.pass(120);
    expect([...desk.site.rigs.keys()].map((id) => desk.rig(id)?.phase)).toEqual(['dark', 'dark', 'dark', 'dark']);
    expect(desk.state.drill).toBeUndefined();
  });
});
