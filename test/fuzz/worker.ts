// A thread that tries one parser with seed after seed. Where it is stands in shared memory, so that whoever watches it
// can name the input that it hangs on.
import { parentPort, workerData } from 'node:worker_threads';
import { corpusOf, inputOf } from './inputs.ts';
import { parsers } from './parsers/registry.ts';
import { tried } from './trial.ts';

export interface Errand {
  readonly parser: string;
  readonly from: number;
  readonly inputs: number;
  /** ms from now */
  readonly withinMs: number;
  /** one number: the seed under way */
  readonly place: SharedArrayBuffer;
}

export interface Failure {
  readonly seed: number;
  readonly sentence: string;
}

export interface Figures {
  readonly inputs: number;
  readonly ms: number;
  readonly slowestMs: number;
  readonly slowestSeed: number;
  readonly mostBytes: number;
  readonly mostSeed: number;
  readonly failures: readonly Failure[];
}

/** More of them tell nothing more. */
const MOST_FAILURES = 20;
const SAY_EVERY_MS = 1_000;

async function run({ parser: name, from, inputs, withinMs, place }: Errand, say: (figures: Figures, done: boolean) => void): Promise<void> {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new Error(`no parser ${name}`);
  const corpus = corpusOf(name);
  const at = new Float64Array(place);
  const failures: Failure[] = [];
  const most = { slowestMs: 0, slowestSeed: from, mostBytes: 0, mostSeed: from };
  // What a compiler has not seen yet is slow: the first inputs count only once it has.
  for (const input of corpus) await tried(parser, input);
  const began = performance.now();
  let saidAt = began;
  let done = 0;
  const figures = (): Figures => ({ inputs: done, ms: performance.now() - began, ...most, failures });
  while (done < inputs && failures.length < MOST_FAILURES && performance.now() - began < withinMs) {
    const seed = from + done;
    at[0] = seed;
    const { ms, bytes = 0, failure } = await tried(parser, inputOf(parser, seed, corpus));
    done += 1;
    if (ms > most.slowestMs) Object.assign(most, { slowestMs: ms, slowestSeed: seed });
    if (bytes > most.mostBytes) Object.assign(most, { mostBytes: bytes, mostSeed: seed });
    if (failure !== undefined) failures.push({ seed, sentence: failure });
    if (performance.now() - saidAt < SAY_EVERY_MS) continue;
    saidAt = performance.now();
    say(figures(), false);
    // Timers and rejections that nobody took get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  say(figures(), true);
}

if (parentPort !== null) {
  const port = parentPort;
  await run(workerData as Errand, (figures, done) => port.postMessage({ figures, done }));
}
