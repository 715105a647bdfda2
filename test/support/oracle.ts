// What must hold of every night, judged from the journal and the simulated world alone, never from what the core believes.
import type { JournalRecord } from '../../src/host/port.ts';
import { MAINS, type RigId, type SupplyId, type UpsId } from '../../src/model/id.ts';
import type { Rig } from '../../src/model/rig.ts';
import type { SimSite } from '../../src/sim/site.ts';
import type { SimEdge } from '../../src/sim/switch.ts';

interface Order {
  readonly atMs: number;
  readonly rig: RigId;
  readonly what: string;
}

/** Reasons for which a switch may open on a rig that is neither quiet nor past its grace. */
const FORCED = new Set(['forced-shutdown', 'low-battery', 'runtime-below-cut', 'charge-below-reserve', 'energy-is-ending']);
/** W above standby that still count as quiet. */
const QUIET_WATTS = 15;
/** What is left of HOSTSYNC for the last switches (README decision 11). */
const HOST_SYNC_MARGIN_SECONDS = 3;
const CLOSEST_EDGES_MS = 1_000;
/** Two polls may pass before anybody can know that the mains are gone. */
const UNSEEN_MS = 4_000;
/** A resume waits for one more look at its rig, a feed does not. */
const LOOK_MS = 2_000;
/** From a feed to the last resume that still belongs to it. */
const LONGEST_START_MS = 15 * 60_000;

export interface Truth {
  /** stretches without mains, ms; with a name, at the input of that UPS alone */
  readonly outages: readonly Outage[];
  /** what was written and lost when the writer was killed: it stood in the journal at its time */
  readonly lost?: readonly JournalRecord[];
}

interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ups?: UpsId;
}

/** One sentence for each thing that must not have happened. */
export function violations(site: SimSite, truth: Truth): readonly string[] {
  const orders = site.orders.map(({ atMs, rig, what }) => ({ atMs, rig, what }));
  const edges = site.edges.filter(({ by }) => by === 'order');
  const starts = startsOf(site, orders, edges);
  const records = [...site.journal.records, ...(truth.lost ?? [])].sort((a, b) => a.monoMs - b.monoMs);
  return [
    ...edges.filter(({ to }) => to === 'cut').flatMap((edge) => cutTooEarly(site, { edge, orders, records })),
    ...startedTooSoon(site, { outages: truth.outages, records, starts }),
    ...startedTogether(site, starts),
    ...neverJournaled(records, orders, edges),
    ...chatter(edges),
    ...fedTooSoon(site, edges),
    ...gaps(site.journal.records),
  ];
}

/** A switch opens on a rig that was asked, and is quiet or past its grace; or is forced to. */
function cutTooEarly(
  site: SimSite,
  { edge, orders, records }: { readonly edge: SimEdge; readonly orders: readonly Order[]; readonly records: readonly JournalRecord[] },
): string[] {
  const rigs = [...site.site.rigs.values()].filter((rig) => rig.cutBy.includes(edge.switch));
  // What can't be paused is cut while it draws; its watts say nothing of the others.
  const standby = rigs.reduce((sum, rig) => sum + (rig.can.pause ? rig.pausedWatts + QUIET_WATTS : 1.05 * rig.watts), 0);
  if (edge.watts === 0) return [];
  const quiet = edge.watts <= standby;
  const forced = wasForced(records, edge);
  return rigs
    .filter((rig) => rig.can.pause)
    .flatMap((rig) => {
      const asked = firstPause(rig, edge, orders);
      // Asleep before we asked, or gone with the grid and booting by the time its switch opens.
      if (asked === undefined && quiet) return [];
      if (asked === undefined) return [`${edge.switch} opened at ${edge.atMs} ms on ${rig.id}, which was never asked to pause`];
      const graceIsOver = edge.atMs >= asked.atMs + graceMs(site, { rig, edge, records });
      const fine = quiet || graceIsOver || forced;
      return fine
        ? []
        : [`${edge.switch} opened at ${edge.atMs} ms on ${rig.id} at ${Math.round(edge.watts)} W, before its grace was over`];
    });
}

