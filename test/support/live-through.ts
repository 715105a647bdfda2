// Lives through a random night, heals everything, and says what must not have been: what the oracle says of every night,
// a rig that still draws when its UPS ends, a rig that nobody brings back, a fault that stays, a tick that stops.
import type { JournalRecord } from '../../src/host/port.ts';
import { MAINS, type RigId, type UpsId } from '../../src/model/id.ts';
import { describeNight, healRig, type RandomNight, type Trouble } from './random-night.ts';
import { Night } from './scenario.ts';

/** s; hold, doubt, boots and tries, and an hour where a switch has moved too often */
const RETURN_WITHIN_SECONDS = 3_600 + 1_200;
const PI_BOOTS_SECONDS = 30;
/** a service that ticks every second has not ticked for so long: it is dead */
const LONGEST_STILL_SECONDS = 5;
const STEP_SECONDS = 1;
/** Less would be lost in the rounding of large times, and time would stand still. */
const LEAST_STEP_SECONDS = 0.001;
const QUIET_WATTS = 15;
/** What is true of a site whose devices are well: a battery not yet charged, too many rigs, a contact not tried again. */
const STAYS: ReadonlySet<string> = new Set(['battery-not-trusted', 'low-battery-on-mains', 'overload', 'switch-does-not-move']);

interface Watch {
  readonly night: Night;
  readonly of: RandomNight;
  readonly troubles: readonly Trouble[];
  readonly wrong: string[];
  readonly live: Map<UpsId, { readonly drawing: readonly RigId[] }>;
  ticks: number;
  tickedAt: number;
  piDiedAt: number | undefined;
}

