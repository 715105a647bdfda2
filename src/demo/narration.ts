// The service's journal as a story: one short sentence for what a spectator should see, nothing for the rest. Pure.
import { isRecord } from '../cli/reason-text.ts';
import { clean, sayDuration, sayWatts, type Tone } from '../cli/text.ts';
import type { JournalRecord } from '../host/port.ts';

export interface Sentence {
  readonly text: string;
  readonly tone?: Tone;
}

/** W that a rig drew when its switch last opened, in truth; undefined where that is not known. */
export type WattsAtCut = (rig: string) => number | undefined;

/** Undefined for what the demo leaves out. */
export function narrate(record: JournalRecord, wattsAtCut: WattsAtCut): Sentence | undefined {
  const { armed, pid, rig, say } = record;
  switch (record.event) {
    case 'started':
      return { text: `the service runs, ${armed === true ? 'armed' : 'disarmed'} (pid ${text(pid)})`, tone: 'strong' };
    case 'step-due':
      return stepDue(record);
    case 'phase':
      return phase(record, wattsAtCut);
    case 'returned':
      return { text: `${text(rig)} hashes again`, tone: 'good' };
    case 'fault':
      return { text: text(say), tone: 'bad' };
    default:
      return undefined;
  }
}

function stepDue({ step, because }: JournalRecord): Sentence | undefined {
  if (!isRecord(step)) return undefined;
  const { kind, rig, rigs, watts } = step;
  if (kind === 'limit' && typeof watts === 'number') return { text: `${text(rig)} is to make do with ${watts} W`, tone: 'care' };
  if (kind === 'limit') return { text: `${text(rig)} is limited no more` };
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

function phase({ rig, from, to, proof }: JournalRecord, wattsAtCut: WattsAtCut): Sentence | undefined {
  const name = text(rig);
  if (to === 'paused' && proof !== undefined) return { text: `${name} is seen quiet, by its ${text(proof).replaceAll('-', ' ')}` };
  // After a restart it is only found so.
  if (to !== 'dark' || from === 'unknown') return undefined;
  if (proof !== 'grace-over') return { text: `${name} is dark: its switch is open` };
  const drew = wattsAtCut(name);
  const watts = drew === undefined ? '' : ` at ${sayWatts(drew)}`;
  return { text: `${name} said that it was paused and drew on: cut by its switch${watts}`, tone: 'bad' };
}

function text(value: unknown): string {
  return typeof value === 'string' ? clean(value) : typeof value === 'number' ? String(value) : '?';
}