/** A primary that forces the shutdown waits no longer than its HOSTSYNC: the grace of what hangs on that UPS ends before. */
function graceMs(site: SimSite, { rig, edge, records }: { rig: Rig; edge: SimEdge; records: readonly JournalRecord[] }): number {
  const patience = rig.fedBy
    .filter((ups) => isForced(records, ups, edge.atMs))
    .map((ups) => (site.site.supplies.get(ups)?.hostSyncSeconds ?? 0) - HOST_SYNC_MARGIN_SECONDS);
  return Math.min(rig.graceSeconds, ...patience) * 1_000;
}

function isForced(records: readonly JournalRecord[], ups: SupplyId, atMs: number): boolean {
  const its = records.filter((record) => record['code'] === 'forced-shutdown' && record['ups'] === ups && record.monoMs <= atMs);
  return its.at(-1)?.event === 'fault';
}

type Because = { readonly rule?: string; readonly facts?: Record<string, unknown> };

function becauseOf(records: readonly JournalRecord[], edge: SimEdge): Because {
  const due = records.findLast((record) => record.monoMs <= edge.atMs && isDue(record, 'cut', edge.switch));
  return (due?.['because'] as Because | undefined) ?? {};
}

function wasForced(records: readonly JournalRecord[], edge: SimEdge): boolean {
  const { rule = '', facts } = becauseOf(records, edge);
  return FORCED.has(rule) || facts?.['now'] === true;
}

/** The first pause asked of it since it was last woken. */
function firstPause(rig: Rig, edge: SimEdge, orders: readonly Order[]): Order | undefined {
  const its = orders.filter((order) => order.rig === rig.id && order.atMs <= edge.atMs);
  const woken = its.findLastIndex((order) => order.what === 'resume');
  return its.slice(woken + 1).find((order) => order.what === 'pause');
}

interface Start {
  readonly atMs: number;
  readonly say: string;
  readonly rigs: readonly Rig[];
}

/** Everything that energises: a contact that closes, a rig that is woken. */
function startsOf(site: SimSite, orders: readonly Order[], edges: readonly SimEdge[]): readonly Start[] {
  const rigs = [...site.site.rigs.values()];
  const resumes = orders.filter(({ what }) => what === 'resume');
  const feeds = edges.filter(({ to }) => to === 'fed');
  return [
    ...resumes.map(({ atMs, rig: id }) => ({ atMs, say: `${id} was resumed at ${atMs} ms`, rigs: rigs.filter((rig) => rig.id === id) })),
    ...feeds.map((edge) => ({
      atMs: edge.atMs,
      say: `${edge.switch} was fed at ${edge.atMs} ms`,
      rigs: rigs.filter((rig) => rig.cutBy.includes(edge.switch)),
    })),
  ].sort((a, b) => a.atMs - b.atMs);
}

interface Began {
  readonly outages: readonly Outage[];
  readonly records: readonly JournalRecord[];
  readonly starts: readonly Start[];
}

/** Nothing is energised on battery, nor before mains has held; an outage that nobody could see has no hold. */
function startedTooSoon(site: SimSite, { outages, records, starts }: Began): string[] {
  const heldMs = site.site.restore.mainsHeldSeconds * 1_000;
  const during = (outage: Outage, { atMs, rigs }: Start): boolean => {
    const { fromMs, toMs } = outage;
    if (atMs <= fromMs + UNSEEN_MS || atMs >= toMs + heldMs || !rigs.some((rig) => concerns(outage, rig))) return false;
    return atMs < toMs || (toMs - fromMs > UNSEEN_MS && wasSeen(outage, records));
  };
  return starts
    .filter((start) => outages.some((outage) => during(outage, start)))
    .map(({ say }) => `${say}, on battery or before mains had held`);
}

/** A rig on no UPS returns only while all of them are well. */
function concerns({ ups }: Outage, rig: Rig): boolean {
  return ups === undefined || rig.fedBy.includes(ups) || rig.fedBy.every((supply) => supply === MAINS);
}

