// The source of a coin: its figures are looked up one after the other, and made into what a hash rate earns a day.
import { constants, open } from 'node:fs/promises';
import { codeOf, failed, type Outcome, ok } from '../model/outcome.ts';
import { webText } from '../transports/web.ts';
import { parsed } from '../wire/json.ts';
import { pathOf, valueAt } from '../wire/json-path.ts';
import type { CoinSource, CoinWay, Figure, Look, Recipe } from './port.ts';

export interface CoinSourceOptions {
  readonly way: CoinWay;
  /** who asks, where it asks the web */
  readonly agent: string;
}

/** Enough for a list of blocks; no page of this size is somebody's price. */
const MOST_BYTES = 256 * 1024;
const LONGEST_QUOTE = 40;

export function coinSource({ way, agent }: CoinSourceOptions): CoinSource {
  return {
    read: async (signal) => {
      // Several figures often stand in one answer: each address is asked once.
      const texts = new Map<string, Promise<Outcome<string>>>();
      const textOf = (look: Look): Promise<Outcome<string>> => {
        const name = look.file ?? look.url ?? '';
        const text = texts.get(name) ?? (look.file === undefined ? webText(name, { agent, limit: MOST_BYTES }, signal) : fileText(name));
        texts.set(name, text);
        return text;
      };
      const { from } = way;
      return from.kind === 'figure' ? figureOf(from.look, textOf) : earned(from.recipe, way.hashRate, textOf);
    },
  };
}

type TextOf = (look: Look) => Promise<Outcome<string>>;

/** One figure after the other: whoever is asked for several is not asked all at once. */
async function earned(recipe: Recipe, hashRate: number, textOf: TextOf): Promise<Outcome<number>> {
  const figures: number[] = [];
  const { networkHashrate, blocksPerDay, blockReward, feesPerBlock, price } = recipe;
  for (const one of [networkHashrate, blocksPerDay, blockReward, feesPerBlock, price]) {
    const figure = await figureOf(one, textOf);
    if (!figure.ok) return figure;
    figures.push(figure.value);
  }
  const [network = 0, blocks = 0, reward = 0, fees = 0, each = 0] = figures;
  if (network <= 0) return failed('garbled', 'the hash rate of the network is told to be 0');
  return ok((hashRate / network) * blocks * (reward + fees) * each);
}

async function figureOf(figure: Figure, textOf: TextOf): Promise<Outcome<number>> {
  if (typeof figure === 'number') return ok(figure);
  const text = await textOf(figure);
  if (!text.ok) return text;
  const where = figure.file ?? new URL(figure.url ?? '').host;
  const json = parsed(text.value.trim());
  if (json === undefined) {
    const what = text.value.trimStart().startsWith('<') ? 'a page' : `"${text.value.trim().slice(0, LONGEST_QUOTE)}"`;
    return failed('garbled', `${where} gives ${what} and no JSON: look at its url`);
  }
  const { path, times } = figure;
  const value = numberIn(path === undefined ? json : valueAt(json, pathOf(path)));
  if (value !== undefined) return ok(value * times);
  const named = path === undefined ? 'no figure' : `no figure at ${pathOf(path).join('.')}`;
  return failed('garbled', `${where} gives ${named}: look at its path`);
}

/** Many write figures as text. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,2})?$/i.test(value) ? Number(value) : undefined;
}

async function fileText(path: string): Promise<Outcome<string>> {
  try {
    // A pipe that nobody writes to would keep the thread that opens it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return failed('unsupported', `${path} is no plain file`);
      const buffer = Buffer.alloc(MOST_BYTES + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead > MOST_BYTES) return failed('garbled', `${path} has more than ${MOST_BYTES / 1024} KiB`);
      return ok(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return failed(
      'unreachable',
      `${path} cannot be read (${codeOf(error) ?? String(error)}): is it written, and by group lastwatt readable?`,
    );
  }
}
