// Pools, wallets, fans and clocks belong to the owner of a rig. What a reading tells of them before an order of ours and after it must
// be equal; a driver that changed one is benched for that rig, which goes by its switch from then on, and a person is told.

import type { Rig, RigReading, RigSettings } from '../model/rig.ts';
import type { Step } from '../model/step.ts';
import { isOther } from '../model/ups.ts';
import { isHeldBack } from './limited.ts';
import { raise, rememberedRig, rigOf, setRig, type Tick } from './tick.ts';

const CHANGED = 'settings-changed';
/** What was read longer before an order may have been changed by its owner since. */
const FRESH_MS = 120_000;
/** After an order some firmwares load their settings anew, and show late what became of them. */
const WATCHED_MS = 15_000;
/** What is first read longer after an order may have been changed by its owner since. */
const LATE_MS = 10 * 60_000;
const KINDS = ['pools', 'fans', 'clocks'] as const;
const WORDS: Readonly<Record<(typeof KINDS)[number], string>> = { pools: 'pools or wallets', fans: 'fans', clocks: 'clocks' };

/** An order is on its way: what stood before it is kept. An attempt more counts with the first. A limit is told by the clocks of some. */
export function noteBefore(tick: Tick, step: Step): void {
  if ('switch' in step) return;
  const { reading, touched } = rigOf(tick, step.rig);
  if (touched !== undefined && touched.endedAtMs === undefined) return;
  const stands = touched?.endedAtMs !== undefined && tick.nowMs - touched.endedAtMs <= LATE_MS;
  const all = (stands ? touched.before : undefined) ?? reading?.settings;
  const { clocks: _, ...rest } = all ?? {};
  const before = step.kind === 'limit' || isHeldBack(rememberedRig(tick, step.rig), tick.nowMs) ? all && rest : all;
  if (before === undefined || reading === undefined || tick.nowMs - askedAtMs(reading) > FRESH_MS) return;
  setRig(tick, step.rig, { touched: { before } });
}

/** It has ended, well or not: from here on a reading shows what it left. */
export function noteEnd(tick: Tick, step: Step, atMs: number): void {
  if ('switch' in step) return;
  const { touched } = rigOf(tick, step.rig);
  if (touched !== undefined) setRig(tick, step.rig, { touched: { before: touched.before, endedAtMs: atMs } });
}

/** Compares what a reading shows with what stood before the last order. */
export function compare(tick: Tick, rig: Rig, reading: RigReading): void {
  const { settings } = reading;
  const { touched } = rigOf(tick, rig.id);
  if (touched?.endedAtMs === undefined || settings === undefined) return;
  const afterMs = askedAtMs(reading) - touched.endedAtMs;
  // What was asked before the order had ended is what stood before it.
  if (afterMs <= 0) return;
  const changed = afterMs > LATE_MS ? [] : KINDS.filter((kind) => isOther(touched.before[kind], settings[kind]));
  const told = changed.map((kind) => settings[kind]).join(' ');
  // One that starts may tell a part of it, and an answer may be wrong: it is believed when the next says the same.
  if (changed.length > 0 && touched.after?.told !== told) {
    return setRig(tick, rig.id, { touched: { ...touched, after: { told, askedAtMs: askedAtMs(reading) } } });
  }
  if (changed.length > 0 && touched.after?.askedAtMs === askedAtMs(reading)) return;
  if (changed.length > 0) bench(tick, rig, changed);
  if (changed.length > 0 || afterMs > WATCHED_MS) setRig(tick, rig.id, { touched: undefined });
}

/** When it told what its owner set, which some are not asked with every look. */
const askedAtMs = ({ settingsAtMs, takenAtMs }: RigReading): number => settingsAtMs ?? takenAtMs;

function bench(tick: Tick, { id }: Rig, changed: readonly (keyof RigSettings)[]): void {
  tick.emit({ event: 'rig-benched', rig: id, changed });
  raise(tick, { event: 'fault', code: CHANGED, rig: id, say: benchedWords(id, changed) });
}

export function benchedWords(id: string, changed: readonly (keyof RigSettings)[]): string {
  const what = changed.map((kind) => WORDS[kind]).join(' and ');
  return `after an order of ours the ${what} of ${id} are not what they were: its driver gives it no order any more, and only its switch is used; look at its page and put them right, report this, then: lastwatt release ${id}`;
}

/** A person has seen to it. */
export function unbench(tick: Tick, id: string): void {
  if (rememberedRig(tick, id).benched !== undefined) tick.emit({ event: 'rig-benched', rig: id, changed: [] });
}
