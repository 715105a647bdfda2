// What a battery gave while the Pi was without power. Another boot has another zero of time, and no decision reads a wall clock
// (I-17): the outage counts for as long as it was seen (contract.md 5). Where the UPS tells no depth, nothing tells of it ever.
import type { UpsId } from '../model/id.ts';
import { secondNow, troublesOf, type Watch } from './watch.ts';

/** What is beyond it is no figure: the gate must refuse it (safety case, section 3). Ceilings of a counter lie beyond, too. */
const MOST = { 'battery.charge': 100, 'battery.runtime': 6 * 3600 } as const;

/** Of one battery: its depth in truth, and how much of that was given unseen and not told of since. */
export interface Unseen {
  readonly depth: number;
  readonly unseen: number;
}

/**
 * What is charged since goes first on what was seen, as far as anybody can say; no more is unseen than is missing. What is told
 * while the Pi has power is known, and with it all that was given before.
 */
export function unseenAfter(before: Unseen | undefined, depth: number, how: { readonly dark: boolean; readonly told: boolean }): Unseen {
  if (how.told && !how.dark) return { depth, unseen: 0 };
  const given = how.dark && before !== undefined ? Math.max(0, depth - before.depth) : 0;
  return { depth, unseen: Math.min(depth, (before?.unseen ?? 0) + given) };
}

/** Whether one of these figures of its energy can be, true or not: else it is as if the UPS had neither. */
export function tellsEnergy(told: ReadonlyMap<string, string>): boolean {
  return (['battery.charge', 'battery.runtime'] as const).some((name) => {
    const figure = Number.parseFloat(told.get(name) ?? '');
    return figure >= 0 && figure <= MOST[name];
  });
}

/** Called as time goes on. */
export function watchUnseen(watch: Watch): void {
  const dark = isDark(watch);
  for (const [id, ups] of watch.night.world.ups) {
    const before = watch.unseen.get(id);
    const told = before !== undefined && before.unseen > 0 && tellsEnergy(ups.variables());
    watch.unseen.set(id, unseenAfter(before, ups.depth, { dark, told }));
  }
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
 * It gave more than its reserve unseen, and has said nothing since from which that could be known: no runtime and no charge, or
 * only such as can't be, and no low battery where it is low. What is less than the reserve is for the reserve to bear.
 */
export function gaveUnseen(watch: Watch, ups: UpsId): boolean {
  const { world } = watch.night;
  const now = secondNow(watch);
  const warns = !troublesOf(watch, ['ups'], ups).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) => quirks.lowBattery === 'never' && fromSeconds <= now && now <= toSeconds,
  );
  if (warns) return false;
  const reserve = (world.site.supplies.get(ups)?.reservePercent ?? 0) / 100;
  return (watch.unseen.get(ups)?.unseen ?? 0) > reserve;
}
