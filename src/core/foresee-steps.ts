// From who leaves which supply when to the steps of the plan: a rig on two supplies leaves with the last of them, a shared
// switch opens with the last of its rigs, and what hangs on mains alone has its switch opened once it has been silent.
import type { RigId, SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Reason } from '../model/step.ts';
import type { PlanStepView } from '../model/view.ts';
import { byKeys } from './by-keys.ts';
import { isDown } from './load.ts';
import type { OutagePlan } from './outage-plan.ts';
import { contactOf, SILENT_MS } from './seen.ts';
import { onBatteryNow, wasUp } from './supply.ts';
import { rigsBehind } from './switching.ts';
import { stopSeconds } from './thresholds.ts';
import { rigOf, type Scene, supplyOf, upsesOf } from './tick.ts';
import type { Worth } from './worth.ts';

interface Leave {
  readonly atSeconds: number;
  readonly because: Reason;
}

/** A rig is to make do with so many watts. */
export interface Limit {
  readonly rig: RigId;
  readonly watts: number;
  readonly atSeconds: number;
  /** W that its supply is rid of by it */
  readonly savesWatts: number;
}

/** What each is to make do with, the earliest first. */
export function limitsOf({ nowMs }: Scene, { limitsAtMs }: OutagePlan): Limit[] {
  return [...limitsAtMs]
    .flatMap(([rig, limits]) =>
      limits.map(({ watts, atMs, savesWatts }) => ({ rig, watts, savesWatts, atSeconds: Math.max(0, atMs - nowMs) / 1000 })),
    )
    .sort((a, b) => a.atSeconds - b.atSeconds || b.watts - a.watts);
}

/** What a night makes of one supply. */
export interface Leaves {
  readonly ups: UpsId;
  readonly rigs: ReadonlyMap<RigId, Leave>;
  /** the earliest first */
  readonly limits?: readonly Limit[];
  /** from when its paused rigs are cut as well; absent: not before the last of them is down */
  readonly cutsFromSeconds?: number;
}

/** All steps, the earliest first; of those in the same second as the policy takes them, the worst earner first. */
export function stepsOf(scene: Scene, nights: readonly Leaves[], ranking: readonly Worth[]): readonly PlanStepView[] {
  const steps: PlanStepView[] = [];
  const darkAt = new Map<RigId, Leave>();
  const limits = new Map(nights.map((night) => [night.ups, byKeys(night.limits ?? [], ({ rig }) => [rig])]));
  for (const { config: rig } of [...ranking].reverse()) {
    steps.push(...limitSteps(scene, rig, limits));
    const leave = lastLeave(scene, rig, nights);
    if (leave === undefined) continue;
    if (leave.pause !== undefined)
      steps.push({ inSeconds: Math.round(leave.pause.atSeconds), kind: 'pause', rig: rig.id, because: leave.pause.because });
    if (leave.dark !== undefined) darkAt.set(rig.id, leave.dark);
  }
  for (const id of scene.site.switches.keys()) {
    const opens = opening(scene, id, darkAt);
    if (opens !== undefined) steps.push(opens);
  }
  return steps.sort((a, b) => a.inSeconds - b.inSeconds);
}

/** It makes do with less when the last of its supplies asks for it, with what the most generous leaves it. */
function limitSteps(scene: Scene, rig: Rig, limits: ReadonlyMap<UpsId, ReadonlyMap<RigId, readonly Limit[]>>): readonly PlanStepView[] {
  const [first, ...others] = upsesOf(scene.site, rig).map(({ id }) => id);
  if (first === undefined) return [];
  const of = (ups: UpsId): readonly Limit[] => limits.get(ups)?.get(rig.id) ?? [];
  return of(first).flatMap(({ watts, atSeconds }) => {
    const rest = others.map((ups) => of(ups).find((one) => one.watts <= watts));
    if (rest.some((one) => one === undefined)) return [];
    const inSeconds = Math.round(Math.max(atSeconds, ...rest.map((one) => one?.atSeconds ?? 0)));
    return [
      {
        inSeconds,
        kind: 'limit' as const,
        rig: rig.id,
        watts,
        because: { rule: 'not-worth-its-energy', facts: { ups: first, toWatts: watts } },
      },
    ];
  });
}

interface Way {
  readonly pause?: Leave;
  /** its switch may open from then on, as far as it is concerned */
  readonly dark?: Leave;
}

/** Any UPS keeps a rig up: it leaves when the last of them wants it to, and with the grid where it has none. */
function lastLeave(scene: Scene, rig: Rig, nights: readonly Leaves[]): Way | undefined {
  let last: Leave | undefined;
  let cutsFrom = 0;
  for (const { id } of upsesOf(scene.site, rig)) {
    const night = nights.find((one) => one.ups === id);
    const leave = night?.rigs.get(rig.id);
    if (leave === undefined) return undefined;
    if (last === undefined || leave.atSeconds > last.atSeconds) last = leave;
    cutsFrom = Math.max(cutsFrom, night?.cutsFromSeconds ?? Number.POSITIVE_INFINITY);
  }
  if (last === undefined) return gridLeave(scene, rig);
  if (!rig.can.pause) return { dark: last };
  const atSeconds = Math.max(last.atSeconds + stopSeconds(rig), cutsFrom);
  return { pause: last, ...(Number.isFinite(atSeconds) ? { dark: { atSeconds, because: { rule: 'paused-then-dark', facts: {} } } } : {}) };
}

/** It goes dark with the grid by itself; its switch follows, never while it answers, nor while a supply still has mains. */
function gridLeave(scene: Scene, rig: Rig): Way | undefined {
  if (!rig.can.read || rig.cutBy.length === 0) return undefined;
  const outage = onBatteryNow(scene);
  const { silentSinceMs } = rigOf(scene, rig.id);
  if (outage.length === 0 ? !wasUp(scene, rig.id) : silentSinceMs === undefined) return undefined;
  if (outage.length > 0 && [...scene.site.supplies.keys()].some((id) => supplyOf(scene, id).line === 'mains')) return undefined;
  let since = 0;
  for (const ms of [silentSinceMs, ...outage.map((id) => supplyOf(scene, id).batterySinceMs)]) {
    if (ms !== undefined && ms > since) since = ms;
  }
  const silentMs = outage.length === 0 ? 0 : scene.nowMs - since;
  const because = { rule: 'dark-with-the-grid', facts: { silentSeconds: SILENT_MS / 1000 } };
  return { dark: { atSeconds: Math.max(0, SILENT_MS - silentMs) / 1000, because } };
}

function opening(scene: Scene, id: SwitchId, darkAt: ReadonlyMap<RigId, Leave>): PlanStepView | undefined {
  const behind = rigsBehind(scene.site, id);
  if (contactOf(scene, id) === 'cut') return undefined;
  let last: { readonly rig: RigId; readonly leave: Leave } | undefined;
  for (const rig of behind) {
    const leave = darkAt.get(rig.id);
    if (leave === undefined && !isDown(rigOf(scene, rig.id))) return undefined;
    if (leave !== undefined && (last === undefined || leave.atSeconds > last.leave.atSeconds)) last = { rig: rig.id, leave };
  }
  if (last === undefined) return undefined;
  return { inSeconds: Math.round(last.leave.atSeconds), kind: 'cut', switch: id, rig: last.rig, because: last.leave.because };
}