/** One sentence for each thing that was wrong; empty: a good night. */
export async function liveThrough(of: RandomNight, troubles: readonly Trouble[] = of.troubles): Promise<readonly string[]> {
  const watch: Watch = { night: new Night(of.site), of, troubles, wrong: [], live: new Map(), ticks: 0, tickedAt: 0, piDiedAt: undefined };
  const { night, wrong } = watch;
  try {
    await night.start();
    await commission(watch);
    const from = night.nowSeconds;
    for (const { second, act } of timeline(troubles, of.lastsSeconds)) {
      await goOn(watch, from + second);
      await act(night);
    }
    await goOn(watch, from + of.lastsSeconds);
    await heal(watch);
    wrong.push(...(await comesBack(watch)));
    wrong.push(...(await night.end()));
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return [...wrong, ...brokenInvariants(night.journal)];
}

/** The troubles without which the night is a good one: those that can be left out, are. */
async function fewestTroubles(of: RandomNight): Promise<readonly Trouble[]> {
  let kept = of.troubles;
  const wrong = kindOf(await liveThrough(of));
  for (const one of of.troubles) {
    const fewer = kept.filter((trouble) => trouble !== one);
    if (kindOf(await liveThrough(of, fewer)) === wrong) kept = fewer;
  }
  return kept;
}

/** The first sentence without its figures: a night is made smaller only while the same stays wrong. */
function kindOf(wrong: readonly string[]): string {
  return (wrong[0] ?? '').replaceAll(/\{.*\}|\d+(\.\d+)?/g, '#');
}

/** What a person needs to see of a night that failed. */
export async function report(of: RandomNight): Promise<string> {
  const kept = await fewestTroubles(of);
  return `${describeNight(of, kept)}\n${(await liveThrough(of, kept)).join('\n')}`;
}

/** Contacts that rest open leave a new site dark: its owner brings it up first, and lets go of it. */
async function commission(watch: Watch): Promise<void> {
  const { night } = watch;
  const dark = [...night.world.rigs].filter(([, rig]) => !rig.look().fed).map(([id]) => id);
  if (dark.length === 0) return;
  await goOn(watch, 5);
  await night.submit({ kind: 'hold', as: 'up', rigs: dark });
  const missing = await backWithin(watch, (id) => !dark.includes(id));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} did not come up when the site was new`);
  await night.submit({ kind: 'release', rigs: dark });
}

function timeline(troubles: readonly Trouble[], endSeconds: number): { second: number; act: (night: Night) => unknown }[] {
  return troubles
    .flatMap(({ fromSeconds, toSeconds, begin, end }) => [
      { second: fromSeconds, act: begin },
      ...(toSeconds === undefined || end === undefined ? [] : [{ second: toSeconds, act: end }]),
    ])
    .filter(({ second }) => second < endSeconds)
    .sort((a, b) => a.second - b.second);
}

async function goOn(watch: Watch, second: number): Promise<void> {
  const { night } = watch;
  for (let left = second - night.nowSeconds; left >= LEAST_STEP_SECONDS; left = second - night.nowSeconds) {
    await night.run(Math.min(STEP_SECONDS, left));
    await look(watch);
  }
}

async function look(watch: Watch): Promise<void> {
  const { night } = watch;
  lookAtSupplies(watch);
  const carrier = night.world.site.controllerFedBy;
  const powered = carrier.some((id) => id === MAINS || night.world.ups.get(id)?.live === true);
  if (!powered) {
    if (night.runs) night.killController();
    watch.piDiedAt = night.nowSeconds;
  } else if (watch.piDiedAt !== undefined && night.nowSeconds - watch.piDiedAt > PI_BOOTS_SECONDS) {
    watch.piDiedAt = undefined;
    if (!night.runs) await night.start();
  }
  lookAtTicks(watch);
}

function lookAtTicks(watch: Watch): void {
  const { night } = watch;
  const { ticks } = night.world.host;
  if (ticks !== watch.ticks || !night.runs) {
    watch.ticks = ticks;
    watch.tickedAt = night.nowSeconds;
  } else if (night.nowSeconds - watch.tickedAt > LONGEST_STILL_SECONDS) {
    throw new Error(`no tick since second ${watch.tickedAt}`);
  }
}

/** When a UPS ends, nothing that could have been taken down in time still draws on it. */
function lookAtSupplies(watch: Watch): void {
  const { night, live, wrong } = watch;
  for (const [id, ups] of night.world.ups) {
    const before = live.get(id);
    if (ups.live) {
      live.set(id, { drawing: onlyOn(night, id).filter((rig) => night.world.watts(rig) > standby(night, rig)) });
    } else if (before !== undefined) {
      live.delete(id);
      const excused = energyIsExcused(watch, id);
      const caught = before.drawing.filter((rig) => !excused && !rigIsExcused(watch, rig));
      if (caught.length > 0) wrong.push(`${id} ended at second ${night.nowSeconds.toFixed(1)} under ${caught.join(', ')}`);
    }
  }
}

function standby(night: Night, rig: RigId): number {
  return (night.world.site.rigs.get(rig)?.pausedWatts ?? 0) + QUIET_WATTS;
}

function onlyOn(night: Night, ups: UpsId): readonly RigId[] {
  return [...night.world.site.rigs.values()].filter(({ fedBy }) => fedBy.length === 1 && fedBy[0] === ups).map(({ id }) => id);
}

/** A UPS that does not tell the truth, a service that is not there or not armed: then the battery may end under load. */
function energyIsExcused({ troubles, of }: Watch, ups: UpsId): boolean {
  const told = (of.site.ups[ups]?.sim?.lacks ?? []).length === 0;
  const spoiled = troubles.some(
    ({ kind, on, say }) => (kind === 'ups' && on === ups) || kind === 'service' || kind === 'journal' || say.includes('arm'),
  );
  return !told || spoiled;
}

function rigIsExcused({ troubles, of }: Watch, rig: RigId): boolean {
  const setting = of.site.rigs[rig];
  const contacts = setting?.cutBy ?? [];
  const ofNoUse = setting?.mute === true && contacts.length === 0;
  return ofNoUse || troubles.some(({ kind, on = '' }) => (kind === 'rig' && on === rig) || (kind === 'switch' && contacts.includes(on)));
}

/** Everything is well from here on; what is welded, a person has replaced. */
async function heal(watch: Watch): Promise<void> {
  const { night, troubles } = watch;
  for (const one of troubles) if (one.kind !== 'person' && one.kind !== 'outage' && one.kind !== 'service') await one.end?.(night);
  for (const id of night.world.rigs.keys()) healRig(night, id);
  for (const id of night.world.ups.keys()) night.returnMains(id);
  night.returnMains();
  if (!night.runs) await night.start();
}

async function comesBack(watch: Watch): Promise<readonly string[]> {
  const { night } = watch;
  const { memory } = night.engine.state;
  const armed = memory.armed !== false;
  const waited = await backWithin(watch, (id) => !armed || isLeftAlone(watch, id));
  if (waited.length > 0) return waited.map((id) => `${id} ${stateOf(night, id)}: it does not come back`);
  await followAdvice(watch);
  const still = await backWithin(watch, (id) => isWelded(watch, id) || cutUnseen(watch, id));
  const faults = standingFaults(watch);
  return [
    ...still.map((id) => `${id} ${stateOf(night, id)}: it does not come back though a person did what it was told`),
    ...faults.map((fault) => `a fault stays when all is well: ${fault}`),
  ];
}

/** Rigs that are not back in time and are not excused. */
async function backWithin(watch: Watch, excused: (id: RigId) => boolean): Promise<readonly RigId[]> {
  const { night } = watch;
  const end = night.nowSeconds + RETURN_WITHIN_SECONDS;
  const missing = (): readonly RigId[] => {
    const hashing = new Set(night.hashing());
    return [...night.world.rigs.keys()].filter((id) => !hashing.has(id) && !excused(id));
  };
  do {
    await goOn(watch, night.nowSeconds + 10);
  } while (missing().length > 0 && night.nowSeconds < end);
  return missing();
}

/** Held by a person, faulted and named, asleep of old or by a step whose record is lost, or behind a contact that was welded. */
function isLeftAlone(watch: Watch, id: RigId): boolean {
  const { night, of } = watch;
  const known = night.engine.state.memory.rigs.get(id);
  const named = night.events('noted').some((record) => String(record['say']).includes(`lastwatt up ${id}`));
  const asleep = of.site.rigs[id]?.sim?.startsAs === 'paused' || named;
  const heldDown = (one: RigId): boolean => night.engine.state.memory.rigs.get(one)?.hold?.as === 'down';
  const contacts = of.site.rigs[id]?.cutBy ?? [];
  const behindOne = Object.keys(of.site.rigs).some(
    (one) => heldDown(one) && of.site.rigs[one]?.cutBy?.some((its) => contacts.includes(its)),
  );
  return heldDown(id) || behindOne || known?.fault !== undefined || (asleep && known?.owed === undefined) || isWelded(watch, id);
}

function isWelded({ troubles, of }: Watch, id: RigId): boolean {
  return troubles.some(({ kind, on = '', say }) => kind === 'switch' && say.includes('welded') && of.site.rigs[id]?.cutBy?.includes(on));
}

/** The record of its cut was lost with the writer, and its contact can't be read: a person must look. */
function cutUnseen({ troubles, of }: Watch, id: RigId): boolean {
  const blind = of.site.rigs[id]?.cutBy?.some((one) => of.site.switches?.[one]?.canRead === false) === true;
  return blind && troubles.some(({ kind }) => kind === 'journal') && troubles.some(({ kind }) => kind === 'service');
}

async function followAdvice({ night }: Watch): Promise<void> {
  await night.submit({ kind: 'arm' });
  await night.submit({ kind: 'release', rigs: 'all' });
  const hashing = new Set(night.hashing());
  const asleep = [...night.world.rigs.keys()].filter((id) => !hashing.has(id));
  if (asleep.length > 0) await night.submit({ kind: 'hold', as: 'up', rigs: asleep });
}

function standingFaults(watch: Watch): readonly string[] {
  const { rigs, switches, supplies } = watch.night.engine.state.memory;
  const welded = (id: string): boolean => watch.troubles.some(({ on, say }) => on === id && say.includes('welded'));
  return [
    ...[...rigs].flatMap(([id, { fault }]) =>
      fault === undefined || isWelded(watch, id) || cutUnseen(watch, id) ? [] : [`${id} ${fault.code}`],
    ),
    ...[...switches].flatMap(([id, { fault }]) =>
      fault === undefined || welded(id) || STAYS.has(fault.code) ? [] : [`${id} ${fault.code}`],
    ),
    ...[...supplies].flatMap(([id, { faults }]) => faults.filter(({ code }) => !STAYS.has(code)).map(({ code }) => `${id} ${code}`)),
  ];
}

function stateOf(night: Night, id: RigId): string {
  const { memory, rigs } = night.engine.state;
  const { phase, admitted, wake, stop } = rigs.get(id) ?? {};
  const contacts = (night.world.site.rigs.get(id)?.cutBy ?? []).map((one) => [
    one,
    memory.switches.get(one),
    night.world.switches.get(one)?.coil,
  ]);
  return JSON.stringify({ phase, admitted, wake, stop, memory: memory.rigs.get(id), contacts, watts: night.world.watts(id) });
}

function brokenInvariants(records: readonly JournalRecord[]): readonly string[] {
  return records.filter((record) => record['code'] === 'invariant-broken').map((record) => String(record['say']));
}
