// Every row of the fault table and every invariant of the safety case has its place: in the campaign, or named elsewhere.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { ELSEWHERE, ROWS } from '../../src/proof/rows.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${ROOT}docs/proof.md`, 'utf8');
const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);

it('has a place for each of the 73 rows of the fault table, and for each one only', () => {
  const placed = [...ROWS.map(({ id }) => id), ...Object.keys(ELSEWHERE)].toSorted();
  expect(placed).toEqual(numbered('F', 73));
});

it('tells of each of the 24 invariants how it is shown', () => {
  for (const id of numbered('I-', 24)) expect(page).toContain(`| ${id} |`);
});

it('names no test that is not there', () => {
  const named = [...`${page}\n${Object.values(ELSEWHERE).join('\n')}`.matchAll(/test\/[\w/-]+\.test\.ts/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});
