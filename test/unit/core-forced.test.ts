// A forced shutdown, whatever else the UPS says with it (README decision 13).
import { describe, expect, it } from '@jest/globals';
import { Desk, siteOf } from '../support/core-desk.ts';

const calm = (): Desk => new Desk(siteOf()).pass(40);
const goesDown = (desk: Desk): boolean => desk.pass(5).asked('pause').length === 4;

describe('a forced shutdown', () => {
  it.each([['FSD'], ['FSD WAIT'], ['FSD OL OB'], ['OB LB OL FSD'], ['FSD OL'], ['FSD OB'], ['FSD OFF']])(
    'that came while we watched takes everything down, said as "%s"',
    (words) => {
      const desk = calm().set('rack', { words });
      expect(goesDown(desk)).toBe(true);
      expect(desk.faults()).toContain('forced-shutdown');
    },
  );

  it.each([['FSD OB'], ['FSD OL OB'], ['OB LB OL FSD']])('that is found with battery takes everything down, said as "%s"', (words) => {
    expect(goesDown(new Desk(siteOf()).set('rack', { words }))).toBe(true);
  });

  it.each([['FSD OL'], ['FSD'], ['FSD WAIT']])(
    'that is found at first contact, without battery, sheds nothing and is told: "%s"',
    (words) => {
      const desk = new Desk(siteOf()).set('rack', { words });
      expect(goesDown(desk)).toBe(false);
      expect(desk.faults()).toEqual(['forced-shutdown-latched']);
      expect(goesDown(desk.set('rack', { words: 'FSD OL' }))).toBe(false);
      expect(goesDown(desk.set('rack', { words: 'FSD OB' }))).toBe(true);
    },
  );

  it('is over with the first known line without it, and not by an answer that says nothing', () => {
    const latched = new Desk(siteOf()).set('rack', { words: 'FSD OL' }).pass(5);
    for (const words of ['WAIT', 'FSD OL']) latched.set('rack', { words }).pass(5);
    expect(latched.asked('pause')).toEqual([]);
    latched.set('rack', { words: 'OL' }).pass(2);
    expect(latched.named('fault-cleared').map(({ code }) => code)).toEqual(['forced-shutdown-latched']);
    expect(goesDown(latched.set('rack', { words: 'FSD' }))).toBe(true);
  });
});

it('a forced shutdown that stays while mains hold for `doubtMinutes` is a latch: the rigs return all the same, and a person is told', () => {
  const desk = calm().set('rack', { words: 'FSD OB', charge: 90 }).pass(60).set('rack', { words: 'FSD OL' }).pass(3_590);
  expect([desk.asked('feed'), desk.faults()]).toEqual([[], ['forced-shutdown']]);
  desk.pass(400);
  expect(desk.faults()).toContain('forced-shutdown-latched');
  expect([...desk.site.rigs.keys()].map((id) => desk.rig(id)?.phase)).toEqual(['hashing', 'hashing', 'hashing', 'hashing']);
});
