// GPIO lines through sysfs and the onoff package, which is loaded only when a GPIO is first needed: it drags in a native add-on
// that a laptop need not have.
import { codeOf, DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import {
  type Afterlife,
  drivesSomething,
  type GpioInput,
  type GpioLines,
  type Holder,
  heldBy,
  type LineSeen,
  lineIsGone,
  notTaken,
  type Pin,
  usedBesides,
} from './gpio-lines.ts';
import { exportLine, type GpioSysfs, lookAtLine, sysfsFault, sysfsNumber } from './gpio-sysfs.ts';

/**
 * The part of onoff's Gpio that we use. Written out here, for the package is optional and its types may be absent at a build.
 * Every member may throw as node:fs does.
 */
export interface GpioLine {
  readSync(): 0 | 1;
  writeSync(value: 0 | 1): void;
  setDirection(direction: 'high' | 'low'): void;
  activeLow(): boolean;
  watch(onEdge: (error: Error | null | undefined, value: 0 | 1) => void): void;
  unexport(): void;
}

/** `out` is left away with intent: it drives the pin low for a moment, unless `reconfigureDirection` is false. */
export interface GpioClass {
  new (number: number, direction: 'high' | 'low', options: { readonly activeLow: boolean }): GpioLine;
  new (number: number, direction: 'out', options: { readonly activeLow: boolean; readonly reconfigureDirection: false }): GpioLine;
  new (number: number, direction: 'in', edge: 'both', options: { readonly activeLow: boolean }): GpioLine;
}

/** Never rejects. A failure is for a person: it says what is missing and how to get it. */
export async function loadOnoff(load: () => Promise<unknown> = importOnoff): Promise<Outcome<GpioClass>> {
  try {
    const loaded = await load();
    const found = member(loaded, 'Gpio') ?? member(member(loaded, 'default'), 'Gpio');
    if (typeof found === 'function') return ok(found as GpioClass);
    return failed('unsupported', 'the package onoff is installed but holds no Gpio: npm ci, in the directory of lastwatt, puts it right');
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    return failed(
      'unsupported',
      `GPIO cannot be used, the package onoff or its add-on epoll does not load (${why}): sudo apt install make g++ python3, then npm ci --include=optional in the directory of lastwatt`,
    );
  }
}

function importOnoff(): Promise<unknown> {
  // Not a literal, so that the compiler does not ask for a package that may be absent.
  const name: string = 'onoff';
  return import(name);
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

export interface OnoffParts {
  readonly sysfs: GpioSysfs;
  readonly gpioClass: GpioClass;
  /** who holds the line of this number on its chip; undefined: nobody, or it could not be found out; never rejects */
  readonly holderOf?: (pin: Pin, number: number) => Promise<Holder | undefined>;
  /** another program that has the file of this exported line open, in words; undefined: none that can be seen */
  readonly userOf?: (number: number) => string | undefined;
}

export function onoffLines(parts: OnoffParts): GpioLines {
  return new OnoffLines(parts);
}

/**
 * active_low of a line stays 0, so that `high`, `low`, what is written and what is read back all mean the same. A handle is kept for
 * as long as the process lives: onoff closes it only together with an unexport, which would free the pin, and the relay would fall.
 */
class OnoffLines implements GpioLines {
  readonly backEnd = 'sysfs';
  readonly #parts: OnoffParts;
  /** by sysfs number */
  readonly #outputs = new Map<number, GpioLine>();

  constructor(parts: OnoffParts) {
    this.#parts = parts;
  }

  look(pin: Pin): Outcome<LineSeen | undefined> {
    const { sysfs } = this.#parts;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    try {
      const seen = lookAtLine(sysfs, number.value);
      // Not needed to look, but a line that could not be driven is better known in calm.
      if (seen === undefined) sysfs.mustBeWritable('export');
      return ok(seen);
    } catch (error) {
      return sysfsFault(error, pin);
    }
  }

  async ready(pin: Pin, signal: AbortSignal): Promise<Outcome> {
    const { sysfs, holderOf } = this.#parts;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    // Another program unexported it: the old handle leads nowhere.
    if (!sysfs.exists(`gpio${number.value}`)) this.#outputs.delete(number.value);
    const told = { error: undefined as unknown };
    const exported = await exportLine(sysfs, { pin, number: number.value, signal, onRefusal: (error) => (told.error = error) });
    if (exported.ok || codeOf(told.error) !== 'EBUSY') return exported;
    return heldBy(pin, (await holderOf?.(pin, number.value))?.name);
  }

  async mayDrive(pin: Pin): Promise<Outcome> {
    const { sysfs, holderOf, userOf } = this.#parts;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    if (sysfs.exists(`gpio${number.value}`)) {
      const user = userOf?.(number.value);
      return user === undefined ? DONE : usedBesides(pin, user);
    }
    const holder = await holderOf?.(pin, number.value);
    return holder === undefined ? DONE : heldBy(pin, holder.name);
  }

  drive(pin: Pin, level: 0 | 1): Outcome {
    const number = sysfsNumber(this.#parts.sysfs, pin);
    if (!number.ok) return number;
    try {
      const line = this.#driven(number.value, level);
      return this.#verify({ pin, number: number.value, line, level });
    } catch (error) {
      if (lineIsGone(error)) this.#outputs.delete(number.value);
      return sysfsFault(error, pin);
    }
  }

  listen(pin: Pin, _pull: 'up' | 'down'): Outcome<GpioInput> {
    const { sysfs, gpioClass } = this.#parts;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    try {
      if (lookAtLine(sysfs, number.value)?.direction === 'out') return drivesSomething(pin);
      const line = new gpioClass(number.value, 'in', 'both', { activeLow: false });
      return ok(inputOf(pin, line, hasEdges(sysfs, number.value)));
    } catch (error) {
      return sysfsFault(error, pin);
    }
  }

  afterlife(): Outcome<Afterlife> {
    return ok('keeps');
  }

  #driven(number: number, level: 0 | 1): GpioLine {
    const { sysfs, gpioClass } = this.#parts;
    const seen = lookAtLine(sysfs, number);
    const driven = seen?.direction === 'out';
    const word = level === 1 ? 'high' : 'low';
    const held = this.#outputs.get(number);
    // A line that drives already is adopted as it is; any other becomes an output with its level in one step.
    const line =
      held ??
      (driven
        ? new gpioClass(number, 'out', { activeLow: false, reconfigureDirection: false })
        : new gpioClass(number, word, { activeLow: false }));
    this.#outputs.set(number, line);
    if (held !== undefined && !driven) line.setDirection(word);
    if (driven && seen.level !== level) line.writeSync(level);
    return line;
  }

  #verify({ pin, number, line, level }: { pin: Pin; number: number; line: GpioLine; level: 0 | 1 }): Outcome {
    // onoff swallows what goes wrong while it sets up a line that was exported before, so what it did is looked at.
    const seen = lookAtLine(this.#parts.sysfs, number);
    if (seen?.direction !== 'out') return failed('refused', `gpio ${pin.gpio} did not become an output: another program uses it; free it`);
    if (line.activeLow())
      return failed('refused', `gpio ${pin.gpio} is inverted (active_low) by another program, which was not undone: free it there`);
    return seen.level === level ? DONE : notTaken(pin, level);
  }
}

function inputOf(pin: Pin, line: GpioLine, edges: boolean): GpioInput {
  const readLine = line.readSync.bind(line);
  // onoff reads the pin in its own handler before it calls ours, with nothing to catch what the read throws.
  line.readSync = () => {
    try {
      return readLine();
    } catch {
      return 0;
    }
  };
  return {
    edges,
    read: () => {
      try {
        return ok(readLine());
      } catch (error) {
        return sysfsFault(error, pin);
      }
    },
    onEdge: (act) => line.watch(() => act()),
    close: () => {
      try {
        // An input drives nothing, so it may be given back.
        line.unexport();
      } catch {
        // gone already
      }
    },
  };
}

function hasEdges(sysfs: GpioSysfs, number: number): boolean {
  try {
    // A pin without interrupts: onoff says nothing when it cannot set them.
    return sysfs.read(`gpio${number}/edge`) === 'both';
  } catch {
    return false;
  }
}
