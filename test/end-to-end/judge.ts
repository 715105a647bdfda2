// What must hold of every night, judged by the rigs' and the switches' own logs; the journal is asked only whether it
// knew before.
import type { JournalRecord } from '../../src/host/port.ts';
import { contactOf } from '../support/rig-fleet.ts';
import { GRACE_SECONDS, type Night } from './night.ts';

/** upsd must be asked, an order must travel: what began before anybody could know that the mains are gone. */
const UNSEEN_MS = 1500;
/** The switches' own clock ticks in 10 ms. */
const TICK_MS = 15;
const QUIET_WATTS = 60;

/** One sentence for each thing that must not have happened. */
export async function violations(night: Night): Promise<readonly string[]> {
  const records = await night.service.journal();
  return [
    ...(night.died ? ['the battery gave out under the rigs'] : []),
    ...cutsTooEarly(night, records),
    ...startsOnBattery(night),
    ...needlessMoves(night),
    ...unforeseen(night, records),
    ...records.filter(({ event, code }) => event === 'fault' && code === 'invariant-broken').map((one) => JSON.stringify(one)),
  ];
}

/** A switch opens on a rig that was asked, and is quiet, or past its grace, or wanted dark at once by a person. */
function cutsTooEarly({ fleet }: Night, records: readonly JournalRecord[]): readonly string[] {
  const contacts = new Map(fleet.rigs.map((rig) => [rig.id, contactOf(rig)]));
  return fleet.cuts.flatMap(({ rig, atMs, watts }) => {
    // Grace runs from the first byte of the attempt, which a rig that is busy, or hangs, knows nothing of.
    const wokenMs = fleet.log(rig).findLast((entry) => entry.what === 'resume' && entry.atMs < atMs)?.atMs ?? 0;
    const asked = records.find(
      (record) => record.monoMs >= wokenMs && record.monoMs <= atMs + TICK_MS && isDue(record, 'pause', rig),
    )?.monoMs;
    // It went dark with the grid, and nothing was lost with its switch.
    if (watts === 0) return [];
    if (asked === undefined) return [`${rig} was cut and had never been asked to pause`];
    const late = atMs - asked;
    const now = JSON.stringify(lastDue(records, 'cut', contacts.get(rig) ?? '', atMs))?.includes('"now":true') ?? false;
    const fine = now || watts <= QUIET_WATTS || late >= GRACE_SECONDS * 1000 - TICK_MS;
    return fine ? [] : [`${rig} was cut at ${Math.round(watts)} W, ${Math.round(late)} ms after it was asked to pause`];
  });
}

/** The order behind a deed: the switches' clock may say that the deed came first. */
function lastDue(records: readonly JournalRecord[], kind: string, device: string, deedMs: number): JournalRecord | undefined {
  return records.findLast((record) => record.monoMs <= deedMs + TICK_MS && isDue(record, kind, device));
}

function isDue(record: JournalRecord, kind: string, device: string): boolean {
  const { event, step, dryRun } = record;
  if (event !== 'step-due' || dryRun === true || typeof step !== 'object' || step === null) return false;
  const { kind: of, rig, switch: contact } = step as { readonly kind?: string; readonly rig?: string; readonly switch?: string };
  return of === kind && (rig ?? contact) === device;
}

function startsOnBattery({ fleet, contacts, outages }: Night): readonly string[] {
  const resumes = fleet.bestFirst.flatMap((id) =>
    fleet.log(id).flatMap(({ what, atMs }) => (what === 'resume' ? [{ say: `${id} was resumed`, atMs }] : [])),
  );
  const feeds = contacts.edges.flatMap(({ contact, to, atMs }) => (to === 'fed' ? [{ say: `${contact} was fed`, atMs }] : []));
  return [...resumes, ...feeds]
    .filter(({ atMs }) => outages.some(({ fromMs, toMs }) => atMs > fromMs + UNSEEN_MS && atMs < toMs))
    .map(({ say }) => `${say} on battery`);
}

function needlessMoves({ contacts }: Night): readonly string[] {
  return contacts.edges.filter(({ from, to }) => from === to).map(({ contact, to }) => `${contact} was ${to} already, and was told again`);
}

/** Nothing is done that does not stand in the journal before. */
function unforeseen({ fleet, contacts }: Night, records: readonly JournalRecord[]): readonly string[] {
  const orders = fleet.bestFirst.flatMap((id) =>
    fleet.log(id).flatMap(({ what, atMs }) => (what === 'pause' || what === 'resume' ? [{ kind: what, device: id, atMs }] : [])),
  );
  const moves = contacts.edges.map(({ contact, to, atMs }) => ({ kind: to === 'cut' ? 'cut' : 'feed', device: contact, atMs }));
  return [...orders, ...moves]
    .filter(({ kind, device, atMs }) => lastDue(records, kind, device, atMs) === undefined)
    .map(({ kind, device }) => `${kind} of ${device} stands in no journal before it was done`);
}
