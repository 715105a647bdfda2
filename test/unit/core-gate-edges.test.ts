// The gate at its edges: the last figure that is let in, the first that is not, and what is said of it.
import { describe, expect, it } from '@jest/globals';
import { admitReading, nominalWattsOf, type Sample } from '../../src/core/gate.ts';
import type { UpsFigures, UpsNameplate } from '../../src/model/ups.ts';

interface Setting {
  readonly nameplate?: UpsNameplate;
  readonly rigsDraw?: boolean;
  readonly nominalWatts?: number;
}

function sample(words: string, figures: UpsFigures = {}, { nameplate = {}, rigsDraw = false, ...nominal }: Setting = {}): Sample {
  return admitReading({ ups: 'rack', takenAtMs: 7, words: new Set(words.split(' ')), figures, nameplate }, { rigsDraw, ...nominal });
}

describe('a figure at the edge', () => {
  it.each([
    [{ charge: '0' }, { chargePercent: 0 }],
    [{ charge: '100' }, { chargePercent: 100 }],
    [{ runtime: '1' }, { runtimeSeconds: 1 }],
    [{ runtime: '21600' }, { runtimeSeconds: 21_600 }],
    [{ loadPercent: '0' }, { loadPercent: 0, loadWatts: 0 }],
    [{ loadPercent: '200' }, { loadPercent: 200, loadWatts: 12_000 }],
    [{ loadWatts: '0' }, { loadWatts: 0 }],
    [{ loadWatts: '12000' }, { loadWatts: 12_000 }],
  ] as const)('%j is let in', (figures, seen) => {
    expect(sample('OL', figures, { nominalWatts: 6_000 })).toEqual({
      takenAtMs: 7,
      line: 'mains',
      lowBattery: false,
      forced: false,
      saysBattery: false,
      overload: false,
      testing: false,
      alarms: new Set(),
      rejected: [],
      ...seen,
    });
  });

  it.each([
    [{ charge: '100.1' }, 'charge', 'outside 0..100 %'],
    [{ charge: '-0.1' }, 'charge', 'outside 0..100 %'],
    [{ charge: 'full' }, 'charge', 'not a decimal number'],
    [{ runtime: '0.99' }, 'runtime', 'outside 1 s..6 h'],
    [{ runtime: '21600.1' }, 'runtime', 'outside 1 s..6 h'],
    [{ runtime: '65535' }, 'runtime', 'the ceiling of a counter'],
    [{ runtime: '3932100' }, 'runtime', 'the ceiling of a counter'],
    [{ runtime: '36:00' }, 'runtime', 'not a decimal number of seconds'],
    [{ loadPercent: '200.1' }, 'load', 'outside 0..200 %'],
    [{ loadPercent: '-0.1' }, 'load', 'outside 0..200 %'],
    [{ loadPercent: '' }, 'load', 'not a decimal number of percent'],
    [{ loadWatts: '12000.1' }, 'load', 'outside 0..200 % of what it carries'],
    [{ loadWatts: '-0.1' }, 'load', 'outside 0..200 % of what it carries'],
    [{ loadWatts: '1 kW' }, 'load', 'not a decimal number of watts'],
  ] as const)('%j is not, and it is said what is wrong with the %s: %s', (figures, figure, why) => {
    const [found] = Object.values(figures);
    const seen = sample('OL', figures, { nominalWatts: 6_000 });
    expect(seen.rejected).toEqual([{ figure, found, why }]);
    for (const absent of ['chargePercent', 'runtimeSeconds', 'loadPercent', 'loadWatts'] as const) expect(seen[absent]).toBeUndefined();
  });

  it('in watts has no upper edge where nobody knows what the UPS can carry', () => {
    expect(sample('OL', { loadWatts: '99999' }).loadWatts).toBe(99_999);
    expect(sample('OL', { loadWatts: '-1' }).rejected).toHaveLength(1);
  });

  it('in percent is no watts where nobody knows what the UPS can carry', () => {
    const seen = sample('OL', { loadPercent: '40' });
    expect(seen.loadPercent).toBe(40);
    expect(seen.loadWatts).toBeUndefined();
  });
});

