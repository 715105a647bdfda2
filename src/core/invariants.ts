// What must never be true, checked after every tick, in the service too. A broken one is a bug: it is journaled and
// said, and the step that broke it is not carried out. A belief that breaks one is said alone: whoever lost money by a false
// alarm of ours would be right to be angry.
import type { RigId } from '../model/id.ts';
import { type DueStep, isLimit, type Step, takesLoadOff } from '../model/step.ts';
import { depthNow } from './battery.ts';
import { notHeld, notOnMains } from './rules/may-start.ts';
import type { State } from './state.ts';
import { isArmed, isGoing, rememberedRig, rigOf, rigsOn, type Scene, stoodStill, supplyOf, type Tick, upsesOf } from './tick.ts';

const OF_THE_POLICY: ReadonlySet<string> = new Set(['runtime-below-threshold', 'not-worth-its-energy', 'runtime-unknown', 'overload']);
const EDGE_GAP_MS = 1_000;
/** A hundredth a minute over the longest silence that is eased at once, and what charging put back in a flicker. */
const MOST_EASED = 0.03;

export interface Broken {
  readonly invariant: string;
  readonly say: string;
  /** the step that would break it; absent where it is a belief that is wrong */
  readonly due?: DueStep;
}

/** A step that breaks an invariant is a bug of ours: it is said, and not carried out. */
export function keepInvariants(tick: Tick, before: State): readonly DueStep[] {
  const bad = broken(tick, before);
  for (const one of bad)
    tick.emit({
      event: 'fault',
      code: 'invariant-broken',
      say: `${one.invariant}: ${one.say}; ${one.due === undefined ? '' : 'the step was not carried out, '}please report this`,
    });
  const stopped = new Set(bad.map((one) => one.due));
  return stopped.size === 0 ? tick.due : tick.due.filter((due) => !stopped.has(due));
}

/** Looks at what a tick is about to do with other people's machines, and at what it has come to believe. */
export function broken(tick: Tick, before: State): readonly Broken[] {
  return [
    ...tick.due.flatMap((due) => [
      ...cutUnasked(tick, due),
      ...energisesOnBattery(tick, due),
      ...shedsWithoutOutage(tick, due),
      ...limitsWithoutOutage(tick, due),
      ...movesTooSoon(before, tick, due),
      ...hasNoCause(due),
    ]),
    ...believesTooMuch(tick, before),
    ...forgetsBattery(tick),
    ...passesTheFloor(tick),
  ];
}

/** I-01: a cut follows a pause that was performed, or a rig that can't be asked, or one gone with the grid. */
function cutUnasked(tick: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  if (step.kind !== 'cut') return [];
  return step.rigs.flatMap((id) => {
    const rig = tick.site.rigs.get(id);
    const state = rigOf(tick, id);
    const fair = rig?.can.pause !== true || state.phase === 'dark' || state.stop !== undefined || state.silentSinceMs !== undefined;
    return fair ? [] : [{ invariant: 'I-01', say: `${step.switch} was to open on ${id}, which was never asked`, due }];
  });
}

/** I-04: the policy takes nobody down but in an outage. */
function shedsWithoutOutage(tick: Tick, due: DueStep): readonly Broken[] {
  const { step, because } = due;
  if (step.kind !== 'pause' || !OF_THE_POLICY.has(because.rule)) return [];
  const going = [...tick.site.supplies.keys()].some((id) => isGoing(tick, id));
  return going ? [] : [{ invariant: 'I-04', say: `${step.rig} was to pause by ${because.rule} with every supply on mains`, due }];
}

/** I-04 too: a rig is told to make do with less only in an outage of a supply that it hangs on. */
function limitsWithoutOutage(tick: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  if (step.kind !== 'limit' || step.watts === null) return [];
  const going = tick.site.rigs.get(step.rig)?.fedBy.some((id) => isGoing(tick, id)) === true;
  return going ? [] : [{ invariant: 'I-04', say: `${step.rig} was to be limited to ${step.watts} W with its supplies on mains`, due }];
}

/** I-16: no two edges of a contact within a second, ever. */
function movesTooSoon(before: State, { nowMs }: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  if (!('switch' in step) || due.again === true) return [];
  const last = before.memory.switches.get(step.switch);
  const moved = last?.done === true && last.want !== (step.kind === 'cut' ? 'cut' : 'fed') ? last.sinceMs : undefined;
  const soon = moved !== undefined && nowMs - moved < EDGE_GAP_MS;
  return soon ? [{ invariant: 'I-16', say: `${step.switch} was to move ${Math.round(nowMs - moved)} ms after its last edge`, due }] : [];
}

/** I-24: every step names its cause. */
function hasNoCause(due: DueStep): readonly Broken[] {
  return due.because.rule === '' ? [{ invariant: 'I-24', say: `a ${due.step.kind} without a cause`, due }] : [];
}

