// One input to one parser under the oracle of I-22: nothing thrown, nothing slow, nothing greedy, nothing left behind on
// the prototypes that all objects share; and whatever the parser's own judge asks.
import { getHeapStatistics } from 'node:v8';
import { type FuzzParser, LONGEST_MS } from './parser.ts';

export interface Trial {
  /** wall time of the parser alone */
  readonly ms: number;
  /** allocated by the parser; undefined where a collection ran in between */
  readonly bytes: number | undefined;
  readonly failure?: string;
}

/** A slow or greedy input is tried again: the machine, or the compiler, may have been at work. The least counts. */
const TRIES = 4;

export async function tried(parser: FuzzParser, input: Uint8Array): Promise<Trial> {
  let best = await once(parser, input);
  for (let more = 1; more < TRIES && excess(parser, input, best) !== undefined; more += 1) {
    const again = await once(parser, input);
    best = { ...again, ms: Math.min(best.ms, again.ms), bytes: least(best.bytes, again.bytes) };
  }
  const failure = best.failure ?? excess(parser, input, best);
  return { ms: best.ms, bytes: best.bytes, ...(failure === undefined ? {} : { failure }) };
}

async function once(parser: FuzzParser, input: Uint8Array): Promise<Trial> {
  const before = usedBytes();
  const began = performance.now();
  let result: unknown;
  try {
    result = parser.read(input);
    if (result instanceof Promise) result = await result;
  } catch (error) {
    return { ms: performance.now() - began, bytes: undefined, failure: `it threw ${told(error)}` };
  }
  const ms = performance.now() - began;
  const grown = usedBytes() - before;
  const bytes = grown < 0 ? undefined : grown;
  const stain = stained();
  if (stain !== undefined) return { ms, bytes, failure: stain };
  try {
    await parser.judge(input, result);
  } catch (error) {
    return { ms, bytes, failure: error instanceof Error ? error.message : String(error) };
  }
  return { ms, bytes };
}

function excess(parser: FuzzParser, input: Uint8Array, { ms, bytes, failure }: Trial): string | undefined {
  if (failure !== undefined) return undefined;
  if (ms > (parser.withinMs?.(input.length) ?? LONGEST_MS)) return `it took ${Math.round(ms)} ms`;
  const most = parser.allocates?.(input.length) ?? Number.POSITIVE_INFINITY;
  if (bytes !== undefined && bytes > most) return `it allocated ${Math.round(bytes / 1024)} KiB`;
  return undefined;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

const SHARED = [Object.prototype, Array.prototype, String.prototype, Number.prototype, Function.prototype, Map.prototype];
const CLEAN = SHARED.map((one) => Object.getOwnPropertyNames(one).length);

function stained(): string | undefined {
  const at = SHARED.findIndex((one, place) => Object.getOwnPropertyNames(one).length !== CLEAN[place]);
  return at < 0 ? undefined : `it left something on a prototype: ${Object.getOwnPropertyNames(SHARED[at]).join(' ').slice(-200)}`;
}

function told(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error);
}
