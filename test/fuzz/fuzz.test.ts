// The share of scripts/fuzz that every change pays for: some seeds of each parser, the inputs that failed once, and a look
// at the oracle itself, for a judge that cannot say no proves nothing.
import { describe, expect, it } from '@jest/globals';
import { chance } from '../../src/sim/chance.ts';
import { casesOf, corpusOf, inputOf } from './inputs.ts';
import { type FuzzParser, fuzzParser, must } from './parser.ts';
import { parsers } from './parsers/registry.ts';
import { tried } from './trial.ts';

/** Those of scripts/fuzz start at 1 too; a change of generator or corpus makes others of them. */
const FIRST_SEED = 1;
const SEEDS = 800;
/** A file is read in a millisecond, where all else takes a tenth. */
const SEEDS_OF_FILES = 150;

const isOfFiles = ({ name }: FuzzParser): boolean => name === 'config' || name === 'journal-folder';

describe.each(parsers)('$about', (parser) => {
  const corpus = corpusOf(parser.name);

  it('is read without a throw, a hang or a false fact, whatever it is', async () => {
    expect(corpus.length).toBeGreaterThan(3);
    for (const bytes of corpus) expect((await tried(parser, bytes)).failure).toBeUndefined();
    const end = FIRST_SEED + (isOfFiles(parser) ? SEEDS_OF_FILES : SEEDS);
    for (let seed = FIRST_SEED; seed < end; seed += 1) {
      const { failure } = await tried(parser, inputOf(parser, seed, corpus));
      if (failure !== undefined) throw new Error(`${failure}; again: scripts/fuzz --parser ${parser.name} --from ${seed} --inputs 1`);
    }
  }, 60_000);

  it('is the same for the same seed', () => {
    const other = inputOf(parser, 8, corpus);
    expect(inputOf(parser, 7, corpus)).toEqual(inputOf(parser, 7, corpus));
    expect(Buffer.from(inputOf(parser, 7, corpus)).equals(other)).toBe(false);
  });
});

const cases = parsers.flatMap((parser) => casesOf(parser.name).map(({ name, bytes }) => ({ parser, about: parser.name, name, bytes })));

it.each(cases)('does well what it once did not: $about, $name', async ({ parser, bytes }) => {
  expect((await tried(parser, bytes)).failure).toBeUndefined();
});

describe('the oracle', () => {
  const judged = async (read: () => unknown, judge: () => void = () => undefined): Promise<string | undefined> => {
    const parser = fuzzParser({ name: 'bad', about: '', allocates: () => 100_000, make: () => new Uint8Array(), read, judge });
    return (await tried(parser, new Uint8Array())).failure;
  };

  it('lets pass what does nothing wrong', async () => {
    expect(await judged(() => 1)).toBeUndefined();
  });

  it('hears of a throw, of a promise that is broken, and of what the judge says', async () => {
    expect(await judged(() => JSON.parse('{'))).toContain('it threw');
    expect(await judged(() => Promise.reject(new Error('late')))).toContain('late');
    expect(
      await judged(
        () => 1,
        () => must(false, 'paused, and nobody said so'),
      ),
    ).toBe('paused, and nobody said so');
  });

  it('sees what takes too long each time, or too much', async () => {
    const busy = (): void => {
      for (const end = performance.now() + 210; performance.now() < end; );
    };
    expect(await judged(busy)).toContain('ms');
    // Outside of the heap, where no collection in between can hide it.
    expect(await judged(() => new Uint8Array(8 * 1024 * 1024))).toContain('KiB');
  });

  it('sees what is left on the prototype of all objects', async () => {
    const stain = (): unknown => Reflect.defineProperty(Object.prototype, 'paused', { value: true, configurable: true, enumerable: false });
    try {
      expect(await judged(stain)).toContain('prototype');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'paused');
    }
  });
});

it('draws other inputs for other parsers from one seed', () => {
  const draws = parsers.map(({ name }) => chance(1, name).uint32());
  expect(new Set(draws).size).toBe(parsers.length);
});
