// I-19: nothing stays in between for ever. A rig that is asked, cut or woken is something else by its deadline, or a fault
// names it.
import type { JournalRecord } from '../../host/port.ts';
import type { RigPhase } from '../../model/rig.ts';
import type { Case } from './case.ts';

/** Seconds; beyond them the core itself gives up: a grace and a cool-down, a contact's tries, a boot and three tries to wake. */
const LONGEST: Readonly<Partial<Record<RigPhase, number>>> = { cutting: 300, waking: 45 * 60, halting: 600 };

export function stuckBetween(all: Case): readonly string[] {
  if (all.interrupted !== false) return [];
  const endMs = all.records.at(-1)?.monoMs ?? 0;
  return [...all.site.site.rigs.keys()].flatMap((rig) => {
    // A service that was started again takes no phase over: it looks anew.
    const phases = all.records.filter(({ event, rig: of }) => event === 'started' || (event === 'phase' && of === rig));
    return phases.flatMap((record, place) => {
      if (record.event === 'started') return [];
      const to = record['to'] as RigPhase;
      const most = LONGEST[to];
      const next = phases[place + 1];
      // Where its life ended, the last that it journaled: what came after was nobody's.
      const last = next?.event === 'started' ? all.records[all.records.indexOf(next) - 1] : next;
      const untilMs = last?.monoMs ?? endMs;
      if (most === undefined || untilMs - record.monoMs <= most * 1000 || isNamed(all.records, record, untilMs)) return [];
      return [`I-19 ${rig} was ${to} for ${Math.round((untilMs - record.monoMs) / 1000)} s from ${record.monoMs} ms`];
    });
  });
}

/** A fault of the rig, or of a contact, was said meanwhile. */
function isNamed(records: readonly JournalRecord[], from: JournalRecord, untilMs: number): boolean {
  return records.some(
    (record) =>
      record.event === 'fault' &&
      record.monoMs <= untilMs &&
      (record['rig'] === from['rig'] || record['switch'] !== undefined || record['code'] === 'switch-does-not-move'),
  );
}
