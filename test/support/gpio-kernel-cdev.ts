// The character device of the kernel that behaves: byte for byte what linux/gpio.h says, over the lines of gpio-kernel.ts. What is
// wrongly asked is refused as the kernel does it, and a line that is let go stays driven or falls, as the kernel was built.

import { ok } from '../../src/model/outcome.ts';
import type { GpioDevices } from '../../src/transports/gpio-cdev.ts';
import { cdevLines } from '../../src/transports/gpio-cdev.ts';
import type { GpioHost } from '../../src/transports/gpio-lines.ts';
import { type Chip, errno, type GpioKernel } from './gpio-kernel.ts';

/** Written out again here, so that the packing is held against the sheet and not against itself. */
const CHIPINFO = 0x8044b401;
const LINEINFO = 0xc100b405;
const GET_LINE = 0xc250b407;
const GET_VALUES = 0xc010b40e;
const SET_VALUES = 0xc010b40f;
const SIZES: ReadonlyMap<number, number> = new Map([
  [CHIPINFO, 68],
  [LINEINFO, 256],
  [GET_LINE, 592],
  [GET_VALUES, 16],
  [SET_VALUES, 16],
]);

interface OpenChip {
  readonly chip: Chip;
  readonly name: string;
}
type Handle = OpenChip | { readonly line: number };

export class CdevKernel {
  readonly kernel: GpioKernel;
  /** whether a freed output stays driven: `Y`, `N`, or a kernel that does not say and lets it go */
  persists: 'Y' | 'N' | undefined = 'Y';
  /** errno of the next opens of a chip */
  refusesOpen: string | undefined;
  /** of the next requests of a line */
  refusesLine: string | undefined;
  /** older names that are links to the first chip */
  links: readonly string[] = [];
  readonly #open = new Map<number, Handle>();
  #nextFd = 100;

  constructor(kernel: GpioKernel) {
    this.kernel = kernel;
  }

  get devices(): GpioDevices {
    return {
      chips: () => [...this.kernel.chips.map((_, index) => `gpiochip${index}`), ...this.links],
      open: (name) => {
        if (this.refusesOpen !== undefined) throw errno(this.refusesOpen);
        const index = this.links.includes(name) ? 0 : Number(name.replace('gpiochip', ''));
        const chip = this.kernel.chips[index];
        if (chip === undefined) throw errno('ENOENT');
        return this.#handle({ chip, name: `gpiochip${index}` });
      },
      close: (fd) => this.#close(fd),
      ioctl: (fd, request, bytes) => this.#ioctl(fd, request, bytes),
      parameter: (module, name) => (module === 'pinctrl_bcm2835' && name === 'persist_gpio_outputs' ? this.persists : undefined),
    };
  }

  get host(): GpioHost {
    const lines = ok(cdevLines({ devices: this.devices, exported: this.kernel.sysfs }));
    return { load: async () => lines };
  }

  /** How many descriptors are open. */
  get open(): number {
    return this.#open.size;
  }

  /** The process ends, however it does: every descriptor is closed. */
  die(): void {
    for (const fd of [...this.#open.keys()]) this.#close(fd);
  }

  /** Another process takes the line. */
  takenBy(number: number, holder: string): void {
    this.kernel.line(number).holder = holder;
  }

  #handle(handle: Handle): number {
    this.#nextFd += 1;
    this.#open.set(this.#nextFd, handle);
    return this.#nextFd;
  }

  #close(fd: number): void {
    const handle = this.#open.get(fd);
    if (handle === undefined) throw errno('EBADF');
    this.#open.delete(fd);
    if (!('line' in handle)) return;
    const line = this.kernel.line(handle.line);
    line.holder = undefined;
    // The chip makes it an input; the kernel's own note of its direction stays.
    if (this.persists !== 'Y' && line.direction === 'out') {
      line.believed = 'out';
      this.kernel.change(handle.line, { direction: 'in' });
    }
  }

  #ioctl(fd: number, request: number, bytes: Buffer): void {
    const handle = this.#open.get(fd);
    if (handle === undefined) throw errno('EBADF');
    if (SIZES.get(request) !== bytes.length) throw errno('EINVAL');
    if ('line' in handle) this.#lineCall(handle.line, request, bytes);
    else this.#chipCall(handle, request, bytes);
  }

  #chipCall({ chip, name }: OpenChip, request: number, bytes: Buffer): void {
    if (request === CHIPINFO) {
      bytes.write(`${name}\0`, 0);
      bytes.write(`${chip.label}\0`, 32);
      bytes.writeUInt32LE(chip.lines, 64);
      return;
    }
    const offset = bytes.readUInt32LE(request === LINEINFO ? 64 : 0);
    if (offset >= chip.lines) throw errno('EINVAL');
    const number = chip.base + offset;
    if (request === LINEINFO) this.#info(number, bytes);
    else if (request === GET_LINE) this.#getLine(number, bytes);
    else throw errno('EINVAL');
  }

  #info(number: number, bytes: Buffer): void {
    if (bytes.subarray(240).some((byte) => byte !== 0)) throw errno('EINVAL');
    const line = this.kernel.line(number);
    const holder = line.exported ? 'sysfs' : line.holder;
    bytes.write(`${holder ?? ''}\0`, 32);
    bytes.writeUInt32LE((holder === undefined ? 0 : 1) | ((line.believed ?? line.direction) === 'out' ? 8 : 4), 72);
  }

  #getLine(number: number, bytes: Buffer): void {
    const line = this.kernel.line(number);
    if (this.refusesLine !== undefined) throw errno(this.refusesLine);
    if (bytes.readUInt32LE(560) !== 1 || bytes.subarray(568, 588).some((byte) => byte !== 0)) throw errno('EINVAL');
    if (line.exported || line.holder !== undefined) throw errno('EBUSY');
    this.#configure(number, bytes.subarray(288, 560));
    line.holder = bytes.toString('latin1', 256, bytes.indexOf(0, 256));
    line.believed = undefined;
    this.kernel.claims += 1;
    bytes.writeInt32LE(this.#handle({ line: number }), 588);
  }

  #configure(number: number, config: Buffer): void {
    const flags = config.readUInt32LE(0);
    if ((flags & 0xc) === 0xc) throw errno('EINVAL');
    if ((flags & 0x4) !== 0) this.kernel.change(number, { direction: 'in' });
    if ((flags & 0x8) === 0) return;
    const valued = config.readUInt32LE(8) === 1 && config.readUInt32LE(32) === 2 && config.readUInt32LE(48) === 1;
    this.kernel.direct(number, valued && config.readUInt32LE(40) === 1 ? 'high' : 'low');
  }

  #lineCall(number: number, request: number, bytes: Buffer): void {
    const line = this.kernel.line(number);
    if (!this.kernel.chips.some((chip) => number >= chip.base && number < chip.base + chip.lines)) throw errno('ENODEV');
    if (bytes.readUInt32LE(8) !== 1) throw errno('EINVAL');
    if (request === GET_VALUES) {
      bytes.writeUInt32LE(this.kernel.level(number), 0);
      return;
    }
    if (request !== SET_VALUES) throw errno('EINVAL');
    if (line.direction !== 'out') throw errno('EPERM');
    if (!this.kernel.shorted) this.kernel.change(number, { driven: bytes.readUInt32LE(0) === 1 ? 1 : 0 });
  }
}
