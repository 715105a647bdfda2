// Makes a failing night small: fewer troubles, fewer rigs, shorter times, while the same stays wrong. What is left is what a
// person has to understand.
import type { Scenario, Trouble } from './scenario.ts';

/** What is wrong with a night, by its first sentence; undefined: nothing. */
export type Judge = (scenario: Scenario) => Promise<string | undefined>;

/** Nights lived through to make one small. */
const MOST_TRIES = 400;

/** The sentence without names and figures: a night is made smaller only while the same kind of thing stays wrong. */
export function kindOf(wrong: string): string {
  const [first = ''] = wrong.split('\n');
  return first.replaceAll(/\{.*\}|\b[rk]\d+(-\w+)?\b|\d+(\.\d+)?/g, '#').replaceAll(/#(, #)+/g, '#');
}

export async function shrink(scenario: Scenario, judge: Judge): Promise<Scenario> {
  const first = await judge(scenario);
  if (first === undefined) return scenario;
  let tries = 0;
  const same = async (smaller: Scenario): Promise<boolean> => {
    tries += 1;
    const wrong = tries > MOST_TRIES ? undefined : await judge(smaller);
    return wrong !== undefined && kindOf(wrong) === kindOf(first);
  };
  let kept = scenario;
  for (let before = ''; before !== JSON.stringify(kept) && tries <= MOST_TRIES; ) {
    before = JSON.stringify(kept);
    for (const step of STEPS) kept = await step(kept, same);
  }
  return { ...kept, name: `${scenario.name}, made small` };
}

type Same = (smaller: Scenario) => Promise<boolean>;
type Step = (scenario: Scenario, same: Same) => Promise<Scenario>;

const STEPS: readonly Step[] = [withoutWire, fewerTroubles, fewerRigs, endsSooner, rounderTimes];

async function withoutWire(scenario: Scenario, same: Same): Promise<Scenario> {
  const direct = { ...scenario, wired: false };
  return scenario.wired && (await same(direct)) ? direct : scenario;
}

/** By halves, quarters and so on down to each alone (Zeller's delta debugging, without its complements). */
async function fewerTroubles(scenario: Scenario, same: Same): Promise<Scenario> {
  let kept = scenario;
  for (let size = Math.ceil(kept.troubles.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.troubles.length; ) {
      const fewer = { ...kept, troubles: kept.troubles.toSpliced(from, size) };
      if (await same(fewer)) kept = fewer;
      else from += size;
    }
  }
  return kept;
}

async function fewerRigs(scenario: Scenario, same: Same): Promise<Scenario> {
  let kept = scenario;
  for (const id of Object.keys(scenario.site.rigs)) {
    const { [id]: _, ...rigs } = kept.site.rigs;
    if (Object.keys(rigs).length === 0) break;
    const troubles = kept.troubles.filter((one) => !(isOfRig(one) && one.on === id) && !names(one, id));
    const fewer = { ...kept, site: { ...kept.site, rigs }, troubles };
    if (await same(fewer)) kept = fewer;
  }
  const bare = withoutOrphans(kept);
  return (await same(bare)) ? bare : kept;
}

/** Contacts and troubles of contacts that no rig is behind any more. */
function withoutOrphans(scenario: Scenario): Scenario {
  const used = new Set(Object.values(scenario.site.rigs).flatMap(({ cutBy }) => cutBy ?? []));
  const switches = Object.fromEntries(Object.entries(scenario.site.switches ?? {}).filter(([id]) => used.has(id)));
  const troubles = scenario.troubles.filter((one) => one.kind !== 'switch' || used.has(one.on));
  return { ...scenario, site: { ...scenario.site, switches }, troubles };
}

const isOfRig = (one: Trouble): one is Trouble & { readonly on: string } =>
  one.kind === 'rig' || one.kind === 'rig-reboots' || one.kind === 'second-feed';

function names(one: Trouble, rig: string): boolean {
  if (one.kind !== 'person') return false;
  const { command } = one;
  if (command.kind === 'drill') return command.rig === rig;
  return (command.kind === 'hold' || command.kind === 'release') && command.rigs !== 'all' && command.rigs.includes(rig);
}

async function endsSooner(scenario: Scenario, same: Same): Promise<Scenario> {
  let kept = scenario;
  for (const share of [0.5, 0.75, 0.9]) {
    const sooner = { ...kept, lastsSeconds: Math.round(kept.lastsSeconds * share) };
    if (await same(sooner)) kept = sooner;
  }
  const within = { ...kept, troubles: kept.troubles.filter(({ fromSeconds }) => fromSeconds < kept.lastsSeconds) };
  return (await same(within)) ? within : kept;
}

async function rounderTimes(scenario: Scenario, same: Same): Promise<Scenario> {
  const whole = (one: Trouble): Trouble => ({
    ...one,
    fromSeconds: Math.round(one.fromSeconds),
    ...(one.toSeconds === undefined ? {} : { toSeconds: Math.round(one.toSeconds) }),
  });
  const rounder = { ...scenario, troubles: scenario.troubles.map(whole) };
  return (await same(rounder)) ? rounder : scenario;
}
