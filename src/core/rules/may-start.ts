// Why a rig may not be given power now, and until when: its supplies, the mains that have not held, the battery that is in doubt, a
// person's hold behind the same contact. Whose turn it is stands in turn.ts.
import type { SwitchId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SiteUps } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { mainsContactAwaited, mainsContactOpen } from '../generator.ts';
import { isFresh } from '../heard.ts';
import { outageWatts, upWattsOf } from '../load.ts';
import { mainsBackAtMs, supplyMemory } from '../memory.ts';
import { isClosed } from '../seen.ts';
import { runtimeLeft } from '../supply.ts';
import { staysOpenFor } from '../switching.ts';
import { believedCharge, cutBelowAt } from '../thresholds.ts';
import { onMainsAlone, rememberedRig, rigOf, type Scene, supplyOf, upsesOf } from '../tick.ts';
import { rounded } from '../want.ts';
import { isOnGenerator, noRoom, notStable, stillCarries, wouldStart } from './generator.ts';

const LONGEST_HOLD_MS = 15 * 60_000;

/**
 * The supplies whose health a rig's return depends on: its own; for a rig on mains alone those that can tell of the
 * mains, which none that is silent can while another speaks: a UPS never keeps a farm down for ever (README decision 13).
 */
function returnSupplies(scene: Scene, rig: Rig): readonly SiteUps[] {
  const own = upsesOf(scene.site, rig);
  if (own.length > 0) return own;
  const all = [...scene.site.supplies.values()];
  const telling = all.filter((ups) => {
    const state = supplyOf(scene, ups.id);
    return isFresh(ups, state, scene.nowMs) && (state.draining || (state.line === 'mains' && !state.forced));
  });
  return telling.length > 0 ? telling : all;
}

/** Mains must hold so long after the last outage, or after a generator that no UPS was seen to bridge, ms; doubled per relapse within 10 min, at most 15 min. */
export function holdMs(scene: Scene, ups: SiteUps): number {
  const memory = supplyMemory(scene.memory, ups.id);
  if (mainsBackAtMs(scene.memory, ups.id) === undefined && memory.outage === undefined && memory.carried === undefined) return 0;
  return Math.min(LONGEST_HOLD_MS, scene.site.restore.mainsHeldSeconds * 1000 * 2 ** Math.min(memory.relapses, 10));
}

/** Whether a rig may be given power at all: every supply it hangs on is heard, on mains, and not being shut down. */
export function notOnMains(scene: Scene, rig: Rig): Reason | undefined {
  for (const ups of returnSupplies(scene, rig)) {
    const state = supplyOf(scene, ups.id);
    const isCarried = state.line === 'generator' && rig.fedBy.includes(ups.id);
    if (state.draining) return { rule: 'on-battery', facts: { ups: ups.id } };
    if (!isFresh(ups, state, scene.nowMs)) return { rule: 'supply-not-heard', facts: { ups: ups.id } };
    if (state.line !== 'mains' && !isCarried) return { rule: `supply-${state.line}`, facts: { ups: ups.id } };
    if (state.forced) return { rule: 'forced-shutdown', facts: { ups: ups.id } };
  }
  return noRoom(scene, rig) ?? gridContact(scene, rig);
}

/** The contact that tells of the mains is open, or was not heard yet: what a UPS takes for mains is something else, or its wire is broken. */
function gridContact(scene: Scene, rig: Rig): Reason | undefined {
  if (isOnGenerator(scene, rig)) return undefined;
  const awaited = mainsContactAwaited(scene);
  if (awaited !== undefined) return { rule: 'mains-contact-not-heard-yet', facts: { input: awaited } };
  const contact = mainsContactOpen(scene);
  if (contact === undefined) return undefined;
  const doubtMs = scene.site.restore.doubtMinutes * 60_000;
  const isDoubted = returnSupplies(scene, rig).some((ups) => {
    const { line, steadySinceMs } = supplyOf(scene, ups.id);
    return line === 'mains' && steadySinceMs !== undefined && scene.nowMs - steadySinceMs >= doubtMs;
  });
  return isDoubted ? undefined : { rule: 'mains-contact-open', facts: { input: contact.input } };
}

export interface Blocked {
  readonly because: Reason;
  /** when it ends by itself, where that is known */
  readonly untilMs?: number;
  /** it may well end before that */
  readonly atMost?: true;
}

