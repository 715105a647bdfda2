// A kernel with sysfs GPIO that behaves: lines are exported, driven, adopted and refused as Linux does it, and every change of a
// level that a relay would see is written down. Speaks for both sides: the files, and onoff's class on top of them. The same lines
// through the character device: gpio-kernel-cdev.ts.
import { ok } from '../../src/model/outcome.ts';
import type { GpioHost } from '../../src/transports/gpio-lines.ts';
import type { GpioSysfs } from '../../src/transports/gpio-sysfs.ts';
import { type GpioClass, type GpioLine, onoffLines } from '../../src/transports/onoff.ts';

interface Line {
  exported: boolean;
  direction: 'in' | 'out';
  /** what the pin drives while it is an output */
  driven: 0 | 1;
  /** what the pin shows while nobody drives it */
  pull: 0 | 1;
  activeLow: boolean;
  generation: number;
  /** who holds it through the character device, by the name it gave; undefined: nobody does */
  holder: string | undefined;
  /** what the kernel believes of its direction, stale where the chip changed it by itself; undefined: as it is */
  believed: 'in' | 'out' | undefined;
}

export interface Chip {
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

export const BASE = 512;

export class GpioKernel {
  chips: Chip[] = [{ label: 'pinctrl-bcm2711', base: BASE, lines: 58 }];
  /** every change of a physical level, as a relay sees it */
  readonly edges: { readonly number: number; readonly level: 0 | 1 }[] = [];
  /** how many handles were made */
  claims = 0;
  /** errno of the next exports; undefined: they succeed */
  refusesExport: string | undefined;
  /** udev has not let the user at the lines yet */
  udevIsSlow = false;
  /** a file that this user may not write */
  refusesAccess: { readonly path: string; readonly code: string } | undefined;
  /** the chip cannot tell of edges */
  noInterrupts = false;
  /** writes to the line have no effect: the pin is shorted */
  shorted = false;
  readonly #lines = new Map<number, Line>();
  readonly #watchers = new Map<number, Set<(error: null, value: 0 | 1) => void>>();

  line(number: number): Line {
    let line = this.#lines.get(number);
    if (line === undefined) {
      line = {
        exported: false,
        direction: 'in',
        driven: 0,
        pull: 0,
        activeLow: false,
        generation: 0,
        holder: undefined,
        believed: undefined,
      };
      this.#lines.set(number, line);
    }
    return line;
  }

  level(number: number): 0 | 1 {
    const line = this.line(number);
    return line.direction === 'out' ? line.driven : line.pull;
  }

  /** Whatever is done to a line, an edge is what comes out of it. */
  change(number: number, what: Partial<Line>): void {
    const before = this.level(number);
    Object.assign(this.line(number), what);
    const after = this.level(number);
    if (before === after) return;
    this.edges.push({ number, level: after });
    if (!this.noInterrupts) for (const watcher of this.#watchers.get(number) ?? []) watcher(null, this.#logical(number));
  }

  unexport(number: number): void {
    const { generation } = this.line(number);
    this.change(number, { exported: false, direction: 'in', activeLow: false, generation: generation + 1 });
  }

  readonly sysfs: GpioSysfs = {
    entries: () => ['export', 'unexport', ...this.chips.map((chip) => `gpiochip${chip.base}`)],
    exists: (path) => path === 'export' || this.#exported(path) !== undefined,
    mustBeWritable: (path) => {
      if (this.refusesAccess?.path === path) throw errno(this.refusesAccess.code);
      if (path.startsWith('gpio') && this.udevIsSlow) throw errno('EACCES');
    },
    read: (path) => {
      const chip = this.chips.find((one) => path.startsWith(`gpiochip${one.base}/`));
      if (chip !== undefined) return String(path.endsWith('label') ? chip.label : path.endsWith('base') ? chip.base : chip.lines);
      const number = this.#exported(path);
      if (number === undefined) throw errno('ENOENT');
      if (path.endsWith('edge')) return this.noInterrupts ? 'none' : 'both';
      if (path.endsWith('direction')) return this.line(number).direction;
      return path.endsWith('active_low') ? String(Number(this.line(number).activeLow)) : String(this.#logical(number));
    },
    write: (path, text) => {
      const number = this.#exported(path);
      if (path === 'export') this.#export(Number(text));
      else if (number !== undefined && path.endsWith('/direction')) this.direct(number, text);
      else throw errno('EACCES');
    },
  };

  get host(): GpioHost {
    const lines = ok(onoffLines({ sysfs: this.sysfs, gpioClass: this.gpioClass() }));
    return { load: async () => lines };
  }

  /** onoff's class, faithful where it matters: `out` drives low, faults on a line exported before are swallowed. */
  gpioClass(): GpioClass {
    const kernel = this;
    return class {
      readonly #number: number;
      readonly #generation: number;

      constructor(number: number, direction: string, ...rest: readonly unknown[]) {
        const options = (typeof rest.at(-1) === 'object' ? rest.at(-1) : {}) as { activeLow?: boolean; reconfigureDirection?: boolean };
        kernel.claims += 1;
        this.#number = number;
        if (!kernel.line(number).exported) kernel.#export(number);
        if (options.activeLow !== undefined) kernel.change(number, { activeLow: options.activeLow });
        const same = kernel.line(number).direction === (direction === 'in' ? 'in' : 'out');
        if (options.reconfigureDirection !== false || !same) kernel.direct(number, direction);
        this.#generation = kernel.line(number).generation;
      }

      readSync(): 0 | 1 {
        this.#mustLive();
        return kernel.#logical(this.#number);
      }

      writeSync(value: 0 | 1): void {
        this.#mustLive();
        if (!kernel.shorted) kernel.change(this.#number, { driven: (value === 1) !== kernel.line(this.#number).activeLow ? 1 : 0 });
      }

      setDirection(direction: 'high' | 'low'): void {
        this.#mustLive();
        kernel.direct(this.#number, direction);
      }

      activeLow(): boolean {
        return kernel.line(this.#number).activeLow;
      }

      watch(onEdge: (error: Error | null | undefined, value: 0 | 1) => void): void {
        // As onoff does: the handler reads through the object itself, unguarded.
        const watchers = kernel.#watchers.get(this.#number) ?? new Set();
        kernel.#watchers.set(
          this.#number,
          watchers.add(() => onEdge(null, (this as GpioLine).readSync())),
        );
      }

      unexport(): void {
        kernel.#watchers.delete(this.#number);
        kernel.unexport(this.#number);
      }

      #mustLive(): void {
        if (!kernel.line(this.#number).exported || kernel.line(this.#number).generation !== this.#generation) throw errno('ENODEV');
      }
    } as GpioClass;
  }

  direct(number: number, direction: string): void {
    if (this.shorted) return;
    if (direction === 'in') this.change(number, { direction: 'in' });
    else this.change(number, { direction: 'out', driven: direction === 'high' ? 1 : 0 });
  }

  #export(number: number): void {
    if (this.refusesExport !== undefined) throw errno(this.refusesExport);
    if (!this.chips.some((chip) => number >= chip.base && number < chip.base + chip.lines)) throw errno('EINVAL');
    if (this.line(number).holder !== undefined) throw errno('EBUSY');
    this.line(number).exported = true;
  }

  #exported(path: string): number | undefined {
    const number = Number(/^gpio(\d+)(?:\/|$)/.exec(path)?.[1] ?? Number.NaN);
    return this.#lines.get(number)?.exported === true ? number : undefined;
  }

  #logical(number: number): 0 | 1 {
    return (this.level(number) === 1) !== this.line(number).activeLow ? 1 : 0;
  }
}

export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: not done`), { code });
}
