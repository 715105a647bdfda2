// What hangs on pins: from the third second of a held button to the first order on a rig's wire, by the real service on the simulated
// kernel; and from `set` to the level on a relay's line, by either way.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { buttonOptions } from '../src/panel/button.ts';
import { Service } from '../src/service/service.ts';
import { openGpio } from '../src/switches/gpio.ts';
import type { GpioHost } from '../src/transports/gpio-lines.ts';
import { gpioSysfs } from '../src/transports/gpio-sysfs.ts';
import { type GpioClass, onoffLines } from '../src/transports/onoff.ts';
import { BASE, GpioKernel } from '../test/support/gpio-kernel.ts';
import { CdevKernel } from '../test/support/gpio-kernel-cdev.ts';
import { switchKit } from '../test/support/switch-kit.ts';
import { sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options, worst } from './figures.ts';
import { type BenchSite, onSites, sees } from './site.ts';

const HELD_MS = 3_000;
const LIMIT_STEP_MS = 200;
const LIMIT_SET_MS = 5;
const SITES = 2;
const READY_MS = 20_000;
const SETS = 2_000;
const BUTTON = buttonOptions.parse({ gpio: 23, activeLow: true });
const RELAY = 17;

type Way = 'sysfs' | 'character device';

export async function gpio({ runs, progress }: Options): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const way of ['sysfs', 'character device'] as const) figures.push(setFigure(way, await setTimes(way)));
  for (const way of ['sysfs', 'character device'] as const) {
    const times: number[] = [];
    await onSites(SITES, async (sites) => {
      while (times.length < runs) {
        progress(`button through ${way}: ${times.length} of ${runs} runs`);
        times.push(...(await Promise.all(sites.slice(0, runs - times.length).map((site) => hold(site, way)))));
      }
    });
    figures.push(buttonFigure(way, times));
  }
  return figures;
}

interface Move {
  readonly ms: number;
  /** another process was given the processor in the middle */
  readonly interrupted: boolean;
}

function setFigure(way: Way, moves: readonly Move[]): Figure {
  const times = moves.map(({ ms }) => ms);
  const judged = worst(times);
  const alone = worst(moves.filter(({ interrupted }) => !interrupted).map(({ ms }) => ms));
  return limited(
    {
      what: `gpio through ${way}: from set to the level (${way === 'sysfs' ? 'a tree in memory' : 'simulated kernel'}, ${times.length} moves)`,
      measured: `p50 ${inWords(median(times), 'ms')}, ${judged.name} ${inWords(judged.value, 'ms')}; ${alone.name} ${inWords(alone.value, 'ms')} of those that kept the processor`,
      beside: `${judged.name} at most ${LIMIT_SET_MS} ms`,
    },
    judged.value,
    LIMIT_SET_MS,
  );
}

function buttonFigure(way: Way, times: readonly number[]): Figure {
  const judged = worst(times);
  const within = times.filter((ms) => ms <= LIMIT_STEP_MS).length;
  return limited(
    {
      what: `button through ${way}: from its 3 s to the first pause on the wire (${times.length} runs)`,
      measured: `median ${inWords(median(times), 'ms')}, ${judged.name} ${inWords(judged.value, 'ms')}; ${within} of ${times.length} within the limit`,
      beside: `${judged.name} at most ${LIMIT_STEP_MS} ms`,
    },
    judged.value,
    LIMIT_STEP_MS,
  );
}

/** ms from the third second of a press to the first order. */
async function hold(site: BenchSite, way: Way): Promise<number> {
  const kernel = new GpioKernel();
  const pin = BASE + BUTTON.gpio;
  kernel.line(pin).pull = 1;
  await site.renew();
  const service = await serviceOn(site, way === 'sysfs' ? kernel.host : new CdevKernel(kernel).host);
  try {
    await until('every rig is seen', async () => sees(await site.status(), 'mains'), READY_MS);
    // Its looks come at a fixed pace from its start: any moment between two must be as likely as any other.
    await sleep(Math.random() * 1_000);
    const pressedMs = performance.now();
    kernel.change(pin, { pull: 0 });
    const asked = (): number[] =>
      site.rigs.flatMap(({ log }) => log.find(({ what, atMs }) => what === 'pause' && atMs >= pressedMs)?.atMs ?? []);
    await until('the first rig is asked', () => asked().length > 0, HELD_MS + READY_MS);
    return Math.min(...asked()) - pressedMs - HELD_MS;
  } finally {
    await service.stop('the end of a run');
  }
}

async function serviceOn(site: BenchSite, host: GpioHost): Promise<Service> {
  const loaded = await loadConfig(site.config);
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ say }) => say).join('; '));
  const log = { write: () => undefined, hide: () => undefined, close: async () => undefined };
  const started = await Service.start({ ...loaded.config, panel: { button: BUTTON } }, { log, version: 'bench', gpio: host });
  if (!started.ok) throw new Error(started.fault.detail);
  return started.value;
}

/** ms of each move of one relay, looked up and looked at as in the service. */
async function setTimes(way: Way): Promise<readonly Move[]> {
  // In memory, as sysfs is: a disk would be measured otherwise.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'gpio-'));
  try {
    const host = way === 'sysfs' ? fileHost(folder) : new CdevKernel(new GpioKernel()).host;
    const relay = openGpio({ gpio: RELAY, activeLow: false }, switchKit(), host).channel('');
    const moves: Move[] = [];
    for (let turn = 0; turn < SETS; turn++) {
      const before = process.resourceUsage().involuntaryContextSwitches;
      const beganMs = performance.now();
      const outcome = await relay.set(turn % 2 === 0 ? 'cut' : 'fed', AbortSignal.timeout(5_000));
      const ms = performance.now() - beganMs;
      moves.push({ ms, interrupted: process.resourceUsage().involuntaryContextSwitches > before });
      if (!outcome.ok) throw new Error(outcome.fault.detail);
    }
    return moves;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tree of plain files as under /sys/class/gpio, with one line exported. */
function fileHost(root: string): GpioHost {
  const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
  for (const [index, label] of ['gpio-decoy', 'raspberrypi-exp-gpio', 'pinctrl-bcm2711'].entries()) {
    const base = BASE - 128 + 64 * index;
    mkdirSync(join(root, `gpiochip${base}`));
    for (const [name, text] of [
      ['label', label],
      ['base', String(base)],
      ['ngpio', '58'],
    ] as const)
      put(`gpiochip${base}/${name}`, text);
  }
  const line = `gpio${BASE + RELAY}`;
  mkdirSync(join(root, line));
  put(`${line}/direction`, 'out');
  put(`${line}/active_low`, '0');
  put(`${line}/value`, '0');
  const gpioClass = class {
    readSync = (): 0 | 1 => (readFileSync(join(root, line, 'value'), 'utf8') === '1' ? 1 : 0);
    writeSync = (value: 0 | 1): void => put(`${line}/value`, String(value));
    setDirection = (word: 'high' | 'low'): void => put(`${line}/value`, word === 'high' ? '1' : '0');
    activeLow = (): boolean => readFileSync(join(root, line, 'active_low'), 'utf8') === '1';
    watch = (): void => undefined;
    unexport = (): void => undefined;
  } satisfies GpioClass;
  const lines = onoffLines({ sysfs: gpioSysfs(root), gpioClass });
  return { load: async () => ({ ok: true, value: lines }) };
}
