// The service's journal as a story: one short sentence for what a spectator should see, nothing for the rest. Pure.
import { isRecord } from '../cli/reason-text.ts';
import { clean, sayDuration, sayWatts, type Tone } from '../cli/text.ts';
import type { JournalRecord } from '../host/port.ts';

export interface Sentence {
  readonly text: string;
  readonly tone?: Tone;
}

/** Undefined for what the demo leaves out; `wattsOf`: W that a rig draws now, in truth. */
export function narrate(record: JournalRecord, wattsOf: (rig: string) => number): Sentence | undefined {
  switch (record.event) {
    case 'started':
      return { text: `the service runs, ${record['armed'] === true ? 'armed' : 'disarmed'} (pid ${text(record['pid'])})`, tone: 'strong' };
    case 'step-due':
      return stepDue(record);
    case 'phase':
      return phase(record, wattsOf);
    case 'returned':
      return { text: `${text(record['rig'])} hashes again`, tone: 'good' };
    case 'fault':
      return { text: text(record['say']), tone: 'bad' };
    default:
      return undefined;
  }
}

function stepDue({ step, because }: JournalRecord): Sentence | undefined {
  if (!isRecord(step)) return undefined;
  const { kind, rig, rigs } = step;
  if (kind === 'pause') return { text: `${text(rig)} is asked to pause: ${reason(because)}`, tone: 'care' };
  if (kind === 'resume') return { text: `${text(rig)} is asked to hash` };
  if (kind === 'feed' && Array.isArray(rigs)) return { text: `${rigs.map(text).join(', ')} is fed again` };
  return undefined;
}

function reason(because: unknown): string {
  if (!isRecord(because)) return 'no reason given';
  const { rule, facts } = because;
  const { runtimeSeconds, shedBelowSeconds, cutBelowSeconds, rank, of } = isRecord(facts) ? facts : {};
  const least = shedBelowSeconds ?? cutBelowSeconds;
  if (typeof runtimeSeconds !== 'number' || typeof least !== 'number') return text(rule);
  const place = typeof rank === 'number' && typeof of === 'number' ? `, rank ${rank} of ${of}` : '';
  return `battery for ${sayDuration(runtimeSeconds)}, under ${sayDuration(least)}${place}`;
}

function phase({ rig, to, proof }: JournalRecord, wattsOf: (rig: string) => number): Sentence | undefined {
  const name = text(rig);
  if (to === 'paused' && proof !== undefined) return { text: `${name} is seen quiet, by its ${words(proof)}` };
  if (to === 'cutting' && wattsOf(name) > 0) return cutting(name, wattsOf(name));
  return to === 'dark' ? { text: `${name} is dark` } : undefined;
}

/** Above standby, for no rig of the demo has more than 25 W there. */
function cutting(name: string, watts: number): Sentence | undefined {
  if (watts < 200) return undefined;
  return { text: `${name} says that it is paused and draws ${sayWatts(watts)}: its switch opens`, tone: 'bad' };
}

function words(proof: unknown): string {
  return text(proof).replaceAll('-', ' ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? clean(value) : typeof value === 'number' ? String(value) : '?';
}
