// What people are shown: the state in the words of the contract. What is not known is null, never 0.

import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import type { Alarm } from '../model/ups.ts';
import type { PlanView, RigView, StatusView, SwitchView, UpsView, WhyView } from '../model/view.ts';
import { runtimeAt } from './battery.ts';
import { foresee } from './foresee.ts';
import { worstLevel } from './level.ts';
import { graceEndsMs } from './lifecycle-down.ts';
import { isDown, upWattsOf } from './load.ts';
import { supplyMemory } from './memory.ts';
import { drainingSupplies } from './rules/threshold.ts';
import { blockedBy } from './rules/turn.ts';
import { contactOf } from './seen.ts';
import type { State } from './state.ts';
import { batterySetting, isFresh } from './supply.ts';
import { believedCharge } from './thresholds.ts';
import { isArmed, rememberedRig, rigOf, type Scene, sceneOf, supplyOf } from './tick.ts';
import { rankRigs, type Worth } from './worth.ts';

const WATTS_LAST_MS = 120_000;

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
      level: worstLevel(ups.map((one) => one.level)),
      outage,
      ups,
      rigs: ranking.map((worth) => rigView(scene, worth)),
      switches: [...site.switches.keys()].map((id): SwitchView => ({ id, state: contactOf(scene, id) })),
      notes: notesOf(scene),
    },
  };
}

function outageView(scene: Scene): StatusView['outage'] {
  const ups = drainingSupplies(scene);
  if (ups.length === 0) return null;
  const began = Math.min(...ups.map((id) => supplyMemory(scene.memory, id).outage?.beganAtMs ?? scene.nowMs));
  return { ups: [...ups], seconds: Math.round((scene.nowMs - began) / 1000) };
}

function upsView(scene: Scene, ups: SiteUps, plan: PlanView): UpsView {
  const state = supplyOf(scene, ups.id);
  const fresh = isFresh(ups, state, scene.nowMs);
  const outlook = plan.ups.find((one) => one.id === ups.id);
  const alarms: Alarm[] = [...(state.sample?.alarms ?? []), ...(fresh ? [] : (['silent'] as const))];
  const known = state.heardAtMs !== undefined || state.battery.depth !== undefined;
  return {
    id: ups.id,
    line: fresh ? state.line : 'unknown',
    level: state.level,
    chargePercent: whole(believedCharge(state)),
    runtimeSeconds: whole(runtimeAt(state.battery, batterySetting(ups, state), state.load.watts)),
    runtimeFrom: state.battery.from ?? null,
    loadWatts: known ? Math.round(state.load.watts) : null,
    ageSeconds: state.heardAtMs === undefined ? null : Math.round((scene.nowMs - state.heardAtMs) / 100) / 10,
    alarms,
    fits: outlook?.fits ?? null,
    marginSeconds: outlook?.marginSeconds ?? null,
  };
}

function rigView(scene: Scene, worth: Worth): RigView {
  const rig = scene.site.rigs.get(worth.rig);
  const state = rigOf(scene, worth.rig);
  const { hold, fault, drilledAt } = rememberedRig(scene, worth.rig);
  const fresh = state.reading !== undefined && scene.nowMs - state.reading.takenAtMs <= WATTS_LAST_MS ? state.reading : undefined;
  const watts = state.phase === 'dark' ? 0 : fresh?.watts;
  const kwhPerDay = rig === undefined ? 0 : (upWattsOf(rig, state) * 24) / 1000;
  return {
    id: worth.rig,
    rank: worth.rank,
    phase: state.phase,
    watts: whole(watts ?? rig?.watts),
    wattsFrom: watts === undefined ? 'configured' : (fresh?.wattsFrom ?? 'measured'),
    rewardPerDay: worth.perDay === undefined ? null : Math.round(worth.perDay * 100) / 100,
    rewardPerKwh: worth.perDay === undefined || kwhPerDay === 0 ? null : Math.round((worth.perDay / kwhPerDay) * 10_000) / 10_000,
    hold:
      hold === undefined
        ? null
        : {
            as: hold.as,
            from: hold.from,
            endsInSeconds: hold.untilMs === undefined ? null : Math.max(0, Math.round((hold.untilMs - scene.nowMs) / 1000)),
          },
    fault:
      fault === undefined ? null : { code: fault.code, sinceSeconds: Math.round((scene.nowMs - fault.sinceMs) / 1000), say: fault.say },
    drilledAt: drilledAt ?? null,
    fedBy: rig?.fedBy ?? [],
    next: rig === undefined ? null : nextOf(scene, rig),
  };
}

