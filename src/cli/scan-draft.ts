// What was found, as a part of a configuration: what the rig told stands as it is, what its owner alone knows is asked of him
// in a comment. What stands there without # the file takes. Pure.
import { NAME } from '../model/id.ts';
import { rigDriver } from '../rigs/registry.ts';
import { aboutFamily } from '../scan/families.ts';
import { labelWatts } from '../scan/nameplate.ts';
import { optionsFor } from '../scan/options.ts';
import type { Found } from '../scan/scan.ts';
import type { RigAt } from './outside.ts';
import { clean, sayHashRate } from './text.ts';

export interface Watts {
  readonly watts: number;
  /** where the figure is from, for a comment */
  readonly from: string;
}

/** What it draws while it hashes: as it told, or as its label says; undefined where neither is known. */
export function wattsOf({ reading, watts, model }: Found): Watts | undefined {
  const { watts: read, wattsFrom, state } = reading ?? {};
  if (read !== undefined && read > 0 && state === 'hashing') {
    return { watts: Math.round(read), from: wattsFrom === 'measured' ? 'measured by it, now' : 'what its firmware estimates, now' };
  }
  if (watts !== undefined && reading === undefined) return { watts: Math.round(watts), from: 'what it says it draws, now' };
  const label = labelWatts(model);
  return label === undefined ? undefined : { watts: label, from: 'of the label of such a model, not told by it: correct it' };
}

/** Lines of YAML. `known`: rigs of the file, which are not written again. */
export function draftOf(found: readonly Found[], known: readonly RigAt[]): readonly string[] {
  const lines: string[] = [];
  const later: string[] = [];
  const ids = new Set(known.map(({ id }) => id));
  for (const one of found) {
    const there = knownAt(one, known);
    if (there !== undefined) later.push(...ofKnown(one, there));
    else if (one.driver === undefined)
      later.push(`# ${one.host}  ${say(one)}: no driver yet`, '#   where it has a switch: { driver: none, cutBy: [...] }');
    else {
      const id = idFor(one, ids);
      ids.add(id);
      lines.push(...ofNew(id, one, one.driver));
    }
  }
  // Where all wait for their watts, so does the heading: a mapping of nothing the file would not take.
  const heading = lines.some((line) => !line.startsWith('#')) ? 'rigs:' : '# rigs:';
  return [...(lines.length === 0 ? ['# no rig to add'] : [heading, ...lines]), ...later];
}

/** Of several at one address the one that is spoken to in the same way. */
export function knownAt({ host, driver }: Found, known: readonly RigAt[]): RigAt | undefined {
  const there = known.filter(({ address }) => address === host);
  return there.find((one) => one.driver === driver) ?? there[0];
}

function ofKnown(one: Found, { id, driver }: RigAt): readonly string[] {
  const other = one.driver !== undefined && one.driver !== driver ? `; the file says driver: ${driver}, it answers as ${one.driver}` : '';
  return [`# ${one.host}  ${say(one)}: in the file already, as ${id}${other}`];
}

/** `Antminer S19 Pro under LuxOS, LUXminer 2025.4, 02:00:00:00:00:01 (likely)` */
function say({ model, family, firmware, mac, confidence }: Found): string {
  const parts = [model ?? family, aboutFamily(family), firmware, mac];
  const told = parts.flatMap((part) => part ?? []).join(', ');
  return clean(confidence === 'sure' ? told : `${told} (${confidence === 'likely' ? 'likely' : 'a guess'})`);
}

function ofNew(id: string, one: Found, driver: string): readonly string[] {
  const watts = wattsOf(one);
  const rows: (readonly [string, string])[] = [
    [`  ${id}:`, say(one)],
    [`    driver: ${driver}`, one.unread === undefined ? '' : one.unread],
    [`    host: ${one.host}`, ''],
    ...(one.port === undefined ? [] : [[`    port: ${one.port}`, ''] as const]),
    ...secretLines(id, one, driver),
    ['    fedBy: [mains]', 'ask: which UPS keeps it alight? write its name; mains: none does'],
    [watts === undefined ? '    watts: ' : `    watts: ${watts.watts}`, watts?.from ?? 'ask: what does its label say?'],
    ['    # reward: { perDay: 0 }', `ask: what does it earn a day? without it the rig ranks with the worst${pace(one)}`],
  ];
  // Without its watts the file would not take it.
  return rows.map((row) => (watts === undefined ? lineOf([`#${row[0].slice(1)}`, row[1]]) : lineOf(row)));
}

function pace({ reading }: Found): string {
  const { hashRate, algorithm } = reading ?? {};
  return hashRate === undefined || hashRate === 0
    ? ''
    : `; it hashes ${sayHashRate(hashRate)}${algorithm === undefined ? '' : ` of ${algorithm}`}`;
}

/** The file with its password, where the driver has one: without # where nothing goes without it. */
function secretLines(id: string, one: Found, driver: string): (readonly [string, string])[] {
  const kind = rigDriver(driver);
  const file = `${id}.secret`;
  const secret = kind === undefined ? undefined : optionsFor(kind, one, file)?.secret;
  if (secret === undefined) return [];
  return [[`    ${secret.wanted ? '' : '# '}${secret.option}: ${file}`, 'ask: put it into that file, beside this one, mode 0640']];
}

const COMMENT_AT = 40;

function lineOf([text, comment]: readonly [string, string]): string {
  return comment === '' ? text : `${text.padEnd(COMMENT_AT)}  # ${clean(comment)}`;
}

/** `s19-pro-21`: what it is, and the end of its address; free in the file and short enough. */
function idFor({ model, family, host }: Found, taken: ReadonlySet<string>): string {
  const what = (model ?? family)
    .toLowerCase()
    .replace(/^(antminer|whatsminer|avalonminer)[ _-]+/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 20);
  const bytes = host.split('.');
  const ends = [bytes.slice(3), bytes.slice(2), bytes].map((some) => some.join('-'));
  const names = ends.map((end) =>
    [what, end]
      .filter((part) => part !== '')
      .join('-')
      .slice(-32)
      .replace(/^-+/, ''),
  );
  return names.find((name) => NAME.test(name) && !taken.has(name)) ?? `rig-${bytes.join('-')}`;
}
