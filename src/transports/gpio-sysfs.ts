// The header pins as the kernel shows them under /sys/class/gpio: which number a pin has today, what it does now, and what
// to tell a person when it is refused. Reads claim nothing; who drives a pin is the business of the driver that uses it.
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';

/**
 * The tree under /sys/class/gpio. Synchronous on purpose: these are kernel attributes in memory, read in microseconds, and an
 * asynchronous read could wait seconds in the thread pool behind a resolver that hangs. Every member may throw as node:fs does.
 */
export interface GpioSysfs {
  /** names of the entries, such as `gpiochip512`, `gpio529`, `export` */
  entries(): readonly string[];
  exists(path: string): boolean;
  /** Throws where this user may not write there. */
  mustBeWritable(path: string): void;
  read(path: string): string;
  write(path: string, text: string): void;
}

/** onoff knows this path alone, so every other root is for tests. */
const ROOT = '/sys/class/gpio';

export function gpioSysfs(root = ROOT): GpioSysfs {
  return {
    entries: () => readdirSync(root),
    exists: (path) => existsSync(`${root}/${path}`),
    mustBeWritable: (path) => accessSync(`${root}/${path}`, constants.W_OK),
    read: (path) => readFileSync(`${root}/${path}`, 'utf8').trim(),
    write: (path, text) => writeFileSync(`${root}/${path}`, text),
  };
}

/** A pin as its owner names it: the number printed on the pinout, and the chip where it is none of the known ones. */
export interface Pin {
  readonly gpio: number;
  readonly chip?: string | undefined;
}

/** Labels of the chip behind the header: Pi 0 to 3; Pi 4, 400, CM4; Pi 5, CM5. */
const HEADER_LABELS: ReadonlySet<string> = new Set(['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1']);
/** GPIO 0 to 27 are on the header; a chip with fewer lines is not the header's, whatever its label. */
const HEADER_LINES = 28;
const CHIPS_LISTED = 8;

/**
 * The number that sysfs knows the pin by now: base of its chip plus offset. Looked up each time and never computed from a
 * constant, for since kernel 6.6 the base changes with the kernel and with what else is plugged in.
 */
export function sysfsNumber(sysfs: GpioSysfs, pin: Pin): Outcome<number> {
  try {
    const chips = sysfs
      .entries()
      .filter((name) => name.startsWith('gpiochip'))
      .map((name) => ({
        label: sysfs.read(`${name}/label`),
        base: Number(sysfs.read(`${name}/base`)),
        lines: Number(sysfs.read(`${name}/ngpio`)),
      }))
      .filter((chip) => Number.isInteger(chip.base) && Number.isInteger(chip.lines));
    const fitting = chips.filter((chip) =>
      pin.chip === undefined
        ? HEADER_LABELS.has(chip.label) && chip.lines >= HEADER_LINES
        : chip.label === pin.chip && chip.lines > pin.gpio,
    );
    const [only] = fitting;
    if (only !== undefined && fitting.length === 1) return ok(only.base + pin.gpio);
    return failed('unsupported', noChip(pin, fitting.length, chips));
  } catch (error) {
    return gpioFault(error, pin);
  }
}

function noChip(pin: Pin, fitting: number, chips: readonly { label: string; lines: number }[]): string {
  const wanted = pin.chip === undefined ? 'the chip of a Raspberry Pi header' : `a chip "${pin.chip}" that has gpio ${pin.gpio}`;
  const seen = chips.slice(0, CHIPS_LISTED).map((chip) => `${chip.label} (${chip.lines} lines)`);
  const listed = seen.length === 0 ? 'there is no chip at all' : `there are: ${seen.join(', ')}`;
  return fitting === 0
    ? `gpio ${pin.gpio}: ${wanted} is not in ${ROOT}; ${listed}. Name the right one with chip:`
    : `gpio ${pin.gpio}: ${fitting} chips could be ${wanted}; ${listed}. Name one with chip:`;
}

/** A line as sysfs shows it. `level` is physical, whatever the line's own active_low says. */
export interface LineSeen {
  readonly direction: 'in' | 'out';
  readonly level: 0 | 1;
}

/** What an exported line does now, without touching it; undefined while nobody has exported it. May throw as node:fs does. */
export function lookAtLine(sysfs: GpioSysfs, number: number): LineSeen | undefined {
  const at = `gpio${number}`;
  if (!sysfs.exists(at)) return undefined;
  const inverted = sysfs.read(`${at}/active_low`) === '1';
  const logical = sysfs.read(`${at}/value`) === '1';
  return { direction: sysfs.read(`${at}/direction`) === 'out' ? 'out' : 'in', level: logical !== inverted ? 1 : 0 };
}

/** udev has hung the group gpio on a fresh line within milliseconds; a second is a machine in trouble. */
const ACCESS_WAIT_MS = 1000;
const ACCESS_POLL_MS = 5;

/**
 * Makes the line appear in sysfs, still driven by nobody, and waits until this user may use it. onoff would
 * do so itself, but blocks the whole process while it waits for udev: a tick must not.
 */
export async function exportLine(sysfs: GpioSysfs, want: { pin: Pin; number: number; signal: AbortSignal }): Promise<Outcome> {
  const at = `gpio${want.number}`;
  try {
    if (!sysfs.exists(at)) sysfs.write('export', String(want.number));
  } catch (error) {
    // Exported by another between the look and the write: as good as by us.
    if (!sysfs.exists(at)) return gpioFault(error, want.pin);
  }
  const files = ['value', 'direction', 'active_low'].concat(sysfs.exists(`${at}/edge`) ? ['edge'] : []);
  for (let waitedMs = 0; ; waitedMs += ACCESS_POLL_MS) {
    if (want.signal.aborted) return failed('timeout', `gpio ${want.pin.gpio}: no time left while waiting to be let at the line`);
    try {
      for (const file of files) sysfs.mustBeWritable(`${at}/${file}`);
      return DONE;
    } catch (error) {
      if (waitedMs >= ACCESS_WAIT_MS) return gpioFault(error, want.pin);
    }
    await new Promise((resolve) => setTimeout(resolve, ACCESS_POLL_MS));
  }
}

/** What node:fs or onoff threw at a pin, in words that say what to do. */
export function gpioFault(error: unknown, pin: Pin): ReturnType<typeof failed> {
  const code = errorCode(error);
  const where = `gpio ${pin.gpio}`;
  switch (code) {
    case 'EBUSY':
      return failed(
        'refused',
        `${where} is held by the kernel or by another program (sudo cat /sys/kernel/debug/gpio names it): free it there, or wire to another gpio`,
        'later',
      );
    case 'EACCES':
    case 'EPERM':
      return failed(
        'unauthorized',
        `${where}: user id ${process.getuid?.() ?? '?'} may not use GPIO: sudo usermod -aG gpio lastwatt, then sudo systemctl restart lastwatt`,
      );
    case 'EINVAL':
      return failed('unsupported', `${where} is no line that this kernel lets programs use: check the number against the pinout`);
    case 'ENOENT':
      return failed(
        'unsupported',
        `${where}: ${ROOT} is not there: this kernel has no sysfs GPIO, which the gpio driver needs; or use driver: command`,
      );
    case 'EROFS':
      return failed(
        'unsupported',
        `${where}: /sys is read-only for this service: its unit needs ReadWritePaths=-/sys/class/gpio -/sys/devices/platform`,
      );
    default:
      return failed('refused', `${where}: ${error instanceof Error ? error.message : String(code ?? error)}`);
  }
}

/** The line has gone under an open handle: another program unexported it, or its chip was unplugged. */
export function lineIsGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENODEV' || code === 'EBADF';
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
