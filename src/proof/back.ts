// The end of a night: everything is well, and every rig comes back, by itself or when a person does what he was told.
import type { RigId } from '../model/id.ts';
import { ownLimitOf } from '../sim/rig.ts';
import { HOUR_MS, MOST_MOVES_AN_HOUR } from './oracle/starts.ts';
import { type GoOn, troublesOf, type Watch } from './watch.ts';

/** s; hold, doubt, boots and tries, and an hour where a switch has moved too often */
const RETURN_WITHIN_SECONDS = 3_600 + 1_200;
const LOOK_EVERY_SECONDS = 10;
const FAULTS_CLEAR_WITHIN_SECONDS = 600;
/** What is true of a site whose devices are well: a battery not yet charged, too many rigs, a contact not tried again. */
const STAYS: ReadonlySet<string> = new Set([
  'battery-not-trusted',
  'low-battery-on-mains',
  'overload',
  'switch-does-not-move',
  'forced-shutdown-latched',
  'does-not-fit',
]);

/** Contacts that rest open leave a new site dark: its owner brings it up first, and lets go of it. */
export async function commission(watch: Pick<Watch, 'night'>, goOn: GoOn): Promise<void> {
  const { night } = watch;
  const dark = [...night.world.rigs].filter(([, rig]) => !rig.look().fed).map(([id]) => id);
  if (dark.length === 0) return;
  await goOn(5);
  await night.submit({ kind: 'hold', as: 'up', rigs: dark });
  const missing = await backWithin(watch, goOn, (id) => !dark.includes(id));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} did not come up when the site was new`);
  await night.submit({ kind: 'release', rigs: dark });
}

export async function comesBack(watch: Watch, goOn: GoOn): Promise<readonly string[]> {
  const { night } = watch;
  const armed = night.state.memory.armed !== false;
  const waited = await backWithin(watch, goOn, (id) => !armed || isLeftAlone(watch, id));
  if (waited.length > 0) return waited.map((id) => `${id} ${stateOf(watch, id)}: it does not come back`);
  await forcedIsOld(watch, goOn);
  const still = await advised(watch, goOn);
  // What was wrong is cleared when it is next looked at, or done.
  const end = night.nowSeconds + FAULTS_CLEAR_WITHIN_SECONDS;
  const last = night.nowSeconds + RETURN_WITHIN_SECONDS;
  // A limit comes off as a rig comes back: mains that went again and again hold for long until they count.
  const isOver = (): boolean => night.nowSeconds >= (waitsForAMove(watch) || stillLimited(watch).length > 0 ? last : end);
  while (standingFaults(watch).length + stillLimited(watch).length > 0 && !isOver()) {
    await goOn(night.nowSeconds + LOOK_EVERY_SECONDS);
  }
  return [
    ...still.map((id) => `${id} ${stateOf(watch, id)}: it does not come back though a person did what it was told`),
    ...stillLimited(watch).map((id) => `${id} is not limited as its owner had it when all is well`),
    ...standingFaults(watch).map((fault) => `a fault stays when all is well: ${fault}`),
  ];
}

/** Rigs that are not back in time and are not excused. */
async function backWithin({ night }: Pick<Watch, 'night'>, goOn: GoOn, excused: (id: RigId) => boolean): Promise<readonly RigId[]> {
  const end = night.nowSeconds + RETURN_WITHIN_SECONDS;
  const missing = (): readonly RigId[] => {
    const hashing = new Set(night.hashing());
    return [...night.world.rigs.keys()].filter((id) => !hashing.has(id) && !excused(id));
  };
  do {
    await goOn(night.nowSeconds + LOOK_EVERY_SECONDS);
  } while (missing().length > 0 && night.nowSeconds < end);
  return missing();
}

/** Held by a person, faulted and named, asleep of old or by a step whose record is lost, or behind a contact that was welded. */
function isLeftAlone(watch: Watch, id: RigId): boolean {
  const { night, scenario } = watch;
  const { rigs } = scenario.site;
  const { memory } = night.state;
  const known = memory.rigs.get(id);
  const named = night.events('noted').some((record) => String(record['say']).includes(`lastwatt up ${id}`));
  const asleep = rigs[id]?.sim?.startsAs === 'paused' || named;
  const heldDown = (one: RigId): boolean => memory.rigs.get(one)?.hold?.as === 'down';
  const contacts = rigs[id]?.cutBy ?? [];
  const behindOne = Object.keys(rigs).some((one) => heldDown(one) && rigs[one]?.cutBy?.some((its) => contacts.includes(its)));
  return heldDown(id) || behindOne || known?.fault !== undefined || (asleep && known?.owed === undefined) || isBeyondReach(watch, id);
}

/** No step and no advice of lastwatt brings it back: somebody must go there and look. */
function isBeyondReach(watch: Watch, id: RigId): boolean {
  return isWelded(watch, id) || cutUnseen(watch, id) || sleepsUnseen(watch, id);
}

/**
 * It has power, and when it last booted it would not hash. It can be asked nothing: "cut only" (contract 2, driver none), so
 * that what safety case F36 does, three tries to wake it, there is no way to do; to lastwatt it is up.
 */
function sleepsUnseen(watch: Watch, id: RigId): boolean {
  const { night, scenario, fromSeconds } = watch;
  const rig = night.world.rigs.get(id);
  if (scenario.site.rigs[id]?.mute !== true || rig?.look().fed !== true) return false;
  const booted = rig.log.findLast(({ what }) => what === 'feed')?.atMs ?? Number.NEGATIVE_INFINITY;
  const ms = (second: number): number => night.msAt(fromSeconds + second);
  return troublesOf(watch, ['rig'], id).some(
    ({ quirks, fromSeconds: from, toSeconds: to = from }) => quirks.willNotWake === true && ms(from) <= booted && booted <= ms(to),
  );
}

function isWelded(watch: Watch, id: RigId): boolean {
  return (watch.scenario.site.rigs[id]?.cutBy ?? []).some((contact) => wasWelded(watch, contact));
}

function wasWelded(watch: Watch, contact: string): boolean {
  return troublesOf(watch, ['switch'], contact).some(({ quirks }) => quirks.welded === true);
}

/** The record of its cut was lost with the writer, and its contact can't be read: a person must look. */
function cutUnseen(watch: Watch, id: RigId): boolean {
  const { rigs, switches } = watch.scenario.site;
  const blind = rigs[id]?.cutBy?.some((one) => switches?.[one]?.canRead === false) === true;
  return blind && troublesOf(watch, ['card']).length > 0 && troublesOf(watch, ['killed', 'pi-dead']).length > 0;
}

/**
 * A forced shutdown that nobody takes back is the floor, which no person's `up` outranks (contract 3, "The floor", "Who outranks
 * whom"), until it is a latch: after `doubtMinutes` of steady mains, no later (README decision 13).
 */
async function forcedIsOld({ night }: Watch, goOn: GoOn): Promise<void> {
  const end = night.nowSeconds + night.world.site.restore.doubtMinutes * 60 + LOOK_EVERY_SECONDS;
  const stands = (): boolean => [...night.state.supplies.values()].some(({ forced }) => forced);
  while (stands() && night.nowSeconds < end) await goOn(night.nowSeconds + LOOK_EVERY_SECONDS);
}

/** A person does what he was told, and once more where it crashed meanwhile. */
async function advised(watch: Watch, goOn: GoOn): Promise<readonly RigId[]> {
  const { night } = watch;
  for (;;) {
    const { lives } = night;
    if (night.runs) await followAdvice(watch);
    const still = await backWithin(watch, goOn, (id) => isBeyondReach(watch, id));
    if (night.lives === lives && night.runs) return still;
  }
}

async function followAdvice({ night }: Watch): Promise<void> {
  await night.submit({ kind: 'arm' });
  await night.submit({ kind: 'release', rigs: 'all' });
  const hashing = new Set(night.hashing());
  const asleep = [...night.world.rigs.keys()].filter((id) => !hashing.has(id));
  if (asleep.length > 0) await night.submit({ kind: 'hold', as: 'up', rigs: asleep });
}

/** One that has no power, for its contact welded open and its board tells it fed, can be told nothing: somebody must go there. */
function stillLimited(watch: Watch): readonly string[] {
  return [...watch.night.world.rigs]
    .filter(([id, rig]) => rig.look().limit !== ownLimitOf(rig.traits) && (rig.look().fed || !isBeyondReach(watch, id)))
    .map(([id]) => id);
}

function standingFaults(watch: Watch): readonly string[] {
  const { rigs, switches, supplies } = watch.night.state.memory;
  return [
    ...[...rigs].flatMap(([id, { fault }]) => (fault === undefined || isBeyondReach(watch, id) ? [] : [`${id} ${fault.code}`])),
    ...[...switches].flatMap(([id, { fault }]) =>
      fault === undefined || wasWelded(watch, id) || STAYS.has(fault.code) ? [] : [`${id} ${fault.code}`],
    ),
    ...[...supplies].flatMap(([id, { faults }]) => faults.filter(({ code }) => !STAYS.has(code)).map(({ code }) => `${id} ${code}`)),
  ];
}

/**
 * A contact that moved by itself is put right by the move of its rig's turn; after six in an hour that waits, and the rig may have
 * its power meanwhile (safety case, F44).
 */
function waitsForAMove({ night }: Watch): boolean {
  const since = night.world.clock.monotonicMs() - HOUR_MS - FAULTS_CLEAR_WITHIN_SECONDS * 1_000;
  return [...night.state.memory.switches].some(([id, { fault }]) => {
    // As they were ordered: one that nobody answered for may have moved it.
    const ours = night.events('step-due').filter(({ step, monoMs }) => isMoveOf(step, id) && monoMs > since);
    return fault?.code === 'switch-moved-by-itself' && ours.length >= MOST_MOVES_AN_HOUR;
  });
}

const isMoveOf = (step: unknown, id: string): boolean =>
  typeof step === 'object' && step !== null && 'switch' in step && step.switch === id;

function stateOf({ night }: Watch, id: RigId): string {
  const { memory, rigs } = night.state;
  const { phase, admitted, wake, stop } = rigs.get(id) ?? {};
  const contacts = (night.world.site.rigs.get(id)?.cutBy ?? []).map((one) => [
    one,
    memory.switches.get(one),
    night.world.switches.get(one)?.coil,
  ]);
  return JSON.stringify({ phase, admitted, wake, stop, memory: memory.rigs.get(id), contacts, watts: night.world.watts(id) });
}
