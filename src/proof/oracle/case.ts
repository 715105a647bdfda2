// What the judges look at: the journal as it was written, what is kept of it, and the truth of the simulated world. Never
// what the core believes.
import type { JournalRecord } from '../../host/port.ts';
import type { RigId, SwitchId, UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { Reason } from '../../model/step.ts';
import type { SimSite, SimSiteEdge, SimSiteOrder } from '../../sim/site.ts';
import type { Trouble } from '../scenario.ts';

export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  /** at the input of that UPS alone */
  readonly ups?: UpsId;
  /** of the grid: behind a generator, with outages of their own */
  readonly spares?: ReadonlySet<UpsId>;
}

export interface Truth {
  /** stretches without mains */
  readonly outages: readonly Outage[];
  /** everything that was written, whatever became of the card; oldest first */
  readonly records: readonly JournalRecord[];
  /** what stands on the card in the end */
  readonly kept: readonly JournalRecord[];
  /** the service was killed, stopped or without a card at some time: deadlines between then and there prove nothing */
  readonly interrupted?: boolean;
  /** rigs that misbehaved at some time */
  readonly faulty?: ReadonlySet<RigId>;
  /** UPSes that told the truth all night, and all of it */
  readonly honest?: ReadonlySet<UpsId>;
  /** UPSes that said mains or battery where it was not so */
  readonly liars?: ReadonlySet<UpsId>;
  /** no site of a campaign: what is no danger is not judged */
  readonly anySite?: true;
  /** when a UPS had no power at its output: empty, it tells nothing */
  readonly dead?: readonly Dead[];
  /** what went wrong when, and what persons did */
  readonly troubles?: readonly Timed[];
}

export interface Dead {
  readonly ups: UpsId;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A trouble in ms of the monotonic clock of the world. One that is over at once ends as it begins. */
export type Timed = Trouble & { readonly fromMs: number; readonly toMs: number };

export interface Case extends Truth {
  readonly site: SimSite;
  readonly orders: readonly SimSiteOrder[];
  /** of the contacts, those that we asked for */
  readonly edges: readonly SimSiteEdge[];
  /** the steps that were due and meant in earnest, by `pause s19-1`, oldest first */
  readonly dues: ReadonlyMap<string, readonly JournalRecord[]>;
}

export function caseOf(site: SimSite, truth: Truth): Case {
  const dues = new Map<string, JournalRecord[]>();
  for (const record of truth.records) {
    if (record.event !== 'step-due' || record['dryRun'] === true) continue;
    const step = record['step'] as { readonly kind: string; readonly rig?: string; readonly switch?: string };
    const key = `${step.kind} ${step.rig ?? step.switch}`;
    const known = dues.get(key);
    if (known === undefined) dues.set(key, [record]);
    else known.push(record);
  }
  return { ...truth, site, orders: site.orders, edges: site.edges.filter(({ by }) => by === 'order'), dues };
}

/** The step that an act at this moment carries out: the last that was due before it. */
export function dueOf({ dues }: Case, kind: string, device: string, atMs: number): JournalRecord | undefined {
  return dues.get(`${kind} ${device}`)?.findLast(({ monoMs }) => monoMs <= atMs);
}

export function becauseOf(record: JournalRecord | undefined): Partial<Reason> {
  return (record?.['because'] as Reason | undefined) ?? {};
}

export function rigsBehind({ site }: Case, contact: SwitchId): readonly Rig[] {
  return [...site.site.rigs.values()].filter((rig) => rig.cutBy.includes(contact));
}

/** `the 85.2nd second` would be of no use to a person who looks into a journal. */
export const at = (ms: number): string => `at ${ms} ms`;
