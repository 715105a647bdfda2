// What the voltage of a battery is good for: to catch a charge that lies, and where nothing else speaks to tell a careful depth.
import { describe, expect, it } from '@jest/globals';
import { depthNow } from '../../src/core/battery.ts';
import { admitReading } from '../../src/core/gate.ts';
import { runtimeLeft } from '../../src/core/supply.ts';
import { depthByVoltage } from '../../src/core/voltage.ts';
import type { UpsNameplate } from '../../src/model/ups.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

const sampleOf = (volts: string, charge: string, nameplate: UpsNameplate = { batteryVolts: '24' }) =>
  admitReading(
    { ups: 'rack', takenAtMs: 0, words: new Set(['OB']), figures: { charge, batteryVolts: volts }, nameplate },
    { rigsDraw: false },
  );

describe('a charge and a voltage that cannot both be true', () => {
  it.each([
    ['0', '24.0', '0 % while its battery stands at its nominal voltage'],
    ['0.00', '27.3', '0 % while its battery stands at its nominal voltage'],
    ['100', '19.2', '100 % while its battery stands at its lowest voltage'],
    ['255', '27.3', 'outside 0..100 %'],
  ])('a charge of %s at %s V is not believed', (charge, volts, why) => {
    const sample = sampleOf(volts, charge);
    expect(sample.chargePercent).toBeUndefined();
    expect(sample.rejected).toEqual([{ figure: 'charge', found: charge, why }]);
  });

  it.each([
    ['0', '21'],
    ['3', '24'],
    ['100', '22'],
    ['99', '19'],
  ])('a charge of %s at %s V is', (charge, volts) => expect(sampleOf(volts, charge).chargePercent).toBe(Number(charge)));

  it('where the UPS tells its low point, that is the one', () => {
    const nameplate = { batteryVolts: '24', batteryVoltsLow: '20.4' };
    expect(sampleOf('20.3', '100', nameplate).chargePercent).toBeUndefined();
    expect(sampleOf('20.5', '100', nameplate).chargePercent).toBe(100);
    // One that cannot be is none.
    expect(sampleOf('20.3', '100', { ...nameplate, batteryVoltsLow: '12' }).chargePercent).toBe(100);
  });

  it.each([
    ['16.0', '24', 'a wrong divisor'],
    ['2.27', '12', 'one cell'],
    ['21.2', '192.0', 'one of many blocks'],
    ['', '24', 'nothing'],
    ['n/a', '24', 'text'],
  ])('a voltage of "%s" at %s V nominal is none: %s', (volts, batteryVolts) => {
    const sample = sampleOf(volts, '100', { batteryVolts });
    expect([sample.voltage, sample.chargePercent]).toEqual([undefined, 100]);
    expect(sample.rejected.map(({ figure }) => figure)).toEqual(['battery voltage']);
  });

  it.each(['0', '-12', 'x', ''])('without a nominal voltage but "%s" it tells nothing, and nothing is said of it', (batteryVolts) => {
    const sample = sampleOf('13.1', '0', { batteryVolts });
    expect([sample.voltage, sample.chargePercent, sample.rejected]).toEqual([undefined, 0, []]);
  });
});

describe('a UPS that tells the voltage of its battery, and neither charge nor runtime', () => {
  const NAMEPLATE = { batteryVolts: 36 };
  const desk = (): Desk =>
    new Desk(siteOf({ ups: [ups('rack')] })).set('rack', { charge: undefined, runtime: 'none', volts: 41, nameplate: NAMEPLATE }).pass(20);

  it('is believed full while a charger holds it, and as small as one that tells its charge alone', () => {
    const calm = desk();
    expect(depthNow(calm.supply().battery)).toBe(0);
    expect(calm.supply().battery.from).toBe('voltage');
    expect(runtimeLeft(calm.scene(), ups('rack'), 6000)).toBeCloseTo(240, 0);
  });

  it('drains by its voltage, and never fills by it on battery', () => {
    const night = desk();
    for (let volts = 38.2; volts > 36; volts -= 0.05) night.set('rack', { words: 'OB', volts: volts.toFixed(2) }).pass(1);
    const depth = depthNow(night.supply().battery) ?? 0;
    expect(depth).toBeGreaterThan(0.55);
    expect(night.supply().battery.from).toBe('voltage');
    night.set('rack', { volts: 38 }).pass(2);
    expect(depthNow(night.supply().battery)).toBeGreaterThanOrEqual(depth - 0.01);
  });

  it('that stands still on battery tells nothing: all leave, as they do of a battery that is not known', () => {
    const night = desk().set('rack', { words: 'OB', volts: 41 }).pass(60);
    expect(night.supply().battery.untold).toBe(true);
    expect(night.asked('pause').sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('comes back to full by the hours, not by the volts of its charger', () => {
    const night = desk();
    for (let volts = 38.2; volts > 35.5; volts -= 0.05) night.set('rack', { words: 'OB', volts: volts.toFixed(2) }).pass(1);
    const before = depthNow(night.supply().battery) ?? 0;
    night.set('rack', { words: 'OL', volts: 40.5 }).pass(60);
    expect(depthNow(night.supply().battery)).toBeGreaterThan(before - 0.01);
  });

  it('is told in no voltage at all once it tells its charge', () => {
    const both = desk().set('rack', { charge: 80 }).pass(5);
    expect([both.supply().battery.voltage, both.supply().battery.from]).toEqual([undefined, 'assumed']);
  });
});

it('the lower the voltage, the deeper; never shallower than a lightly loaded battery truly is', () => {
  const shares = Array.from({ length: 60 }, (_, i) => 0.75 + i / 150);
  const depths = shares.map(depthByVoltage);
  expect(depths.every((depth, i) => depth <= (depths[i - 1] ?? 1) && depth >= 0 && depth <= 1)).toBe(true);
  expect([1.2, 1.06, 1.028, 1, 0.94, 0.9, 0.8].map((share) => Math.round(depthByVoltage(share) * 100))).toEqual([
    0, 0, 38, 62, 88, 100, 100,
  ]);
});
