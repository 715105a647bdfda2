import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { lengthOf } from '../../src/cli/text.ts';
import type { Simulation } from '../../src/simulate/account.ts';
import { timeMarks } from '../../src/simulate/axis.ts';
import { drawPicture } from '../../src/simulate/picture.ts';
import { drawSvg } from '../../src/simulate/svg.ts';
import { renderSimulation, sayClock, sayKept } from '../../src/simulate/table.ts';
import { accountWith } from '../support/simulated-site.ts';

const PLAIN = { colour: false } as const;

function simulation(change: Partial<Simulation> = {}): Simulation {
  return { site: 'barn', currency: 'EUR', seed: 7, assumed: [], nights: [accountWith(3)], ...change };
}

describe('the table', () => {
  it('has a row a night: when rigs left, what was left, whether all came back, what was kept', () => {
    const text = renderSimulation(simulation(), PLAIN);
    expect(text.split('\n')[0]).toMatch(/^it ends well in long-night/);
    const row = text.split('\n').find((line) => line.startsWith('long-night ')) ?? '';
    expect(row.split(/ {2,}/)).toEqual(['long-night', '3:00', '0:05', '1:40', '1:45', '79 %', 'kept', '0:41', '0.5000 EUR, 25 %', 'good']);
  });

  it('says first what does not end well, and below why', () => {
    const bad = accountWith(2, { name: 'dead-pi', wrong: ['rack ended under rig-2'], notes: ['the Pi was dark'] });
    const text = renderSimulation(simulation({ nights: [accountWith(2), bad] }), PLAIN);
    expect(text.split('\n')[0]).toBe('IT DOES NOT END WELL in dead-pi (1 of 2)');
    expect(text).toContain('\ndead-pi: rack ended under rig-2\ndead-pi: the Pi was dark\n');
  });

  it('leaves open what is not so: nobody left, nobody quiet, not all back, no such night', () => {
    const { first: _, last: __, quietSeconds: ___, worstFirst: ____, backSeconds: _____, ...rest } = accountWith(1);
    const none = { name: 'dead-switch', what: '', none: 'no rig on a UPS has a switch' };
    const text = renderSimulation(simulation({ nights: [{ ...rest, wrong: ['rig-1 did not come back'] }, none] }), PLAIN);
    expect(text).toMatch(/^long-night +3:00 +- +- +- +79 % +- +never +0\.5000 EUR, 25 % +BAD$/m);
    expect(text).toMatch(/^dead-switch( +-){8} +not here$/m);
    expect(text).toContain('dead-switch: no rig on a UPS has a switch');
  });

  it('names what was assumed, and shows no control character of a name', () => {
    const text = renderSimulation(simulation({ assumed: ['nothing says what rack\u001b[2J holds'] }), PLAIN);
    expect(text).toContain('assumed: nothing says what rack\\x1b[2J holds');
  });

  it('fits a terminal of 100 columns', () => {
    const lines = renderSimulation(simulation(), { colour: true, width: 100 }).split('\n');
    expect(Math.max(...lines.slice(0, 4).map(lengthOf))).toBeLessThanOrEqual(100);
  });

  it('writes times and money as people read them', () => {
    expect([0, 59.6, 61, 3_599, 3_661, undefined].map(sayClock)).toEqual(['0:00', '1:00', '1:01', '59:59', '1:01:01', '-']);
    expect(
      [
        { kept: 0, whole: 0 },
        { kept: 0.0123, whole: 0.1 },
        { kept: 12.345, whole: 20 },
        { kept: 1234.5, whole: 1234.5 },
      ].map((one) => sayKept(one, 'USD')),
    ).toEqual(['0.00 USD', '0.0123 USD, 12 %', '12.35 USD, 62 %', '1,235 USD, 100 %']);
  });
});