/** What happens to a rig next, in a few words. */
function nextOf(scene: Scene, rig: Rig): string | null {
  const state = rigOf(scene, rig.id);
  const { owed, hold, fault } = rememberedRig(scene, rig.id);
  const inSeconds = (ms: number): string => `${Math.max(0, Math.ceil((ms - scene.nowMs) / 1000))} s`;
  if (fault !== undefined) return null;
  if (state.phase === 'pausing' && state.stop !== undefined) {
    const end = graceEndsMs(scene, rig, state.stop);
    return rig.cutBy.length > 0 ? `cut in ${inSeconds(end)} unless seen quiet` : `must be seen quiet in ${inSeconds(end)}`;
  }
  if (hold?.as === 'down') return 'stays down until released';
  if (owed === undefined || state.phase === 'hashing') return null;
  if (state.phase === 'waking') return 'must be seen hashing';
  const blocked = blockedBy(scene, rig);
  if (blocked === undefined) return 'returns in its turn';
  return blocked.untilMs === undefined
    ? `waits: ${ruleWords(blocked.because.rule)}`
    : `waits ${inSeconds(blocked.untilMs)}: ${ruleWords(blocked.because.rule)}`;
}

const ruleWords = (rule: string): string => rule.replaceAll('-', ' ');

function whyNotReady(scene: Scene, plan: PlanView): readonly string[] {
  const say: string[] = [];
  if (!isArmed(scene)) say.push('disarmed: it decides and journals, and does nothing; to let it act: lastwatt arm');
  for (const ups of scene.site.supplies.values()) {
    const state = supplyOf(scene, ups.id);
    const outlook = plan.ups.find((one) => one.id === ups.id);
    if (!isFresh(ups, state, scene.nowMs)) say.push(`${ups.id} is not heard: ${state.lastFault?.detail ?? ups.source}`);
    else if (state.latched) say.push(`${ups.id} shows a forced shutdown from before: restart upsd`);
    else if (outlook?.fits !== true) say.push(`${ups.id}: ${outlook?.say ?? 'no outlook'}`);
  }
  for (const rig of scene.site.rigs.values()) {
    const { fault } = rememberedRig(scene, rig.id);
    if (fault !== undefined) say.push(`${rig.id}: ${fault.say}`);
  }
  for (const [id, one] of scene.memory.switches) if (one.fault !== undefined) say.push(`${id}: ${one.fault.say}`);
  return say;
}

