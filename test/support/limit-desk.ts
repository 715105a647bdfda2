// The desk with a rig that can be limited: `a`, whose lower half earns two thirds of what it earns.
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, type SiteWish, siteOf, ups } from './core-desk.ts';

export const FULL = 600 * 4060;
export const CAN = { read: true, pause: true, resume: true, halt: false, limit: true } as const;
/** Its lower half earns two thirds of what it earns. */
export const LIMITED: Partial<Rig> = { watts: 2000, can: CAN, limits: [{ watts: 1000, share: 0.7 }] };
const RIGS = [rig('a', 16, LIMITED), rig('b', 6), rig('c', 4)];

export function site(wish: SiteWish = {}): Desk {
  const given = { rigs: RIGS, ups: [ups('rack', { batteryWh: FULL / 3600 })], ...wish };
  return new Desk(siteOf({ ...given, policy: { kind: 'outage-aware', ...wish.policy } })).pass(40);
}

/** An outage of so many seconds: the charge falls by what is drawn. */
export function outage(desk: Desk, seconds: number): Desk {
  for (let second = 0; second < seconds; second += 1) {
    const charge = Math.max(0, (charges.get(desk) ?? 100) - (100 * desk.loadOf('rack')) / FULL);
    charges.set(desk, charge);
    desk.set('rack', { words: charge <= 10 ? 'OB LB' : 'OB', charge: Math.round(charge) }).pass(1);
  }
  return desk;
}
export const charges = new WeakMap<Desk, number>();

/** An outage until `a` was told to make do with less. */
export function untilLimited(desk: Desk): Desk {
  for (let second = 0; second < 900 && limitsOf(desk).length === 0; second += 1) outage(desk, 1);
  return desk;
}

export const mains = (desk: Desk, seconds = 300): Desk => desk.set('rack', { words: 'OL', charge: 100 }).pass(seconds);

/** What `a` was told, without the tries that say the same once more. */
export const limitsOf = (desk: Desk): readonly (number | null)[] =>
  desk.steps.flatMap(({ due }) => (due.step.kind === 'limit' && due.again !== true ? [due.step.watts] : []));

export const orders = (desk: Desk, id: string): readonly string[] =>
  desk.steps.flatMap(({ due: { step, again } }) => ('rig' in step && step.rig === id && again !== true ? [step.kind] : []));
