import { describe, expect, it } from '@jest/globals';
import { nearest } from '../../src/config/nearest.ts';
import { cronFault, hashRate } from '../../src/config/units.ts';

describe('a hash rate', () => {
  it.each([
    ['110 TH/s', 110e12],
    ['1TH/s', 1e12],
    ['0.5 PH', 0.5e15],
    ['420 kH/s', 420e3],
    ['9.5 gh/s', 9.5e9],
    ['2 EH/s', 2e18],
    ['30 H/s', 30],
  ])('of %s is %d H/s', (text, expected) => expect(hashRate(text)).toBeCloseTo(expected, -3));

  it.each(['110', '', 'TH/s', '-1 TH/s', '0 TH/s', '1 TW', '1 TH/h', '1e3 TH/s', '1 TH/s per rig', '9'.repeat(400)])('is not %j', (text) =>
    expect(hashRate(text)).toBeUndefined(),
  );
});

describe('a schedule', () => {
  it.each(['0 11 * * 1', '*/15 0-6 1,15 jan-mar SUN', '59 23 31 12 7', ' 5  4 * * * '])('may be %j', (text) =>
    expect(cronFault(text)).toBeUndefined(),
  );

  it.each([
    ['0 11 * *', /five fields .* found 4/],
    ['* * * * * *', /found 6/],
    ['60 * * * *', /^the minute takes 0 to 59/],
    ['0 5-3 * * *', /^the hour/],
    ['0 0 0 * *', /^the day of the month/],
    ['0 0 * foo *', /^the month/],
    ['0 0 * * 8', /^the day of the week/],
    ['*/0 * * * *', /^the minute/],
    ['1-2-3 * * * *', /^the minute/],
    ['*/2/3 * * * *', /^the minute/],
    [', * * * *', /^the minute/],
  ])('may not be %j', (text, say) => expect(cronFault(text)).toMatch(say));
});

describe('the nearest name', () => {
  const keys = ['fedBy', 'cutBy', 'graceSeconds', 'armed'];
  it.each([
    ['cutby', 'cutBy'],
    ['fedyB', 'fedBy'],
    ['graceSecnds', 'graceSeconds'],
    ['arm', 'armed'],
    ['wattage', undefined],
    ['k1', undefined],
    ['x'.repeat(1000), undefined],
  ])('to %s is %s', (name, expected) => expect(nearest(name, keys)).toBe(expected));
});
