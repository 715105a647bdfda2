// One file on its way to a Config: its parts, the report that every check writes to, and what several checks do alike.
import { z } from 'zod';
import { MAINS, NAME } from '../model/id.ts';
import { type Path, shown } from './mistake.ts';
import { listed, nearest } from './nearest.ts';
import type { Report } from './report.ts';
import { check, keysOf, unknownKey } from './say.ts';
import { fileSchema, NAME_WORDS } from './schema.ts';

export interface Draft {
  readonly report: Report;
  /** the top keys of the file */
  readonly parts: ReadonlyMap<string, unknown>;
  /** files with certificates that the text names, each with its place; read afterwards */
  readonly certificateFiles: { readonly path: Path; readonly file: string }[];
}

/** Where in the file a key of a thing stands; a rig's may stand under its model. */
export type Locate = (inner: Path) => Path;

type SectionName = 'ups' | 'coins' | 'models' | 'rigs' | 'switches' | 'inputs' | 'generators';

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Its own keys; empty for what is no mapping. */
export function keysAndValues(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(isMapping(value) ? Object.entries(value) : []);
}

/** The top keys; reports those that nobody knows. */
export function topParts(report: Report, value: unknown): ReadonlyMap<string, unknown> {
  const known = Object.keys(fileSchema.shape);
  const parts = keysAndValues(value);
  if (parts.size === 0) report.mistake([], `expected a mapping with at least ups and rigs, found ${shown(value)}`);
  for (const key of parts.keys()) if (!known.includes(key)) report.mistake([key], unknownKey(key, known), 'key');
  return parts;
}

interface Thing {
  readonly value: unknown;
  readonly at: Locate;
  /** keys that are read elsewhere, for suggestions */
  readonly alsoKnown?: readonly string[];
}

/** The value as the schema makes it; undefined when it is a mistake, which is then reported. */
export function take<T>(draft: Draft, schema: z.ZodType<T>, thing: Thing): T | undefined {
  const checked = check(schema, thing.value, thing.alsoKnown);
  if (checked.ok) return checked.value;
  for (const finding of checked.findings) draft.report.mistake(thing.at(finding.path), finding.say, finding.on);
  return undefined;
}

export interface Taken<S extends z.ZodObject> {
  /** undefined when anything in it is a mistake */
  readonly whole: z.output<S> | undefined;
  /** the keys that are good, so that a mistake beside them hides nothing */
  readonly good: Partial<z.output<S>>;
}

/** As `take`, of a mapping; where it has mistakes, with what is good in it. */
export function takeMapping<S extends z.ZodObject>(draft: Draft, schema: S, thing: Thing): Taken<S> {
  const whole = take(draft, schema, thing) as z.output<S> | undefined;
  return { whole, good: whole ?? goodKeys(schema, thing.value) };
}

/** The keys whose values fit, with the defaults of those that are missing. */
export function goodKeys<S extends z.ZodObject>(schema: S, value: unknown): Partial<z.output<S>> {
  const given = keysAndValues(value);
  const fitting = Object.entries(schema.shape).map(([key, part]): [string, unknown] => [
    key,
    z.safeParse(part, given.get(key), { jitless: true }).data,
  ]);
  const good: Record<string, unknown> = Object.fromEntries(fitting.filter(([, data]) => data !== undefined));
  return good as Partial<z.output<S>>;
}

/** The things of a section, by name; reports names that cannot be one. */
export function things(draft: Draft, section: SectionName): ReadonlyMap<string, unknown> {
  const value = draft.parts.get(section);
  const isNeeded = section === 'ups' || section === 'rigs';
  if (value === undefined && !isNeeded) return new Map();
  const all = keysAndValues(value);
  take(draft, z.looseObject({}), { value, at: () => [section] });
  if (value !== undefined && value !== null && all.size === 0 && section === 'rigs') {
    draft.report.mistake([section], 'is empty; at least one is needed', 'key');
  }
  for (const name of all.keys()) {
    if (name === MAINS) draft.report.mistake([section, name], `"${MAINS}" is taken: it means the grid itself; choose another name`, 'key');
    else if (!NAME.test(name)) draft.report.mistake([section, name], `expected ${NAME_WORDS}`, 'key');
  }
  return all;
}

/** `"rak" is no supply of this file; there are: cyber, mains`, at `path`. */
export function reportUnknown(
  draft: Draft,
  path: Path,
  { name, kind, known }: { name: string; kind: string; known: readonly string[] },
): void {
  const meant = nearest(name, known);
  const guess = meant === undefined ? '' : `did you mean ${meant}? `;
  draft.report.mistake(path, `${shown(name)} is no ${kind}; ${guess}there are: ${listed(known)}`);
}

/** Reports the second of two that are the same. */
export function reportTwice(draft: Draft, names: readonly string[], at: (index: number) => Path): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) draft.report.mistake(at(index), `${shown(name)} stands here twice; keep one`);
  });
}

/** Reports supplies that are none of `known`, and those named twice. */
export function checkSupplies(
  draft: Draft,
  names: readonly string[],
  { known, at }: { known: readonly string[]; at: (index: number) => Path },
): void {
  names.forEach((name, index) => {
    if (!known.includes(name)) reportUnknown(draft, at(index), { name, kind: 'supply of this file', known });
  });
  reportTwice(draft, names, at);
}

/** Splits the keys of a rig or switch: those that all have, and those of its driver. */
export function split(
  all: object,
  common: readonly string[],
): { readonly ours: Record<string, unknown>; readonly options: Record<string, unknown> } {
  const entries = Object.entries(all);
  return {
    ours: Object.fromEntries(entries.filter(([key]) => common.includes(key))),
    options: Object.fromEntries(entries.filter(([key]) => !common.includes(key))),
  };
}

interface DriverKind {
  readonly name: string;
  readonly options: z.ZodType;
}

export interface TakenDriver<K> {
  readonly kind: K;
  readonly options: Record<string, unknown>;
  /** whether its schema takes them */
  readonly fits: boolean;
}

interface Driven<S, K> {
  /** of the keys that all have */
  readonly schema: S;
  readonly drivers: readonly K[];
  /** `rig driver` */
  readonly driverWords: string;
  readonly value: unknown;
  readonly at: Locate;
}

/** A rig or switch, as `takeMapping`; and its driver, undefined where there is none of that name. */
export function takeDriven<S extends z.ZodObject, K extends DriverKind>(
  draft: Draft,
  { schema, drivers, driverWords, value, at }: Driven<S, K>,
): Taken<S> & { readonly driver: TakenDriver<K> | undefined } {
  if (!isMapping(value)) return { ...takeMapping(draft, schema, { value, at }), driver: undefined };
  const common = Object.keys(schema.shape);
  const { ours, options } = split(value, common);
  const part = takeMapping(draft, schema, { value: ours, at });
  const { driver: name } = ours;
  const kind = drivers.find((one) => one.name === name);
  if (kind !== undefined) {
    const fits = take(draft, kind.options, { value: options, at, alsoKnown: common }) !== undefined;
    return { ...part, driver: { kind, options, fits } };
  }
  if (typeof name === 'string') reportUnknown(draft, at(['driver']), { name, kind: driverWords, known: drivers.map((one) => one.name) });
  // Whichever driver is meant: a key that none of them has is wrong.
  const known = [...common, ...drivers.flatMap((one) => keysOf(one.options))];
  for (const key of Object.keys(options)) if (!known.includes(key)) draft.report.mistake(at([key]), unknownKey(key, known), 'key');
  return { ...part, driver: undefined };
}
