// A test or calibration of a battery is no outage while another UPS tells of mains; one without a witness, or without an end, is.
import { expect, it } from '@jest/globals';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const CALIBRATES = { words: 'OB DISCHRG CAL', charge: 40, runtime: 60 } as const;

function farm(): Desk {
  const rigs = [rig('a', 8), rig('b', 6), rig('c', 4, { fedBy: ['shelf'] })];
  return new Desk(siteOf({ ups: [ups('rack'), ups('shelf')], rigs })).pass(40);
}

it('a calibration with the other UPS on mains is no outage, and sheds nobody however little it tells', () => {
  const desk = farm()
    .set('rack', CALIBRATES)
    .pass(10 * 60);
  expect(desk.asked('pause')).toEqual([]);
  expect(desk.named('outage-began')).toEqual([]);
});

it('one that goes on for longer than any is an outage that a word hides', () => {
  const desk = farm()
    .set('rack', CALIBRATES)
    .pass(16 * 60);
  expect(desk.named('outage-began').map(({ ups: id }) => id)).toEqual(['rack']);
  expect(desk.asked('pause')).toEqual(['b', 'a']);
});

it('one that says low battery is an outage at once', () => {
  const desk = farm()
    .set('rack', { ...CALIBRATES, words: 'OB DISCHRG CAL LB' })
    .pass(3);
  expect(desk.asked('pause')).toEqual(['b', 'a']);
});

it('one that nobody witnesses is an outage', () => {
  const desk = farm().set('shelf', { silent: true }).pass(20).set('rack', CALIBRATES).pass(20);
  expect(desk.asked('pause')).toEqual(['b', 'a']);
});
