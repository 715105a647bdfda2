// Rigs that can be asked nothing leave by their contact alone: whom they leave with, and that nobody counts on them before.
import { describe, expect, it } from '@jest/globals';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const NO_API = { read: false, pause: false, resume: false, halt: false };
const mute = (id: string, perDay: number, contact: string): Rig => rig(id, perDay, { can: NO_API, cutBy: [contact] });

/** In an outage, at this charge; 600 s at full load are in a full battery, and the threshold is at half of that. */
function at(charge: number, rigs: readonly Rig[]): Desk {
  const desk = new Desk(siteOf({ rigs })).pass(40).set('rack', { words: 'OB', charge: 99 }).pass(10);
  return desk.set('rack', { charge }).pass(60);
}

describe('a rig without an API', () => {
  it('that earns the least, behind the contact of a better one, is no relief: the next that can leave does', () => {
    const desk = at(45, [rig('a', 8), rig('b', 6, { cutBy: ['kbd'] }), rig('c', 4), mute('d', 2, 'kbd')]);
    expect(desk.asked('pause')).toEqual(['c']);
    expect(desk.asked('cut')).not.toContain('kbd');
  });

  it('leaves in one with the last behind its contact that has one', () => {
    const desk = at(25, [rig('a', 8), rig('b', 6, { cutBy: ['kbd'] }), rig('c', 4), mute('d', 2, 'kbd')]);
    expect(desk.asked('pause')).toEqual(['c', 'b']);
    expect(desk.asked('cut')).toContain('kbd');
    expect(desk.asked('pause')).not.toContain('a');
  });

  it('leaves together with another such behind the same contact, in the turn of the worse of them', () => {
    const desk = at(45, [mute('a', 8, 'kad'), rig('b', 6), rig('c', 4), mute('d', 2, 'kad')]);
    expect(desk.asked('cut')).toEqual(['kad']);
    expect(desk.asked('pause')).toEqual([]);
  });

  it('stays while a person holds up the one behind its contact', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { cutBy: ['kbd'] }), rig('c', 4), mute('d', 2, 'kbd')] })).pass(40);
    desk.say({ kind: 'hold', as: 'up', rigs: ['b'] });
    desk.set('rack', { words: 'OB', charge: 99 }).pass(10).set('rack', { charge: 25 }).pass(60);
    expect(desk.asked('pause')).toEqual(['c', 'a']);
    expect(desk.asked('cut')).not.toContain('kbd');
  });
});
