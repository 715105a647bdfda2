// Every rig family that there is, a line each.
import { antminer } from './antminer.ts';
import { auradine } from './auradine.ts';
import { avalon } from './avalon.ts';
import { axeos } from './axeos.ts';
import { braiins } from './braiins.ts';
import { cgminer } from './cgminer.ts';
import { command } from './command.ts';
import { elphapex } from './elphapex.ts';
import { epic } from './epic.ts';
import { luxos } from './luxos.ts';
import { mara } from './mara.ts';
import { nerdqaxe } from './nerdqaxe.ts';
import { none } from './none.ts';
import type { RigDriverKind } from './port.ts';
import { sealminer } from './sealminer.ts';
import { sshHost } from './ssh-host.ts';
import { teamredminer } from './teamredminer.ts';
import { trex } from './trex.ts';
import { vnish } from './vnish.ts';
import { webhook } from './webhook.ts';
import { whatsminer } from './whatsminer.ts';
import { xmrig } from './xmrig.ts';

export const rigDrivers: readonly RigDriverKind[] = [
  luxos,
  antminer,
  vnish,
  whatsminer,
  braiins,
  avalon,
  axeos,
  nerdqaxe,
  epic,
  auradine,
  sealminer,
  mara,
  elphapex,
  cgminer,
  teamredminer,
  trex,
  xmrig,
  sshHost,
  webhook,
  command,
  none,
];

/** The family of that name, as `driver:` in the configuration names it. */
export function rigDriver(name: string): RigDriverKind | undefined {
  return rigDrivers.find((kind) => kind.name === name);
}
