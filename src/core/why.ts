// Why: the rule and the numbers behind the present state, in sentences.
import type { UpsId } from '../model/id.ts';
import { identityWords, type Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import type { PlanStepView, PlanUpsView, PlanView, WhyView } from '../model/view.ts';
import { batteryView } from './battery-words.ts';
import { foresee } from './foresee.ts';
import { benchedWords } from './least-touch.ts';
import { isDown } from './load.ts';
import type { Owed } from './memory.ts';
import { asleepWords } from './notes.ts';
import { isOutageAware } from './outage-plan.ts';
import { isLeaving } from './rules/leaving.ts';
import { blockedBy } from './rules/may-start.ts';
import { keepsDown } from './rules/turn.ts';
import type { State } from './state.ts';
import { barWords, isBarFault } from './strangers.ts';
import { batterySetting } from './supply.ts';
import { rememberedRig, rigOf, rigsOn, type Scene, sceneOf, supplyOf, upsesOf } from './tick.ts';
import { NO_UPS, silenceWords, unheardBehind, wayOut } from './unheard.ts';
import { nextOf } from './views.ts';
import { named } from './weighed.ts';
import { rankRigs, type Worth } from './worth.ts';

/** The rule and the numbers behind the present state, or behind one rig's; undefined for a rig that is none. */
export function whyOf(
  state: State,
  site: Site,
  nowMs: number,
  rigId: string | undefined,
  standing: ReadonlyMap<string, Reason>,
): WhyView | undefined {
  const scene = sceneOf(state, site, nowMs);
  if (rigId === undefined) return whySite(scene);
  const ranking = rankRigs(scene);
  const worth = ranking.find((entry) => entry.rig === rigId);
  if (worth === undefined) return undefined;
  const { config: rig, rank, perDay } = worth;
  const plan = foresee(scene, ranking);
  const one = rigOf(scene, rigId);
  const { hold, fault, owed } = rememberedRig(scene, rigId);
  const because = standing.get(rigId);
  const earns = perDay === undefined ? 'its reward is not known' : `${perDay.toFixed(2)} ${site.currency} a day`;
  const proof = one.stop?.proof === undefined ? '' : ` (proof: ${one.stop.proof})`;
  const say = [
    `${rigId} has been ${one.phase} for ${Math.round((nowMs - one.sinceMs) / 1000)} s${proof}`,
    `rank ${rank} of ${site.rigs.size}, ${earns}`,
    because && `last step by rule ${[because.rule, factWords(because.facts)].filter((part) => part !== '').join(': ')}`,
    ...machineWords(scene, rigId),
    hold && `held ${hold.as} by ${hold.from}`,
    limitWords(scene, rigId),
    fault?.say,
    !keepsDown(fault) && one.phase !== 'hashing' ? owedWords(owed) : undefined,
    !keepsDown(fault) ? awaited(scene, rig, plan) : undefined,
    ...worthWords(scene, rig, plan),
    !keepsDown(fault) && owed !== undefined && hold?.as !== 'down' && one.phase !== 'hashing' ? outOfSilence(scene, rig) : undefined,
    one.readFault && `last question failed: ${one.readFault.detail}`,
  ].filter((line) => line !== undefined);
  return { subject: rigId, say, because: because === undefined ? [] : [because] };
}

/** What the stay of one that is up is worth, on each of its supplies. */
function worthWords(scene: Scene, rig: Rig, plan: PlanView): readonly string[] {
  return plan.ups.flatMap(({ id, rigs = [] }) =>
    rigs
      .filter((stay) => stay.id === rig.id)
      .map(({ leavesInSeconds, givesSeconds, costs }) => {
        const when = supplyOf(scene, id).draining ? 'it leaves' : 'in an outage it would leave';
        const money =
          costs === null ? 'nobody knows what, for no reward is given' : `${costs.toFixed(costs < 1 ? 3 : 2)} ${scene.site.currency}`;
        return `on ${id} ${when} after ${duration(leavesInSeconds)}; leaving at once it would give the others ${duration(givesSeconds)}, and cost ${money}`;
      }),
  );
}

/** What it was told to make do with, and until when. */
function limitWords(scene: Scene, id: string): string | undefined {
  const { limited } = rememberedRig(scene, id);
  if (limited === undefined) return undefined;
  const shown = rigOf(scene, id).limitShown === undefined ? ', which its watts do not show' : '';
  return `limited to ${limited.watts} W${shown}; the limit is taken off when it hashes and the mains have held`;
}

/** What it was seen to take. */
function timesWords(scene: Scene, id: string): readonly string[] {
  const { times = {}, graceSeconds } = scene.site.rigs.get(id) ?? {};
  const { stopSeconds, wakeSeconds, bootSeconds, cutSeconds } = times;
  const seen = [
    stopSeconds === undefined ? undefined : `quiet within ${stopSeconds} s of a pause (its grace is ${graceSeconds} s)`,
    wakeSeconds === undefined ? undefined : `hashing within ${wakeSeconds} s of a resume`,
    bootSeconds === undefined ? undefined : `hashing within ${bootSeconds} s of having power`,
    cutSeconds === undefined ? undefined : `its contacts open within ${cutSeconds} s`,
  ].filter((line) => line !== undefined);
  return seen.length === 0 ? [] : [`by what was seen of it: ${seen.join(', ')}`];
}

/** Which machine it is, and who answers in its place. */
function machineWords(scene: Scene, id: string): readonly string[] {
  const { knownAs, fault, benched, shares } = rememberedRig(scene, id);
  const bar = scene.memory.barred.get(id);
  return [
    ...timesWords(scene, id),
    ...(shares === undefined ? [] : [`of ${shares.waits} pauses that waited for a share ${shares.came} got one`]),
    ...(knownAs === undefined || Object.keys(knownAs).length === 0 ? [] : [`it is the machine ${identityWords(knownAs)}`]),
    ...(benched === undefined || fault?.code === 'settings-changed' ? [] : [benchedWords(id, benched)]),
    ...(bar === undefined || isBarFault(fault) ? [] : [barWords(scene, id, bar)]),
  ];
}

function owedWords(owed: Owed | undefined): string | undefined {
  if (owed === undefined) return undefined;
  return owed.wasUp ? 'it is owed a return' : 'it was not up before: it is fed again, not woken';
}

/** What a person can do where it waits for a UPS that nobody hears. */
function outOfSilence(scene: Scene, rig: Rig): string | undefined {
  const because = blockedBy(scene, rig)?.because;
  return because === undefined || unheardBehind(scene, because) === undefined ? undefined : wayOut(scene);
}

/** What is waited for, and about how long. */
function awaited(scene: Scene, rig: Rig, plan: PlanView): string | undefined {
  const next = nextOf(scene, rig);
  if (next !== null) return `next: ${next}`;
  const { phase } = rigOf(scene, rig.id);
  if (phase === 'paused') return asleepWords(rig.id);
  // Of one that can't be asked nothing is known but that it is fed.
  if (phase !== 'hashing' && (phase !== 'unknown' || rig.can.read)) return undefined;
  if (isLeaving(scene, rig.id)) return 'it would be on its way down, were lastwatt armed';
  const own = upsesOf(scene.site, rig);
  if (own.length === 0 || own.some((ups) => !supplyOf(scene, ups.id).draining)) return 'nothing against';
  const step = plan.steps.find((one) => one.rig === rig.id);
  if (step !== undefined) return leaveWords(step, plan.ups);
  // It can only be cut, and by a switch that waits for another rig.
  const shared = plan.steps.find((one) => one.switch !== undefined && rig.cutBy.includes(one.switch));
  return shared === undefined
    ? 'nothing against'
    : `goes dark with ${shared.rig} by ${shared.switch}, in about ${duration(shared.inSeconds)}`;
}

/** By which number it leaves, what that is now, and in how long. */
function leaveWords({ inSeconds, because }: PlanStepView, outlooks: readonly PlanUpsView[]): string {
  const { ups, shedBelowSeconds, cutBelowSeconds, reservePercent } = because.facts;
  if (because.rule === 'not-worth-its-energy')
    return `leaves when the battery is worth more to the others, in about ${duration(inSeconds)}`;
  const below = shedBelowSeconds ?? cutBelowSeconds;
  const now = outlooks.find((one) => one.id === ups)?.runtimeSeconds;
  const about = `in about ${duration(inSeconds)}`;
  if (reservePercent !== undefined) return `leaves at ${reservePercent} % of charge, ${about}`;
  if (because.rule === 'low-battery') return `leaves when ${ups} says low battery, ${about}`;
  if (below === undefined || typeof now !== 'number')
    return `leaves as soon as the outage is no blip, for the runtime is not known, ${about}`;
  return `leaves below ${Math.round(Number(below))} s, now ${now} s, ${about}`;
}

const duration = (seconds: number): string => (seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`);

const factWords = (facts: Reason['facts']): string =>
  Object.entries(facts)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

function whySite(scene: Scene): WhyView {
  const ranking = rankRigs(scene);
  const plan = foresee(scene, ranking);
  const say = plan.ups.map(({ id, runtimeSeconds, shedBelowSeconds, cutBelowSeconds }) => {
    const state = supplyOf(scene, id);
    const down = rigsOn(scene.site, id).filter((rig) => isDown(rigOf(scene, rig.id))).length;
    const floor = state.floor === undefined ? '' : `; floor reached by ${state.floor.rule}`;
    const stands = silenceWords(scene, id) ?? `${id} is on ${state.line}`;
    const from = sourceOf(scene, id);
    const runtime =
      runtimeSeconds === null || from === undefined ? 'runtime not known' : `runtime ${runtimeSeconds} s believed from ${from}`;
    const leave =
      isOutageAware(scene) && runtimeSeconds !== null
        ? 'when their energy is worth more to the others'
        : shedBelowSeconds === null
          ? 'as soon as an outage is no blip'
          : `below ${shedBelowSeconds} s`;
    return `${stands}, level ${state.level}: ${runtime}, rigs leave ${leave}, all below ${cutBelowSeconds} s; ${down} of its rigs down${floor}${state.draining ? firstToLeave(plan.steps, id) : firstToReturn(scene, id, ranking)}`;
  });
  const batteries = [...scene.site.supplies.values()].flatMap((ups) =>
    batteryView(scene, ups).say.map((words) => `battery of ${ups.id}: ${words}`),
  );
  return { subject: 'site', say: say.length === 0 ? [NO_UPS] : [...say, ...batteries], because: [] };
}

function sourceOf(scene: Scene, id: UpsId): string | undefined {
  const ups = scene.site.supplies.get(id);
  const state = supplyOf(scene, id);
  return ups && state.battery.from && named(state.battery.from, batterySetting(ups, state));
}

function firstToLeave(steps: readonly PlanStepView[], ups: UpsId): string {
  const first = steps.find(({ because }) => because.facts['ups'] === ups);
  return first === undefined ? '' : `; next: ${first.kind} ${first.rig} in about ${duration(first.inSeconds)}`;
}

function firstToReturn(scene: Scene, ups: UpsId, ranking: readonly Worth[]): string {
  for (const { config: rig } of ranking) {
    const next = rig.fedBy.includes(ups) ? nextOf(scene, rig) : null;
    if (next !== null) return `; ${rig.id} ${next}`;
  }
  return '';
}
