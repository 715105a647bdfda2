import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { appraise } from '../../src/config/appraise.ts';
import { changes, reloadBlockers } from '../../src/config/change.ts';
import type { Config } from '../../src/config/config.ts';
import { explain, type Loaded, parseConfig } from '../../src/config/load.ts';
import { nearest } from '../../src/config/nearest.ts';
import { hashRate } from '../../src/config/units.ts';
import { FULL, SMALLEST } from '../support/config-text.ts';

const good = parseConfig(FULL, { file: 'f' });

/** Holds of every answer, whatever the text. */
function isSound(text: string, loaded: Loaded): void {
  if (loaded.ok) {
    everythingNamedIsThere(loaded.config);
    appraise(loaded.config);
    if (!good.ok) throw new Error(explain('f', good));
    changes(good.config, loaded.config);
    const { rigs, switches } = good.config.site;
    reloadBlockers(good.config, loaded.config, { rigs: new Set(rigs.keys()), limited: new Set(), switches: new Set(switches.keys()) });
    return;
  }
  const lines = text.split(/\n/);
  expect(loaded.mistakes.length).toBeGreaterThan(0);
  expect(loaded.mistakes.length).toBeLessThanOrEqual(100);
  for (const { line, column, say } of loaded.mistakes) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    expect(say).not.toMatch(/^$|\p{Cc}|undefined|\[object/u);
  }
  expect(explain('f', loaded).split('\n')).toHaveLength(loaded.mistakes.length + 1);
}

function everythingNamedIsThere({ site, ups, rigs, boards }: Config): void {
  expect([...ups.keys()]).toEqual([...site.supplies.keys()]);
  expect([...rigs.keys()]).toEqual([...site.rigs.keys()]);
  expect([...boards.values()].reduce((sum, board) => sum + board.channels.length, 0)).toBe(site.switches.size);
  for (const rig of site.rigs.values()) {
    for (const supply of rig.fedBy) expect(supply === 'mains' || site.supplies.has(supply)).toBe(true);
    for (const id of rig.cutBy) expect(site.switches.has(id)).toBe(true);
    const figures = [
      rig.watts,
      rig.pausedWatts,
      rig.graceSeconds,
      rig.coolDownSeconds,
      rig.resumeMinutes,
      rig.restartMinutes,
      rig.reward?.perDay ?? 0,
    ];
    for (const figure of figures) expect(Number.isFinite(figure) && figure >= 0).toBe(true);
  }
}

const SNIPPETS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  '"',
  "'",
  '#',
  '\n',
  '  ',
  '\t',
  ',',
  '---\n',
  '?',
  '~',
  '.inf',
  '-1',
  '0',
  '1e999',
  'mains',
  '__proto__',
  'constructor',
  '<<: ',
  '\0',
  '\u2028',
  '\u{1F600}',
];

interface Edit {
  readonly at: number;
  readonly drop: number;
  readonly put: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(30),
  put: fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 8 }), fc.constantFrom(...FULL.split(/[\s,]+/))),
});

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((so, { at, drop, put }) => {
    const from = Math.floor(at * so.length);
    return so.slice(0, from) + put + so.slice(from + drop);
  }, text);
}

describe('the configuration', () => {
  it('gives a sound site or mistakes with a place, whatever is done to a good file', () => {
    fc.assert(
      fc.property(fc.constantFrom(FULL, SMALLEST), fc.array(edit, { minLength: 1, maxLength: 4 }), (base, edits) => {
        const text = edited(base, edits);
        isSound(text, parseConfig(text, { file: 'f' }));
      }),
      { numRuns: 250 },
    );
  });

  it('gives the same for whatever is no configuration at all', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json({ maxDepth: 6 }),
      fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 200 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => isSound(text, parseConfig(text, { file: 'f' }))),
      { numRuns: 250 },
    );
  });

  it('gives the same for a good file with a value of any kind anywhere in it', () => {
    const lines = FULL.split('\n').flatMap((line, i) => (/: \S+$/.test(line) ? [i] : []));
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.jsonValue({ maxDepth: 3 }), (at, value) => {
        const text = FULL.split('\n')
          .map((line, i) => (i === at ? line.replace(/: \S+$/, `: ${JSON.stringify(value)}`) : line))
          .join('\n');
        isSound(text, parseConfig(text, { file: 'f' }));
      }),
      { numRuns: 150 },
    );
  });

  it('answers the same text the same way', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
        const text = edited(FULL, edits);
        expect(parseConfig(text, { file: 'f' })).toEqual(parseConfig(text, { file: 'f' }));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a hash rate', () => {
  it('is above nothing and finite, or is refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.double({ min: 0 }), fc.constantFrom(' TH/s', 'kH', ' H/s', '')).map(([n, unit]) => `${n}${unit}`),
        ),
        (text) => {
          const rate = hashRate(text);
          expect(rate === undefined || (Number.isFinite(rate) && rate > 0)).toBe(true);
        },
      ),
    );
  });
});

describe('the nearest name', () => {
  it('is one of the known, and a known name is its own', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ minLength: 3, maxLength: 20 }), { minLength: 1 }), (name, known) => {
        const found = nearest(name, known);
        expect(found === undefined || known.includes(found)).toBe(true);
        expect(nearest(known[0] ?? '', known)?.toLowerCase()).toBe(known[0]?.toLowerCase());
      }),
    );
  });
});
