// A rig of graphics cards as a folder: its programs, the files of its kernel, and what they say, taken from a simulated rig before each
// question and given back to it after each order. What it is asked runs in a shell that finds nothing outside of the folder by its name.
import { spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SimRig } from '../sim/rig.ts';
import { GPU_PROGRAMS, gpuProgram } from './gpu-programs.ts';
import { digitsOf, macOf } from './number-of-name.ts';

/** How its cards are asked: nvidia-smi, the files of the kernel for cards of AMD, or rocm-smi, which takes no limit. */
export type CardKind = 'nvidia' | 'amd' | 'rocm';

/** W that it draws beside its cards, as the driver takes it where its owner does not say. */
const BASE_WATTS = 60;
/** W of a card at work; there are as many as the rig's watts make */
const CARD_WATTS = 250;
const MOST_CARDS = 12;
/** ms that a script may take */
const RUN_MS = 20_000;
const OUTPUT_LIMIT = 65_536;
/** What its scripts need beside its own programs. */
const TOOLS = ['sh', 'cat', 'sed', 'grep', 'tail', 'tee', 'rm', 'sleep', 'timeout', 'kill'];
const TOOL_PLACES = ['/usr/bin', '/bin', '/usr/local/bin'];

interface Limits {
  readonly own: number;
  readonly least: number;
  readonly most: number;
}

export interface GpuRun {
  readonly output: string;
  readonly complaint: string;
  readonly code: number;
}

export class GpuFolder {
  readonly #folder: string;
  readonly #rig: SimRig;
  readonly #kind: CardKind;
  readonly #count: number;
  readonly #limits: Limits;
  /** W, by card, as its owner or a limit has them */
  #now: readonly number[];
  #uptime = 0;

