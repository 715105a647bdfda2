// Which way to the GPIO lines this machine offers: sysfs through onoff first, the character device where sysfs or the add-on of
// onoff is missing. Chosen once in the life of a process, at the first use, for a line must not be driven by two ways.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { holderIn } from '../wire/gpio-uapi.ts';
import { cdevLines, type GpioDevices, gpioDevices } from './gpio-cdev.ts';
import type { GpioHost, GpioLines, Holder, Pin } from './gpio-lines.ts';
import { type GpioSysfs, gpioSysfs } from './gpio-sysfs.ts';
import { loadIoctl } from './koffi.ts';
import { type GpioClass, loadOnoff, onoffLines } from './onoff.ts';

/** Both ways, as far as they are there; for tests, or to have one of them only. */
export interface Ways {
  readonly sysfs: GpioSysfs;
  /** Never rejects. */
  readonly loadOnoff: () => Promise<Outcome<GpioClass>>;
  /** Never rejects. */
  readonly loadDevices: () => Promise<Outcome<GpioDevices>>;
  /** the text of /sys/kernel/debug/gpio, which only root may read; undefined where it can not be */
  readonly debugText: () => string | undefined;
  /** of every other process that this user may look into: its name, and the paths it has open; may throw as node:fs does */
  readonly openFiles: () => Iterable<OpenFiles>;
}

export interface OpenFiles {
  readonly pid: number;
  readonly name: string;
  readonly paths: readonly string[];
}

export function gpioHost(ways: Ways): GpioHost {
  let chosen: Promise<Outcome<GpioLines>> | undefined;
  return {
    load: () => {
      chosen ??= choose(ways);
      return chosen;
    },
  };
}

export const realGpioHost: GpioHost = gpioHost({
  sysfs: gpioSysfs(),
  loadOnoff: () => loadOnoff(),
  loadDevices: async () => {
    const ioctl = await loadIoctl();
    return ioctl.ok ? ok(gpioDevices(ioctl.value)) : ioctl;
  },
  debugText: () => {
    try {
      return readFileSync('/sys/kernel/debug/gpio', 'utf8');
    } catch {
      return undefined;
    }
  },
  openFiles: filesOfOthers,
});

/** Through /proc. Those of other users are told to root alone. */
function* filesOfOthers(): Generator<OpenFiles> {
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const paths = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      yield { pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), paths };
    } catch {
      // another's, or it has just ended
    }
  }
}

async function choose(ways: Ways): Promise<Outcome<GpioLines>> {
  const onoff = hasSysfs(ways.sysfs)
    ? await ways.loadOnoff()
    : failed('unsupported', '/sys/class/gpio/export is not there: this kernel has no sysfs GPIO');
  if (onoff.ok)
    return ok(
      onoffLines({
        sysfs: ways.sysfs,
        gpioClass: onoff.value,
        holderOf: (pin, number) => holderOf(ways, pin, number),
        userOf: userOf(ways),
      }),
    );
  const devices = await ways.loadDevices();
  if (devices.ok) {
    const exported = hasSysfs(ways.sysfs) ? ways.sysfs : undefined;
    return ok(cdevLines({ devices: devices.value, exported, because: onoff.fault.detail }));
  }
  return failed('unsupported', `${onoff.fault.detail}; and ${devices.fault.detail}`);
}

/** Since Linux 6.17 a kernel may have the folder and not the file in it that takes a number. */
function hasSysfs(sysfs: GpioSysfs): boolean {
  try {
    return sysfs.exists('export');
  } catch {
    return false;
  }
}

/** By the kernel's own list where we may read it, else by what the character device tells. */
async function holderOf(ways: Ways, pin: Pin, number: number): Promise<Holder | undefined> {
  const name = holderIn(ways.debugText() ?? '', number);
  if (name !== undefined) return { name };
  const devices = await ways.loadDevices();
  return devices.ok ? cdevLines({ devices: devices.value }).holderOf(pin) : undefined;
}

/**
 * Whoever drives a line by sysfs keeps its `value` open, as onoff does. All processes are looked through in one go, in which nothing
 * else is done: once for all lines that are asked about together.
 */
function userOf(ways: Ways): (number: number) => string | undefined {
  let looked: readonly OpenFiles[] | undefined;
  return (number) => {
    if (looked === undefined) {
      looked = [...filesFrom(ways)];
      setImmediate(() => {
        looked = undefined;
      });
    }
    const user = looked.find(({ paths }) => paths.some((path) => path.endsWith(`/gpio${number}/value`)));
    return user && `"${user.name}" (process ${user.pid})`;
  };
}

/** Of lines alone. */
function* filesFrom(ways: Ways): Generator<OpenFiles> {
  try {
    for (const { paths, ...who } of ways.openFiles()) {
      const lines = paths.filter((path) => path.endsWith('/value'));
      if (lines.length > 0) yield { ...who, paths: lines };
    }
  } catch {
    // no /proc: nobody can be told
  }
}
