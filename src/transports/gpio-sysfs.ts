// The header pins as the kernel shows them under /sys/class/gpio: which number a pin has today, what it does now, and what
// to tell a person when it is refused. Reads claim nothing; who drives a pin is the business of the driver that uses it.
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codeOf, DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { chipOf, gpioFault, type LineSeen, notTaken, type Pin } from './gpio-lines.ts';

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
    const chip = chipOf(pin, chips, ROOT);
    return chip.ok ? ok(chip.value.base + pin.gpio) : chip;
  } catch (error) {
    return sysfsFault(error, pin);
  }
}

/** What an exported line does now, without touching it; undefined while nobody has exported it. May throw as node:fs does. */
export function lookAtLine(sysfs: GpioSysfs, number: number): LineSeen | undefined {
  const at = `gpio${number}`;
  if (!sysfs.exists(at)) return undefined;
  const inverted = sysfs.read(`${at}/active_low`) === '1';
  const logical = sysfs.read(`${at}/value`) === '1';
  return { direction: sysfs.read(`${at}/direction`) === 'out' ? 'out' : 'in', level: logical !== inverted ? 1 : 0 };
}

export interface Exporting {
  readonly pin: Pin;
  readonly number: number;
  readonly signal: AbortSignal;
  /** what the kernel answered, where it did not export the line */
  readonly onRefusal?: (error: unknown) => void;
}

/** udev has hung the group gpio on a fresh line within milliseconds; a second is a machine in trouble. */
const ACCESS_WAIT_MS = 1000;
const ACCESS_POLL_MS = 5;

/**
 * Makes the line appear in sysfs, still driven by nobody, and waits until this user may use it. onoff would
 * do so itself, but blocks the whole process while it waits for udev: a tick must not.
 */
export async function exportLine(sysfs: GpioSysfs, want: Exporting): Promise<Outcome> {
  const at = `gpio${want.number}`;
  try {
    if (!sysfs.exists(at)) sysfs.write('export', String(want.number));
  } catch (error) {
    // Exported by another between the look and the write: as good as by us.
    if (!sysfs.exists(at)) {
      want.onRefusal?.(error);
      return sysfsFault(error, want.pin);
    }
  }
  const files = ['value', 'direction', 'active_low'].concat(sysfs.exists(`${at}/edge`) ? ['edge'] : []);
  for (let waitedMs = 0; ; waitedMs += ACCESS_POLL_MS) {
    if (want.signal.aborted) return failed('timeout', `gpio ${want.pin.gpio}: no time left while waiting to be let at the line`);
    try {
      for (const file of files) sysfs.mustBeWritable(`${at}/${file}`);
      return DONE;
    } catch (error) {
      if (waitedMs >= ACCESS_WAIT_MS) return sysfsFault(error, want.pin);
    }
    await new Promise((resolve) => setTimeout(resolve, ACCESS_POLL_MS));
  }
}

/**
 * Drives a line that is exported already, by its files alone. `high` and `low` make it an output with that physical level in one step,
 * whatever it was and whatever its active_low says.
 */
export function driveExported(sysfs: GpioSysfs, want: { pin: Pin; number: number; level: 0 | 1 }): Outcome {
  const { pin, number, level } = want;
  try {
    const before = lookAtLine(sysfs, number);
    if (before?.direction === 'out' && before.level === level) return DONE;
    sysfs.write(`gpio${number}/direction`, level === 1 ? 'high' : 'low');
    const after = lookAtLine(sysfs, number);
    return after?.direction === 'out' && after.level === level ? DONE : notTaken(pin, level);
  } catch (error) {
    return sysfsFault(error, pin);
  }
}

/** What node:fs or onoff threw at a pin, in words that say what to do. */
export function sysfsFault(error: unknown, pin: Pin): ReturnType<typeof failed> {
  const where = `gpio ${pin.gpio}`;
  switch (codeOf(error)) {
    case 'ENOENT':
      return failed('unsupported', `${where}: ${ROOT} is not there: this kernel has no sysfs GPIO; or use driver: command`);
    case 'EROFS':
      return failed(
        'unsupported',
        `${where}: /sys is read-only for this service: its unit needs ReadWritePaths=-/sys/class/gpio -/sys/devices/platform`,
      );
    default:
      return gpioFault(error, pin);
  }
}
