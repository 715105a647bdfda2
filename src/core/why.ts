// Why: the rule and the numbers behind the present state, in sentences.
import type { Site } from '../model/site.ts';
import type { WhyView } from '../model/view.ts';
import { foresee } from './foresee.ts';
import { isDown } from './load.ts';
import type { Owed } from './memory.ts';
import type { State } from './state.ts';
import { rememberedRig, rigOf, type Scene, sceneOf, supplyOf } from './tick.ts';
import { nextOf } from './views.ts';
import { rankRigs } from './worth.ts';

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
  const earns = worth?.perDay === undefined ? 'its reward is not known' : `${worth.perDay.toFixed(2)} ${site.currency} a day`;
  const proof = one.stop?.proof === undefined ? '' : ` (proof: ${one.stop.proof})`;
  const say = [
    `${rigId} has been ${one.phase} for ${Math.round((nowMs - one.sinceMs) / 1000)} s${proof}`,
    `rank ${worth?.rank ?? '?'} of ${site.rigs.size}, ${earns}`,
    because && `last step by rule ${[because.rule, factWords(because.facts)].filter((part) => part !== '').join(': ')}`,
    hold && `held ${hold.as} by ${hold.from}`,
    fault?.say,
    fault === undefined && one.phase !== 'hashing' ? owedWords(owed) : undefined,
    next === null ? undefined : `next: ${next}`,
    one.readFault && `last question failed: ${one.readFault.detail}`,
  ].filter((line) => line !== undefined);
  return { subject: rigId, say, because: because === undefined ? [] : [because] };
}

function owedWords(owed: Owed | undefined): string | undefined {
  if (owed === undefined) return undefined;
  return owed.wasUp ? 'it is owed a return' : 'it was not up before: it is fed again, not woken';
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
    return `${ups.id} is on ${state.line}, level ${state.level}: runtime ${outlook?.runtimeSeconds ?? 'unknown'} s believed from ${state.battery.from ?? 'nothing'}, rigs leave below ${outlook?.shedBelowSeconds ?? '?'} s, all below ${outlook?.cutBelowSeconds ?? '?'} s; ${down} of its rigs down${floor}`;
  });
  return { subject: 'site', say, because: [] };
}
