// OVER on battery: the worst earners that cover the excess leave at once, and nobody for a figure that lags behind them.
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../src/model/outcome.ts';
import { Desk, readingOf, rig, siteOf, ups } from '../support/core-desk.ts';

const rigs = () => [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2)];

/** What the UPS carries is told by the test from here on. */
function over(load: number | undefined, words = 'OB OVER'): Desk {
  const desk = new Desk(siteOf({ rigs: rigs(), ups: [ups('rack', { nominalWatts: 3500 })] })).pass(40);
  return desk.set('rack', { words, charge: 99, ...(load === undefined ? {} : { load }) });
}

const tell = (desk: Desk, load: number): Desk => desk.set('rack', { words: load > 3500 ? 'OB OVER' : 'OB', load });

describe('a UPS on battery that is asked for more than it carries', () => {
  it('has the worst leave at once, as many as cover it', () => {
    expect(over(undefined).pass(1).asked('pause')).toEqual(['d']);
    expect(over(5000).pass(1).asked('pause')).toEqual(['c', 'd'].toReversed());
  });

  it('sheds nobody more for a figure that is 20 s old', () => {
    const desk = over(4060).pass(20);
    expect(desk.asked('pause')).toEqual(['d']);
    expect(tell(desk, 3080).pass(60).asked('pause')).toEqual(['d']);
  });

  it('sheds nobody more for a figure that sinks slowly', () => {
    const desk = over(4060);
    for (let watts = 4060; watts > 3080; watts -= 49) tell(desk, watts).pass(1);
    expect(tell(desk, 3080).pass(60).asked('pause')).toEqual(['d']);
  });

  it('sheds nobody more for a word that lags, without a figure', () => {
    const desk = over(3400).pass(20);
    expect(desk.asked('pause')).toEqual(['d']);
  });

  it('sheds the next when it says so still after half a minute', () => {
    const desk = over(4060).pass(29);
    expect(desk.asked('pause')).toEqual(['d']);
    expect(desk.pass(10).asked('pause')).toEqual(['d', 'c']);
  });

  it('sheds the next at once when the load rises anew', () => {
    const desk = tell(over(4060).pass(4), 3080).pass(4);
    expect(desk.asked('pause')).toEqual(['d']);
    expect(tell(desk, 3700).pass(1).asked('pause')).toEqual(['d', 'c']);
  });

  it('sheds enough for a rise on top of a figure that lagged', () => {
    const desk = over(4060).pass(4);
    expect(tell(desk, 4700).pass(1).asked('pause')).toEqual(['d', 'c', 'b']);
  });

  it('counts a rig that winds down slowly with all it drew', () => {
    const desk = new Desk(siteOf({ rigs: rigs(), ups: [ups('rack', { nominalWatts: 3200 })] })).pass(40);
    desk.world('d', { stubborn: true }).set('rack', { words: 'OB OVER', charge: 99, load: 4060 }).pass(1);
    for (const watts of [900, 800, 700, 600]) desk.world('d', { watts }).pass(3);
    expect(desk.asked('pause')).toEqual(['d']);
  });
});

describe('a UPS that does not say what it carries', () => {
  it.each([
    [105, ['d']],
    [145, ['d', 'c']],
  ])('is asked for too much by the share that it tells: at %i %% as many leave as cover it', (loadPercent, leave) => {
    const { nominalWatts: _, ...rack } = ups('rack');
    const desk = new Desk(siteOf({ rigs: rigs(), ups: [rack] })).pass(40);
    desk.nowMs += 1000;
    const { figures, ...reading } = readingOf('rack', desk.nowMs, { words: 'OB OVER', charge: 99, load: 4060 });
    desk.tick({ kind: 'ups', ups: 'rack', atMs: desk.nowMs, outcome: ok({ ...reading, figures: { ...figures, loadPercent } }) });
    expect(desk.asked('pause')).toEqual(leave);
  });
});
