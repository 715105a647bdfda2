// What is remembered, carried over a boot of the machine: its monotonic time starts anew, and its relays have fallen.
import { inAnotherBoot } from './carried.ts';
import { limitShifted } from './limited.ts';
import type { Memory, SwitchMemory } from './memory.ts';
import { withoutProgress } from './progress.ts';

/**
 * Another boot has another zero of monotonic time. Everything moves along as if no time had passed while we were away:
 * a hold keeps the time it had left, an outage counts as at least as long as was seen (contract.md 5).
 */
export function shifted(memory: Memory, nowMs: number): Memory {
  const byMs = nowMs - (memory.lastMs ?? nowMs);
  const at = (ms: number): number => ms + byMs;
  const fallen = <S extends SwitchMemory>(one: S): S => ({
    ...one,
    done: false,
    sinceMs: at(one.sinceMs),
    movedAtMs: one.movedAtMs.map(at),
    ...(one.fault && { fault: { ...one.fault, sinceMs: at(one.fault.sinceMs) } }),
  });
  return {
    ...memory,
    rebootedAtMs: nowMs,
    rigs: new Map(
      [...memory.rigs].map(([id, rig]) => [
        id,
        {
          // How far it was says little: its contact may have fallen, and what it was told with it.
          ...withoutProgress(rig),
          ...(rig.hold && {
            hold: {
              ...rig.hold,
              sinceMs: at(rig.hold.sinceMs),
              ...(rig.hold.untilMs === undefined ? {} : { untilMs: at(rig.hold.untilMs) }),
            },
          }),
          ...(rig.owed && { owed: { ...rig.owed, sinceMs: at(rig.owed.sinceMs) } }),
          ...limitShifted(rig, at),
          ...(rig.asked && { asked: { ...rig.asked, atMs: at(rig.asked.atMs) } }),
          ...(rig.fault && { fault: { ...rig.fault, sinceMs: at(rig.fault.sinceMs) } }),
        },
      ]),
    ),
    // A reboot lets every relay fall to its rest; what the contact is now must be seen or said anew.
    switches: new Map([...memory.switches].map(([id, one]) => [id, fallen(one)])),
    orphans: memory.orphans.map(fallen),
    coins: new Map(
      [...memory.coins].map(([id, { told, faults }]) => [
        id,
        {
          ...(told && { told: { ...told, atMs: at(told.atMs) } }),
          faults: faults.map((fault) => ({ ...fault, sinceMs: at(fault.sinceMs) })),
        },
      ]),
    ),
    supplies: new Map(
      [...memory.supplies].map(([id, one]) => [
        id,
        {
          ...one,
          ...(one.lately && { lately: { ...one.lately, untilMs: at(one.lately.untilMs) } }),
          ...(one.outage && { outage: { ...one.outage, beganAtMs: at(one.outage.beganAtMs) } }),
          // The boot may well have been an outage: mains must hold anew.
          ...(one.endedAtMs === undefined ? {} : { endedAtMs: nowMs }),
          ...(one.carried && { carried: inAnotherBoot(one.carried, nowMs) }),
          ...(one.weighed && { weighed: { ...one.weighed, atMs: at(one.weighed.atMs) } }),
          ...(one.depth && { depth: { ...one.depth, atMs: at(one.depth.atMs) } }),
          faults: one.faults.map((fault) => ({ ...fault, sinceMs: at(fault.sinceMs) })),
        },
      ]),
    ),
  };
}
