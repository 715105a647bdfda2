// What must hold of an episode under kills, judged by the rigs' and the switches' own logs and by the journal's lines, and
// by nothing that the service says of itself.
import type { JournalRecord } from '../../../src/host/port.ts';
import type { SimRigLook } from '../../../src/sim/rig.ts';
import type { ContactEdge } from '../contact-program.ts';
import type { CutSeen } from '../rig-fleet.ts';

/** An order as its rig heard it. */
export interface Order {
  readonly rig: string;
  readonly what: 'pause' | 'resume';
  readonly atMs: number;
  readonly was: Pick<SimRigLook, 'saysPaused' | 'level'>;
  /** the journal's file held its `step-due` at that very moment */
  readonly onDisk: boolean;
}

export interface Evidence {
  readonly graceSeconds: number;
  readonly orders: readonly Order[];
  readonly edges: readonly ContactEdge[];
  readonly cuts: readonly CutSeen[];
  /** rigs that take a connection and hear nothing of what it brings */
  readonly deaf: ReadonlySet<string>;
  /** stretches without mains, ms */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** all files of the journal at the end, oldest first */
  readonly records: readonly JournalRecord[];
  /** whole lines that were seen on the disk meanwhile */
  readonly seen: readonly JournalRecord[];
  /** every rig hashed again at this moment, after which nothing may happen */
  readonly overMs: number;
}

/** upsd must be asked, an order must travel: what began before anybody could know that the mains are gone. */
const UNSEEN_MS = 1500;
/** The switches' own clock ticks in 10 ms. */
const TICK_MS = 15;
/** A pause's first byte may be so far ahead of the order itself: a logon comes before it, on a busy machine. */
const TRAVEL_MS = 1000;

/** One sentence for each thing that must not have happened. */
export function judge(evidence: Evidence): readonly string[] {
  return [
    ...unforeseen(evidence),
    ...cutsTooEarly(evidence),
    ...startsOnBattery(evidence),
    ...needlessEdges(evidence),
    ...outOfSeason(evidence),
    ...gaps(evidence),
    ...evidence.records.filter(({ code }) => code === 'invariant-broken').map((record) => JSON.stringify(record)),
  ];
}

/** Orders that told a rig what it was already; harmless, and to be few. */
export function saidAgain({ orders }: Evidence): number {
  return orders.filter(({ what, was }) => was.saysPaused === (what === 'pause') && was.level === (what === 'pause' ? 0 : 1)).length;
}

/** Nothing is done that does not stand in the journal before, in a line of its own since its contrary was done. */
function unforeseen({ orders, edges, records }: Evidence): readonly string[] {
  const early = orders
    .filter(({ onDisk }) => !onDisk)
    .map(({ rig, what }) => `${what} of ${rig} reached it before the journal's file told of it`);
  const moved = edges.filter(({ contact, to, atMs }) => {
    const contraryMs = edges.findLast((one) => one.contact === contact && one.to !== to && one.atMs < atMs)?.atMs ?? 0;
    return !records.some(
      (one) => one.monoMs > contraryMs - TICK_MS && one.monoMs <= atMs + TICK_MS && isDue(one, to === 'cut' ? 'cut' : 'feed', contact),
    );
  });
  return [...early, ...moved.map(({ contact, to }) => `${contact} was ${to} and no line of the journal told of it before`)];
}

/** A switch opens on a rig that was asked, and is quiet or past its grace; what an earlier life meant to ask counts for nothing. */
function cutsTooEarly({ cuts, orders, records, deaf, graceSeconds }: Evidence): readonly string[] {
  return cuts.flatMap(({ rig, atMs, watts, level }) => {
    if (watts === 0 || level === 0) return [];
    const sinceMs = orders.findLast((one) => one.rig === rig && one.what === 'resume' && one.atMs < atMs)?.atMs ?? 0;
    const dueMs = records.find((one) => one.monoMs > sinceMs && one.monoMs < atMs && isDue(one, 'pause', rig))?.monoMs;
    if (dueMs === undefined) return [`${rig} was cut and had never been asked to pause`];
    if (atMs - dueMs < graceSeconds * 1000 - TICK_MS)
      return [`${rig} was cut at work ${Math.round(atMs - dueMs)} ms after it was to be asked`];
    const heardMs = orders.find((one) => one.rig === rig && one.what === 'pause' && one.atMs > sinceMs && one.atMs < atMs)?.atMs;
    if (heardMs === undefined) return deaf.has(rig) ? [] : [`${rig} was cut at work and had never heard of a pause`];
    if (atMs - heardMs >= graceSeconds * 1000 - TRAVEL_MS) return [];
    return [`${rig} was cut at work ${Math.round(atMs - heardMs)} ms after it first heard of a pause`];
  });
}

function startsOnBattery({ orders, edges, outages }: Evidence): readonly string[] {
  const starts = [
    ...orders.filter(({ what }) => what === 'resume').map(({ rig, atMs }) => ({ say: `${rig} was resumed on battery`, atMs })),
    ...edges.filter(({ to }) => to === 'fed').map(({ contact, atMs }) => ({ say: `${contact} was fed on battery`, atMs })),
  ];
  return starts.filter(({ atMs }) => outages.some(({ fromMs, toMs }) => atMs > fromMs + UNSEEN_MS && atMs < toMs)).map(({ say }) => say);
}

function needlessEdges({ edges }: Evidence): readonly string[] {
  return edges.filter(({ from, to }) => from === to).map(({ contact, to }) => `${contact} was ${to} already, and was told again`);
}

/**
 * Starting and being killed move nothing: all is still before the first outage, and once every rig hashes again and was seen to. Of
 * one that hashes but was asked to pause in a life before nobody knows whether it yet will: until it is back it may be woken to be sure.
 */
function outOfSeason({ orders, edges, outages, records, overMs: hashMs }: Evidence): readonly string[] {
  const fromMs = outages[0]?.fromMs ?? Number.POSITIVE_INFINITY;
  const overMs = Math.max(hashMs, ...records.filter(({ event }) => event === 'returned').map(({ monoMs }) => monoMs + TRAVEL_MS));
  const deeds = [
    ...orders.map(({ rig, what, atMs }) => ({ say: `${what} of ${rig}`, atMs })),
    ...edges.map(({ contact, to, atMs }) => ({ say: `${contact} ${to}`, atMs })),
  ];
  return deeds.filter(({ atMs }) => atMs < fromMs || atMs > overMs).map(({ say }) => `${say} in calm`);
}

function gaps({ records, seen }: Evidence): readonly string[] {
  const wrong = records.find(({ seq }, place) => seq !== place + 1);
  const gap = wrong === undefined ? [] : [`the journal has a gap or a copy at record ${wrong.seq}`];
  const kept = new Map(records.map((record) => [record.seq, JSON.stringify(record)]));
  const lost = seen.filter((record) => kept.get(record.seq) !== JSON.stringify(record));
  return [...gap, ...lost.slice(0, 3).map(({ seq, event }) => `record ${seq} (${event}) stood in the journal and is there no more`)];
}

export function isDue(record: JournalRecord, kind: string, device: string): boolean {
  const { event, step, dryRun } = record;
  if (event !== 'step-due' || dryRun === true || typeof step !== 'object' || step === null) return false;
  const { kind: of, rig, switch: contact } = step as { readonly kind?: string; readonly rig?: string; readonly switch?: string };
  return of === kind && (rig ?? contact) === device;
}
