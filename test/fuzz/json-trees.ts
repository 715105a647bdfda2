// Changes to JSON that keep it JSON, or nearly: a key twice, a number that is none, a nest too deep, a name that means
// something to JavaScript. A byte mutator seldom gets past the first bracket; this one gets to what is made of the values.
import type { Chance } from '../../src/sim/chance.ts';

/** Objects as pairs, so that a key may stand twice; raw: text that stands as it is, JSON or not. */
type Node = { readonly raw: string } | { readonly list: Node[] } | { readonly pairs: [string, Node][] };

const TEXTS = [
  '',
  ' ',
  'Y',
  'N',
  'Sleep',
  'None',
  'mains',
  'battery',
  'OL',
  'all',
  'up',
  'down',
  'hold',
  '0',
  '-1',
  '37603.30',
  '1e999',
  'nan',
  '__proto__',
];
const ODD_TEXTS = ['\0', '\n\u001b[31m', '\u202e', '\u2028', '\ud800', '😀', '../../etc/passwd', 'a'.repeat(65), 'x'.repeat(5_000)];
const RAWS = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1',
  '-1',
  '0.1',
  '1e3',
  '1e999',
  '-1e999',
  '1e-999',
  '9007199254740993',
  `1${'0'.repeat(400)}`,
];
/** what firmwares write and JSON does not know */
const NO_JSON = ['nan', '-nan', 'inf', 'NaN', 'undefined', '01', '+1', "'x'", '', '0x1F', '/**/1'];
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '0',
  'then',
  'STATUS',
  'GHS 5s',
  'MHS 0s',
];

/** characters of the longest text */
const LONGEST = 400_000;

export function treeOf(value: unknown): Node {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) return { pairs: Object.entries(value).map(([key, inner]) => [key, treeOf(inner)]) };
  return { raw: JSON.stringify(value) ?? 'null' };
}

export function written(node: Node): string {
  if ('raw' in node) return node.raw;
  if ('list' in node) return `[${node.list.map(written).join(',')}]`;
  return `{${node.pairs.map(([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`).join(',')}}`;
}

/** The text with one to five changes to its values; undefined where it is no JSON. */
export function jsonMutated(text: string, chance: Chance): string | undefined {
  let tree: Node;
  try {
    tree = treeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
  let changes = 1;
  while (changes < 5 && chance.happens(0.5)) changes += 1;
  for (; changes > 0; changes -= 1) tree = changed(tree, chance);
  return written(tree).slice(0, LONGEST);
}

/** Walks down by chance, and changes where it stops. */
function changed(node: Node, chance: Chance): Node {
  const children = 'list' in node ? node.list.length : 'pairs' in node ? node.pairs.length : 0;
  if (children === 0 || chance.happens(0.15)) return replaced(node, chance);
  const at = chance.below(children);
  if (chance.happens(0.25)) return rearranged(node, at, chance);
  if ('list' in node) return { list: node.list.map((inner, place) => (place === at ? changed(inner, chance) : inner)) };
  if ('pairs' in node) return { pairs: node.pairs.map(([key, inner], place) => [key, place === at ? changed(inner, chance) : inner]) };
  return node;
}

function rearranged(node: Node, at: number, chance: Chance): Node {
  if ('list' in node) return { list: listRearranged([...node.list], at, chance) };
  if (!('pairs' in node)) return node;
  const pairs = [...node.pairs];
  const [key, inner] = pairs[at] ?? ['', leaf(chance)];
  switch (chance.below(5)) {
    case 0:
      pairs.splice(at, 1);
      break;
    case 1:
      // The same key again, before or behind it: the last one counts in JavaScript.
      pairs.splice(chance.below(pairs.length + 1), 0, [key, leaf(chance)]);
      break;
    case 2:
      pairs[at] = [chance.pick(NAMES) ?? '', inner];
      break;
    case 3:
      pairs.push([
        chance.pick(NAMES) ?? '',
        {
          pairs: [
            ['polluted', { raw: 'true' }],
            [chance.pick(NAMES) ?? '', inner],
          ],
        },
      ]);
      break;
    default:
      pairs[at] = [chance.happens(0.5) ? key.toUpperCase() : `${key} `, inner];
  }
  return { pairs };
}

function listRearranged(list: Node[], at: number, chance: Chance): Node[] {
  if (chance.happens(0.5)) list.splice(at, 1);
  else list.splice(at, 0, (chance.happens(0.5) ? list[at] : undefined) ?? leaf(chance));
  return list;
}

function replaced(node: Node, chance: Chance): Node {
  switch (chance.below(8)) {
    case 0:
      return { list: [node] };
    case 1:
      return { pairs: [[chance.pick(NAMES) ?? '', node]] };
    case 2:
      return deep(chance.happens(0.8) ? chance.below(60) : chance.below(4_000), node);
    case 3:
      return 'raw' in node ? { raw: JSON.stringify(node.raw) } : leaf(chance);
    case 4:
      return many(chance.below(chance.happens(0.05) ? 2_000 : 20), node);
    default:
      return leaf(chance);
  }
}

/** The same again and again, within bounds: what is repeated may be a repetition itself, and once ate the machine's memory. */
function many(wished: number, node: Node): Node {
  const count = Math.min(wished, Math.floor(LONGEST / (written(node).length + 1)));
  return { list: Array.from({ length: count }, () => node) };
}

function deep(levels: number, node: Node): Node {
  let nest = node;
  // Text, so that writing it costs no stack of ours.
  const inner = written(node);
  if (inner.length < 10_000) nest = { raw: '['.repeat(levels) + inner + ']'.repeat(levels) };
  return nest;
}

function leaf(chance: Chance): Node {
  const drawn = chance.unit();
  if (drawn < 0.4) return { raw: JSON.stringify(chance.pick(TEXTS)) };
  if (drawn < 0.55) return { raw: JSON.stringify(chance.pick(ODD_TEXTS)) };
  if (drawn < 0.9) return { raw: chance.pick(RAWS) ?? 'null' };
  if (drawn < 0.96) return { raw: chance.pick(NO_JSON) ?? 'null' };
  return { list: [] };
}