describe('the picture in the terminal', () => {
  it('has a row a rig, the best first, as wide as the terminal and no wider', () => {
    for (const width of [60, 80, 100, 200]) {
      const lines = drawPicture(accountWith(20), { colour: false, width });
      const rigs = lines.filter((line) => / rig-\d+ \|/.test(line));
      expect(rigs.map((line) => Number(/^ *(\d+) rig/.exec(line)?.[1]))).toEqual(Array.from({ length: 20 }, (_, place) => place + 1));
      expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(new Set(rigs.map((line) => line.lastIndexOf('|'))).size).toBe(1);
    }
  });

  it('shows who ran when without colour, and the same with it', () => {
    const plain = drawPicture(accountWith(2), { colour: false, width: 80 });
    const best = plain.find((line) => line.includes('1 rig-1')) ?? '';
    expect(best).toMatch(/\|#+\.+ +:+#+\| +25 %$/);
    expect(plain.find((line) => line.includes('mains |'))).toMatch(/\|=+ +=+\|$/);
    const coloured = drawPicture(accountWith(2), { colour: true, width: 80 });
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain);
    expect(plain.join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('counts time from when the mains went', () => {
    const lines = drawPicture(accountWith(1), { colour: false, width: 100 });
    const mains = lines.find((line) => line.includes('mains |')) ?? '';
    const ruler = lines.find((line) => line.includes('+--')) ?? '';
    const words = lines[lines.indexOf(ruler) + 1] ?? '';
    expect(Math.abs(words.indexOf('0:00') - mains.indexOf('= '))).toBeLessThanOrEqual(1);
  });
});

describe('the scale of time', () => {
  it('has round marks, and never too many', () => {
    expect(timeMarks(95, 10)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(timeMarks(2_000, 8)).toEqual([0, 300, 600, 900, 1_200, 1_500, 1_800]);
    for (const seconds of [1, 59, 3_601, 90_000, 10_000_000]) expect(timeMarks(seconds, 7).length).toBeLessThanOrEqual(8);
  });
});

describe('the picture in a file', () => {
  const drawn = (count: number, site = 'barn'): string => drawSvg(accountWith(count), { site, currency: 'USD', seed: 1 });
  const texts = (svg: string): readonly { x: number; y: number; say: string; end: boolean }[] =>
    [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)<\/text>/g)].map(([, x, y, more = '', say = '']) => {
      return { x: Number(x), y: Number(y), say, end: more.includes('end') };
    });

  it('is well-formed whatever a site is called', () => {
    const svg = drawn(3, 'a<b & "c" \u0007');
    expect(svg).toContain('a&lt;b &amp; &quot;c&quot;  : long-night');
    const open: string[] = [];
    for (const [tag, slash, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (slash === '/') expect([open.pop(), tag]).toEqual([name, tag]);
      else if (empty !== '/') open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is told in words too', () => {
    const svg = drawn(2);
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
    expect(svg).toMatch(/<desc id="desc">an outage\. .*rig-1, number 1, hashed from 0:00 to 1:40, 3:30 to 4:00, kept 0\.1250 USD, 25 %/);
  });

  it('keeps the labels of 20 rigs apart, and the times on the axis', () => {
    const all = texts(drawn(20));
    const rows = all.filter(({ say }) => /^rig-\d+$/.test(say));
    expect(rows).toHaveLength(20);
    rows.slice(1).forEach(({ y }, place) => {
      expect(y - (rows[place]?.y ?? 0)).toBeGreaterThanOrEqual(16);
    });
    const axis = all.filter(({ say, end }) => /^\d+:\d\d$/.test(say) && !end);
    expect(axis.length).toBeGreaterThan(4);
    axis.slice(1).forEach(({ x }, place) => {
      expect(x - (axis[place]?.x ?? 0)).toBeGreaterThan(40);
    });
  });

  it('shortens a name that has no room, and says it whole to who points at it', () => {
    const name = 'a-name-of-thirty-two-letters-000';
    const account = accountWith(1);
    const film = { ...account.film, rigs: account.film.rigs.map((rig) => ({ ...rig, id: name })) };
    const svg = drawSvg({ ...account, film }, { site: 'barn', currency: 'USD', seed: 1 });
    expect(texts(svg).some(({ say }) => say.startsWith('a-name-of-thirty') && say.endsWith('…'))).toBe(true);
    expect(svg).toContain(`<title>${name}, number 1`);
  });
});