function notesOf(scene: Scene): readonly string[] {
  const notes: string[] = [];
  if (scene.memory.armed !== undefined && scene.memory.armed !== scene.site.armed) {
    notes.push(`the file says armed: ${scene.site.armed}, a person said ${scene.memory.armed ? 'arm' : 'disarm'}: the person counts`);
  }
  for (const [id, { owed, hold }] of scene.memory.rigs) {
    if (!scene.site.rigs.has(id) && (owed !== undefined || hold !== undefined)) {
      notes.push(
        `${id} left the file while it was ${owed === undefined ? 'held' : 'down'}: put it back, or forget it with: lastwatt release ${id}`,
      );
    }
  }
  for (const [id, one] of scene.memory.switches) {
    if (!scene.site.switches.has(id) && one.want === 'cut') notes.push(`switch ${id} left the file while it was open, and stays open`);
  }
  for (const one of scene.site.switches.values()) {
    if (one.atRest === 'cut') notes.push(`switch ${one.id} is atRest: cut: a dead Pi stops its rigs`);
  }
  for (const rig of scene.site.rigs.values()) {
    const { owed, hold } = rememberedRig(scene, rig.id);
    if (rigOf(scene, rig.id).phase === 'paused' && owed === undefined && hold === undefined) {
      notes.push(`${rig.id} is asleep, and not by our doing: it is left alone; to wake it: lastwatt up ${rig.id}`);
    }
  }
  const rejected = [...scene.supplies].flatMap(([id, { sample }]) =>
    (sample?.rejected ?? []).map((one) => `${id}: ${one.figure} "${one.found}" is not believed: ${one.why}`),
  );
  return [...notes, ...rejected];
}

/** The rule and the numbers behind the present state, or behind one rig's; undefined for a rig that is none. */
export function whyOf(
  state: State,
  site: Site,
  nowMs: number,
  rigId: string | undefined,
  standing: ReadonlyMap<string, WhyView['because'][number]>,
): WhyView | undefined {
  const scene = sceneOf(state, site, nowMs);
  if (rigId === undefined) return whySite(scene);
  const rig = site.rigs.get(rigId);
  if (rig === undefined) return undefined;
  const one = rigOf(scene, rigId);
  const { hold, fault, owed } = rememberedRig(scene, rigId);
  const worth = rankRigs(scene).find((entry) => entry.rig === rigId);
  const because = standing.get(rigId);
  const next = nextOf(scene, rig);
  const say = [
    `${rigId} is ${one.phase} since ${Math.round((nowMs - one.sinceMs) / 1000)} s${one.stop?.proof === undefined ? '' : ` (proof: ${one.stop.proof})`}`,
    `rank ${worth?.rank ?? '?'} of ${site.rigs.size}${worth?.perDay === undefined ? ', its reward is not known' : `, ${worth.perDay.toFixed(2)} ${site.currency} a day`}`,
    ...(because === undefined ? [] : [`last step by rule ${because.rule}: ${factWords(because.facts)}`]),
    ...(hold === undefined ? [] : [`held ${hold.as} by ${hold.from}`]),
    ...(fault === undefined ? [] : [fault.say]),
    ...(owed === undefined || fault !== undefined
      ? []
      : [owed.wasUp ? 'it is owed a return' : 'it was not up before: it is fed again, not woken']),
    ...(next === null ? [] : [`next: ${next}`]),
    ...(one.readFault === undefined ? [] : [`last question failed: ${one.readFault.detail}`]),
  ];
  return { subject: rigId, say, because: because === undefined ? [] : [because] };
}

const factWords = (facts: Readonly<Record<string, number | string | boolean>>): string =>
  Object.entries(facts)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

function whySite(scene: Scene): WhyView {
  const plan = foresee(scene);
  const say = [...scene.site.supplies.values()].map((ups) => {
    const state = supplyOf(scene, ups.id);
    const outlook = plan.ups.find((one) => one.id === ups.id);
    const down = [...scene.site.rigs.values()].filter((rig) => rig.fedBy.includes(ups.id) && isDown(rigOf(scene, rig.id))).length;
    const floor = state.floor === undefined ? '' : `; floor reached by ${state.floor.rule}`;
    return `${ups.id} is on ${state.line}, level ${state.level}: runtime ${outlook?.runtimeSeconds ?? 'unknown'} s believed from ${state.battery.from ?? 'nothing'}, rigs leave below ${outlook?.shedBelowSeconds ?? '?'} s, all below ${outlook?.cutBelowSeconds ?? '?'} s; ${down} rigs down${floor}`;
  });
  return { subject: 'site', say, because: [] };
}
