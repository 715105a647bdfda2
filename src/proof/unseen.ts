// What a battery gave while the Pi was without power. Another boot has another zero of time, and no decision reads a wall clock
// (I-17): the outage counts for as long as it was seen (contract.md 5). Where the UPS tells no depth, nothing tells of it ever.
import type { UpsId } from '../model/id.ts';
import { secondNow, troublesOf, type Watch } from './watch.ts';

/** Of one battery: its depth in truth, and how much of that was given unseen. */
export interface Unseen {
  readonly depth: number;
  readonly unseen: number;
}

/** What is charged since goes first on what was seen, as far as anybody can say; no more is unseen than is missing. */
export function unseenAfter(before: Unseen | undefined, depth: number, dark: boolean): Unseen {
  const given = dark && before !== undefined ? Math.max(0, depth - before.depth) : 0;
  return { depth, unseen: Math.min(depth, (before?.unseen ?? 0) + given) };
}

/** Called as time goes on. */
export function watchUnseen(watch: Watch): void {
  const dark = isDark(watch);
  for (const [id, ups] of watch.night.world.ups) watch.unseen.set(id, unseenAfter(watch.unseen.get(id), ups.depth, dark));
}

/** A service that was killed in a boot that goes on counts the time it was away; a Pi without power doesn't. */
function isDark(watch: Watch): boolean {
  if (watch.night.runs) return false;
  const now = secondNow(watch);
  return (
    watch.piDiedAt !== undefined ||
    troublesOf(watch, ['pi-dead']).some(({ fromSeconds, toSeconds = fromSeconds }) => fromSeconds <= now && now <= toSeconds)
  );
}

/**
 * It gave more than its reserve unseen, and says nothing from which that could be known: no runtime, no charge, and no low
 * battery where it is low. What is less than the reserve is for the reserve to bear.
 */
export function gaveUnseen(watch: Watch, ups: UpsId): boolean {
  const { world } = watch.night;
  const lacks = world.ups.get(ups)?.traits.lacks ?? [];
  if (!lacks.includes('battery.runtime') || !lacks.includes('battery.charge')) return false;
  const now = secondNow(watch);
  const warns = !troublesOf(watch, ['ups'], ups).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) => quirks.lowBattery === 'never' && fromSeconds <= now && now <= toSeconds,
  );
  if (warns) return false;
  const reserve = (world.site.supplies.get(ups)?.reservePercent ?? 0) / 100;
  return (watch.unseen.get(ups)?.unseen ?? 0) > reserve;
}
