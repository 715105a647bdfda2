// A limit for a whole rig as limits of its cards, and the shell lines that set them (nvidia-smi -pl in W; power1_cap in µW).
import { BEFORE_FILE, type Card } from './gpu-look.ts';

/** W a card, by its id. */
export type CardLimits = ReadonlyMap<string, number>;

export type Shared =
  | { readonly kind: 'shared'; readonly limits: CardLimits }
  /** more cannot be taken from them: the least that they may be set to */
  | { readonly kind: 'too-low'; readonly leastWatts: number }
  /** some card takes no limit */
  | { readonly kind: 'unlimitable' };

/**
 * Shares `watts` among the cards as they shared what they had before, none below what it can be set to and none above what
 * it had: a limit never raises what the owner has chosen.
 */
export function sharedLimits(cards: readonly Card[], before: CardLimits, watts: number): Shared {
  const bounds = cards.flatMap(({ id, limit }) => {
    if (limit === undefined) return [];
    const had = before.get(id) ?? limit.watts;
    return [{ id, had, least: Math.min(limit.leastWatts, had) }];
  });
  if (bounds.length < cards.length || cards.length === 0) return { kind: 'unlimitable' };
  const leastWatts = bounds.reduce((sum, { least }) => sum + least, 0);
  if (watts < leastWatts) return { kind: 'too-low', leastWatts };
  // Those at their least are set aside until the rest has room; each round sets aside one at least.
  let open = bounds;
  let left = watts;
  const limits = new Map<string, number>();
  for (;;) {
    const scale = Math.min(1, left / open.reduce((sum, { had }) => sum + had, 0));
    const held = open.filter(({ had, least }) => had * scale < least);
    if (held.length === 0) {
      for (const { id, had, least } of open) limits.set(id, scale === 1 ? had : Math.max(least, Math.floor(had * scale)));
      return { kind: 'shared', limits };
    }
    for (const { id, least } of held) limits.set(id, least);
    left -= held.reduce((sum, { least }) => sum + least, 0);
    open = open.filter((one) => !held.includes(one));
  }
}

/** Sets them, each tool under `prefix` ('' or 'sudo -n '); ids and figures are plain by their making. */
export function limitLines(cards: readonly Card[], limits: CardLimits, prefix: string): readonly string[] {
  const lines = cards.flatMap(({ id, maker }) => {
    const watts = limits.get(id);
    if (watts === undefined) return [];
    if (maker === 'nvidia') return [`${prefix}nvidia-smi -i ${id} -pl ${rounded(watts)} >/dev/null 2>&1`];
    const microwatts = Math.round(watts * 1e6);
    return [`for c in /sys/bus/pci/devices/${id}/hwmon/hwmon*/power1_cap; do echo ${microwatts} | ${prefix}tee "$c" >/dev/null 2>&1; done`];
  });
  // Without it the driver forgets the limit as soon as nobody uses the card.
  const persistence = cards.some(({ maker }) => maker === 'nvidia') ? [`${prefix}nvidia-smi -pm 1 >/dev/null 2>&1`] : [];
  return [...persistence, ...lines];
}

/** Keeps on the rig what stood before our first limit, and never writes over it. */
export function keepBeforeLines(cards: readonly Card[], prefix: string): readonly string[] {
  const kept = cards.flatMap(({ id, limit }) => (limit === undefined ? [] : [`'${id} ${rounded(limit.watts)}'`]));
  return [`[ -e ${BEFORE_FILE} ] || printf '%s\\n' ${kept.join(' ')} | ${prefix}tee ${BEFORE_FILE} >/dev/null`];
}

export const forgetBeforeLine = (prefix: string): string => `${prefix}rm -f ${BEFORE_FILE}`;

/** Whether the cards have these limits now; a driver rounds to the watt. */
export function haveLimits(cards: readonly Card[], limits: CardLimits): boolean {
  return [...limits].every(([id, watts]) => {
    const limit = cards.find((one) => one.id === id)?.limit?.watts;
    return limit !== undefined && Math.abs(limit - watts) <= 1;
  });
}

function rounded(watts: number): string {
  return String(Math.round(watts * 100) / 100);
}
