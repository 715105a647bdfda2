// The arithmetic of the measures: a wrong quantile would be believed for years.
import { describe, expect, it } from '@jest/globals';
import { inWords, limited, median, quantile, table, worst } from '../../bench/figures.ts';

describe('the figures of the measures', () => {
  it('take the median and the quantiles by nearest rank, in whatever order the values came', () => {
    const values = [30, 10, 20, 50, 40];
    expect(median(values)).toBe(30);
    expect(quantile(values, 0.99)).toBe(50);
    expect(quantile(values, 0.2)).toBe(10);
    expect(quantile(values, 0)).toBe(10);
  });

  it('call the slowest of fewer than a hundred runs what it is, and p99 only what a hundred give', () => {
    const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, place) => place + 1);
    expect(worst(upTo(99))).toEqual({ name: 'max of 99', value: 99 });
    expect(worst(upTo(100))).toEqual({ name: 'p99', value: 99 });
  });

  it('know nothing of no values, and keep no limit by that', () => {
    expect(median([])).toBeNaN();
    expect(inWords(median([]), 'ms')).toBe('unknown ms');
    expect(limited({ what: 'start', measured: '', beside: '' }, median([]), 1000)).toMatchObject({ kept: false });
    expect(worst([]).value).toBeNaN();
  });

  it('claim three digits and no more', () => {
    expect([0.12345, 1.2345, 12.345, 1234.5].map((value) => inWords(value, 'ms'))).toEqual(['0.123 ms', '1.23 ms', '12.3 ms', '1235 ms']);
  });

  it('stand in a table beside their limits, the missed ones to be seen at once', () => {
    const figures = [
      limited({ what: 'start', measured: '700 ms', beside: 'under 1000 ms' }, 700, 1000),
      limited({ what: 'memory', measured: '95 MB', beside: 'at most 90 MB' }, 95, 90),
      { what: 'upsmon', measured: '1 s', beside: 'ours 1 s' },
    ];
    expect(table(figures).split('\n')).toEqual([
      '| figure | measured | beside        | limit  |',
      '| ------ | -------- | ------------- | ------ |',
      '| start  | 700 ms   | under 1000 ms | kept   |',
      '| memory | 95 MB    | at most 90 MB | MISSED |',
      '| upsmon | 1 s      | ours 1 s      | -      |',
    ]);
  });
});
