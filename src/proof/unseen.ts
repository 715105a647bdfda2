// What a battery gave while the Pi was without power. Another boot has another zero of time, and no decision reads a wall clock
// (I-17): the outage counts for as long as it was seen (contract.md 5). Where the UPS tells no depth, nothing tells of it ever. It is the same
// with what a service saw whose card kept nothing of the outage, once that service is dead.
import type { UpsId } from '../model/id.ts';
import { secondNow, silentAt, troublesOf, type Watch } from './watch.ts';

/** What is beyond it is no figure: the gate must refuse it (safety case, section 3). Ceilings of a counter lie beyond, too. */
const MOST = { 'battery.charge': 100, 'battery.runtime': 6 * 3600 } as const;

/** Of one battery: its depth in truth, and how much of that was given unseen and not told of since. */
export interface Unseen {
  readonly depth: number;
  readonly unseen: number;
  /** its depth when it last had mains */
  readonly began: number;
}

interface How {
  readonly dark: boolean;
  readonly told: boolean;
  /** absent: none */
  readonly onMains?: boolean;
  /** whoever saw it since its mains went is dead, and nothing of that was kept */
  readonly forgotten?: boolean;
}

/**
 * What is charged since goes first on what was seen, as far as anybody can say; no more is unseen than is missing. What is told
 * while the Pi has power is known, and with it all that was given before.
 */
export function unseenAfter(before: Unseen | undefined, depth: number, { dark, told, onMains, forgotten }: How): Unseen {
  const began = onMains === true || before === undefined ? depth : before.began;
  if (told && !dark) return { depth, unseen: 0, began };
  const given = dark && before !== undefined ? Math.max(0, depth - before.depth) : 0;
  const all = forgotten === true ? depth - began : 0;
  return { depth, unseen: Math.min(depth, Math.max((before?.unseen ?? 0) + given, all)), began };
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
    const told = before !== undefined && before.unseen > 0 && tellsEnergy(ups.variables()) && !silentAt(watch, id);
    watch.unseen.set(id, unseenAfter(before, ups.depth, { dark, told, onMains: ups.onMains, forgotten: isForgotten(watch, id) }));
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

/** The service is dead, and its card took nothing from before the mains of this UPS went. */
function isForgotten(watch: Watch, ups: UpsId): boolean {
  const since = watch.batterySince.get(ups);
  if (watch.night.runs || since === undefined) return false;
  const now = secondNow(watch);
  return troublesOf(watch, ['card']).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) => 'code' in quirks && fromSeconds <= since - watch.fromSeconds && now <= toSeconds,
  );
}

/**
 * It gave more than its reserve unseen, and has said nothing since from which that could be known: no runtime and no charge, or
 * only such as can't be, and no low battery where it is low. What is less than the reserve is for the reserve to bear.
 */
export function gaveUnseen(watch: Watch, ups: UpsId): boolean {
  const { world } = watch.night;
  const now = secondNow(watch);
  const mute = troublesOf(watch, ['ups'], ups).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) => quirks.lowBattery === 'never' && fromSeconds <= now && now <= toSeconds,
  );
  if (!mute && !silentAt(watch, ups)) return false;
  const reserve = (world.site.supplies.get(ups)?.reservePercent ?? 0) / 100;
  return (watch.unseen.get(ups)?.unseen ?? 0) > reserve;
}
