// A rig of graphics cards that is a folder: its programs are a few lines of shell each, its state and its moods are files.
// Behind a fake ssh client, or as what a real sshd finds on its PATH.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/**
 * `miner`, `wd`, `sreboot` and `screen` of Hive OS, by what its own scripts do: `miner stop` ends with the exit code of its
 * watchdog's stop, `miner start` with 1 where no watchdog is enabled, both with 0 where a benchmark runs and nothing is done.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  miner: `
    [ -n "$RIG_CONF" ] || { echo 'No config'; exit 1; }
    [ -e "$RIG/benchmark" ] && { echo 'Detect running or unfinished benchmark.'; exit 0; }
    case $1 in
      stop)
        [ -e "$RIG/runs" ] || { echo 'No miner screens found'; wd stop; exit; }
        [ -e "$RIG/refuses" ] && { printf '\\033[31mit will not\\033[0m\\n'; exit 3; }
        rm -f "$RIG/runs"; wd stop;;
      start)
        [ -e "$RIG/runs" ] && echo 'Miner screen is already running'
        [ -e "$RIG/maintenance" ] && { echo 'Maintenance mode enabled, exiting'; exit 1; }
        : >"$RIG/runs"; [ -e "$RIG/watchdog-enabled" ] && wd start;;
    esac`,
  wd: 'echo "wd $1" >>"$RIG/log"; case $1 in stop) rm -f "$RIG/watchdog";; start) : >"$RIG/watchdog";; esac',
  screen: `
    [ "$1" = -ls ] || exit 1
    if [ -e "$RIG/runs" ]; then printf 'There is a screen on:\\n\\t1234.%s\\t(Detached)\\n1 Socket in /run/screen/S-root.\\n' "$2"; exit 0; fi
    printf 'No Sockets found in /run/screen/S-root.\\n\\n'; exit 1`,
  sreboot: 'echo "sreboot $1" >>"$RIG/log"; printf dark >"$RIG/mood"; [ -e "$RIG/down" ] && . "$RIG/down"; kill -9 0',
  sudo: `
    [ "$1" = -n ] || { echo 'sudo: a terminal is required to read the password' >&2; exit 1; }
    shift
    [ -e "$RIG/sudo-asks" ] && { echo 'sudo: a password is required' >&2; exit 1; }
    [ "$1" = -l ] && exit 0
    echo "sudo $1 $2" >>"$RIG/log"
    exec "$@"`,
  systemctl: `
    echo "systemctl $*" >>"$RIG/log"
    case $1 in
      stop) [ "$2" = miner.service ] || { echo "Failed to stop $2: Unit $2 not loaded." >&2; exit 5; }
        [ -e "$RIG/refuses" ] && { echo 'Access denied' >&2; exit 4; }
        [ -e "$RIG/restarts" ] || rm -f "$RIG/runs";;
      start) [ "$2" = miner.service ] || { echo "Failed to start $2: Unit $2 not found." >&2; exit 5; }; : >"$RIG/runs";;
      is-active) [ -e "$RIG/runs" ] && { echo active; exit 0; }; echo inactive; exit 3;;
      show) if [ "$6" = miner.service ]; then echo LoadState=loaded; else echo LoadState=not-found; fi
        if [ -e "$RIG/runs" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi;;
      poweroff | reboot) printf dark >"$RIG/mood"; [ -e "$RIG/down" ] && . "$RIG/down"; exit 0;;
    esac`,
  'nvidia-smi': `
    [ -e "$RIG/smi-hangs" ] && sleep 60
    [ -e "$RIG/smi-fails" ] && { echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9; }
    case "$*" in
      '--query-gpu=uuid,power.draw,temperature.gpu,power.limit,power.min_limit,power.max_limit --format=csv,noheader,nounits')
        for c in "$RIG"/cards/*; do
          read -r id watts idle limit least most <"$c"
          [ -e "$RIG/lost-$id" ] && continue
          draw=$idle; { [ -e "$RIG/runs" ] || [ -e "$RIG/zombie" ]; } && draw=$watts
          [ "$draw" -gt "\${limit%%.*}" ] && draw=\${limit%%.*}
          [ -e "$RIG/mute-$id" ] && draw='[N/A]'
          echo "$id, $draw.40, 61, $limit, $least.00, $most.00" | sed 's/\\[N\\/A\\].40/[N\\/A]/'
        done;;
      '-pm 1') exit 0;;
      '-i '*' -pl '*)
        for c in "$RIG"/cards/*; do
          read -r id watts idle limit least most <"$c"
          [ "$id" = "$2" ] || continue
          whole=\${4%%.*}
          { [ "$whole" -ge "$least" ] && [ "$whole" -le "$most" ]; } || { echo 'not a valid power limit'; exit 1; }
          [ -e "$RIG/limit-sticks" ] || echo "$id $watts $idle $whole.00 $least $most" >"$c"
        done;;
      *) echo "Invalid combination of input arguments: $*"; exit 2;;
    esac`,
};

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
  for (const [name, script] of Object.entries({ ...PROGRAMS, ssh: `exec /bin/sh '${FAKE_SSH}' '${folder}' "$@"` })) {
    const where = name === 'ssh' ? 'client/ssh' : `bin/${name}`;
    file(where, `#!/bin/sh\nRIG='${folder}'\n${script}\n`);
    chmodSync(path(where), 0o755);
  }
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
