// What must hold of the way back: the hold of the mains doubles with each relapse, nobody starts on an empty battery, the
// best come first, a rig is tried three times, and none that we took down is told to its owner as a sleeper.
import type { JournalRecord } from '../../host/port.ts';
import type { RigId, UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import { rigsNamed, type Start, startsOf } from './acts.ts';
import { at, type Case, type Outage } from './case.ts';
import { mayBeCarried } from './generators.ts';
import { isHonest, isKept, outagesOf, wasThere } from './known.ts';

const RELAPSE_WITHIN_MS = 600_000;
const LONGEST_HOLD_MS = 900_000;
/** The first sample of mains was taken before the tick that took it up; one more for the poll. */
const POLL_MS = 3_000;
/** A charge is told in whole percents. */
const CHARGE_MARGIN = 3;
const WORTH_MARGIN = 0.1;
const LEAST_TRIES = 3;

interface OwnStart extends Pick<Start, 'atMs' | 'say' | 'charges'> {
  readonly rig: Rig;
}

/** Of each rig that was woken, or fed by the one contact that is its own or shared. */
function ownStartsOf(all: Case): readonly OwnStart[] {
  return startsOf(all).flatMap(({ rigs, contact, ...start }) =>
    rigs.filter((rig) => contact === undefined || rig.cutBy.join() === contact).map((rig) => ({ rig, ...start })),
  );
}

const upsesOf = ({ site }: Case, rig: Rig): readonly UpsId[] => rig.fedBy.filter((id) => site.site.supplies.has(id));

interface Held {
  readonly ended: JournalRecord;
  readonly holdMs: number;
  /** the end of that outage never came to the card, and whoever knew of it died: from here on nobody knows */
  forgottenMs?: number;
}

/** Outages as the journal has them, with how long mains was to hold after each. */
function holdsOf(all: Case, ups: UpsId): readonly Held[] {
  const its = all.records.filter(
    (one) => one.event === 'started' || (one['ups'] === ups && (one.event === 'outage-began' || one.event === 'outage-ended')),
  );
  const holds: Held[] = [];
  let relapses = 0;
  for (const record of its) {
    const ended = holds.at(-1)?.ended;
    if (record.event === 'started') {
      forget(all, holds, record.monoMs);
    } else if (record.event === 'outage-ended') {
      const heldMs = all.site.site.restore.mainsHeldSeconds * 1_000;
      holds.push({ ended: record, holdMs: Math.min(LONGEST_HOLD_MS, heldMs * 2 ** relapses) });
    } else {
      const again = ended !== undefined && record.monoMs - ended.monoMs < RELAPSE_WITHIN_MS && isKept(all, record) && isKept(all, ended);
      relapses = again ? relapses + 1 : 0;
    }
  }
  return holds;
}

function forget(all: Case, holds: readonly Held[], ms: number): void {
  for (const held of holds) if (!isKept(all, held.ended)) held.forgottenMs ??= ms;
}

export function startedBeforeTheHold(all: Case): readonly string[] {
  const holds = new Map([...all.site.site.supplies.keys()].map((id) => [id, holdsOf(all, id)] as const));
  return ownStartsOf(all).flatMap(({ rig, atMs, say }) =>
    upsesOf(all, rig).flatMap((ups) => {
      const last = holds.get(ups)?.findLast(({ ended, forgottenMs = atMs }) => ended.monoMs <= atMs && atMs <= forgottenMs);
      if (last === undefined || atMs >= last.ended.monoMs + last.holdMs - POLL_MS || all.liars?.has(ups) === true) return [];
      return [
        `I-05 ${say}, ${Math.round((atMs - last.ended.monoMs) / 1_000)} s after an outage of ${ups}, and it was to hold ${last.holdMs / 1_000} s`,
      ];
    }),
  );
}

export function startedOnEmpty(all: Case): readonly string[] {
  const { minChargePercent, doubtMinutes } = all.site.site.restore;
  return ownStartsOf(all).flatMap(({ rig, atMs, say, charges }) =>
    upsesOf(all, rig).flatMap((ups) => {
      const charge = charges.get(ups);
      const ended = outagesOf(all, ups).findLast((one) => one.toMs <= atMs && !passedUnseen(all, ups, one))?.toMs;
      if (charge === undefined || ended === undefined || !isHonest(all, ups) || !knows(all, ups, ended)) return [];
      if (atMs >= ended + doubtMinutes * 60_000 - POLL_MS) return [];
      const reserve = all.site.site.supplies.get(ups)?.reservePercent ?? 0;
      const least = (minChargePercent === 'auto' ? reserve : minChargePercent) - CHARGE_MARGIN;
      return charge >= least
        ? []
        : [`I-05 ${say} with ${Math.round(charge)} % in ${ups}, and ${least + CHARGE_MARGIN} % are to be waited for`];
    }),
  );
}

/** A flicker between two polls, which the journal tells nothing of: to who can only ask, the mains were steady. */
function passedUnseen({ records }: Case, ups: UpsId, { fromMs, toMs }: Outage): boolean {
  if (toMs - fromMs > POLL_MS) return false;
  return !records.some(({ event, ups: id, monoMs }) => event === 'outage-ended' && id === ups && monoMs >= toMs && monoMs < toMs + 60_000);
}

/** An outage that nobody saw gives no doubt. */
function knows(all: Case, ups: UpsId, endedMs: number): boolean {
  return all.kept.some(({ event, ups: id, monoMs }) => event === 'outage-ended' && id === ups && Math.abs(monoMs - endedMs) < 60_000);
}

/** Of two rigs on the same supplies that sleep with their power on, the better one has its turn first. */
export function returnedOutOfOrder(all: Case): readonly string[] {
  if (all.interrupted !== false) return [];
  const named = rigsNamed(all);
  if (named.has('all')) return [];
  const rigs = [...all.site.site.rigs.values()].filter((rig) => rig.can.read && !named.has(rig.id) && all.faulty?.has(rig.id) !== true);
  const worth = ({ reward, watts }: Rig): number => (reward?.perDay ?? 0) / watts;
  return rigs.flatMap((worse) =>
    turnsOf(all, worse.id).flatMap((turnMs) =>
      // On a generator those run that earn most together, and the largest starts first (shedding policy, section 9).
      (mayBeCarried(all, worse.fedBy, turnMs) ? [] : rigs)
        .filter((better) => better.fedBy.join() === worse.fedBy.join() && worth(worse) < (1 - WORTH_MARGIN) * worth(better))
        .filter((better) => sleepsLit(all, better, turnMs))
        .map((better) => `I-06 ${worse.id} had its turn ${at(turnMs)}, and ${better.id}, which earns more per watt, still slept`),
    ),
  );
}

function turnsOf({ records }: Case, rig: RigId): readonly number[] {
  return records
    .filter((record) => record.event === 'phase' && record['rig'] === rig && record['to'] === 'waking' && record['from'] !== 'unknown')
    .map(({ monoMs }) => monoMs);
}

/** Paused by our order for longer than its grace, never cut since, and its turn comes later. */
function sleepsLit(all: Case, rig: Rig, ms: number): boolean {
  const order = all.orders.findLast((one) => one.rig === rig.id && one.atMs <= ms);
  if (order?.what !== 'pause' || order.atMs > ms - (rig.graceSeconds + 5) * 1_000) return false;
  const phase = all.records.findLast((record) => record.event === 'phase' && record['rig'] === rig.id && record.monoMs <= ms);
  const lit = rig.cutBy.every((id) => all.edges.findLast((edge) => edge.switch === id && edge.atMs <= ms)?.to !== 'cut');
  // One that has its turn in the same tick stands beside it.
  const beside = turnsOf(all, rig.id).includes(ms);
  return lit && phase?.['to'] === 'paused' && !beside && turnsOf(all, rig.id).some((turn) => turn > ms);
}

export function gaveUpTooSoon(all: Case): readonly string[] {
  return all.records
    .filter((record) => record['code'] === 'will-not-wake' && record.event === 'fault' && /not hashing after/.test(String(record['say'])))
    .flatMap((record) => {
      const id = String(record['rig']);
      const turn = turnsSince(all, id, record.monoMs);
      const lines = (all.dues.get(`resume ${id}`) ?? []).filter(({ monoMs }) => monoMs >= turn && monoMs <= record.monoMs);
      const tries = all.orders.filter((one) => one.rig === id && one.what === 'resume' && one.atMs >= turn && one.atMs <= record.monoMs);
      // Each try has its line, and a service that dies may do so between the line and the order.
      const deaths = all.records.filter(({ event, monoMs }) => event === 'started' && monoMs > turn && monoMs <= record.monoMs).length;
      const tried = Math.min(lines.length, tries.length + deaths);
      if (tried >= LEAST_TRIES || (deaths === 0 && !wasThere(all, turn, record.monoMs))) return [];
      return [`I-14 ${id} was given up ${at(record.monoMs)} after ${tries.length} tries`];
    });
}

/** When its waking began: a service that starts again in the middle goes on with it, though it may first find it asleep. */
function turnsSince({ records }: Case, rig: RigId, ms: number): number {
  const phases = records.filter((one) => one.event === 'phase' && one['rig'] === rig && one.monoMs < ms);
  const last = phases.findLastIndex(({ from, to }) => to !== 'waking' && !(from === 'unknown' && to === 'paused'));
  return phases.slice(last + 1).find(({ to }) => to === 'waking')?.monoMs ?? 0;
}

/** Nobody is told that a rig sleeps by itself which we put to sleep, and whose pause or cut stands in the journal. */
export function calledASleeper(all: Case): readonly string[] {
  return all.records
    .filter((record) => record.event === 'noted' && /lastwatt up \S+$/.test(String(record['say'])))
    .flatMap((record) => {
      const id = /lastwatt up (\S+)$/.exec(String(record['say']))?.[1] ?? '';
      const rig = all.site.site.rigs.get(id);
      if (rig === undefined || all.faulty?.has(id) === true) return [];
      const why = tookDown(all, rig, record.monoMs);
      return why === undefined ? [] : [`I-10 ${id} is told ${at(record.monoMs)} to be down by itself, and ${why}`];
    });
}

function tookDown(all: Case, rig: Rig, ms: number): string | undefined {
  const order = all.orders.findLast((one) => one.rig === rig.id && one.atMs <= ms);
  const due = all.dues.get(`pause ${rig.id}`)?.findLast(({ monoMs }) => monoMs <= (order?.atMs ?? 0));
  if (order?.what !== 'pause' || due === undefined || !isKept(all, due)) return undefined;
  if (cameBackByItself(all, rig, due.monoMs, ms)) return undefined;
  const before = all.records.findLast(
    (one) =>
      one.event === 'phase' && one['rig'] === rig.id && one.monoMs < due.monoMs && (one['to'] === 'hashing' || one['to'] === 'paused'),
  );
  return before?.['to'] === 'hashing' ? `we paused it ${at(order.atMs)}` : undefined;
}

/**
 * It booted after our pause, in truth and not by our word alone, and was seen to hash: what we owed it was given (contract 3: a
 * rig that was not up before *our step* is never woken by us), and its next sleep is by no step of ours.
 */
function cameBackByItself({ records, site }: Case, { id }: Rig, fromMs: number, toMs: number): boolean {
  const back = records.findLast((one) => one.event === 'returned' && one['rig'] === id && one.monoMs > fromMs && one.monoMs < toMs);
  return site.rigs.get(id)?.log.some(({ what, atMs }) => what === 'feed' && atMs > fromMs && atMs < (back?.monoMs ?? fromMs)) === true;
}
