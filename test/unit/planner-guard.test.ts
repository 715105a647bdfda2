// The guard above every plan: what it stops for, and what it does not.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guardReason, type Heard } from '../../src/planner/guard.ts';

const calm: Heard = { lowBattery: false, forced: false, chargePercent: 80, runtimeSeconds: 900, silentSeconds: 1, estimatedSeconds: 900 };
const NEED = 60;

describe('the guard stops everything', () => {
  it.each<[string, Partial<Heard>, string]>([
    ['the UPS says low battery', { lowBattery: true }, 'low-battery'],
    ['a shutdown was ordered', { forced: true }, 'forced-shutdown'],
    ['four fifths of the runtime are shorter than the stops and half a minute', { runtimeSeconds: 112 }, 'runtime'],
    ['a runtime of nothing is told', { runtimeSeconds: 0 }, 'runtime'],
    ['a tenth of the charge is left', { chargePercent: 10 }, 'charge'],
    ['nothing was heard for long and the stops would just fit', { silentSeconds: 31, estimatedSeconds: 119 }, 'silent'],
    ['nothing was heard for long and nothing is known', { silentSeconds: 31, estimatedSeconds: undefined }, 'silent'],
    ['nothing was heard for long and what is known is no number', { silentSeconds: 31, estimatedSeconds: Number.NaN }, 'silent'],
  ])('where %s', (_where, other, why) => {
    expect(guardReason({ ...calm, ...other }, NEED)).toBe(why);
  });

  it.each<[string, Partial<Heard>]>([
    ['all is well', {}],
    ['four fifths of the runtime are just enough', { runtimeSeconds: 112.5 }],
    ['more than a tenth of the charge is left', { chargePercent: 11 }],
    ['neither charge nor runtime is told', { chargePercent: undefined, runtimeSeconds: undefined }],
    ['neither is a number', { chargePercent: Number.NaN, runtimeSeconds: Number.NaN }],
    ['it was heard half a minute ago', { silentSeconds: 30, estimatedSeconds: 1 }],
    ['nothing was heard for long and there is time', { silentSeconds: 300, estimatedSeconds: 120 }],
    ['the last figures of one that is silent were low', { silentSeconds: 31, runtimeSeconds: 1, estimatedSeconds: 500 }],
  ])('but not where %s', (_where, other) => {
    expect(guardReason({ ...calm, ...other }, NEED)).toBeUndefined();
  });

  const figure = fc.option(fc.double(), { nil: undefined });

  it('whatever else is told with a low battery', () => {
    const any = fc.record({
      forced: fc.boolean(),
      chargePercent: figure,
      runtimeSeconds: figure,
      silentSeconds: fc.double(),
      estimatedSeconds: figure,
    });
    fc.assert(
      fc.property(any, fc.double(), (told, need) => {
        expect(guardReason({ ...told, lowBattery: true }, need)).toBe('low-battery');
      }),
    );
  });

  it('sooner the longer the stops take', () => {
    const told = fc.record({
      chargePercent: figure,
      runtimeSeconds: figure,
      silentSeconds: fc.double({ min: 0, noNaN: true }),
      estimatedSeconds: figure,
    });
    fc.assert(
      fc.property(told, fc.double({ min: 0, max: 600, noNaN: true }), fc.double({ min: 0, max: 600, noNaN: true }), (heard, need, more) => {
        const at = (seconds: number): boolean => guardReason({ ...calm, ...heard }, seconds) !== undefined;
        expect(at(need) && !at(need + more)).toBe(false);
      }),
    );
  });
});
