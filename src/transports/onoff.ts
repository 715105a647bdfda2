// The onoff package, loaded only when a GPIO is first needed: it drags in a native add-on that a laptop need not have.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type GpioSysfs, gpioSysfs } from './gpio-sysfs.ts';

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

/** What a GPIO driver stands on; a fake of both lets it run on any machine. */
export interface GpioHost {
  readonly sysfs: GpioSysfs;
  /** Never rejects. */
  readonly load: () => Promise<Outcome<GpioClass>>;
}

export const realGpioHost: GpioHost = { sysfs: gpioSysfs(), load: () => loadOnoff() };

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
