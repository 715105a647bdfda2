// Lengths of time as typed, and words, figures and tables as shown.
import { describe, expect, it } from '@jest/globals';
import { parseDuration, parseSince } from '../../src/cli/duration.ts';
import { sayReason } from '../../src/cli/reason-text.ts';
import { bar, clean, lengthOf, localTime, paint, sayDuration, sayMs, sayNumber, sayWatts, table, wrap } from '../../src/cli/text.ts';

const PLAIN = { colour: false };
const COLOUR = { colour: true };
const ESC = '\u001b';

describe('a length of time', () => {
  it.each([
    ['45s', 45],
    ['90m', 5400],
    ['2h', 7200],
    ['1h30m', 5400],
    ['1d2h3m4s', 93_784],
    ['30d', 2_592_000],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: seconds });
  });

  it.each([
    ['90', /no unit: 90s, 90m or 90h/],
    ['', /no length of time/],
    ['2 h', /write it like/],
    ['30m1h', /write it like/],
    ['-5m', /write it like/],
    ['1.5h', /write it like/],
    ['0s', /no time at all/],
    ['31d', /longer than 30 days/],
    ['99999999999999999999h', /write it like/],
    ['2h\u001b[2J', /^"2h\\u001b\[2J" is no length/],
  ])('refuses %j with advice', (text, advice) => {
    expect(parseDuration(text)).toMatchObject({ ok: false, fault: { detail: expect.stringMatching(advice) } });
  });

  it('counts back from now, or takes a date', () => {
    const now = Date.UTC(2026, 10, 3, 12);
    expect(parseSince('2h', now)).toEqual({ ok: true, value: '2026-11-03T10:00:00.000Z' });
    expect(parseSince('2026-11-03T09:12:00Z', now)).toEqual({ ok: true, value: '2026-11-03T09:12:00.000Z' });
    expect(parseSince('2026-11-03', now)).toEqual({ ok: true, value: new Date(2026, 10, 3).toISOString() });
    expect(parseSince('2026-99-99', now)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('or a date') } });
    expect(parseSince('120', now)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('no unit') } });
  });
});

describe('figures', () => {
  it.each([
    [null, '?'],
    [Number.NaN, '?'],
    [0, '0 s'],
    [59.6, '1 min'],
    [95, '1 min 35 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [363_000, '4 d 4 h'],
    [-90, '-1 min 30 s'],
    [-0.2, '0 s'],
  ])('says %p seconds as %s', (seconds, text) => {
    expect(sayDuration(seconds)).toBe(text);
  });

  it('gives tenths of a second only where they mean something', () => {
    expect([sayMs(4200), sayMs(12_300), sayMs(null)]).toEqual(['4.2 s', '12 s', '?']);
  });

  it('parts thousands and keeps small figures', () => {
    expect([sayWatts(3250.4), sayWatts(null), sayWatts(0), sayNumber(0.063_51)]).toEqual(['3,250 W', '?', '0 W', '0.06351']);
  });

  it('draws a battery between empty and full, whatever it is told', () => {
    expect([bar(0, 4), bar(50, 4), bar(140, 4), bar(-3, 4), bar(null, 4)]).toEqual(['[----]', '[##--]', '[####]', '[----]', '[?   ]']);
  });

  it('tells the time where the reader is, and leaves what is no time', () => {
    expect(localTime('2026-11-23T19:28:25Z', { colour: false, timeZone: 'Europe/Berlin' })).toBe('2026-11-23 20:28:25');
    expect(localTime(`soon${ESC}`, PLAIN)).toBe('soon\\x1b');
  });
});

describe('texts from devices', () => {
  it.each([
    [`${ESC}[2Jgone`, '\\x1b[2Jgone'],
    ['two\r\nlines\tand\u0007', 'two\\x0d\\x0alines\\x09and\\x07'],
    ['\u009b31m', '\\x9b31m'],
    ['a\u202eb\u2028c\u200b', 'a\\u202eb\\u2028c\\u200b'],
    ['Größe 3 °C ✓', 'Größe 3 °C ✓'],
  ])('cannot move the cursor: %j', (text, shown) => {
    expect(clean(text)).toBe(shown);
  });

  it('are reasons only as far as they look like one', () => {
    const facts = {
      runtimeSeconds: 290,
      cutBelowSeconds: 130,
      loadWatts: 2100,
      chargePercent: 45,
      ups: `r${ESC}k`,
      reached: true,
      usdPerKwh: 0.041,
      x: null,
    };
    expect(sayReason({ rule: 'runtime-below-cut', facts })).toBe(
      'runtime-below-cut (runtime 4 min 50 s, cut below 2 min 10 s, load 2,100 W, charge 45 %, ups r\\x1bk, reached yes, usd per kwh 0.041)',
    );
    expect([sayReason(undefined), sayReason('x'), sayReason({ rule: 5, facts: [] }), sayReason({ rule: 'floor' })]).toEqual([
      '',
      '',
      'no rule given',
      'floor',
    ]);
  });
});

describe('lines', () => {
  it('stand under each other in a table, painted or not', () => {
    const rows = [
      ['a', { text: 'hashing', tone: 'good' as const }, '1'],
      ['long-name', 'dark', '1,000'],
    ];
    const columns = [{ head: 'rig' }, { head: 'phase' }, { head: 'W', align: 'right' as const }];
    expect(table(columns, rows, PLAIN)).toEqual(['rig        phase        W', 'a          hashing      1', 'long-name  dark     1,000']);
    const painted = table(columns, rows, COLOUR);
    expect(painted[1]).toContain(`${ESC}[32mhashing${ESC}[0m`);
    expect(painted.map(lengthOf)).toEqual([25, 25, 25]);
  });

  it('break at a blank, keep every word and stay within the width', () => {
    const words = 'the quick brown fox jumps over the lazy dog and then some more of the same kind';
    const broken = wrap([words], { colour: false, width: 40 });
    expect(broken.every((line) => lengthOf(line) <= 40)).toBe(true);
    expect(broken.map((line) => line.trim()).join(' ')).toBe(words);
    expect(wrap([words], PLAIN)).toEqual([words]);
  });

  it('break hard where there is no blank, and never inside a colour', () => {
    const [first, second] = wrap([paint('x'.repeat(60), 'bad', COLOUR)], { colour: true, width: 40 });
    expect([lengthOf(first ?? ''), lengthOf(second ?? '')]).toEqual([40, 24]);
    expect(
      wrap(['x'.repeat(500)], { colour: false, width: 1 })
        .join('')
        .replaceAll(' ', ''),
    ).toBe('x'.repeat(500));
  });
});
