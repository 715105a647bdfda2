// What the light and the buzzer on the panel say, as functions of what is known and of time. One line a meaning, so that a person
// learns them from one page: a dark light is the one thing that only a dead service says.
import type { StatusView } from '../model/view.ts';

/** The most pressing wins, in this order: shedding, battery, fault, hold, mains. */
export type Meaning = 'mains' | 'battery' | 'shedding' | 'hold' | 'fault';

/** What the light may do; ms alight, ms dark, and so on round. None: dark; one alone: for ever. */
export const LIGHTS = {
  off: [],
  blip: [50, 1950],
  slow: [500, 500],
  fast: [125, 125],
  twice: [100, 150, 100, 1650],
  steady: [Number.POSITIVE_INFINITY],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** What the buzzer may do, once; ms of sound, ms of silence, and so on. None: silent. */
export const SOUNDS = {
  off: [],
  once: [150],
  twice: [150, 150, 150],
  thrice: [150, 150, 150, 150, 150],
  long: [600],
} as const satisfies Readonly<Record<string, readonly number[]>>;

export type LightWord = keyof typeof LIGHTS;
export type SoundWord = keyof typeof SOUNDS;

/** A word, or ms as they stand in the file. */
export type LightChoice = LightWord | readonly number[];
export type SoundChoice = SoundWord | readonly number[];

/** What stands in the file for each meaning. */
export type LightChoices = Readonly<Record<Meaning, LightChoice>>;
export type SoundChoices = Readonly<Record<Meaning, SoundChoice>>;

/** Where the owner does not say. A person's own hold needs no sound. */
export const USUAL_LIGHTS = { mains: 'blip', battery: 'slow', shedding: 'fast', hold: 'twice', fault: 'steady' } as const;
export const USUAL_SOUNDS = { mains: 'long', battery: 'once', shedding: 'twice', hold: 'off', fault: 'thrice' } as const;

export type Patterns = Readonly<Record<Meaning, readonly number[]>>;

export function lightPatterns(choices: LightChoices): Patterns {
  return patternsOf(choices, LIGHTS);
}

export function soundPatterns(choices: SoundChoices): Patterns {
  return patternsOf(choices, SOUNDS);
}

function patternsOf<W extends string>(
  choices: Readonly<Record<Meaning, W | readonly number[]>>,
  words: Readonly<Record<W, readonly number[]>>,
): Patterns {
  const of = (choice: W | readonly number[]): readonly number[] => (typeof choice === 'string' ? words[choice] : choice);
  const { mains, battery, shedding, hold, fault } = choices;
  return { mains: of(mains), battery: of(battery), shedding: of(shedding), hold: of(hold), fault: of(fault) };
}

/** A tick comes at least every second: so long after the last one the light is dark, and says that nothing works any more. */
export const DEAD_AFTER_MS = 1_500;

export function meaningOf(view: StatusView): Meaning {
  if (view.ups.some(({ level }) => level === 'shedding' || level === 'last-stand')) return 'shedding';
  if (view.outage !== null) return 'battery';
  if (isUnwell(view)) return 'fault';
  return view.rigs.some(({ hold }) => hold !== null) ? 'hold' : 'mains';
}

/** Anything that `lastwatt status` says is in the way. To be disarmed is a person's will, and no fault. */
function isUnwell({ armed, notReady }: StatusView): boolean {
  return notReady.length > (armed ? 0 : 1);
}

/** Names of what has gone wrong with a rig or a UPS: such a name stays as long as its fault does. */
export function faultsOf({ rigs, ups }: StatusView): ReadonlySet<string> {
  const names = rigs.flatMap(({ id, fault }) => (fault === null ? [] : [`${id}: ${fault.code}`]));
  for (const { id, alarms } of ups) if (alarms.includes('silent')) names.push(`${id}: silent`);
  return new Set(names);
}

/** The light `sinceMs` after its meaning began, and in how many ms it changes. */
export function lightAt(pattern: readonly number[], sinceMs: number): { readonly on: boolean; readonly changesInMs: number } {
  if (pattern.length < 2) return { on: pattern.length === 1, changesInMs: Number.POSITIVE_INFINITY };
  const round = pattern.reduce((sum, ms) => sum + ms, 0);
  let restMs = sinceMs % round;
  for (const [place, ms] of pattern.entries()) {
    if (restMs < ms) return { on: place % 2 === 0, changesInMs: ms - restMs };
    restMs -= ms;
  }
  return { on: false, changesInMs: 1 };
}

/** What the buzzer remembers between two looks. */
export interface Ear {
  readonly meaning?: Meaning;
  readonly faults: ReadonlySet<string>;
  /** a person has heard it: nothing more until something new is wrong, or all is well again */
  readonly hushed: boolean;
  /** to be said as soon as it may sound again */
  readonly due?: Meaning;
  readonly said?: Meaning;
  readonly saidAtMs?: number;
}

export const NEW_EAR: Ear = { faults: new Set(), hushed: false };

export interface Heard {
  readonly meaning: Meaning;
  readonly faults: ReadonlySet<string>;
  readonly nowMs: number;
  /** two sounds are never closer than this */
  readonly leastMs: number;
  readonly sounds: Patterns;
}

/** Sounds at a change and at a new fault, not while something merely lasts; not at the first look after a start either. */
export function hear(
  ear: Ear,
  { meaning, faults, nowMs, leastMs, sounds }: Heard,
): { readonly ear: Ear; readonly sound?: readonly number[] } {
  const first = ear.meaning === undefined;
  const isNew = !first && [...faults].some((name) => !ear.faults.has(name));
  const silent = ear.hushed && !isNew;
  const { due: _, said, ...kept } = ear;
  const due = silent || first ? undefined : dueOf(ear, { meaning, isNew });
  // With all well again the silence ends, without a sound.
  const isOver = silent && meaning === 'mains';
  const next = { ...kept, ...(said !== undefined && !isOver && { said }), meaning, faults, hushed: silent && !isOver };
  if (due === undefined) return { ear: next };
  const sound = sounds[due];
  if (sound.length === 0 || nowMs - (ear.saidAtMs ?? Number.NEGATIVE_INFINITY) < leastMs) return { ear: { ...next, due } };
  return { ear: { ...next, said: due, saidAtMs: nowMs }, sound };
}

function dueOf(ear: Ear, { meaning, isNew }: { readonly meaning: Meaning; readonly isNew: boolean }): Meaning | undefined {
  if (isNew) return 'fault';
  // What was to be said and is over is not said, and what was said last is not said again.
  if (meaning !== ear.meaning) return meaning === (ear.said ?? 'mains') ? undefined : meaning;
  return ear.due;
}

/** The button was pressed shortly. */
export function hushed({ due: _, ...ear }: Ear): Ear {
  return { ...ear, hushed: true };
}
