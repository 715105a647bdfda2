// What a UPS complains of, told to a person once and once more when it is over. Nothing is decided here: what a
// complaint means for the return stands in rules/turn.ts, for the floor in rules/guard.ts.
import type { UpsId } from '../model/id.ts';
import type { Sample } from './gate.ts';
import { clear, raise, type Tick } from './tick.ts';

interface Complaint {
  readonly code: string;
  readonly stands: (sample: Sample) => boolean;
  readonly say: string;
}

const COMPLAINTS: readonly Complaint[] = [
  {
    code: 'low-battery-on-mains',
    stands: ({ lowBattery, line }) => lowBattery && line === 'mains',
    say: 'says low battery while on mains: a worn battery, or one still charging; its rigs go at once when the mains do',
  },
  { code: 'replace-battery', stands: ({ alarms }) => alarms.has('replace-battery'), say: 'asks for a new battery' },
  {
    code: 'bypass',
    stands: ({ alarms }) => alarms.has('bypass'),
    say: 'is on bypass: its load is not protected, and goes dark with the mains',
  },
  { code: 'output-off', stands: ({ line }) => line === 'off', say: 'says that its output is dark: nothing on it is started' },
  { code: 'overload', stands: ({ overload }) => overload, say: 'carries more than it can: take load from it' },
];

/** Raises and clears the faults of one UPS by its latest sample. */
export function sayComplaints(tick: Tick, ups: UpsId, sample: Sample): void {
  for (const { code, stands, say } of COMPLAINTS) {
    if (stands(sample)) raise(tick, { event: 'fault', code, ups, say: `${ups} ${say}` });
    else clear(tick, code, { ups });
  }
}
