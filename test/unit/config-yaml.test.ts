import { describe, expect, it } from '@jest/globals';
import { placeOf, readTree } from '../../src/config/yaml-tree.ts';
import { FULL } from '../support/config-text.ts';

function valuesIn(text: string): unknown {
  const read = readTree(text);
  if (!read.ok || read.mistakes.length > 0) throw new Error(JSON.stringify(read.mistakes));
  return read.tree.value;
}

function told(text: string): readonly string[] {
  return readTree(text).mistakes.map(({ line, column, path, say }) => `${line}:${column} ${path} | ${say}`);
}

describe('the values', () => {
  it('are those of YAML 1.2: only true and false are truths, and nothing is a time', () => {
    expect(valuesIn('a: [yes, no, on, 1:30, 0o17, 010, 2026-01-01, ~, null, true]')).toEqual({
      a: ['yes', 'no', 'on', '1:30', 15, 10, '2026-01-01', null, null, true],
    });
  });

  it('stay those of YAML 1.2 when the file says it were 1.1', () => {
    expect(valuesIn('%YAML 1.1\n---\na: no\n')).toEqual({ a: 'no' });
  });

  it('have keys as they are written', () => {
    expect(valuesIn('007: a\n1e3: b\ntrue: c\n"q r": d\n')).toEqual({ '007': 'a', '1e3': 'b', true: 'c', 'q r': 'd' });
  });

  it('follow an alias to what stood there', () => {
    expect(valuesIn('a: &x { b: 1 }\nc: *x\n')).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it('may begin with a byte order mark and end lines as on Windows', () => {
    expect(valuesIn('\uFEFFa: 1\r\nb: 2\r\n')).toEqual({ a: 1, b: 2 });
  });
});

describe('the place', () => {
  const read = readTree('a:\n  b: [x, { c: 1 }]\n  d:\n');
  const place = (...path: (string | number)[]) => (read.ok ? placeOf(read.tree, path, 'value') : undefined);

  it('of a value is where it begins', () => {
    expect(place('a', 'b', 1, 'c')).toEqual({ line: 2, column: 15 });
    expect(place('a', 'b', 0)).toEqual({ line: 2, column: 7 });
  });

  it('of a value that is missing is the key it is missing under', () => {
    expect(place('a', 'b', 'nothing', 'there')).toEqual({ line: 2, column: 3 });
    expect(place('z')).toEqual({ line: 1, column: 1 });
  });
});

describe('a text that is no plain YAML', () => {
  it.each([
    ['an open bracket', 'a: [1, 2\nb: 3\n', /^\d+:\d+ {2}\| not plain YAML: /],
    ['a tab for spaces', 'a:\n\tb: 1\n', /^2:\d+ {2}\| not plain YAML: /],
    ['two documents', 'a: 1\n---\nb: 2\n', /not plain YAML: Source contains multiple documents/],
    ['a tag', 'a: !secret x\n', /^1:4 {2}\| not plain YAML: Unresolved tag/],
    ['an alias to nothing', 'a: *x\n', /^1:4 a \| this alias names no anchor above it$/],
    ['an alias to itself', 'a: &x [*x]\n', /nested deeper than 32 levels/],
    ['a list as a key', '[a, b]: 1\n', /^1:1 {2}\| a key must be a plain word$/],
    ['no key', ': 1\n', /a key must be a plain word/],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', /^3:1 a \| stands here twice, first in line 1; keep one$/],
  ])('such as %s is told with its place', (_, text, say) => expect(told(text)[0]).toMatch(say));
});

describe('a text made to hurt', () => {
  const bomb = `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`).join('\n')}\n`;

  it.each([
    ['aliases that grow a billionfold', bomb],
    ['a million brackets', '['.repeat(2 ** 20)],
    ['nested brackets', `${'['.repeat(3000)}${']'.repeat(3000)}`],
    ['a million dashes', '- '.repeat(2 ** 19)],
    ['nested mappings in braces', '{a: '.repeat(2 ** 18)],
    ['a million question marks', '? '.repeat(2 ** 19)],
    ['a million quotes', '"'.repeat(2 ** 20)],
    ['a million anchors', '&a '.repeat(2 ** 18)],
    ['a million tags', '!a '.repeat(2 ** 18)],
    ['a million aliases', '*a '.repeat(2 ** 18)],
    ['a million items', `[${'a,'.repeat(2 ** 19 - 8)}]`],
    ['ever deeper indentation', Array.from({ length: 1400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['more than a mebibyte', 'é'.repeat(2 ** 19 + 1)],
  ])('such as %s is refused in few words and little time', (_, text) => {
    const read = readTree(text);
    expect(read.mistakes.length).toBeGreaterThan(0);
    expect(read.mistakes.length).toBeLessThanOrEqual(40);
  });

  it('is refused before it is composed, by its depth or the number of its pieces', () => {
    expect(told('['.repeat(2 ** 20))).toEqual(['1:1  | nested deeper than 32 levels']);
    expect(told(`\n\n${'- '.repeat(2 ** 18)}`)).toEqual(['3:1  | nested deeper than 32 levels']);
    expect(told(`[${'a,'.repeat(2 ** 19 - 8)}]`)).toEqual([
      '1:1  | more than 200000 words and marks; keys that rigs share go under models',
    ]);
  });
});

it('places a mistake within its line also where a quote that never closes swallows the rest', () => {
  const text = ` "${FULL}`;
  const lines = text.split('\n');
  const { mistakes } = readTree(text);
  expect(mistakes.length).toBeGreaterThan(0);
  expect(mistakes.filter(({ line, column }) => column > (lines[line - 1] ?? '').length + 1)).toEqual([]);
});
