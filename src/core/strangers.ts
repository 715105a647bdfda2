// Who answers on the address of a rig. It is known once seen; another machine in its place is given no order, what it tells counts
// for nothing, and a person is told. One machine under two names is given none under either (safety case, F30 and F32).
import type { RigId } from '../model/id.ts';
import { identityWords, type Rig, type RigIdentity, type RigReading } from '../model/rig.ts';
import { phase } from './lifecycle-down.ts';
import type { Bar, KnownFault } from './memory.ts';
import { identityOf, isOther, isSame } from './rig-identity.ts';
import { isCut } from './seen.ts';
import { clear, raise, rememberedRig, rigOf, type Scene, setRig, type Tick } from './tick.ts';

const ANOTHER = 'another-rig';
const TWICE = 'same-rig-twice';
/** An address that two machines quarrel for answers as now one, now the other: it is itself again once it has been so long. */
const ITSELF_FOR_MS = 60_000;
/** A machine that answers under two names does so within this; and so often a third one in its place is told. */
const LATELY_MS = 60_000;
/** Nobody takes a machine away, puts another there and has it boot within this: who answered then answers now. */
const SURE_FOR_MS = 30_000;

/** Takes in who answers; true where that is another machine, or one that is given no order: what it tells counts for nothing. */
export function isStranger(tick: Tick, rig: Rig, reading: RigReading): boolean {
  const { id } = rig;
  const told = identityOf(reading.identity);
  const bar = tick.memory.barred.get(id);
  if (told === undefined) return bar !== undefined;
  const { knownAs = {} } = rememberedRig(tick, id);
  const known = isSame(knownAs, told);
  const of = known ? undefined : holderOf(tick, id, told);
  if (isOther(knownAs, told) || of !== undefined) {
    barFrom(tick, rig, told, of);
    return true;
  }
  if (!known) {
    // Told by another kind of name than the one it is barred by: nobody knows whether it is back.
    if (bar !== undefined && Object.keys(knownAs).length > 0) return true;
    tick.emit({ event: 'rig-known', rig: id, is: { ...knownAs, ...told } });
    if (bar !== undefined) unsay(tick, id);
  }
  setRig(tick, id, { itselfAtMs: reading.identityAtMs ?? reading.takenAtMs });
  return bar !== undefined && !isItselfAgain(tick, id, told);
}

/** Which other rig of the file is known as this machine. */
export function holderOf({ site, memory }: Scene, id: RigId, told: RigIdentity): RigId | undefined {
  for (const [other, { knownAs }] of memory.rigs) {
    if (other !== id && knownAs !== undefined && site.rigs.has(other) && isSame(knownAs, told)) return other;
  }
  return undefined;
}

function barFrom(tick: Tick, rig: Rig, told: RigIdentity, of: RigId | undefined): void {
  const { id } = rig;
  const twice = of !== undefined && answersLately(tick, of);
  const code = twice ? TWICE : ANOTHER;
  const say = twice ? twiceWords(id, of, told) : anotherWords(tick, id, told, of);
  const before = tick.memory.barred.get(id);
  const { strangerSaidAtMs = Number.NEGATIVE_INFINITY } = rigOf(tick, id);
  const news = before === undefined || ((!isSame(before.is, told) || before.of !== of) && tick.nowMs - strangerSaidAtMs >= LATELY_MS);
  setRig(tick, id, { strangerAtMs: tick.nowMs });
  if (!news) return raise(tick, { event: 'fault', code, rig: id, say });
  if (before === undefined) setAside(tick, rig);
  setRig(tick, id, { strangerSaidAtMs: tick.nowMs });
  tick.emit({ event: 'rig-barred', rig: id, is: told, ...(of !== undefined && { of }) });
  tick.emit({ event: 'fault', code, rig: id, say });
  if (twice) barTwin(tick, of, id, told);
}

/** The one that the machine belongs to is given no order either: whichever name is meant, the other acts on it as well. */
function barTwin(tick: Tick, id: RigId, twin: RigId, told: RigIdentity): void {
  const rig = tick.site.rigs.get(id);
  if (rig === undefined || tick.memory.barred.has(id)) return;
  setAside(tick, rig);
  tick.emit({ event: 'rig-barred', rig: id, is: told, twin });
  raise(tick, { event: 'fault', code: TWICE, rig: id, say: twiceWords(id, twin, told) });
}

function answersLately(scene: Scene, id: RigId): boolean {
  const { itselfAtMs } = rigOf(scene, id);
  return itselfAtMs !== undefined && scene.nowMs - itselfAtMs <= LATELY_MS;
}

/** What was seen in its place is nothing that is known of it; behind open contacts it is dark whoever it is. */
function setAside(tick: Tick, rig: Rig): void {
  setRig(tick, rig.id, {
    reading: undefined,
    silentSinceMs: undefined,
    unreadSinceMs: undefined,
    readFault: undefined,
    stop: undefined,
    wake: undefined,
    pauseSentAtMs: undefined,
    resumedAtMs: undefined,
    rebootedAtMs: undefined,
    touched: undefined,
    work: undefined,
    admitted: false,
  });
  if (!isCut(tick, rig)) phase(tick, rig, 'unknown');
}

