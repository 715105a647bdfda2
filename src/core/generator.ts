// A generator behind a transfer switch: to its UPSes its power looks like mains. It carries few rigs or none, counts when it has
// run steadily for a minute, and that it carries is told by one contact alone.
import type { InputId, UpsId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Site, SiteGenerator } from '../model/site.ts';
import type { Line } from '../model/ups.ts';
import { isUntold } from './carried.ts';
import { supplyMemory } from './memory.ts';
import type { InputState, State, SupplyState } from './state.ts';
import { type Scene, setSupply, supplyOf, type Tick } from './tick.ts';

/** A contact is asked every 2 s; older than this it tells nothing of now, ms. */
const INPUT_STALE_MS = 6_000;
/** While a transfer switch moves, neither side carries; a contact that chatters is no return of the mains. */
const OPEN_FOR_MS = 5_000;
/** One that closed so often in so many ms chatters, or its generator hunts: then it is open when it has been so for longer. */
const CHATTERS = { times: 3, withinMs: 10 * 60_000, openForMs: 2 * 60_000 } as const;

/** What a contact shows; undefined where it is not heard. */
export function inputOf(scene: Scene, id: InputId): InputState | undefined {
  const state = scene.inputs.get(id);
  return state === undefined || scene.nowMs - state.heardAtMs > INPUT_STALE_MS ? undefined : state;
}

export function foldInput(tick: Tick, { input, outcome, atMs }: Input & { kind: 'input' }): void {
  const lost = `input-lost ${input}`;
  // Asked of another contact of that name, before the file was read anew.
  if (atMs < awaitedSince(tick, input)) return;
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
  const closedAtMs = last?.closed === false && closed ? [...(last.closedAtMs ?? []), atMs].slice(-CHATTERS.times) : last?.closedAtMs;
  const state: InputState = { closed, sinceMs, heardAtMs: atMs, openedAtMs, closedAtMs };
  tick.inputs.set(input, state);
  if (before === undefined && !closed) heardOpenAgain(tick, input, { lostAtMs: last?.heardAtMs ?? awaitedSince(tick, input), atMs });
  sayChatter(tick, input, state);
  tick.askAgain(atMs + INPUT_STALE_MS + 1);
}

/** What a UPS took for mains, and began to while the contact was not heard, may have been the generator's until now. */
function heardOpenAgain(tick: Tick, input: InputId, { lostAtMs, atMs }: { readonly lostAtMs: number; readonly atMs: number }): void {
  const upses = tick.site.generators?.filter(({ carriesWhen }) => carriesWhen === input).flatMap(({ behind: those }) => those) ?? [];
  for (const id of upses) {
    const { steadySinceMs } = supplyOf(tick, id);
    if (steadySinceMs === undefined || steadySinceMs <= lostAtMs) continue;
    setSupply(tick, id, { steadySinceMs: atMs });
    if (isUntold(supplyMemory(tick.memory, id).carried)) tick.emit({ event: 'line', ups: id, from: 'unknown', to: 'mains' });
  }
}

function chatters({ nowMs }: Pick<Scene, 'nowMs'>, { closedAtMs = [] }: InputState): boolean {
  const [first] = closedAtMs;
  return first !== undefined && closedAtMs.length === CHATTERS.times && nowMs - first < CHATTERS.withinMs;
}

/** How long it must have stood open to be so. */
const openForMs = (scene: Scene, state: InputState): number => (chatters(scene, state) ? CHATTERS.openForMs : OPEN_FOR_MS);

/** Told once, and not at every turn: whose power it is is not told by such a contact. */
function sayChatter(tick: Tick, input: InputId, state: InputState): void {
  const told = `input-chatters ${input}`;
  if (!chatters(tick, state)) {
    if (tick.said.delete(told)) tick.emit({ event: 'fault-cleared', code: 'input-chatters', input });
    return;
  }
  if (tick.said.has(told)) return;
  tick.said.add(told);
  const say = `${input} closed ${CHATTERS.times} times within ${CHATTERS.withinMs / 60_000} min: it counts as open when it has been so for ${CHATTERS.openForMs / 1000} s; look at its wires, or at a generator that hunts`;
  tick.emit({ event: 'fault', code: 'input-chatters', input, say });
}

/** What a contact tells of; nothing depends on one that is not in it. */
function toldBy({ generators = [], mainsWhen }: Site): ReadonlyMap<InputId, string> {
  const told = new Map<InputId, string>();
  const add = (id: InputId, what: string): unknown => told.set(id, [told.get(id), what].join(' '));
  if (mainsWhen !== undefined) add(mainsWhen, 'mains');
  for (const { id, carriesWhen } of generators) add(carriesWhen, id);
  return told;
}

/**
 * After a reload at `nowMs`: what is known of contacts that are the same still. Of one that is new, is another one now, or told of
 * nothing before, nothing is known until it is heard.
 */
