// How near what is learned of a battery comes to the truth: drawn batteries, worn and better than their sheet, with and without one,
// under the whole core, night after night. A learned size promises no more than there is.
import { expect, it, jest } from '@jest/globals';
import { batteryView } from '../../src/core/battery-words.ts';
import { runtimeLeft } from '../../src/core/supply.ts';
import {
  depthPerHour,
  drain,
  FULL_BATTERY,
  type SimBatteryOptions,
  type SimBatteryState,
  secondsLeft,
  seemingDepth,
} from '../../src/sim/battery.ts';
import { type Chance, chance } from '../../src/sim/chance.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

jest.setTimeout(300_000);

const BATTERIES = 16;
const NIGHTS = 2;
/** W of everything on it. */
const WATTS = 4060;

interface Drawn {
  readonly desk: Desk;
  /** what its owner and its UPS take it for */
  readonly nameplate: SimBatteryOptions;
  readonly truth: SimBatteryOptions;
  readonly tellsRuntime: boolean;
}

function drawn(draw: Chance): Drawn {
  const nameplate: SimBatteryOptions = {
    carries: { watts: WATTS, minutes: 6 + draw.below(20) },
    exponent: draw.between(1, 1.25),
    lossWatts: draw.happens(0.5) ? 0 : draw.between(0, 0.05 * WATTS),
  };
  const strain = draw.happens(0.3) ? { recovery: { depth: draw.between(0.02, 0.1), minutes: draw.between(1, 5) } } : {};
  const lines = [0.15, 0.4, 1].map((share) => [Math.round(share * WATTS), 60 / depthPerHour(nameplate, share * WATTS)] as const);
  const rack = ups('rack', draw.happens(0.6) ? { minutesAtWatts: lines } : {});
  const desk = new Desk(siteOf({ ups: [rack] }));
  return { desk, nameplate, truth: { ...nameplate, ...strain, health: draw.between(0.45, 1.3) }, tellsRuntime: draw.happens(0.3) };
}

/** Its charge is true, its runtime that of a new battery. */
function tell({ desk, nameplate, tellsRuntime }: Drawn, state: SimBatteryState, line: 'OL' | 'OB'): void {
  const charge = Math.floor((1 - seemingDepth(state)) * 100);
  const runtime = tellsRuntime ? Math.floor(secondsLeft(nameplate, state, desk.loadOf('rack'))) : 'none';
  desk.set('rack', { words: line === 'OB' && charge <= 10 ? 'OB LB' : line, charge, runtime, nameplate: { chargeLow: 10 } });
}

function outage(one: Drawn, until: number): void {
  const { desk, truth } = one;
  let state = FULL_BATTERY;
  tell(one, state, 'OL');
  desk.pass(700);
  while (seemingDepth(state) < until && desk.loadOf('rack') > 600) {
    state = drain(truth, state, desk.loadOf('rack'), 1);
    tell(one, state, 'OB');
    desk.pass(1);
  }
  tell(one, FULL_BATTERY, 'OL');
  desk.pass(900);
  for (const id of desk.site.rigs.keys()) desk.world(id, { hashing: true, fed: true });
  desk.pass(60);
}

it('is within a fifth of the truth, and never more than a twentieth above it', () => {
  const learned: number[] = [];
  for (let seed = 1; seed <= BATTERIES; seed += 1) {
    const draw = chance(seed, 'battery');
    const one = drawn(draw);
    const { desk, truth } = one;
    for (let night = 0; night < NIGHTS; night += 1) {
      outage(one, draw.between(0.6, 0.98));
      const rack = desk.site.supplies.get('rack') ?? ups('rack');
      if (batteryView(desk.scene(), rack).size.from !== 'learned') continue;
      const full = (runtimeLeft(desk.scene(), rack, WATTS) ?? Number.NaN) / (1 - (desk.supply().battery.depth ?? 0));
      learned.push((full * depthPerHour(truth, WATTS)) / 3600);
    }
  }
  learned.sort((a, b) => a - b);
  expect(learned.length).toBeGreaterThan(BATTERIES / 2);
  expect(learned[0]).toBeGreaterThan(0.8);
  expect(learned.at(-1)).toBeLessThan(1.05);
  expect(learned[learned.length >> 1]).toBeGreaterThan(0.95);
});
