// The contract of rig drivers, for rigs that are reached by ssh: before a folder with a client of its own, and before one that is played.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeRigs } from '../../src/fakes/registry.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { type GpuRig, gpuRig } from '../support/gpu-rig.ts';
import { familyBench, kindOf, loginOf } from './rig-bench.ts';
import { describeRigDriver, type Mouth, rigKit } from './rig-driver.ts';

function driverOf(rig: GpuRig): RigDriver {
  const options = { host: '127.0.0.1', os: 'hive', keyFile: 'rig.key', knownHostsFile: '/nowhere/known_hosts', client: rig.client };
  return kindOf('ssh-host').open(options, rigKit('rig-1', new Map([['rig.key', 'not a real key']])));
}

const mouths = async (mouth: Mouth): Promise<{ readonly driver: RigDriver; close(): Promise<void> }> => {
  const rig = gpuRig();
  if (mouth instanceof Uint8Array) writeFileSync(join(rig.folder, 'answer'), mouth);
  rig.mood(mouth instanceof Uint8Array ? 'answer' : mouth);
  return { driver: driverOf(rig), close: async () => rig.remove() };
};

const PAUSED = [
  ...['@lastwatt', '@uptime', '86400.00 1.00', '@bus', '0x10de', '@nvidia', 'GPU-0aa1b2c3-0001, 14.20, 41, 240.00, 100.00, 340.00'],
  ...['@session', 'No Sockets found in /run/screen/S-root.', '=1', '@end'],
].join('\n');

describeRigDriver('ssh-host', {
  bench: async () => {
    const rig = gpuRig();
    return {
      driver: driverOf(rig),
      another: () => driverOf(rig),
      standsStill: () => !rig.runs(),
      pass: () => undefined,
      refuse: () => rig.quirk('refuses'),
      close: async () => rig.remove(),
    };
  },
  against: mouths,
  limitTo: 330,
  saysPaused: PAUSED,
});

const kind = fakeRigs.find(({ family }) => family === 'ssh-host');
if (kind === undefined) throw new Error('ssh-host is not played');

describeRigDriver('ssh-host, played', {
  bench: familyBench('ssh-host', { pausedWatts: 130, pausePersists: false }, (rig, nowMs) => kind.start({ rig, nowMs }), loginOf(kind)),
  against: mouths,
  limitTo: 2_000,
  saysPaused: PAUSED,
});
