// What the core makes of two readings of a rig, one from before an order and one from after it.
import { rigMemory } from '../../src/core/memory.ts';
import type { RigReading, RigSettings } from '../../src/model/rig.ts';
import { Desk, rig, siteOf } from './core-desk.ts';

/** What the driver of that rig is benched for; nothing: it is not. */
export function benchedBy(before: RigReading | undefined, after: RigReading | undefined): readonly (keyof RigSettings)[] {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('d', 2, { cutBy: [] })] })).world('d', { settings: before?.settings }).pass(40);
  desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
  desk.world('d', { settings: after?.settings }).pass(20);
  return rigMemory(desk.state.memory, 'd').benched ?? [];
}
