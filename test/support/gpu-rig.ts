// A rig of graphics cards that is a folder: its programs are a few lines of shell each, its state and its moods are files.
// Behind a fake ssh client, or as what a real sshd finds on its PATH.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GPU_PROGRAMS, gpuProgram } from '../../src/fakes/gpu-programs.ts';

const FAKE_SSH = fileURLToPath(new URL('fake-ssh.sh', import.meta.url));

/** A card of NVIDIA: W at work and at rest, and its limits. */
export interface FakeCard {
  readonly id: string;
  readonly watts: number;
  readonly idleWatts: number;
  readonly limit: number;
  readonly least: number;
  readonly most: number;
}

export const CARDS: readonly FakeCard[] = [
  { id: 'GPU-0aa1b2c3-0001', watts: 230, idleWatts: 14, limit: 240, least: 100, most: 340 },
  { id: 'GPU-0aa1b2c3-0002', watts: 120, idleWatts: 11, limit: 120, least: 100, most: 170 },
];

export interface GpuRig {
  readonly folder: string;
  /** the ssh program that leads to it */
  readonly client: string;
  runs(): boolean;
  /** the name of a file that makes it behave otherwise */
  mood(word: string): void;
  has(quirk: string): boolean;
  quirk(name: string, present?: boolean): void;
  file(name: string, text: string): void;
  /** what was done on it, a line each */
  log(): readonly string[];
  /** how it was called by ssh, a line each */
  asked(): readonly string[];
  limits(): readonly number[];
  remove(): void;
}

/** A rig that hashes, with these cards and a watchdog that watches. */
export function gpuRig(cards: readonly FakeCard[] = CARDS): GpuRig {
  const folder = mkdtempSync(join(tmpdir(), 'gpu-rig-'));
  const path = (name: string): string => join(folder, name);
  const file = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  const lines = (name: string): readonly string[] =>
    existsSync(path(name))
      ? readFileSync(path(name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
  const program = (where: string, text: string): void => {
    file(where, text);
    chmodSync(path(where), 0o755);
  };
  for (const name of Object.keys(GPU_PROGRAMS)) program(`bin/${name}`, gpuProgram(name, folder));
  program('client/ssh', `#!/bin/sh\nexec /bin/sh '${FAKE_SSH}' '${folder}' "$@"\n`);
  cards.forEach(({ id, watts, idleWatts, limit, least, most }, at) => {
    file(`cards/${at}`, `${id} ${watts} ${idleWatts} ${limit}.00 ${least} ${most}\n`);
    file(`sys/bus/pci/devices/0000:0${at + 1}:00.0/class`, '0x030000\n');
    file(`sys/bus/pci/devices/0000:0${at + 1}:00.0/vendor`, '0x10de\n');
  });
  file('sys/class/net/eth0/address', '02:00:5e:10:00:07\n');
  file('sys/class/net/eth0/device/vendor', '0x8086\n');
  file('sys/class/net/lo/address', '00:00:00:00:00:00\n');
  file('proc/uptime', '86400.12 300000.00\n');
  file('proc/1/comm', 'systemd\n');
  file('proc/71/comm', 'sshd\n');
  file('etc/os-release', 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 20.04.5 LTS"\n');
  file('etc/environment', 'RIG_CONF=/hive-config/rig.conf\n');
  file('run/.keep', '');
  for (const name of ['runs', 'watchdog', 'watchdog-enabled']) file(name, '');
  return {
    folder,
    client: path('client/ssh'),
    runs: () => existsSync(path('runs')),
    mood: (word) => file('mood', word),
    has: (name) => existsSync(path(name)),
    quirk: (name, present = true) => (present ? file(name, '') : rmSync(path(name), { force: true })),
    file,
    log: () => lines('log'),
    asked: () => lines('asked'),
    limits: () => cards.map((_, at) => Number(lines(`cards/${at}`)[0]?.split(' ')[3])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
