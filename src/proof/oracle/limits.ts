// What must hold of limits: nobody is told to make do with less but in an outage that was believed long enough, by a supply that it
// hangs on, and never above what it was told in it (I-04); and it is told what stood before, that its owner had (I-09).
import type { JournalRecord } from '../../host/port.ts';
import type { RigId } from '../../model/id.ts';
import { ownLimitOf } from '../../sim/rig.ts';
import { at, becauseOf, type Case } from './case.ts';
import { outageSince } from './known.ts';

/** Orders of a limit that were due, without those that take one off. */
export function limitsDue({ dues }: Case, rig: RigId): readonly JournalRecord[] {
  return (dues.get(`limit ${rig}`) ?? []).filter((record) => limitOf(record) !== null);
}

const limitOf = (record: JournalRecord): unknown => (record['step'] as { readonly watts?: unknown }).watts;

export function limitedWithoutOutage(all: Case): readonly string[] {
  return [...all.site.site.rigs.values()].flatMap((rig) =>
    limitsDue(all, rig.id).flatMap((record) => {
      const ups = String(becauseOf(record).facts?.['ups']);
      const said = `I-04 ${rig.id} was limited to ${String(limitOf(record))} W ${at(record.monoMs)}`;
      if (!rig.fedBy.includes(ups)) return [`${said} for ${ups}, which does not feed it`];
      const since = outageSince(all, ups, record.monoMs);
      if (since === undefined) return [`${said}, and there was no outage of ${ups}`];
      const named = rig.limits?.some(({ watts }) => watts === limitOf(record)) === true;
      return named ? [] : [`${said}, which its file does not name`];
    }),
  );
}

/** Over a wire a family has words of its own. */
export function givenBackWrong(all: Case): readonly string[] {
  return [...all.site.rigs].flatMap(([id, { traits }]) => {
    const told = (all.dues.get(`limit ${id}`) ?? []).map((record) => (record['step'] as { readonly was?: unknown }).was);
    const own = new Set<unknown>([ownLimitOf(traits), 'default']);
    return told.filter((was) => !own.has(was)).map((was) => `I-09 ${id} was to be given back ${String(was)}, which its owner never set`);
  });
}