/** Why this rig is not started yet; undefined when only its turn is missing. */
export function blockedBy(scene: Scene, rig: Rig): Blocked | undefined {
  const dead = notOnMains(scene, rig);
  if (dead !== undefined) return { because: dead };
  const kept = keptOpen(scene, rig) ?? stillCarries(scene, rig);
  if (kept !== undefined) return { because: kept };
  const held = notHeld(scene, rig);
  if (held !== undefined || onMainsAlone(scene.site, rig)) return held;
  for (const ups of returnSupplies(scene, rig)) {
    const doubt = doubtOf(scene, ups, rig);
    const trusted = steadySince(scene, ups) + scene.site.restore.doubtMinutes * 60_000;
    if (doubt !== undefined && scene.nowMs < trusted) return { because: doubt, untilMs: trusted, atMost: true };
  }
  return undefined;
}

/** Mains has not held for long enough; undefined: it has, whatever else there is against a rig. */
export function notHeld(scene: Scene, rig: Rig): Blocked | undefined {
  const hunting = notStable(scene, rig);
  if (hunting !== undefined) return hunting;
  for (const ups of returnSupplies(scene, rig)) {
    const since = steadySince(scene, ups);
    const held = scene.nowMs - since;
    const hold = holdMs(scene, ups);
    if (held < hold) {
      return {
        because: { rule: 'mains-not-held', facts: rounded({ ups: ups.id, heldSeconds: held / 1000, needSeconds: hold / 1000 }) },
        untilMs: since + hold,
      };
    }
  }
  return undefined;
}

/** Not on mains, it has held none of it yet. */
function steadySince(scene: Scene, { id }: SiteUps): number {
  return supplyOf(scene, id).steadySinceMs ?? scene.nowMs;
}

/** A person holds down another rig behind the same open contact, or a generator has no room for one; one with a contact closed has its power. */
function keptOpen(scene: Scene, rig: Rig): Reason | undefined {
  if (rig.cutBy.some((id) => isClosed(scene, id))) return undefined;
  for (const id of rig.cutBy) {
    const because = keepsOpen(scene, rig, id);
    if (because !== undefined) return because;
  }
  return undefined;
}

/** Why an open contact of a rig is to stay open; undefined: nothing is behind it that says so. */
export function keepsOpen(scene: Scene, rig: Rig, id: SwitchId): Reason | undefined {
  const held = staysOpenFor(scene, id, rig);
  return held === undefined ? wouldStart(scene, rig, id) : { rule: 'shares-a-switch', facts: { switch: id, heldDown: held.id } };
}

/**
 * Why the battery is not to be trusted with a rig more; it holds the return for `doubtMinutes` of steady mains, no longer. A
 * person's wish is held as well: a battery that could not carry the stop of what then runs is at its floor (I-05, I-15).
 */
export function doubtOf(scene: Scene, ups: SiteUps, rig: Rig): Reason | undefined {
  const state = supplyOf(scene, ups.id);
  if (state.latched) return { rule: 'forced-shutdown-latched', facts: { ups: ups.id } };
  if (state.sample?.lowBattery === true) return { rule: 'low-battery-on-mains', facts: { ups: ups.id } };
  if (state.sample?.alarms.has('bypass') === true) return { rule: 'bypass', facts: { ups: ups.id } };
  const { minChargePercent } = scene.site.restore;
  const charge = believedCharge(state);
  if (charge === undefined) return unknownCharge(scene, ups, rig);
  if (minChargePercent !== 'auto') {
    return charge >= minChargePercent
      ? undefined
      : { rule: 'charge-too-low', facts: rounded({ ups: ups.id, chargePercent: charge, minChargePercent }) };
  }
  const watts = outageWatts(state) + state.load.scale * upWattsOf(rig, rigOf(scene, rig.id));
  const runtime = runtimeLeft(scene, ups, watts);
  if (runtime === undefined && charge > ups.reservePercent) return unknownCharge(scene, ups, rig);
  const cutBelowSeconds = cutBelowAt(scene, ups, watts);
  const enough = runtime !== undefined && runtime >= cutBelowSeconds && charge > ups.reservePercent;
  return enough
    ? undefined
    : {
        rule: 'charge-too-low',
        facts: rounded({ ups: ups.id, chargePercent: charge, runtimeSeconds: runtime, needSeconds: cutBelowSeconds }),
      };
}

/** Nothing tells of the battery: where no outage can have used it lately, a person's word is enough. */
function unknownCharge(scene: Scene, ups: SiteUps, rig: Rig): Reason | undefined {
  const backAtMs = mainsBackAtMs(scene.memory, ups.id);
  const used = backAtMs !== undefined && scene.nowMs - backAtMs < scene.site.restore.doubtMinutes * 60_000;
  return rememberedRig(scene, rig.id).owed?.byPerson === true && !used ? undefined : { rule: 'charge-unknown', facts: { ups: ups.id } };
}