/**
 * I-08: on battery the believed depth never falls, but for the little that is given back after a step down. What was counted since the last
 * sample is made good by the next.
 */
function believesTooMuch(tick: Tick, before: State): readonly Broken[] {
  const bad: Broken[] = [];
  for (const [id, { draining, battery }] of tick.supplies) {
    const was = before.supplies.get(id);
    if (!draining || was?.draining !== true) continue;
    const fell = (was.battery.depth ?? 0) - (depthNow(battery) ?? Number.POSITIVE_INFINITY);
    if (fell <= MOST_EASED) continue;
    bad.push({ invariant: 'I-08', say: `${id} was to be believed ${(fell * 100).toFixed(1)} % fuller in one tick on battery` });
  }
  return bad;
}

/** I-07: silent within a minute of battery is battery. */
function forgetsBattery(tick: Tick): readonly Broken[] {
  const bad: Broken[] = [];
  if (stoodStill(tick)) return bad;
  for (const [id, { line, draining, lastBatteryAtMs, heardAtMs }] of tick.supplies) {
    const lost = line === 'unknown' && lastBatteryAtMs !== undefined && lastBatteryAtMs === heardAtMs;
    if (lost && !draining) bad.push({ invariant: 'I-07', say: `${id} fell silent on battery and was taken for none` });
  }
  return bad;
}

/** I-15: at the floor no wish keeps a rig up that only its supply feeds. */
function passesTheFloor(tick: Tick): readonly Broken[] {
  if (!isArmed(tick)) return [];
  const bad: Broken[] = [];
  for (const [ups, { floor, draining }] of tick.supplies) {
    if (floor === undefined || !draining || floor.sinceMs === tick.nowMs) continue;
    for (const rig of rigsOn(tick.site, ups)) {
      const { phase, stop } = rigOf(tick, rig.id);
      if (rig.fedBy.length === 1 && rig.can.pause && phase === 'hashing' && stop === undefined)
        bad.push({ invariant: 'I-15', say: `${rig.id} hashes on below the floor of ${ups}` });
    }
  }
  return bad;
}

/** I-05: nothing is energised while a supply it hangs on is not heard on mains. */
function energisesOnBattery(tick: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  const why = deadSupply(tick, step);
  return why === undefined ? [] : [{ invariant: 'I-05', say: `${step.kind} while ${why}`, due }];
}

/** Why a step that gives power must not be carried out now; undefined when it may, or takes load off. */
function deadSupply(scene: Scene, step: Step): string | undefined {
  if (takesLoadOff(step)) return undefined;
  if (step.kind === 'resume' || step.kind === 'limit') return deadFor(scene, step.rig);
  if (step.kind !== 'feed') return undefined;
  // A shared contact closes for the one of its rigs that is wanted up; the others need not have mains.
  const each = step.rigs.map((id) => deadFor(scene, id));
  return each.length > 0 && each.every((why) => why !== undefined) ? each[0] : undefined;
}

function deadFor(scene: Scene, id: RigId): string | undefined {
  const rig = scene.site.rigs.get(id);
  const why = rig === undefined ? undefined : notOnMains(scene, rig);
  return why === undefined ? undefined : `${id} hangs on a supply of which is known: ${why.rule}`;
}

/**
 * Whether a step that gives power may still go out: it may have waited while the mains went, or came back just now, or while a
 * person said that the rig is to be down. He may have his hands in it.
 */
export function mayEnergise(scene: Scene, step: Step): boolean {
  if (step.kind === 'limit' && isLimit(step)) return isDrained(scene, step.rig);
  if (takesLoadOff(step)) return true;
  if (deadSupply(scene, step) !== undefined || startsTheHeld(scene, step)) return false;
  const rigs = 'switch' in step ? step.rigs : [step.rig];
  const waits = rigs.every((id) => {
    const rig = scene.site.rigs.get(id);
    return rig !== undefined && notHeld(scene, rig) !== undefined;
  });
  return rigs.length === 0 || !waits;
}

/** A limit that has waited for the journal is for the outage that lasts. */
function isDrained(scene: Scene, id: RigId): boolean {
  const rig = scene.site.rigs.get(id);
  return rig !== undefined && upsesOf(scene.site, rig).some((ups) => supplyOf(scene, ups.id).draining);
}

/** After a drill the contact closes on one that is held down all the same, as in switching.ts. */
function startsTheHeld(scene: Scene, step: Step): boolean {
  const rigs = 'switch' in step ? step.rigs : [step.rig];
  return !rigs.some((id) => scene.drill?.rig === id) && rigs.some((id) => rememberedRig(scene, id).hold?.as === 'down');
}
