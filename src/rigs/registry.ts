// Every rig family that there is, a line each.
import { antminer } from './antminer.ts';
import { auradine } from './auradine.ts';
import { cgminer } from './cgminer.ts';
import { command } from './command.ts';
import { epic } from './epic.ts';
import { luxos } from './luxos.ts';
import { mara } from './mara.ts';
import { nerdqaxe } from './nerdqaxe.ts';
import { none } from './none.ts';
import type { RigDriverKind } from './port.ts';
import { sealminer } from './sealminer.ts';
import { vnish } from './vnish.ts';

export const rigDrivers: readonly RigDriverKind[] = [
  luxos,
  antminer,
  vnish,
  epic,
  nerdqaxe,
  auradine,
  sealminer,
  mara,
  cgminer,
  command,
  none,
];

/** The family of that name, as `driver:` in the configuration names it. */
export function rigDriver(name: string): RigDriverKind | undefined {
  return rigDrivers.find((kind) => kind.name === name);
}
