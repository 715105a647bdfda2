// Every rig family that there is, a line each.
import { cgminer } from './cgminer.ts';
import { command } from './command.ts';
import { luxos } from './luxos.ts';
import { none } from './none.ts';
import type { RigDriverKind } from './port.ts';
import { sshHost } from './ssh-host.ts';
import { webhook } from './webhook.ts';

export const rigDrivers: readonly RigDriverKind[] = [luxos, cgminer, sshHost, command, webhook, none];

/** The family of that name, as `driver:` in the configuration names it. */
export function rigDriver(name: string): RigDriverKind | undefined {
  return rigDrivers.find((kind) => kind.name === name);
}
