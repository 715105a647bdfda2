// What people are shown: the state in the words of the contract. What is not known is null, never 0.
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import type { Alarm } from '../model/ups.ts';
import type { HoldView, PlanView, RigView, StatusView, SwitchView, UpsView } from '../model/view.ts';
import { batteryView } from './battery-words.ts';
import { faultView } from './fault-view.ts';
import { foresee } from './foresee.ts';
import { isFresh } from './heard.ts';
import { siteLevel } from './level.ts';
import { freshReading, isDown } from './load.ts';
import { coinsView } from './market.ts';
import { type Hold, supplyMemory } from './memory.ts';
import { notesOf, whyNotReady } from './notes.ts';
import { graceEndsMs } from './patience.ts';
import { keepsDown } from './rules/turn.ts';
import { contactOf, isCut, isUnread } from './seen.ts';
import type { State } from './state.ts';
import { batterySetting, drainingSupplies, toldRuntimeLeft } from './supply.ts';
import { restOf } from './switching.ts';
import { believedCharge } from './thresholds.ts';
import { isArmed, rememberedRig, rigOf, type Scene, sceneOf, supplyOf } from './tick.ts';
import { contactWords, ruleWords, secondsTo, waitWords } from './waiting.ts';
import { named } from './weighed.ts';
import { rankRigs, type Worth, workWattsOf } from './worth.ts';

const whole = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value));

export interface View {
  readonly status: StatusView;
  readonly plan: PlanView;
}

/** Status and plan of one moment, by the same numbers. */
export function viewOf(state: State, site: Site, nowMs: number): View {
  const scene = sceneOf(state, site, nowMs);
  const ranking = rankRigs(scene);
  const plan = foresee(scene, ranking);
  const ups = [...site.supplies.values()].map((one) => upsView(scene, one, plan));
  const notReady = whyNotReady(scene, plan);
  const outage = outageView(scene);
  return {
    plan,
    status: {
      site: site.name,
      currency: site.currency,
      armed: isArmed(scene),
      ready: notReady.length === 0,
      notReady,
      level: siteLevel(scene),
      outage,
      ups,
      rigs: ranking.map((worth) => rigView(scene, worth)),
      switches: [...site.switches.keys()].map((id): SwitchView => ({ id, state: contactOf(scene, id) })),
      ...coinsView(scene),
      notes: notesOf(scene),
    },
  };
}

function outageView(scene: Scene): StatusView['outage'] {
  const ups = drainingSupplies(scene);
  if (ups.length === 0) return null;
  let began = scene.nowMs;
  for (const id of ups) {
    const { outage } = supplyMemory(scene.memory, id);
    if (outage !== undefined) began = Math.min(began, outage.beganAtMs);
  }
  return { ups: [...ups], seconds: Math.round((scene.nowMs - began) / 1000) };
}

function upsView(scene: Scene, ups: SiteUps, plan: PlanView): UpsView {
  const state = supplyOf(scene, ups.id);
  const fresh = isFresh(ups, state, scene.nowMs);
  const outlook = plan.ups.find((one) => one.id === ups.id);
  const alarms = new Set<Alarm>(state.sample?.alarms);
  if (state.forced || state.latched) alarms.add('forced-shutdown');
  if (!fresh) alarms.add('silent');
  const known = state.heardAtMs !== undefined || state.battery.depth !== undefined;
  return {
    id: ups.id,
    line: fresh ? state.line : 'unknown',
    level: state.level,
    chargePercent: whole(believedCharge(state)),
    runtimeSeconds: whole(toldRuntimeLeft(scene, ups)),
    runtimeFrom: state.battery.from === undefined ? null : named(state.battery.from, batterySetting(ups, state)),
    loadWatts: known ? Math.round(state.load.watts) : null,
    ageSeconds: state.heardAtMs === undefined ? null : Math.round((scene.nowMs - state.heardAtMs) / 100) / 10,
    alarms: [...alarms],
    fits: outlook?.fits ?? null,
    marginSeconds: outlook?.marginSeconds ?? null,
    battery: batteryView(scene, ups),
  };
}

