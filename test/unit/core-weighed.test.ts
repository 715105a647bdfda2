// Which source of a battery's depth is believed, who agrees, and what is rejected and why: shown as it is, journaled when it changes.
import { describe, expect, it } from '@jest/globals';
import { batteryView } from '../../src/core/battery-words.ts';
import type { BatteryView } from '../../src/model/view.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

const RACK = ups('rack');
const desk = (rack = RACK): Desk => new Desk(siteOf({ ups: [rack] })).pass(60);
const view = (at: Desk): BatteryView => batteryView(at.scene(), at.site.supplies.get('rack') ?? RACK);
const reasons = (at: Desk): readonly string[] => view(at).rejected.map(({ figure, found, why }) => `${figure} ${found}: ${why}`);

describe('what is rejected of a UPS', () => {
  it.each([
    [{ runtime: 65_535 }, 'runtime 65535: the ceiling of a counter'],
    [{ runtime: -1 }, 'runtime -1: outside 1 s..6 h'],
    [{ runtime: 0, charge: 80 }, 'runtime 0: outside 1 s..6 h'],
    [{ charge: 255 }, 'charge 255: outside 0..100 %'],
    [{ charge: 0, volts: 26, nameplate: { batteryVolts: 24 } }, 'charge 0: 0 % while its battery stands at its nominal voltage'],
    [{ load: 'NaN' }, 'load NaN: not a decimal number of watts'],
    [{ runtime: 9_000, load: 200 }, 'runtime 9000: told at less than a tenth of what it carries, where no runtime is right'],
  ])('%j is named with its reason, journaled once, and costs no rig on mains', (words, reason) => {
    const at = desk().set('rack', words).pass(120);
    expect(reasons(at)).toContain(reason);
    expect(view(at).say.join('\n')).toContain('is not believed');
    expect(at.named('weighed')).toHaveLength(1);
    expect(at.asked('pause')).toEqual([]);
  });

  it('nothing of an ordinary one, and nothing is journaled of it', () => {
    const at = desk();
    expect([reasons(at), at.named('weighed')]).toEqual([[], []]);
  });

  it('on battery a figure that stands still', () => {
    const at = desk().set('rack', { words: 'OB', charge: 97, runtime: 560 }).pass(100);
    expect(reasons(at)).toEqual([
      'runtime 560: it has stood still while the battery was drained',
      'charge 97: it has stood still while the battery was drained',
    ]);
  });
});

describe('who is believed', () => {
  it('the deepest source is, others agree or contradict', () => {
    const at = desk(ups('rack', { minutesAtWatts: [[4060, 10]] }));
    at.set('rack', { words: 'OB', charge: 95, runtime: 540 }).pass(1);
    for (let second = 0; second < 30; second += 1) at.set('rack', { charge: 70, runtime: 560 - second }).pass(1);
    const stands = Object.fromEntries(view(at).sources.map(({ from, stands: how }) => [from, how]));
    expect(stands).toMatchObject({ charge: 'believed', declared: 'contradicts' });
    expect(view(at).say[0]).toMatch(/^believed by its charge; .*contradicted by .*the count of what was drawn by its data sheet/);
  });

  it('is journaled on battery when it changes, and no oftener than once a minute', () => {
    const at = desk();
    at.set('rack', { words: 'OB' });
    for (let second = 0; second < 300; second += 1) {
      // Each minute the other is the deeper by some more.
      const charge = 99 - Math.floor(second / 4) - (Math.floor(second / 60) % 2 === 0 ? 4 : 0);
      const left = 99 - second / 4 - (Math.floor(second / 60) % 2 === 1 ? 5 : 0);
      at.set('rack', { charge, runtime: Math.round(6 * left * (4060 / at.loadOf('rack'))) }).pass(1);
    }
    const count = at.named('weighed').length;
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(6);
  });

  it('in calm a figure that comes and goes is journaled some times an hour at most', () => {
    const at = desk();
    for (let minute = 0; minute < 60; minute += 1) at.set('rack', { runtime: minute % 2 === 0 ? 65_535 : 600 }).pass(30);
    expect(at.named('weighed').length).toBeLessThanOrEqual(4);
  });

  it('is not journaled again after a restart', () => {
    const at = desk().set('rack', { charge: 255 }).pass(20).restart().pass(20);
    expect(at.named('weighed')).toHaveLength(1);
  });
});

it('of a UPS that was never heard nothing is told', () => {
  const at = new Desk(siteOf({ ups: [RACK] })).set('rack', { silent: true }).pass(60);
  expect(view(at)).toMatchObject({ sources: [], rejected: [], say: [], learned: null, size: { from: null, fullSeconds: null } });
});

it('a voltage that stands still on battery is named', () => {
  const at = desk().set('rack', { words: 'OL', charge: undefined, runtime: 'none', volts: 27, nameplate: { batteryVolts: 24 } });
  at.restart().pass(30).set('rack', { words: 'OB', volts: 25 }).pass(100);
  expect(reasons(at)).toEqual(['battery voltage 1.042: it has stood still while the battery was drained']);
});

describe('the size of a battery', () => {
  it.each([
    [RACK, {}, 'reported'],
    [ups('rack', { batteryWh: 500 }), {}, 'declared'],
    [RACK, { runtime: 'none' }, 'assumed'],
    [RACK, { runtime: 'none', charge: undefined }, null],
  ] as const)('has its source', (rack, words, from) => {
    const at = new Desk(siteOf({ ups: [rack] })).set('rack', words).pass(60);
    expect(view(at).size.from).toBe(from);
  });
});
