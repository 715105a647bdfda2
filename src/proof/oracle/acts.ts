// What was done in a night, as several judges look at it: the pauses that were due and why, the starts, and the rules that do
// not wait.
import type { JournalRecord } from '../../host/port.ts';
import type { RigId, SwitchId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SimSiteOrder } from '../../sim/site.ts';
import { at, becauseOf, type Case, rigsBehind } from './case.ts';

/** Rules of the floor: a switch may open on a rig that is neither quiet nor cool nor past its grace. */
export const FORCED: ReadonlySet<string> = new Set(['forced-shutdown', 'low-battery', 'runtime-below-cut', 'charge-below-reserve']);

/** Rules of the policies by which the worst earner leaves first: restarts cost all rigs of a drawn site the same of what they earn. */
export const BY_WORTH: ReadonlySet<string> = new Set(['runtime-below-threshold', 'not-worth-its-energy']);
/** All by which a policy sheds. */
export const BY_POLICY: ReadonlySet<string> = new Set([...BY_WORTH, 'runtime-unknown', 'overload']);

/** A pause that was due and meant in earnest. */
export interface Pause {
  readonly rig: Rig;
  readonly record: JournalRecord;
  readonly atMs: number;
  readonly rule: string;
  readonly facts: Readonly<Record<string, number | string | boolean>>;
}

export function pausesOf({ dues, site }: Case): readonly Pause[] {
  return [...dues].flatMap(([step, records]) => {
    const [kind, id = ''] = step.split(' ');
    const rig = site.site.rigs.get(id);
    if (kind !== 'pause' || rig === undefined) return [];
    return records.map((record) => {
      const { rule = '', facts = {} } = becauseOf(record);
      return { rig, record, atMs: record.monoMs, rule, facts };
    });
  });
}

/** A contact that closes, or a rig that is woken. */
export interface Start {
  readonly atMs: number;
  readonly say: string;
  /** that closed; absent: a resume */
  readonly contact?: SwitchId;
  /** all that have power by it */
  readonly rigs: readonly Rig[];
  readonly charges: SimSiteOrder['charges'];
}

/** Resumes, then feeds, each oldest first. */
export function startsOf(all: Case): readonly Start[] {
  const rigs = [...all.site.site.rigs.values()];
  const resumes = all.orders.filter(({ what }) => what === 'resume');
  const feeds = all.edges.filter(({ to }) => to === 'fed');
  return [
    ...resumes.map(({ rig: id, atMs, charges }) => ({
      atMs,
      say: `${id} was resumed ${at(atMs)}`,
      rigs: rigs.filter((rig) => rig.id === id),
      charges,
    })),
    ...feeds.map(({ switch: contact, atMs, charges }) => ({
      atMs,
      say: `${contact} was fed ${at(atMs)}`,
      contact,
      rigs: rigsBehind(all, contact),
      charges,
    })),
  ];
}

/** The rigs that a person named or a fault is about; `all` where a person meant every one. */
export function rigsNamed(all: Case, untilMs = Number.POSITIVE_INFINITY): ReadonlySet<RigId | 'all'> {
  const told = all.records.filter(({ event, monoMs }) => (event === 'command' || event === 'fault') && monoMs <= untilMs);
  return new Set(told.flatMap(namedBy));
}

function namedBy(record: JournalRecord): readonly (RigId | 'all')[] {
  const { rigs, rig } = (record['command'] as { readonly rigs?: readonly RigId[] | 'all'; readonly rig?: RigId } | undefined) ?? {};
  if (rigs === 'all') return ['all'];
  return [...(rigs ?? []), ...[rig, record['rig'] as RigId | undefined].filter((id) => id !== undefined)];
}
