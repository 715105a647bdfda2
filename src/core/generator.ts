// A generator behind a transfer switch: to its UPSes its power looks like mains. It carries few rigs or none, counts when it has
// run steadily for a minute, and that it carries is told by one contact alone.
import type { InputId, UpsId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { SiteGenerator } from '../model/site.ts';
import type { Line } from '../model/ups.ts';
import type { InputState, SupplyState } from './state.ts';
import { type Scene, setSupply, type Tick } from './tick.ts';

/** A contact is asked every 2 s; older than this it tells nothing of now, ms. */
const INPUT_STALE_MS = 6_000;
/** While a transfer switch moves, neither side carries; a contact that chatters is no return of the mains. */
const OPEN_FOR_MS = 5_000;

/** What a contact shows; undefined where it is not heard. */
export function inputOf(scene: Scene, id: InputId): InputState | undefined {
  const state = scene.inputs.get(id);
  return state === undefined || scene.nowMs - state.heardAtMs > INPUT_STALE_MS ? undefined : state;
}

export function foldInput(tick: Tick, { input, outcome, atMs }: Input & { kind: 'input' }): void {
  const lost = `input-lost ${input}`;
  if (!outcome.ok) {
    if (outcome.fault.code === 'not-asked' || inputOf(tick, input) !== undefined || tick.said.has(lost)) return;
    tick.said.add(lost);
    return tick.emit({ event: 'fault', code: 'input-lost', input, say: `${input} is not heard: ${outcome.fault.detail}` });
  }
  if (tick.said.delete(lost)) tick.emit({ event: 'fault-cleared', code: 'input-lost', input });
  const closed = outcome.value === 'closed';
  const before = inputOf(tick, input);
  const sinceMs = before?.closed === closed ? before.sinceMs : atMs;
  // By its last word, however long ago that was: one that was open before it fell silent has opened no generator's side.
  const last = tick.inputs.get(input);
  const openedAtMs = last?.closed && !closed ? atMs : last?.openedAtMs;
  tick.inputs.set(input, { closed, sinceMs, heardAtMs: atMs, openedAtMs });
  tick.askAgain(atMs + INPUT_STALE_MS + 1);
}

/** The generators that stand behind a UPS. */
function behind({ site }: Scene, ups: UpsId): readonly SiteGenerator[] {
  return site.generators?.filter((one) => one.behind.includes(ups)) ?? [];
}

/** The one that carries this UPS now. */
export function carrierOf(scene: Scene, ups: UpsId): SiteGenerator | undefined {
  return behind(scene, ups).find(({ carriesWhen }) => carries(scene, carriesWhen) === true);
}

/**
 * Undefined where nobody knows. It carries with the first word of it, and no more when the contact has stood open for 5 s; fallen
 * silent, the contact means what it said last: as long as that was closed, nothing is started that may be too much.
 */
function carries(scene: Scene, id: InputId): boolean | undefined {
  const last = scene.inputs.get(id);
  if (last?.closed) return true;
  const state = inputOf(scene, id);
  if (state === undefined) return undefined;
  return state.openedAtMs !== undefined && scene.nowMs - state.openedAtMs < OPEN_FOR_MS;
}

/**
 * Whose power it is that a UPS takes for mains. Where the contact is not heard nobody knows: nothing is taken down for that, and
 * nothing is started, until mains was steady for `doubtMinutes` of this life of the service: a broken wire keeps no farm down for ever,
 * and what held before a restart may have been the generator's.
 */
function mainsOrGenerator(tick: Tick, ups: UpsId, { steadySinceMs }: SupplyState): Line {
  let unknown = false;
  for (const { carriesWhen } of behind(tick, ups)) {
    const is = carries(tick, carriesWhen);
    const openedAtMs = tick.inputs.get(carriesWhen)?.openedAtMs;
    if (is && openedAtMs !== undefined) tick.askAgain(openedAtMs + OPEN_FOR_MS);
    if (is) return 'generator';
    unknown ||= is === undefined;
  }
  if (!unknown) return 'mains';
  /* v8 ignore next -- a line that is told to be mains is steady since some moment */
  const until = Math.max(steadySinceMs ?? tick.nowMs, tick.startedAtMs) + tick.site.restore.doubtMinutes * 60_000;
  tick.askAgain(until);
  return tick.nowMs < until ? 'unknown' : 'mains';
}

/** Whose power it is that it tells of. */
export function lineOf(tick: Tick, ups: UpsId, before: SupplyState, spoken: Line): Line {
  const line = spoken === 'mains' ? mainsOrGenerator(tick, ups, before) : spoken;
  if (line !== before.line) sayTransfer(tick, ups, before.line, line);
  return line;
}

/**
 * From the grid to a generator or back, with or without battery in between: what has held until then was the other's power. A UPS that
 * is lost for some seconds is told of by its silence, not by its generator.
 */
function sayTransfer(tick: Tick, id: UpsId, from: Line, to: Line): void {
  if (to === 'generator' || (from === 'generator' && to === 'unknown')) {
    if (from !== 'unknown') setSupply(tick, id, { steadySinceMs: tick.nowMs });
  }
  const told = `carried ${id}`;
  if (to === 'generator' && !tick.said.has(told)) {
    tick.said.add(told);
    setSupply(tick, id, { carried: true });
    /* v8 ignore next -- its line is a generator's by the same look */
    tick.emit({ event: 'line', ups: id, from, to, generator: carrierOf(tick, id)?.id ?? '' });
  } else if (to !== 'generator' && to !== 'unknown' && tick.said.delete(told)) {
    tick.emit({ event: 'line', ups: id, from: 'generator', to });
    if (to === 'mains') setSupply(tick, id, { steadySinceMs: tick.nowMs });
  }
}

/** Since when the generator that carries this UPS has run steadily, ms. */
export function carriesSince(scene: Scene, ups: UpsId): number | undefined {
  const generator = carrierOf(scene, ups);
  return generator === undefined ? undefined : scene.inputs.get(generator.carriesWhen)?.sinceMs;
}

/** The contact that tells of the mains, where it says that they are gone, and since when it does. */
export function mainsContactOpen(scene: Scene): { readonly input: InputId; readonly sinceMs: number } | undefined {
  const { mainsWhen } = scene.site;
  const state = mainsWhen === undefined ? undefined : inputOf(scene, mainsWhen);
  return mainsWhen === undefined || state?.closed !== false ? undefined : { input: mainsWhen, sinceMs: state.sinceMs };
}

/** Contacts on which something depends and that are not heard. */
export function unheardInputs(scene: Scene): readonly InputId[] {
  const { generators = [], mainsWhen } = scene.site;
  const needed = new Set(generators.map(({ carriesWhen }) => carriesWhen));
  if (mainsWhen !== undefined) needed.add(mainsWhen);
  return [...needed].filter((id) => inputOf(scene, id) === undefined);
}