function wasSeen({ fromMs, toMs, ups }: Outage, records: readonly JournalRecord[]): boolean {
  const its = records.filter(({ event, ups: id }) => (event === 'outage-began' || event === 'outage-ended') && (ups ?? id) === id);
  const began = its.some(({ event, monoMs }) => event === 'outage-began' && monoMs >= fromMs && monoMs <= toMs);
  return began || its.findLast(({ monoMs }) => monoMs < fromMs)?.event === 'outage-began';
}

/** Rigs start one after the other; together only where they are small beside what their supply carries. */
function startedTogether(site: SimSite, starts: readonly Start[]): string[] {
  const staggerMs = site.site.restore.staggerSeconds * 1_000 - LOOK_MS;
  const first = starts.filter(({ rigs }, place) => {
    const lately = starts.slice(0, place).filter((other) => other.rigs.some((rig) => rigs.includes(rig)));
    // The resume that follows a feed is the same start; so is a retry.
    return !lately.some((other) => (starts[place]?.atMs ?? 0) - other.atMs < LONGEST_START_MS);
  });
  return [...site.site.supplies.values()].flatMap(({ id, nominalWatts = 0 }) => {
    const here = first.filter(({ rigs }) => rigs.some((rig) => rig.fedBy.includes(id)));
    return here.slice(1).flatMap((start, place) => {
      const before = here[place];
      if (before === undefined || start.atMs - before.atMs >= staggerMs) return [];
      const watts = [...start.rigs, ...before.rigs].reduce((sum, rig) => sum + rig.watts, 0);
      return watts <= nominalWatts / 10 ? [] : [`${start.say}, ${start.atMs - before.atMs} ms after ${before.say}`];
    });
  });
}

function neverJournaled(records: readonly JournalRecord[], orders: readonly Order[], edges: readonly SimEdge[]): string[] {
  const acts = [
    ...orders.map(({ atMs, rig, what }) => ({ atMs, kind: what, device: rig })),
    ...edges.map(({ atMs, to, switch: device }) => ({ atMs, kind: to === 'cut' ? 'cut' : 'feed', device })),
  ];
  return acts
    .filter(({ atMs, kind, device }) => !records.some((record) => record.monoMs <= atMs && isDue(record, kind, device)))
    .map(({ atMs, kind, device }) => `${kind} of ${device} at ${atMs} ms stands in no journal`);
}

function isDue(record: JournalRecord, kind: string, device: string): boolean {
  if (record.event !== 'step-due' || record['dryRun'] === true) return false;
  const step = record['step'] as { kind: string; rig?: string; switch?: string };
  return step.kind === kind && (step.rig ?? step.switch) === device;
}

function chatter(edges: readonly SimEdge[]): string[] {
  return edges.flatMap((edge, place) => {
    const before = edges.slice(0, place).findLast((other) => other.switch === edge.switch);
    const close = before !== undefined && edge.atMs - before.atMs < CLOSEST_EDGES_MS;
    return close ? [`${edge.switch} moved twice within a second at ${edge.atMs} ms`] : [];
  });
}

/** An open contact rests before it closes. */
function fedTooSoon(site: SimSite, edges: readonly SimEdge[]): string[] {
  return edges.flatMap((edge, place) => {
    const before = edges.slice(0, place).findLast((other) => other.switch === edge.switch);
    const restMs = (site.site.switches.get(edge.switch)?.minOffSeconds ?? 0) * 1_000;
    const early = edge.to === 'fed' && before?.to === 'cut' && edge.atMs - before.atMs < restMs;
    return early ? [`${edge.switch} was fed at ${edge.atMs} ms, ${edge.atMs - before.atMs} ms after it was cut`] : [];
  });
}

function gaps(records: readonly JournalRecord[]): string[] {
  return records.flatMap((record, place) => (record.seq === place + 1 ? [] : [`record ${place + 1} has number ${record.seq}`]));
}
