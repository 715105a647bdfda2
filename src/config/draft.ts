// One file on its way to a Config: its parts, the drivers it may name, and the report that every check writes to.
import { z } from 'zod';
import { MAINS } from '../model/id.ts';
import type { RigDriverKind } from '../rigs/port.ts';
import type { SwitchDriverKind } from '../switches/port.ts';
import { type Path, shown } from './mistake.ts';
import { listed, nearest } from './nearest.ts';
import type { Report } from './report.ts';
import { check, unknownKey } from './say.ts';
import { fileSchema, NAME, NAME_WORDS } from './schema.ts';

export interface Draft {
  readonly report: Report;
  /** the top keys of the file */
  readonly parts: ReadonlyMap<string, unknown>;
  readonly rigDrivers: readonly RigDriverKind[];
  readonly switchDrivers: readonly SwitchDriverKind[];
}

/** Where in the file a key of a thing stands; a rig's may stand under its model. */
export type Locate = (inner: Path) => Path;

type SectionName = 'ups' | 'coins' | 'models' | 'rigs' | 'switches';

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

export interface Thing {
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
  if (value === undefined && section !== 'ups' && section !== 'rigs') return new Map();
  const all = keysAndValues(value);
  take(draft, z.looseObject({}), { value, at: () => [section] });
  if (value !== undefined && value !== null && all.size === 0 && (section === 'ups' || section === 'rigs')) {
    draft.report.mistake([section], `is empty; at least one is needed`, 'key');
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

/** The driver of that name; an unknown one is reported, a missing one was already. */
export function takeDriver<K extends { readonly name: string }>(
  draft: Draft,
  drivers: readonly K[],
  { name, kind, at }: { name: string | undefined; kind: string; at: Locate },
): K | undefined {
  const driver = drivers.find((candidate) => candidate.name === name);
  if (driver === undefined && name !== undefined) {
    reportUnknown(draft, at(['driver']), { name, kind, known: drivers.map((candidate) => candidate.name) });
  }
  return driver;
}

/** Reports the second of two that are the same. */
export function reportTwice(draft: Draft, names: readonly string[], at: (index: number) => Path): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) draft.report.mistake(at(index), `${shown(name)} stands here twice; keep one`);
  });
}

/** Splits the keys of a rig or switch: those that all have, and those of its driver. */
export function split(
  all: ReadonlyMap<string, unknown>,
  common: readonly string[],
): { common: Record<string, unknown>; options: Record<string, unknown> } {
  const entries = [...all];
  return {
    common: Object.fromEntries(entries.filter(([key]) => common.includes(key))),
    options: Object.fromEntries(entries.filter(([key]) => !common.includes(key))),
  };
}
