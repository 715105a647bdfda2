// What of a UPS's words and figures is let in.
import { describe, expect, it } from '@jest/globals';
import { admitReading, decimal, lineOf, nominalWattsOf } from '../../src/core/gate.ts';
import type { UpsFigures, UpsNameplate } from '../../src/model/ups.ts';

function sample(
  words: string,
  figures: UpsFigures = {},
  change: { nameplate?: UpsNameplate; rigsDraw?: boolean; nominalWatts?: number } = {},
) {
  const { nameplate = {}, rigsDraw = false, ...nominal } = change;
  return admitReading({ ups: 'rack', takenAtMs: 7, words: new Set(words.split(' ')), figures, nameplate }, { rigsDraw, ...nominal });
}

describe('the line of a set of words', () => {
  it.each([
    ['OL', 'mains'],
    ['OL CHRG', 'mains'],
    ['OL DISCHRG', 'mains'],
    ['OL LB', 'mains'],
    ['OL TRIM', 'mains'],
    ['ALARM OL RB', 'mains'],
    ['OL OFF', 'mains'],
    ['OB', 'battery'],
    ['OB DISCHRG', 'battery'],
    ['LB OB', 'battery'],
    ['FSD OB LB', 'battery'],
    ['OB BYPASS', 'battery'],
    ['OFF', 'off'],
    ['OFF BYPASS', 'off'],
    ['BYPASS', 'mains'],
    ['OL OB', 'unknown'],
    ['', 'unknown'],
    ['WAIT', 'unknown'],
    ['FSD', 'unknown'],
    ['DATA-STALE', 'unknown'],
    ['DRIVER-NOT-CONNECTED', 'unknown'],
    ['ol', 'unknown'],
    ['__proto__ constructor', 'unknown'],
  ])('"%s" is %s', (words, line) => {
    expect(lineOf(new Set(words.split(' ')))).toBe(line);
  });

  it('of a transfer switch that says battery is unknown: it has none', () => {
    expect(sample('OB', {}, { nameplate: { deviceType: 'ats' } }).line).toBe('unknown');
    expect(sample('OL', {}, { nameplate: { deviceType: 'pdu' } }).line).toBe('mains');
  });
});

describe('a figure that is no fact', () => {
  it.each([
    ['runtime', '65535'],
    ['runtime', '3932100'],
    ['runtime', '-1'],
    ['runtime', ''],
    ['runtime', 'n/a'],
    ['runtime', '1e3'],
    ['runtime', '0x10'],
    ['runtime', '1,5'],
    ['runtime', '0'],
    ['runtime', '0.9'],
    ['runtime', '21601'],
    ['runtime', Number.NaN],
    ['runtime', Number.POSITIVE_INFINITY],
    ['charge', '101'],
    ['charge', '-1'],
    ['charge', '100%'],
    ['loadPercent', '201'],
    ['loadPercent', '-5'],
    ['loadPercent', 'OL'],
    ['loadWatts', '-1'],
    ['loadWatts', '12001'],
    ['loadWatts', '9'.repeat(5000)],
  ])('%s %s is absent, with the reason, and the status stands', (figure, raw) => {
    const seen = sample('OB LB', { charge: 50, [figure]: raw }, { nominalWatts: 6000, ...(figure === 'runtime' ? {} : {}) });
    const zero = figure === 'runtime' && raw === '0';
    expect(seen.line).toBe('battery');
    expect(seen.rejected.length).toBe(zero ? 0 : 1);
    for (const one of seen.rejected) expect(one.found.length).toBeLessThanOrEqual(40);
  });

  it.each([
    ['OB', {}, undefined],
    ['OB', { charge: 21 }, undefined],
    ['OB', { charge: 20 }, 0],
    ['OB LB', {}, 0],
    ['OL LB', {}, 0],
  ] as const)('a runtime of 0 with %s and %j is %s', (words, figures, runtime) => {
    expect(sample(words, { ...figures, runtime: '0' }).runtimeSeconds).toBe(runtime);
  });

  it('is a load of 0 while its rigs are seen drawing', () => {
    expect(sample('OL', { loadPercent: '0', loadWatts: 0 }, { rigsDraw: true }).rejected).toHaveLength(2);
    expect(sample('OL', { loadWatts: 0 }, { rigsDraw: false }).loadWatts).toBe(0);
  });
});

describe('a figure that is one', () => {
  it.each([
    ['600', 600],
    [' 600 ', 600],
    ['600.50', 600.5],
    [1, 1],
    ['21600', 21600],
  ])('runtime %j is %d s', (raw, seconds) => {
    expect(sample('OL', { runtime: raw }).runtimeSeconds).toBe(seconds);
  });

  it('load in percent becomes watts by what the UPS can carry', () => {
    expect(sample('OL', { loadPercent: '40' }, { nominalWatts: 2700 }).loadWatts).toBe(1080);
    expect(sample('OL', { loadPercent: '40' }, { nameplate: { nominalWatts: '2000' } }).loadWatts).toBe(800);
    expect(sample('OL', { loadPercent: '40' }, { nameplate: { nominalVoltAmps: '1000' } }).loadWatts).toBe(360);
    expect(sample('OL', { loadPercent: '40' }).loadWatts).toBeUndefined();
  });

  it('watts win over percent', () => {
    expect(sample('OL', { loadPercent: '40', loadWatts: '1234' }, { nominalWatts: 2700 }).loadWatts).toBe(1234);
  });
});

describe('what a UPS can carry', () => {
  it.each([
    [900, { nominalWatts: '500' }, 900],
    [undefined, { nominalWatts: '500', nominalVoltAmps: '1000' }, 500],
    [undefined, { nominalWatts: '0', nominalVoltAmps: '1000' }, 900],
    [undefined, { nominalVoltAmps: 'x' }, undefined],
    [undefined, {}, undefined],
  ] as const)('configured %s and plate %j: %s W', (configured, nameplate, watts) => {
    expect(nominalWattsOf(configured, nameplate)).toBe(watts);
  });
});

it('a device that only says LB, RB, OVER, BYPASS or FSD is heard saying it', () => {
  expect([...sample('OL LB RB OVER BYPASS FSD').alarms].toSorted()).toEqual([
    'bypass',
    'forced-shutdown',
    'low-battery',
    'overload',
    'replace-battery',
  ]);
  expect(sample('OL TEST').testing).toBe(true);
  expect(sample('OL CAL').testing).toBe(true);
});

it('a decimal is a plain one', () => {
  expect([
    decimal('12.5'),
    decimal('-3'),
    decimal('+3'),
    decimal('.5'),
    decimal('5.'),
    decimal(undefined),
    decimal('1'.repeat(13)),
  ]).toEqual([12.5, -3, undefined, undefined, undefined, undefined, undefined]);
});
