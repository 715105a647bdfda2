// Whether a person's command may enter: refused with the reason and what to do instead, or let in with what to know.
import type { Command } from '../model/command.ts';
import type { RigId, SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { isDown } from './load.ts';
import { copyOf, isAskedFor, supplyMemory } from './memory.ts';
import { isOrphaned } from './orphans.ts';
import { remember } from './remember.ts';
import { isOnGenerator } from './rules/generator.ts';
import { blockedBy, notOnMains } from './rules/may-start.ts';
import { keepsDown } from './rules/turn.ts';
import { barWords } from './strangers.ts';
import { onBatteryNow, runtimeLeft } from './supply.ts';
import { MOVES_AN_HOUR, movesFitAt, restOf, rigsBehind } from './switching.ts';
import { isArmed, rememberedRig, rigOf, type Scene, supplyOf, upsesOf } from './tick.ts';
import { unheardBehind, wayOut } from './unheard.ts';
import { blockWords } from './waiting.ts';

export type Admission = { readonly ok: true; readonly say: readonly string[] } | { readonly ok: false; readonly refused: string };

const refused = (text: string): Admission => ({ ok: false, refused: text });

export function admitCommand(scene: Scene, command: Command): Admission {
  switch (command.kind) {
    case 'hold':
    case 'release':
      return admitRigs(scene, command);
    case 'drill':
      return admitDrill(scene, command);
    case 'new-battery':
      return admitNewBattery(scene, command.ups);
    case 'arm':
      return { ok: true, say: armedWords(scene) };
    case 'disarm':
      return admitDisarm(scene, command.yes === true);
    case 'acknowledge':
      return { ok: true, say: [] };
  }
}

function admitNewBattery(scene: Scene, id: UpsId): Admission {
  if (!scene.site.supplies.has(id)) return refused(`${id}: no such UPS; there are: ${[...scene.site.supplies.keys()].join(', ')}`);
  if (supplyOf(scene, id).draining) return refused(`${id} is on battery; say it again on mains, when the new one is in`);
  const count = supplyMemory(scene.memory, id).past?.length ?? 0;
  return {
    ok: true,
    say: [`what ${count} ${count === 1 ? 'discharge' : 'discharges'} told of the battery before is forgotten: ${id} is learned anew`],
  };
}

function admitRigs(scene: Scene, command: Command & { kind: 'hold' | 'release' }): Admission {
  const ids = command.rigs === 'all' ? [...scene.site.rigs.keys()] : command.rigs;
  const orphans = command.kind === 'release' ? orphanNames(scene) : new Set<string>();
  const unknown = ids.filter((id) => !scene.site.rigs.has(id) && !orphans.has(id));
  if (unknown.length > 0) return refused(unknownWords(scene, unknown, [...orphans]));
  const barred = command.kind === 'hold' ? ids.flatMap((id) => barredWords(scene, id)) : [];
  if (command.kind === 'hold' && command.as === 'down') return { ok: true, say: [...downWords(scene, ids), ...barred] };
  for (const id of command.kind === 'hold' ? ids : []) {
    const why = startRefused(scene, id);
    if (why !== undefined) return refused(why);
  }
  const forgotten = command.rigs === 'all' ? [] : ids.filter((id) => isOrphaned(scene.memory, id));
  return { ok: true, say: [...barred, ...waitingWords(scene, ids, command), ...tiredWords(scene, ids), ...forgotten.map(forgottenWords)] };
}

/** What a release may name besides the rigs of the file. */
function orphanNames({ site, memory }: Scene): ReadonlySet<string> {
  const rigs = [...memory.rigs.keys()].filter((id) => !site.rigs.has(id));
  return new Set([...rigs, ...memory.orphans.map((one) => one.switch)]);
}

function unknownWords({ site }: Scene, unknown: readonly string[], orphans: readonly string[]): string {
  const left = orphans.length === 0 ? '' : `; and, not in the file any more: ${orphans.join(', ')}`;
  return `${unknown.join(', ')}: no such rig; there are: ${[...site.rigs.keys()].join(', ')}${left}`;
}

const forgottenWords = (id: SwitchId): string =>
  `switch ${id} as it was cut is forgotten, and not moved: if that contact is open still, close it by hand`;

/** Who is down, and by this wish comes back, but not at once: why, and for how long. */
function waitingWords(scene: Scene, ids: readonly RigId[], command: Command): readonly string[] {
  const stamp = { monoMs: scene.nowMs, at: '', allRigs: [...scene.site.rigs.keys()] };
  const after = { ...scene, memory: remember(copyOf(scene.memory), { event: 'command', command, from: 'cli' }, stamp) };
  return ids.flatMap((id) => {
    const rig = scene.site.rigs.get(id);
    if (rig === undefined || !isDown(rigOf(scene, id)) || rememberedRig(after, id).owed === undefined) return [];
    const blocked = blockedBy(after, rig);
    if (blocked === undefined) return [];
    const out = unheardBehind(after, blocked.because) === undefined ? '' : `; ${wayOut(after)}`;
    return [`${id} ${blockWords(after, blocked)}${out}`];
  });
}

/** Whose switch has no move left in this hour: it comes back all the same, later than a person would think. */
function tiredWords(scene: Scene, ids: readonly RigId[]): readonly string[] {
  return ids.flatMap((id) => {
    const rig = scene.site.rigs.get(id);
    const rest = rig === undefined ? undefined : restOf(scene, rig, 'fed');
    if (rest?.rule !== 'switch-moved-too-often') return [];
    return [`${id} is fed in ${minutesTo(scene, rest.untilMs)}: ${rest.switch} has moved ${MOVES_AN_HOUR} times within the hour`];
  });
}

/** Another machine answers in its place: a wish moves its contacts, and no more. */
function barredWords(scene: Scene, id: RigId): readonly string[] {
  const bar = scene.memory.barred.get(id);
  return bar === undefined ? [] : [barWords(scene, id, bar)];
}

function downWords(scene: Scene, ids: readonly RigId[]): readonly string[] {
  const uncut = ids.filter((id) => scene.site.rigs.get(id)?.cutBy.length === 0);
  const say = ['a hold is no lock: before hands go in, the breaker'];
  return uncut.length === 0 ? say : [...say, `${uncut.join(', ')}: no switch, paused only`];
}

/** No wish starts a rig on battery; one that is up there may be held up. */
function startRefused(scene: Scene, id: RigId): string | undefined {
  const rig = scene.site.rigs.get(id);
  const state = rigOf(scene, id);
  if (rig === undefined || (!isDown(state) && state.stop === undefined)) return undefined;
  const why = notOnMains(scene, rig);
  if (why?.rule !== 'on-battery') return undefined;
  const unheard = unheardBehind(scene, why);
  if (unheard !== undefined) return `${id} is not started: ${unheard}; ${wayOut(scene)}`;
  const then = comesBack(scene, id) ? 'it comes back by itself on mains' : 'say it again on mains';
  return `${id} is not started on battery (${batteryWords(scene, rig)}); ${then}`;
}

/** Whether mains alone bring it back, and no other word of a person is wanted. */
function comesBack(scene: Scene, id: RigId): boolean {
  const { owed, hold, fault } = rememberedRig(scene, id);
  return owed !== undefined && hold?.as !== 'down' && !keepsDown(fault) && (isArmed(scene) || isAskedFor(owed));
}

function batteryWords(scene: Scene, rig: Rig): string {
  const own = upsesOf(scene.site, rig);
  const on = (own.length > 0 ? own : [...scene.site.supplies.values()]).filter((ups) => supplyOf(scene, ups.id).draining);
  return on
    .map((ups) => {
      const left = runtimeLeft(scene, ups);
      return left === undefined ? ups.id : `${ups.id}, ${Math.floor(left / 60)} min left`;
    })
    .join('; ');
}

function admitDrill(scene: Scene, command: Command & { kind: 'drill' }): Admission {
  const rig = scene.site.rigs.get(command.rig);
  if (rig === undefined) return refused(`${command.rig}: no such rig; there are: ${[...scene.site.rigs.keys()].join(', ')}`);
  if (scene.drill !== undefined) return refused(`${scene.drill.rig} is being drilled; one rig at a time, try again when it is done`);
  const why = notOnMains(scene, rig);
  const unheard = why === undefined ? undefined : unheardBehind(scene, why);
  if (unheard !== undefined) return refused(`no drill: ${unheard}; ${wayOut(scene)}`);
  if (onBatteryNow(scene).length > 0) return refused('no drill on battery; try again when mains is back');
  if (isOnGenerator(scene, rig)) return refused('no drill on a generator; try again when mains is back');
  if (why !== undefined) return refused(`no drill while its supply is not heard on mains (${why.rule}); see: lastwatt check`);
  const blocked = blockedBy(scene, rig)?.because;
  if (blocked?.rule === 'mains-not-held')
    return refused(
      `no drill so soon after an outage or a boot: mains has held ${blocked.facts['heldSeconds']} of ${blocked.facts['needSeconds']} s`,
    );
  const unfit = unable(scene, rig, command.cut) ?? rigRefused(scene, rig) ?? (command.cut ? contactsRefused(scene, rig) : undefined);
  return unfit === undefined ? { ok: true, say: [] } : refused(unfit);
}

/** What it cannot do by the file, or may not be told. */
function unable(scene: Scene, rig: Rig, cut: boolean): string | undefined {
  if (scene.memory.barred.has(rig.id)) return `another machine answers in place of ${rig.id}; see: lastwatt why ${rig.id}`;
  if (cut && rig.cutBy.length === 0) return `${rig.id} has no switch (cutBy); drill it without --cut`;
  return !cut && !rig.can.pause ? `${rig.id} can't be paused (driver ${rig.driver}); drill it with --cut` : undefined;
}

/** A drill begins and ends with a rig that hashes, and that nobody has other plans with. */
function rigRefused(scene: Scene, rig: Rig): string | undefined {
  const { hold, fault } = rememberedRig(scene, rig.id);
  if (hold?.as === 'down') return `${rig.id} is held down; first: lastwatt release ${rig.id}`;
  if (fault !== undefined && fault.code !== 'no-graceful-way')
    return `${rig.id} has a fault (${fault.code}); first: lastwatt release ${rig.id}`;
  const { phase } = rigOf(scene, rig.id);
  if (rig.can.read && phase !== 'hashing') return `${rig.id} is ${phase}, not hashing: a drill begins and ends with a hashing rig`;
  return undefined;
}

/** Why its switches can't be opened and closed again within one drill. */
function contactsRefused(scene: Scene, rig: Rig): string | undefined {
  for (const id of rig.cutBy) {
    const shared = sharedRefused(scene, rig, id);
    if (shared !== undefined) return shared;
    const tired = movesFitAt(scene, id, 2);
    if (tired !== undefined) {
      return `${id} may move ${MOVES_AN_HOUR} times an hour, and a drill moves it twice; try again in ${minutesTo(scene, tired)}`;
    }
  }
  return undefined;
}

/** A shared switch opens when all behind it may be cut: the others must be held down, and quiet. */
function sharedRefused(scene: Scene, rig: Rig, contact: SwitchId): string | undefined {
  for (const other of rigsBehind(scene.site, contact)) {
    if (other.id === rig.id || rigOf(scene, other.id).phase === 'dark') continue;
    if (rememberedRig(scene, other.id).hold?.as !== 'down')
      return `${rig.id} shares ${contact} with ${other.id}, which would go dark with it; first: lastwatt down ${other.id}`;
    if (other.can.read && !isDown(rigOf(scene, other.id)))
      return `${rig.id} shares ${contact} with ${other.id}, which is on its way down; try again when it is quiet`;
  }
  return undefined;
}

const minutesTo = (scene: Scene, ms: number): string => `${Math.ceil((ms - scene.nowMs) / 60_000)} min`;

function admitDisarm(scene: Scene, yes: boolean): Admission {
  const out = [...scene.site.rigs.keys()].filter((id) => {
    const { owed } = rememberedRig(scene, id);
    return owed !== undefined && !isAskedFor(owed);
  });
  if (out.length === 0 || yes) return { ok: true, say: ['disarmed: nothing happens by itself from here'] };
  return refused(
    `${out.join(', ')} down by lastwatt, and nobody would bring them back; say it again with --yes, then bring them back with: lastwatt up ${out.join(' ')}`,
  );
}

function armedWords(scene: Scene): readonly string[] {
  const never = [...scene.site.rigs.keys()].filter((id) => rememberedRig(scene, id).drilledAt === undefined);
  const words = [isArmed(scene) ? 'it was armed already' : 'armed: from here lastwatt acts by itself'];
  if (never.length > 0) words.push(`never drilled: ${never.join(', ')}`);
  words.push(secondCutOff(scene));
  return words;
}

/** What stops the rigs when this service does not (safety case, principle 3). */
export function secondCutOff(scene: Pick<Scene, 'site'>): string {
  const secondary = [...scene.site.supplies.values()].filter((ups) => ups.role === 'secondary').map((ups) => ups.id);
  return secondary.length > 0
    ? `second cut-off: the primary upsmon of ${secondary.join(', ')} shuts down after hostSyncSeconds`
    : 'second cut-off: none known to lastwatt; let upsmon, the UPS itself or a board with a timer be one';
}