function holdView(scene: Scene, hold: Hold): HoldView {
  const endsInSeconds = hold.untilMs === undefined ? null : Math.max(0, Math.round((hold.untilMs - scene.nowMs) / 1000));
  return { as: hold.as, from: hold.from, endsInSeconds };
}

function rewardView({ perDay }: Worth, kwhPerDay: number): Pick<RigView, 'rewardPerDay' | 'rewardPerKwh'> {
  if (perDay === undefined) return { rewardPerDay: null, rewardPerKwh: null };
  return {
    rewardPerDay: Math.round(perDay * 100) / 100,
    rewardPerKwh: Math.round((perDay / kwhPerDay) * 10_000) / 10_000,
  };
}

/** Of a rig that gives no watts of its own only its phase tells which figure of the file holds. */
function wattsView(scene: Scene, rig: Rig): Pick<RigView, 'watts' | 'wattsFrom'> {
  const state = rigOf(scene, rig.id);
  const fresh = isUnread(scene, rig) ? undefined : freshReading(state, scene.nowMs);
  const watts = state.phase === 'dark' ? 0 : fresh?.watts;
  if (watts !== undefined) return { watts: Math.round(watts), wattsFrom: fresh?.wattsFrom ?? 'measured' };
  if (state.phase === 'unknown') return { watts: null, wattsFrom: null };
  return { watts: isDown(state) ? rig.pausedWatts : rig.watts, wattsFrom: 'configured' };
}

function rigView(scene: Scene, worth: Worth): RigView {
  const { config: rig } = worth;
  const state = rigOf(scene, rig.id);
  const { hold, fault, drilledAt, knownAs, limited } = rememberedRig(scene, rig.id);
  const kwhPerDay = (workWattsOf(rig, state) * 24) / 1000;
  return {
    id: rig.id,
    rank: worth.rank,
    phase: state.phase,
    ...wattsView(scene, rig),
    limitWatts: limited?.watts ?? null,
    ...rewardView(worth, kwhPerDay),
    hold: hold === undefined ? null : holdView(scene, hold),
    fault: fault === undefined ? null : faultView(scene, fault),
    drilledAt: drilledAt ?? null,
    fedBy: rig.fedBy,
    times: {
      stopSeconds: rig.times?.stopSeconds ?? null,
      wakeSeconds: rig.times?.wakeSeconds ?? null,
      bootSeconds: rig.times?.bootSeconds ?? null,
      cutSeconds: rig.times?.cutSeconds ?? null,
    },
    identity: knownAs?.mac ?? knownAs?.serial ?? null,
    next: nextOf(scene, rig),
  };
}

/** What happens to a rig next, in a few words. */
export function nextOf(scene: Scene, rig: Rig): string | null {
  const state = rigOf(scene, rig.id);
  const { owed, hold, fault } = rememberedRig(scene, rig.id);
  const inSeconds = (ms: number): string => secondsTo(scene, ms);
  if (keepsDown(fault)) return null;
  if (state.phase === 'pausing' && state.stop !== undefined) {
    const end = graceEndsMs(scene, rig, state.stop);
    return rig.cutBy.length > 0 && !isCut(scene, rig)
      ? `cut in ${inSeconds(end)} unless seen quiet`
      : `must be seen quiet in ${inSeconds(end)}`;
  }
  if (hold?.as === 'down') return heldWords(scene, rig, hold);
  if (owed === undefined) return contactWords(scene, rig);
  return state.phase === 'hashing' ? null : waitWords(scene, rig);
}

function heldWords(scene: Scene, rig: Rig, { untilMs }: Hold): string {
  const stays = untilMs === undefined ? 'stays down until released' : `stays down for ${secondsTo(scene, untilMs)}`;
  const rest = rigOf(scene, rig.id).phase === 'paused' ? restOf(scene, rig, 'cut') : undefined;
  return rest === undefined ? stays : `${stays}; cut in ${secondsTo(scene, rest.untilMs)}: ${ruleWords(rest.rule)}`;
}
