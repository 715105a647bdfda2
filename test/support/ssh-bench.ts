// A driver of rigs reached by ssh, before a rig that is a folder.
import { afterEach } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { sshHost } from '../../src/rigs/ssh-host.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { type FakeCard, type GpuRig, gpuRig } from './gpu-rig.ts';

export const KEYS = new Map([['rig.key', 'not a real key']]);
const KEY = { keyFile: 'rig.key', knownHostsFile: '/nowhere/known_hosts' };
export const HIVE = { host: '127.0.0.1', os: 'hive', ...KEY };
export const LINUX = { host: '127.0.0.1', os: 'linux', service: 'miner.service', ...KEY };

/** closed after each test */
export const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

export interface SshBench {
  readonly rig: GpuRig;
  readonly driver: RigDriver;
  pass(seconds: number): void;
}

export function sshBench(
  options: object = HIVE,
  { cards, keys = KEYS }: { cards?: readonly FakeCard[]; keys?: ReadonlyMap<string, string> } = {},
): SshBench {
  const rig = gpuRig(cards);
  let now = 0;
  const driver = sshHost.open({ client: rig.client, ...options }, { ...rigKit('rig-1', keys), nowMs: () => now });
  open.push({ close: () => driver.close().then(() => rig.remove()) });
  return {
    rig,
    driver,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

export const read = (driver: RigDriver): Promise<Outcome<RigReading> | undefined> => driver.read?.(within()) ?? Promise.resolve(undefined);
export const DONE = { ok: true, value: undefined };
