// The plan for when deciding itself fails in an outage (safety case, principle 7): every rig that lives on battery is asked,
// the worst first, and cut when its grace is over. It looks at the site, the last state that was whole and the time, and at
// nothing that came in since. It gives power to nobody, and ends with the process.
import type { Event } from '../model/event.ts';
import type { RigId, SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { DueStep, Reason, Step } from '../model/step.ts';
import { isDown } from './load.ts';
import { wiringOf } from './orphans.ts';
import { rigsBehind } from './switching.ts';
import { isArmed, isGoing, rigOf, type Scene, upsesOf } from './tick.ts';

export interface Fallback {
  readonly sinceMs: number;
  /** those that leave, the worst first */
  readonly rigs: readonly Rig[];
  /** the supplies they live on */
  readonly supplies: readonly UpsId[];
  /** when each step was last due, by `pause s19-1` */
  readonly dueAtMs: ReadonlyMap<string, number>;
}

export interface FallbackTick {
  readonly fallback: Fallback;
  readonly due: readonly DueStep[];
  readonly events: readonly Event[];
}

const AGAIN_MS = 5_000;
const BECAUSE: Reason = { rule: 'fallback', facts: {} };

/** The plan, and the words for the person who must know; undefined where no armed lastwatt has anything on battery. */
export function beginFallback(scene: Scene, why: string): { readonly fallback: Fallback; readonly events: readonly Event[] } | undefined {
  const supplies = [...scene.site.supplies.keys()].filter((id) => isGoing(scene, id));
  if (supplies.length === 0 || !isArmed(scene)) return undefined;
  const ranked = new Set([...scene.order.toReversed(), ...scene.site.rigs.keys()]);
  const rigs = [...ranked].flatMap((id) => scene.site.rigs.get(id) ?? []).filter((rig) => livesOn(scene, rig, supplies));
  const say = `deciding failed (${why}): every rig on ${supplies.join(' and ')} is asked to pause, the worst first, and cut when its grace is over; please report this`;
  return {
    fallback: { sinceMs: scene.nowMs, rigs, supplies, dueAtMs: new Map() },
    events: [{ event: 'fault', code: 'fallback', say }],
  };
}

function livesOn(scene: Scene, rig: Rig, supplies: readonly UpsId[]): boolean {
  const own = upsesOf(scene.site, rig);
  return own.length > 0 && own.every(({ id }) => supplies.includes(id));
}

/** What is due now. Asked again every five seconds, for nothing is known of what came of it. */
export function stepFallback(scene: Scene, fallback: Fallback): FallbackTick {
  const dueAtMs = new Map(fallback.dueAtMs);
  const due: DueStep[] = [];
  const events: Event[] = [];
  const put = (key: string, step: Step, wasUp: readonly RigId[]): void => {
    const before = dueAtMs.get(key);
    if (before !== undefined && scene.nowMs - before < AGAIN_MS) return;
    dueAtMs.set(key, scene.nowMs);
    due.push({ step, because: BECAUSE, ...(before === undefined ? {} : { again: true }) });
    if (before === undefined) events.push({ event: 'step-due', step, because: BECAUSE, wasUp, ...wiringOf(scene.site, step) });
  };
  for (const rig of fallback.rigs) {
    const { phase } = rigOf(scene, rig.id);
    const up = phase === 'hashing' || phase === 'waking' ? [rig.id] : [];
    if (!isOver(scene, fallback, rig)) put(`pause ${rig.id}`, { kind: 'pause', rig: rig.id }, up);
  }
  for (const id of contactsOf(fallback)) {
    const rigs = rigsBehind(scene.site, id);
    const all = rigs.every((rig) => fallback.rigs.includes(rig) && isOver(scene, fallback, rig));
    if (all) put(`cut ${id}`, { kind: 'cut', switch: id, rigs: rigs.map((rig) => rig.id) }, []);
  }
  return { fallback: { ...fallback, dueAtMs }, due, events };
}

/** Down already, or its grace over: nothing more is asked of it. */
function isOver(scene: Scene, { sinceMs }: Fallback, rig: Rig): boolean {
  return !rig.can.pause || isDown(rigOf(scene, rig.id)) || scene.nowMs >= sinceMs + rig.graceSeconds * 1000;
}

function contactsOf({ rigs }: Fallback): ReadonlySet<SwitchId> {
  return new Set(rigs.flatMap((rig) => rig.cutBy));
}