describe('a load of nothing', () => {
  it('is a lie while its rigs are seen drawing, and a load of something is not', () => {
    expect(sample('OL', { loadPercent: '0' }, { rigsDraw: true }).rejected).toEqual([
      { figure: 'load', found: '0', why: '0 % while its rigs draw' },
    ]);
    expect(sample('OL', { loadWatts: '0' }, { rigsDraw: true }).rejected).toEqual([
      { figure: 'load', found: '0', why: '0 W while its rigs draw' },
    ]);
    expect(sample('OL', { loadPercent: '1', loadWatts: '1' }, { rigsDraw: true })).toMatchObject({
      loadPercent: 1,
      loadWatts: 1,
      rejected: [],
    });
  });

  it('is one where no rig draws', () => {
    expect(sample('OL', { loadPercent: '0', loadWatts: '0' })).toMatchObject({ loadPercent: 0, loadWatts: 0, rejected: [] });
  });
});

describe('a runtime of 0', () => {
  it('is believed of a battery that is low or nearly empty, and of no other', () => {
    expect(sample('OB', { runtime: '0', charge: '20' }).runtimeSeconds).toBe(0);
    expect(sample('OB LB', { runtime: '0' }).runtimeSeconds).toBe(0);
    expect(sample('OB', { runtime: '0', charge: '20.1' }).rejected).toEqual([{ figure: 'runtime', found: '0', why: 'outside 1 s..6 h' }]);
    expect(sample('OB', { runtime: '0' }).rejected).toHaveLength(1);
    expect(sample('OB', { runtime: '0', charge: 'empty' }).runtimeSeconds).toBeUndefined();
  });
});

describe('a word of the status', () => {
  it.each([
    ['OL', {}],
    ['OL LB', { lowBattery: true, alarms: new Set(['low-battery']) }],
    ['OL RB', { alarms: new Set(['replace-battery']) }],
    ['OL OVER', { overload: true, alarms: new Set(['overload']) }],
    ['OL BYPASS', { alarms: new Set(['bypass']) }],
    ['OL FSD', { forced: true, alarms: new Set(['forced-shutdown']) }],
    ['OL TEST', { testing: true }],
    ['OL CAL', { testing: true }],
  ] as const)('in "%s" says that and nothing else', (words, said) => {
    const silent = { lowBattery: false, forced: false, overload: false, testing: false, alarms: new Set() };
    expect(sample(words)).toMatchObject({ ...silent, ...said });
    expect(sample(words).alarms).toEqual('alarms' in said ? said.alarms : new Set());
  });

  it('that contradicts another is not settled by a third', () => {
    for (const words of ['OL OB', 'OL OB OFF', 'OL OB BYPASS']) expect(sample(words).line).toBe('unknown');
  });

  it('of a UPS counts whether or not it says that it is one; of a transfer switch battery does not', () => {
    expect(sample('OB', {}, { nameplate: { deviceType: 'ups' } }).line).toBe('battery');
    expect(sample('OB').line).toBe('battery');
    expect(sample('OB', {}, { nameplate: { deviceType: '' } }).line).toBe('unknown');
    expect(sample('OFF', {}, { nameplate: { deviceType: 'pdu' } }).line).toBe('off');
  });
});

describe('what a UPS can carry', () => {
  it.each([
    [{ nominalWatts: '0', nominalVoltAmps: '0' }, undefined],
    [{ nominalWatts: '-5', nominalVoltAmps: '-1000' }, undefined],
    [{ nominalWatts: '0.5' }, 0.5],
    [{ nominalVoltAmps: '1' }, 0.9],
    [{ nominalVoltAmps: '' }, undefined],
  ] as const)('by a plate of %j is %s W', (nameplate, watts) => {
    expect(nominalWattsOf(undefined, nameplate)).toBe(watts);
  });
});
