// What each rig did in a recorded night, as its readings, our contacts and the phases showed it: at what part of its usual speed, and
// since when nobody knows. Pure.

import { rigMemory } from '../core/memory.ts';
import type { State } from '../core/state.ts';
import { onMainsAlone } from '../core/tick.ts';
import type { RigId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import type { Stretch as Looked, RigLook } from '../simulate/account.ts';
import type { OutageRecord, RecordedTick, Stretch } from './file.ts';

/** Between two looks that are further apart nobody knows what a rig did, unless it stood still in both. */
const LONGEST_GAP_MS = 45_000;
/** Above it a rig counts as hashing, as everywhere. */
const AT_WORK = 0.5;
/** More than its usual speed by that much is another mode, or a lie. */
const MOST_LEVEL = 1.5;

interface Point {
  readonly atMs: number;
  /** of its usual speed; 0 also while it starts */
  readonly level: number;
  readonly look: RigLook;
  /** from here to the next point nobody knows */
  readonly blind?: true;
}

export interface Track {
  readonly rig: Rig;
  /** it hashed when the outage began, or was owed a return already */
  readonly wasUp: boolean;
  /** H/s that is its usual speed, where it tells any */
  readonly usualHashRate: number | undefined;
  readonly points: readonly Point[];
}

export function tracksOf(record: OutageRecord): ReadonlyMap<RigId, Track> {
  const [first] = record.stretches;
  const scribes = new Map([...first.site.rigs.values()].map((rig) => [rig.id, new Scribe(rig, first)]));
  for (const stretch of record.stretches) for (const tick of stretch.ticks) follow(scribes, tick);
  return new Map([...scribes].map(([id, scribe]) => [id, scribe.track()]));
}

function follow(scribes: ReadonlyMap<RigId, Scribe>, { nowMs, inputs, events }: RecordedTick): void {
  for (const input of inputs) hear(scribes, input);
  for (const event of events) if (event.event === 'phase') scribes.get(event.rig)?.phase(event.to, nowMs);
}

function hear(scribes: ReadonlyMap<RigId, Scribe>, input: Input): void {
  if (input.kind === 'settled' && input.step.kind === 'cut' && input.outcome.ok)
    for (const rig of input.step.rigs) scribes.get(rig)?.cut(input.atMs);
  if (input.kind !== 'rig') return;
  const scribe = scribes.get(input.rig);
  if (input.outcome.ok) return scribe?.reads(input.outcome.value, input.atMs);
  const { code } = input.outcome.fault;
  if (code === 'unreachable' || code === 'timeout') scribe?.silent(input.atMs);
}

class Scribe {
  readonly #rig: Rig;
  readonly #usual: number | undefined;
  readonly #wasUp: boolean;
  readonly #points: Point[] = [];
  /** no UPS keeps it alight: once silent it is dark with the grid */
  readonly #onMains: boolean;
  #silentAtMs: number | undefined;

  constructor(rig: Rig, { site, state, ticks }: Stretch) {
    this.#rig = rig;
    this.#onMains = onMainsAlone(site, rig);
    const known = state.rigs.get(rig.id);
    this.#usual = known?.lastHashing?.hashRate ?? rig.reward?.hashRate;
    this.#wasUp = isUp(rig.id, state);
    const atMs = ticks[0]?.nowMs ?? 0;
    if (known?.reading !== undefined) this.reads(known.reading, Math.max(known.reading.takenAtMs, atMs - LONGEST_GAP_MS / 2));
    this.phase(known?.phase ?? 'unknown', atMs);
  }

  track(): Track {
    return { rig: this.#rig, wasUp: this.#wasUp, usualHashRate: this.#usual, points: this.#points };
  }

  reads(reading: RigReading, atMs: number): void {
    const last = this.#points.at(-1);
    // Asked before the contact opened, and heard after.
    if (last?.look === 'dark' && atMs <= last.atMs) return;
    const level = this.#levelOf(reading);
    const look = level > AT_WORK ? 'hashing' : reading.state === 'paused' ? 'paused' : 'starting';
    this.#points.push({ atMs, level, look });
    this.#silentAtMs = undefined;
  }

  silent(atMs: number): void {
    this.#silentAtMs ??= atMs;
  }

  /** What it did until then it did no longer. */
  cut(atMs: number): void {
    const last = this.#points.at(-1);
    const heardToMs = Math.min(atMs, this.#silentAtMs ?? atMs);
    const fell = heardToMs < atMs && this.#onMains;
    if (last !== undefined && heardToMs - last.atMs <= LONGEST_GAP_MS)
      this.#points.push({ ...last, atMs: heardToMs, ...(heardToMs < atMs && !fell && last.level > 0 && { blind: true }) });
    this.#points.push({ atMs: fell ? heardToMs : atMs, level: 0, look: 'dark' });
  }

  /** Of one that tells nothing of itself a phase is all there is. */
  phase(to: string, atMs: number): void {
    if (to === 'dark' && this.#points.at(-1)?.look !== 'dark') return this.cut(atMs);
    if (this.#rig.can.read) return;
    const last = this.#points.at(-1);
    if (last !== undefined) this.#points.push({ ...last, atMs });
    this.#points.push(
      to === 'hashing' ? { atMs, level: 1, look: 'hashing' } : { atMs, level: 0, look: to === 'waking' ? 'starting' : 'dark' },
    );
  }

  #levelOf({ hashRate, state }: RigReading): number {
    // Watts and hashes go before words: one that calls itself paused may still be on its way, or lie.
    if (hashRate === undefined || this.#usual === undefined) return state === 'hashing' ? 1 : 0;
    const level = hashRate / this.#usual;
    return Number.isFinite(level) && level >= 0 ? Math.min(level, MOST_LEVEL) : 0;
  }
}

function isUp(id: RigId, { rigs, memory }: State): boolean {
  const { owed, up } = rigMemory(memory, id);
  return owed?.wasUp ?? (rigs.get(id)?.phase === 'hashing' || up === true);
}

export interface Worked {
  /** s at full speed that it did */
  readonly seconds: number;
  /** s of which nobody knows */
  readonly unseenSeconds: number;
}

/** Between two moments. */
export function workedIn({ rig, points }: Track, fromMs: number, toMs: number): Worked {
  let seconds = 0;
  let seen = 0;
  const add = (a: Point, b: Point): void => {
    const [from, to] = [Math.max(a.atMs, fromMs), Math.min(b.atMs, toMs)];
    const isKnown = b.atMs - a.atMs <= LONGEST_GAP_MS || (a.level === 0 && b.level === 0) || a.look === 'dark' || !rig.can.read;
    if (to <= from || !isKnown || a.blind) return;
    seen += to - from;
    const at = (ms: number): number => levelBetween(a, b, ms);
    seconds += ((at(from) + at(to)) / 2) * (to - from);
  };
  points.forEach((point, place) => {
    const before = points[place - 1];
    if (before !== undefined) add(before, point);
  });
  const last = points.at(-1);
  // What it was it still is for as long as two looks are apart; what stands still, and what tells nothing, for good.
  if (last !== undefined) {
    const lasts = last.level === 0 || !rig.can.read ? toMs : Math.min(toMs, last.atMs + LONGEST_GAP_MS);
    add({ ...last }, { ...last, atMs: Math.max(last.atMs, lasts) });
  }
  return { seconds: seconds / 1000, unseenSeconds: Math.max(0, toMs - fromMs - seen) / 1000 };
}

function levelBetween(a: Point, b: Point, ms: number): number {
  // From the dark a rig comes with its first word, not before.
  if (a.look === 'dark') return 0;
  return b.atMs <= a.atMs ? b.level : a.level + ((b.level - a.level) * (ms - a.atMs)) / (b.atMs - a.atMs);
}

/** How it looked from when on, in seconds since `zeroMs`. */
export function looksOf({ points }: Track, zeroMs: number): readonly Looked[] {
  const looks: Looked[] = [];
  for (const { atMs, look } of points) {
    const fromSeconds = Math.max(0, (atMs - zeroMs) / 1000);
    if (looks.at(-1)?.look === look) continue;
    if (looks.at(-1)?.fromSeconds === fromSeconds) looks.pop();
    looks.push({ fromSeconds, look });
  }
  return looks;
}
