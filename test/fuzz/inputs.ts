// Where inputs come from: the corpus and the cases on disk, and the one that a seed makes of them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../../src/sim/chance.ts';
import type { FuzzParser } from './parser.ts';

/** Tests and script alike are started at the top of the checkout. */
const FOLDER = join(process.cwd(), 'test', 'fuzz');

export interface Named {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** In the order of their names, so that a seed means the same everywhere. */
export function corpusOf(parser: string): readonly Uint8Array[] {
  return inputsIn(join('corpus', parser)).map(({ bytes }) => bytes);
}

/** Inputs that failed once. */
export function casesOf(parser: string): readonly Named[] {
  return inputsIn(join('cases', parser));
}

export function keepCase(parser: string, seed: number, input: Uint8Array): string {
  const folder = join(FOLDER, 'cases', parser);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `seed-${seed}.bin`), input);
  return `test/fuzz/cases/${parser}/seed-${seed}.bin`;
}

export function inputOf(parser: FuzzParser, seed: number, corpus: readonly Uint8Array[]): Uint8Array {
  return parser.make(chance(seed, parser.name), corpus);
}

function inputsIn(folder: string): readonly Named[] {
  let names: string[];
  try {
    names = readdirSync(join(FOLDER, folder)).sort();
  } catch {
    return [];
  }
  return names.map((name) => ({ name, bytes: readFileSync(join(FOLDER, folder, name)) }));
}