  constructor(folder: string, rig: SimRig, kind: CardKind) {
    this.#folder = folder;
    this.#rig = rig;
    this.#kind = kind;
    const forCards = Math.max(20, rig.traits.watts - BASE_WATTS);
    this.#count = Math.min(MOST_CARDS, Math.max(1, Math.round(forCards / CARD_WATTS)));
    const each = Math.ceil(forCards / this.#count);
    this.#limits = { own: Math.ceil(each * 1.05), least: Math.max(1, Math.floor(each * 0.4)), most: Math.ceil(each * 1.2) };
    this.#now = this.#cards(() => this.#limits.own);
    this.#lay();
  }

  /** A line as the rig's own shell would run it, by what the rig is now; then the rig is told what became of it. */
  async run(line: string, signal: AbortSignal): Promise<GpuRun> {
    this.#show();
    rmSync(join(this.#folder, 'orders'), { force: true });
    const run = await shell({ line: within(line, this.#folder), folder: this.#folder, signal });
    this.#heed();
    return run;
  }

  #cards<T>(each: (at: number) => T): readonly T[] {
    return Array.from({ length: this.#count }, (_, at) => each(at));
  }

  #file(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  #flag(name: string, is: boolean): void {
    if (is) this.#file(name, '');
    else rmSync(join(this.#folder, name), { force: true });
  }

  /** What stays. */
  #lay(): void {
    for (const name of Object.keys(GPU_PROGRAMS)) {
      if (name === 'nvidia-smi' && this.#kind !== 'nvidia') continue;
      this.#program(name, gpuProgram(name, this.#folder));
    }
    this.#program('id', '#!/bin/sh\necho 0\n');
    if (this.#kind === 'rocm') this.#program('rocm-smi', `#!/bin/sh\ncat '${this.#folder}/rocm'\n`);
    for (const tool of TOOLS) {
      const place = TOOL_PLACES.find((one) => isProgram(join(one, tool)));
      if (place !== undefined && !existsSync(join(this.#folder, 'bin', tool)))
        symlinkSync(join(place, tool), join(this.#folder, 'bin', tool));
    }
    this.#file('sys/class/net/eth0/address', `${macOf(this.#rig.traits.id, 14)}\n`);
    this.#file('sys/class/net/eth0/device/vendor', '0x8086\n');
    this.#file('proc/1/comm', 'systemd\n');
    this.#file('etc/os-release', 'PRETTY_NAME="Ubuntu 20.04.5 LTS"\n');
    this.#file('etc/environment', 'RIG_CONF=/hive-config/rig.conf\n');
    this.#file('run/.keep', '');
    for (const name of ['watchdog', 'watchdog-enabled']) this.#flag(name, true);
    this.#cards((at) => {
      this.#file(`${this.#bus(at)}/class`, '0x030000\n');
      this.#file(`${this.#bus(at)}/vendor`, this.#kind === 'nvidia' ? '0x10de\n' : '0x1002\n');
    });
  }

  #program(name: string, text: string): void {
    this.#file(`bin/${name}`, text);
    chmodSync(join(this.#folder, 'bin', name), 0o755);
  }

  #bus(at: number): string {
    return `sys/bus/pci/devices/0000:${(at + 1).toString(16).padStart(2, '0')}:00.0`;
  }

  /** What the rig is now, in its files. */
  #show(): void {
    const { saysPaused, saysWatts, uptimeSeconds } = this.#rig.look();
    // Memory, and what the cards were told, go with a restart.
    if (uptimeSeconds < this.#uptime) this.#forget();
    this.#uptime = uptimeSeconds;
    this.#flag('runs', !saysPaused);
    if (saysPaused) rmSync(join(this.#folder, 'proc/99'), { recursive: true, force: true });
    else this.#file('proc/99/comm', 'miner\n');
    const { refuses = false } = this.#rig.quirks;
    this.#flag('refuses', refuses);
    this.#flag('refuses-start', refuses);
    this.#flag('limit-sticks', refuses);
    this.#file('proc/uptime', `${uptimeSeconds.toFixed(2)} 1.00\n`);
    const each = Math.max(5, Math.round((saysWatts - BASE_WATTS) / this.#count));
    if (this.#kind === 'rocm') this.#file('rocm', JSON.stringify(Object.fromEntries(this.#cards((at) => [`card${at}`, rocmCard(each)]))));
    this.#cards((at) => this.#showCard(at, each));
  }

  #showCard(at: number, watts: number): void {
    const limit = this.#now[at] ?? this.#limits.own;
    const { least, most } = this.#limits;
    if (this.#kind === 'nvidia') {
      const id = `GPU-${digitsOf(this.#rig.traits.id)}-${String(at).padStart(4, '0')}`;
      this.#file(`cards/${String(at).padStart(2, '0')}`, `${id} ${watts} ${watts} ${limit}.00 ${least} ${most}\n`);
    } else if (this.#kind === 'amd') {
      const figures = { name: 'amdgpu', power1_average: watts * 1e6, temp1_input: 52_000, fan1_input: 1_400 };
      const caps = { power1_cap: limit * 1e6, power1_cap_min: least * 1e6, power1_cap_max: most * 1e6 };
      for (const [name, value] of Object.entries({ ...figures, ...caps }))
        this.#file(`${this.#bus(at)}/hwmon/hwmon${at}/${name}`, `${value}\n`);
    }
  }

  #forget(): void {
    this.#now = this.#cards(() => this.#limits.own);
    this.#rig.limit(undefined, undefined);
    rmSync(join(this.#folder, 'run'), { recursive: true, force: true });
    this.#file('run/.keep', '');
  }

  /** What its programs were told, to the rig. */
  #heed(): void {
    const orders = existsSync(join(this.#folder, 'orders')) ? readFileSync(join(this.#folder, 'orders'), 'utf8').split('\n') : [];
    for (const order of orders) {
      if (order === 'pause' || order === 'resume') this.#rig.order(order);
      else if (order === 'reboot') this.#rig.reboot();
      // Nothing is lit of one that was shut down, until its plug is pulled and put back.
      else if (order === 'halt') this.#rig.cut();
    }
    if (this.#kind !== 'rocm') this.#heedLimits();
  }

  #heedLimits(): void {
    const now = this.#cards((at) => this.#limitAt(at));
    if (now.every((watts, at) => watts === this.#now[at])) return;
    const isOwn = now.every((watts) => watts === this.#limits.own);
    const sum = now.reduce((all, watts) => all + watts, BASE_WATTS);
    if (this.#rig.limit(isOwn ? undefined : sum, undefined) !== 'refused') this.#now = now;
  }

  #limitAt(at: number): number {
    const of = (name: string): string => readFileSync(join(this.#folder, name), 'utf8');
    if (this.#kind === 'amd') return Math.round(Number(of(`${this.#bus(at)}/hwmon/hwmon${at}/power1_cap`)) / 1e6);
    return Math.round(Number(of(`cards/${String(at).padStart(2, '0')}`).split(' ')[3]));
  }
}

function rocmCard(watts: number): Readonly<Record<string, string>> {
  return {
    'Average Graphics Package Power (W)': `${watts}.0`,
    'Temperature (Sensor junction) (C)': '55.0',
    'Fan RPM': '1400',
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Every path from the root is one from the folder: what an owner has put for `halt` must not shut down the machine that plays. */
export function within(line: string, folder: string): string {
  return line.replace(/(^|[\s"'=<>(;|&:`])\/(?!dev\/null\b)(?=[\w.*[])/g, (_, before: string) => `${before}${folder}/`);
}

function shell({
  line,
  folder,
  signal,
}: {
  readonly line: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}): Promise<GpuRun> {
  return new Promise((resolve) => {
    // In a group of its own: what goes down with the rig is not who plays it.
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), RIG: folder },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, complaint] = ['', ''];
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // gone already
      }
    };
    const timer = setTimeout(kill, RUN_MS);
    signal.addEventListener('abort', kill, { once: true });
    const settle = (code: number): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve({ output, complaint: complaint.trim(), code });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < OUTPUT_LIMIT) output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < OUTPUT_LIMIT) complaint += text;
    });
    child.on('error', () => settle(255));
    child.on('close', (code) => settle(code ?? 255));
  });
}
