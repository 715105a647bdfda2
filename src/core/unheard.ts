// What is known of a UPS that is not heard, in words that are true however long it lasts, and the way out of it: nothing on it is
// started meanwhile (I-05), and mains that come back are not seen by a silent UPS.
import type { UpsId } from '../model/id.ts';
import type { Reason } from '../model/step.ts';
import { isFresh } from './heard.ts';
import { supplyMemory } from './memory.ts';
import { type Scene, supplyOf } from './tick.ts';

/** Of a file whose only UPS was taken out. */
export const NO_UPS = 'no UPS stands in the file: an outage would not be seen';

/** `rack has been silent for 12 min and its last word was battery`; undefined where it is heard, or not in the file. */
export function silenceWords(scene: Scene, id: UpsId): string | undefined {
  const ups = scene.site.supplies.get(id);
  const state = supplyOf(scene, id);
  if (ups === undefined || isFresh(ups, state, scene.nowMs)) return undefined;
  const { sample, heardAtMs } = state;
  if (sample === undefined || heardAtMs === undefined) {
    const before = supplyMemory(scene.memory, id).outage === undefined ? '' : ', and its outage was not over then';
    return `${id} has not been heard since the service started ${lasted(scene.nowMs - scene.startedAtMs)} ago${before}`;
  }
  const taken = state.draining && sample.line !== 'battery' ? ', but it is taken to be on battery' : '';
  return `${id} has been silent for ${lasted(scene.nowMs - heardAtMs)} and its last word was ${sample.line}${taken}`;
}

/** What a rule says that keeps a rig from its start where its UPS is not heard; undefined: another rule, or it is heard. */
export function unheardBehind(scene: Scene, { rule, facts }: Reason): string | undefined {
  if (rule !== 'on-battery' && rule !== 'supply-not-heard') return undefined;
  return silenceWords(scene, String(facts['ups']));
}

/** What a person can do about it. A file without a UPS is one with `ups: {}`. */
export function wayOut({ site }: Pick<Scene, 'site'>): string {
  const none = site.supplies.size === 1 ? ' (ups: {})' : '';
  return `get it heard again, or, if it is gone, take it out of the file${none} and restart the service`;
}

function lasted(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