/** It was barred, and answers as who it is. */
function isItselfAgain(tick: Tick, id: RigId, told: RigIdentity): boolean {
  const { strangerAtMs } = rigOf(tick, id);
  if (strangerAtMs !== undefined && tick.nowMs - strangerAtMs < ITSELF_FOR_MS) return false;
  const twin = tick.memory.barred.get(id)?.twin;
  if (twin !== undefined && isTwinStill(tick, twin, told)) return false;
  unbar(tick, id);
  return true;
}

function unbar(tick: Tick, id: RigId): void {
  tick.emit({ event: 'rig-unbarred', rig: id });
  unsay(tick, id);
}

function unsay(tick: Tick, id: RigId): void {
  for (const code of [ANOTHER, TWICE]) clear(tick, code, { rig: id });
}

function isTwinStill(scene: Scene, twin: RigId, told: RigIdentity): boolean {
  const bar = scene.memory.barred.get(twin);
  if (bar === undefined || !scene.site.rigs.has(twin) || !isSame(bar.is, told)) return false;
  const { strangerAtMs } = rigOf(scene, twin);
  return scene.nowMs - (strangerAtMs ?? scene.startedAtMs) <= LATELY_MS;
}

/**
 * A person says that the machine in its place is the one that is meant from here on. Who was known as it is known no more; but where that
 * one answered last, it is meant.
 */
export function accept(tick: Tick, id: RigId): void {
  const bar = tick.memory.barred.get(id);
  if (bar === undefined || bar.twin !== undefined) return;
  const { itselfAtMs = Number.NEGATIVE_INFINITY, strangerAtMs = Number.NEGATIVE_INFINITY } = rigOf(tick, id);
  if (itselfAtMs > strangerAtMs) return unbar(tick, id);
  const { of } = bar;
  const slept = of !== undefined && rememberedRig(tick, of).owed?.wasUp === true;
  if (of !== undefined) {
    tick.emit({ event: 'rig-known', rig: of, is: {} });
    unsay(tick, of);
  }
  tick.emit({ event: 'rig-known', rig: id, is: bar.is });
  // Two that swapped their addresses while both slept by our doing: the machine was put to sleep under its other name.
  if (slept) tick.emit({ event: 'was-up', rig: id });
  setRig(tick, id, { strangerAtMs: undefined, strangerSaidAtMs: undefined });
}

/**
 * Whether an order may go to who answers on the address of a rig: `look` where that must be asked first, for it was not seen to be
 * itself just now.
 */
export function mayOrder(scene: Scene, id: RigId): 'go' | 'look' | 'never' {
  if (scene.memory.barred.has(id)) return 'never';
  const { knownAs } = rememberedRig(scene, id);
  if (knownAs === undefined || Object.keys(knownAs).length === 0) return 'go';
  const { itselfAtMs, unreadSinceMs, silentSinceMs } = rigOf(scene, id);
  const sure = itselfAtMs !== undefined && scene.nowMs - itselfAtMs <= SURE_FOR_MS;
  return sure && unreadSinceMs === undefined && silentSinceMs === undefined ? 'go' : 'look';
}

/** Whether a look at a rig, just taken, shows another machine than the one that it is known as. */
export function isAnother(scene: Scene, id: RigId, reading: RigReading): boolean {
  const told = identityOf(reading.identity);
  return told !== undefined && isOther(rememberedRig(scene, id).knownAs ?? {}, told);
}

function anotherWords(scene: Scene, id: RigId, told: RigIdentity, of: RigId | undefined): string {
  const { knownAs = {} } = rememberedRig(scene, id);
  const was = isOther(knownAs, told) ? `, and ${id} is ${identityWords(knownAs)}` : '';
  const whose = of === undefined ? '' : `, which is ${of}: did their addresses change?`;
  return `another machine answers in place of ${id} (${identityWords(told)}${was})${whose}: it is given no order, and what it tells counts for nothing; put ${id} right in the file, or, if this machine is ${id} from here on: lastwatt release ${id}`;
}

/** Why a rig is given no order, for whoever asks. */
export function barWords(scene: Scene, id: RigId, { is, of, twin }: Bar): string {
  const other = twin ?? (of !== undefined && answersLately(scene, of) ? of : undefined);
  return other === undefined ? anotherWords(scene, id, is, of) : twiceWords(id, other, is);
}

/** What a look at a rig, just taken, tells of who it is; undefined where it is who it should be, as far as it tells. */
export function strangerWords(scene: Scene, id: RigId, reading: RigReading): string | undefined {
  const bar = scene.memory.barred.get(id);
  if (bar !== undefined) return barWords(scene, id, bar);
  const told = identityOf(reading.identity);
  if (told === undefined || !isAnother(scene, id, reading)) return undefined;
  return anotherWords(scene, id, told, holderOf(scene, id, told));
}

/** It says the same. */
export function isBarFault(fault: KnownFault | undefined): boolean {
  return fault?.code === ANOTHER || fault?.code === TWICE;
}

function twiceWords(id: RigId, other: RigId, told: RigIdentity): string {
  return `${id} and ${other} are one machine (${identityWords(told)}): neither is given an order; give each its own address in the file, or take one of them out`;
}
