// The text of the file as plain values, each with its place. Bounded in size, depth and growth, whatever the text is:
// a bad file at a reload must not cost the running service its memory.
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, Lexer, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Mistake, type Path, pathText, visible } from './mistake.ts';

/** A value with the offsets of itself and of its key. */
interface Spot {
  readonly value: unknown;
  readonly at: number;
  readonly key: number;
  readonly inside: ReadonlyMap<string | number, Spot>;
}

export interface Tree {
  readonly value: unknown;
  readonly root: Spot;
  readonly lines: Lines;
}

type TreeRead =
  | { readonly ok: true; readonly tree: Tree; readonly mistakes: readonly Mistake[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** bytes; some thousands of rigs */
export const LARGEST_FILE = 1024 * 1024;
/** Our own deepest key is at six. */
const DEEPEST = 32;
/** Lexical pieces; a rig written out in full has about a hundred. A million of `[` cost yaml 2.9.1 a gigabyte and 5 s. */
const MOST_PIECES = 200_000;
/** Values once aliases are followed. */
const MOST_VALUES = 100_000;
const MOST_MISTAKES = 20;
const LONGEST_FAULT = 200;

/** Reads the text. Syntax errors end it; beside duplicate keys, tags and lost aliases the rest is still looked at. */
export function readTree(text: string): TreeRead {
  const whole = (say: string): TreeRead => ({ ok: false, mistakes: [{ line: 1, column: 1, path: '', say }] });
  if (Buffer.byteLength(text) > LARGEST_FILE) return whole('the file is larger than 1 MiB; keys that rigs share go under models');
  const tooMuch = excess(text);
  if (tooMuch !== undefined) return { ok: false, mistakes: [{ line: tooMuch.line, column: 1, path: '', say: tooMuch.say }] };
  const lines = new Lines(text);
  const document = parse(text);
  if (document === undefined) return whole('this cannot be read as YAML: it is nested too deeply');
  const faults = [...document.errors, ...document.warnings].slice(0, MOST_MISTAKES).map((fault): Mistake => {
    // The library quotes the piece it trips over, however long that is.
    const say = `not plain YAML: ${visible(fault.message.split('\n')[0]?.slice(0, LONGEST_FAULT) ?? '')}`;
    return { ...lines.placeAt(fault.pos[0]), path: '', say };
  });
  if (document.errors.length > 0) return { ok: false, mistakes: faults };
  const walk = new Walker(lines);
  const root = walk.read(document.contents, { key: 0, depth: 0, path: [] });
  return { ok: true, tree: { value: root.value, root, lines }, mistakes: [...faults, ...walk.mistakes] };
}

/** Where each line begins. The library's own counter loses lines in texts that end in the middle of something. */
class Lines {
  readonly #text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Line and column, from 1; an offset outside of the text is taken as its nearer end. */
  placeAt(offset: number): { readonly line: number; readonly column: number } {
    const at = Math.min(Math.max(offset, 0), this.#text.length);
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#starts[low] ?? 0) + 1 };
  }
}

/** Line and column (from 1) of the thing at `path`; where it is missing, of the key it is missing under. */
export function placeOf(tree: Tree, path: Path, on: 'value' | 'key'): { readonly line: number; readonly column: number } {
  let spot = tree.root;
  for (const part of path) {
    const next = spot.inside.get(part);
    if (next === undefined) return tree.lines.placeAt(spot.key);
    spot = next;
  }
  return tree.lines.placeAt(on === 'key' ? spot.key : spot.at);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** What the lexer counts in passing, before the composer pays for it with its stack and the heap. */
function excess(text: string): { readonly line: number; readonly say: string } | undefined {
  const count = { flowDepth: 0, marksOnLine: 0 };
  let pieces = 0;
  let line = 1;
  for (const piece of new Lexer().lex(text)) {
    countMark(count, piece);
    const lines = piece.split('\n').length - 1;
    if (lines > 0) count.marksOnLine = 0;
    line += lines;
    if (Math.max(count.flowDepth, count.marksOnLine) > DEEPEST) return { line, say: `nested deeper than ${DEEPEST} levels` };
    pieces++;
    if (pieces > MOST_PIECES) return { line, say: `more than ${MOST_PIECES} words and marks; keys that rigs share go under models` };
  }
  return undefined;
}

function countMark(count: { flowDepth: number; marksOnLine: number }, piece: string): void {
  if (piece === '[' || piece === '{') count.flowDepth++;
  else if (piece === ']' || piece === '}') count.flowDepth = Math.max(0, count.flowDepth - 1);
  else if (count.flowDepth === 0 && (piece === '-' || piece === '?' || piece === ':')) count.marksOnLine++;
}

function parse(text: string): ReturnType<typeof parseDocument> | undefined {
  try {
    // The schema is named, so that a %YAML 1.1 line cannot turn `no` into false and 1:30 into 90.
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      uniqueKeys: false,
      prettyErrors: false,
    });
  } catch {
    // The composer recurses with the nesting: a RangeError.
    return undefined;
  }
}

interface Here {
  readonly key: number;
  readonly depth: number;
  readonly path: Path;
}

/** Turns the nodes of one document into spots; what is wrong on the way is a mistake, never a throw. */
class Walker {
  readonly mistakes: Mistake[] = [];
  readonly #lines: Lines;
  readonly #anchors = new Map<string, Node>();
  #left = MOST_VALUES;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  read(node: unknown, here: Here): Spot {
    const at = startOf(node) ?? here.key;
    const leaf = (value: unknown): Spot => ({ value, at, key: here.key, inside: new Map() });
    this.#left--;
    const excess = this.#left === -1 ? `aliases make this grow beyond ${MOST_VALUES} values` : undefined;
    const say = here.depth > DEEPEST ? `nested deeper than ${DEEPEST} levels` : excess;
    if (say !== undefined) this.#complain(at, here.path, say);
    if (say !== undefined || this.#left < 0) return leaf(undefined);
    if (isAlias(node)) return this.#readAlias(node, here) ?? leaf(undefined);
    if (isNode(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isSeq(node)) return this.#readList(node, here);
    return isMap(node) ? this.#readMapping(node, here) : leaf(isScalar(node) ? node.value : null);
  }

  #complain(at: number, path: Path, say: string): void {
    if (this.mistakes.length < MOST_MISTAKES) this.mistakes.push({ ...this.#lines.placeAt(at), path: pathText(path), say });
  }

  #readAlias(node: Alias, here: Here): Spot | undefined {
    const target = this.#anchors.get(node.source);
    if (target !== undefined) return this.read(target, { ...here, depth: here.depth + 1 });
    this.#complain(startOf(node) ?? here.key, here.path, 'this alias names no anchor above it');
    return undefined;
  }

  #readList(node: YAMLSeq, here: Here): Spot {
    const inside = new Map<number, Spot>();
    node.items.forEach((item, i) => {
      inside.set(i, this.read(item, { key: startOf(item) ?? here.key, depth: here.depth + 1, path: [...here.path, i] }));
    });
    return { value: [...inside.values()].map((spot) => spot.value), at: startOf(node) ?? here.key, key: here.key, inside };
  }

  #readMapping(node: YAMLMap, here: Here): Spot {
    const at = startOf(node) ?? here.key;
    const inside = new Map<string, Spot>();
    for (const pair of node.items) {
      const key = startOf(pair.key) ?? at;
      const name = keyText(pair.key);
      if (name === undefined) {
        this.#complain(key, here.path, 'a key must be a plain word');
        continue;
      }
      const path = [...here.path, name];
      const first = inside.get(name);
      if (first !== undefined) {
        this.#complain(key, path, `stands here twice, first in line ${this.#lines.placeAt(first.key).line}; keep one`);
      } else if (name === '__proto__') this.#complain(key, path, 'unknown key');
      else inside.set(name, this.read(pair.value, { key, depth: here.depth + 1, path }));
    }
    return { value: Object.fromEntries([...inside].map(([name, spot]) => [name, spot.value])), at, key: here.key, inside };
  }
}

/** As it was written, so that a rig may be called `007`; undefined for a key that is no plain text. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return key.value;
  return key.source === undefined || key.source === '' ? undefined : key.source;
}