export function readAnew(state: State, before: Site, after: Site, nowMs: number): Pick<State, 'inputs' | 'awaited'> {
  const [told, tells] = [toldBy(before), toldBy(after)];
  const isSame = (id: InputId): boolean => before.inputs?.get(id) === after.inputs?.get(id) && told.get(id) === tells.get(id);
  return {
    inputs: new Map([...state.inputs].filter(([id]) => isSame(id))),
    awaited: new Map([...tells.keys()].map((id) => [id, isSame(id) ? awaitedSince(state, id) : nowMs])),
  };
}

/** From when on a contact is asked, as far as its word counts, ms. */
const awaitedSince = ({ awaited, startedAtMs }: Pick<State, 'awaited' | 'startedAtMs'>, id: InputId): number =>
  awaited.get(id) ?? startedAtMs;

/** The generators that stand behind a UPS. */
function behind({ site }: Scene, ups: UpsId): readonly SiteGenerator[] {
  return site.generators?.filter((one) => one.behind.includes(ups)) ?? [];
}

/** The one that carries this UPS now. */
export function carrierOf(scene: Scene, ups: UpsId): SiteGenerator | undefined {
  return behind(scene, ups).find((generator) => carries(scene, generator) === true);
}

/**
 * Undefined where nobody knows. It carries with the first word of it, and no more when the contact has stood open for 5 s, or for
 * longer where it chatters; fallen
 * silent, the contact means what it said last: as long as that was closed, nothing is started that may be too much. That holds over a
 * restart of the service.
 */
function carries(scene: Scene, { id: name, carriesWhen: id, behind: upses }: SiteGenerator): boolean | undefined {
  const last = scene.inputs.get(id);
  if (last?.closed) return true;
  if (last === undefined && upses.some((ups) => supplyMemory(scene.memory, ups).carried?.by === name)) return true;
  const state = inputOf(scene, id);
  if (state === undefined) return undefined;
  return state.openedAtMs !== undefined && scene.nowMs - state.openedAtMs < openForMs(scene, state);
}

/**
 * Whose power it is that a UPS takes for mains. Where the contact is not heard nobody knows: nothing is taken down for that, and
 * nothing is started, until mains was steady for `doubtMinutes` in which the contact was asked: a broken wire keeps no farm down for
 * ever, and what held before a restart, or a reload that brought the contact, may have been the generator's.
 */
function mainsOrGenerator(tick: Tick, ups: UpsId, { steadySinceMs }: SupplyState): Line {
  let unknownSinceMs: number | undefined;
  for (const generator of behind(tick, ups)) {
    const is = carries(tick, generator);
    const state = tick.inputs.get(generator.carriesWhen);
    if (is && state?.openedAtMs !== undefined) tick.askAgain(state.openedAtMs + openForMs(tick, state));
    if (is) return 'generator';
    if (is === undefined) unknownSinceMs = Math.max(unknownSinceMs ?? 0, awaitedSince(tick, generator.carriesWhen));
  }
  if (unknownSinceMs === undefined) return 'mains';
  /* v8 ignore next -- a line that is told to be mains is steady since some moment */
  const until = Math.max(steadySinceMs ?? tick.nowMs, unknownSinceMs) + tick.site.restore.doubtMinutes * 60_000;
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
  const told = supplyMemory(tick.memory, id).carried;
  const generator = to === 'generator' ? carrierOf(tick, id)?.id : undefined;
  if (generator !== undefined && generator !== told?.by) {
    tick.emit({ event: 'line', ups: id, from, to, generator });
  } else if (to !== 'generator' && to !== 'unknown' && told?.by !== undefined) {
    tick.emit({ event: 'line', ups: id, from: 'generator', to });
    if (to === 'mains') setSupply(tick, id, { steadySinceMs: tick.nowMs });
  }
}

/** The contact that tells of the mains, where it was not asked for so long yet that it would have been heard. */
export function mainsContactAwaited(scene: Scene): InputId | undefined {
  const { mainsWhen } = scene.site;
  if (mainsWhen === undefined || inputOf(scene, mainsWhen) !== undefined) return undefined;
  return scene.nowMs - awaitedSince(scene, mainsWhen) <= INPUT_STALE_MS ? mainsWhen : undefined;
}

/** Since when the generator that carries this UPS has run steadily, ms; undefined: its contact is not closed. */
export function carriesSince(scene: Scene, ups: UpsId): number | undefined {
  const generator = carrierOf(scene, ups);
  const state = generator === undefined ? undefined : scene.inputs.get(generator.carriesWhen);
  return state?.closed ? state.sinceMs : undefined;
}

/** The contact that tells of the mains, where it says that they are gone, and since when it does. */
export function mainsContactOpen(scene: Scene): { readonly input: InputId; readonly sinceMs: number } | undefined {
  const { mainsWhen } = scene.site;
  const state = mainsWhen === undefined ? undefined : inputOf(scene, mainsWhen);
  return mainsWhen === undefined || state?.closed !== false ? undefined : { input: mainsWhen, sinceMs: state.sinceMs };
}

/** Contacts on which something depends and that are not heard. */
export function unheardInputs(scene: Scene): readonly InputId[] {
  return [...toldBy(scene.site).keys()].filter((id) => inputOf(scene, id) === undefined);
}
