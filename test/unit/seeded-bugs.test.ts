// The seeded bugs keep up with the sources: a bug that can't be planted is no proof of anything.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from '@swc/core';
import { ALL_BUGS } from '../seeded-bugs/all.ts';
import { type Bug, planted } from '../seeded-bugs/bug.ts';
import { readShown, withFound } from '../seeded-bugs/shown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string): string => readFileSync(`${ROOT}src/${file}`, 'utf8');
const BUG: Bug = { name: 'one', file: 'core/one.ts', edits: [['a < b', 'a > b']], harm: 'none' };

describe('every seeded bug', () => {
  it.each(ALL_BUGS.map((bug) => [bug.name, bug] as const))(
    '%s can be planted in the sources, each text of it once, and is a program',
    async (_, bug) => {
      const sound = textOf(bug.file);
      const text = planted(bug, sound);
      expect(text).not.toBe(sound);
      await parse(text, { syntax: 'typescript' });
    },
  );

  it('has a name of its own, and there are forty at least', () => {
    expect(new Set(ALL_BUGS.map(({ name }) => name)).size).toBe(ALL_BUGS.length);
    expect(ALL_BUGS.length).toBeGreaterThanOrEqual(40);
  });

  it('that no night can show is held by a test that there is', () => {
    expect(ALL_BUGS.filter(({ hidden }) => hidden !== undefined && !existsSync(`${ROOT}test/${hidden.test}`))).toEqual([]);
  });

  it('that was shown is still one', () => {
    const names = new Set(ALL_BUGS.map(({ name }) => name));
    expect(readShown(`${ROOT}docs/proof-bugs.json`).filter(({ bug }) => !names.has(bug))).toEqual([]);
  });
});

describe('a seeded bug', () => {
  it('whose text is gone or stands twice is refused, by name', () => {
    expect(planted(BUG, 'if (a < b) c();')).toBe('if (a > b) c();');
    expect(() => planted(BUG, 'if (a <= b) c();')).toThrow('seeded bug one: its old text is not in src/core/one.ts any more: a < b');
    expect(() => planted(BUG, 'a < b, a < b')).toThrow('seeded bug one: its old text is 2 times in src/core/one.ts: a < b');
  });

  it('is kept with the sources it was shown on; the newest word stands, but for a shorter look, and one not planted is none', () => {
    const [first, second] = [BUG, { ...BUG, name: 'two' }];
    const before = [
      { bug: 'two', seed: 7, nights: 7, by: 'I-01', src: 'aa' },
      { bug: 'gone', seed: 1, nights: 1, by: 'I-02', src: 'aa' },
    ];
    const found = { bug: first, seed: 3, by: 'I-03 of it\nmore', nights: 3, passedMs: 1 };
    const one = { bug: 'one', seed: 3, nights: 3, by: 'I-03 of it', src: 'bb' };
    expect(withFound(before, found, 'bb', [first, second])).toEqual([one, before[0]]);
    const missed = { bug: first, nights: 9, passedMs: 1 };
    expect(withFound([one], missed, 'cc', [first])).toEqual([{ bug: 'one', seed: null, nights: 9, by: null, src: 'cc' }]);
    expect(withFound([one], { ...missed, nights: 2 }, 'bb', [first])).toEqual([one]);
    expect(withFound([one], { ...missed, unfit: 'why', nights: 0 }, 'cc', [first])).toEqual([one]);
  });
});
