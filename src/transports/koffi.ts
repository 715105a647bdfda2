// The one call into the C library that Node lacks: ioctl, through the package koffi. It brings its add-on prebuilt, so no compiler is
// needed; loaded only when a GPIO is first needed.
import { machine } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

/** In place: the kernel reads `argument` and writes its answer there. Throws an Error with the system's `code`. */
export type Ioctl = (fd: number, request: number, argument: Buffer) => void;

/** The part of koffi that we use. */
interface Koffi {
  /** null: what this process has loaded already */
  load(library: null): { func(prototype: string): (...values: readonly unknown[]) => unknown };
  errno(): number;
}

/** Never rejects. A failure is for a person: it says what is missing and how to get it. */
export async function loadIoctl(load: () => Promise<unknown> = importKoffi, processor = machine()): Promise<Outcome<Ioctl>> {
  try {
    // An ARMv6 (Pi 1, Zero) would not refuse it but die of the first instruction that it lacks.
    if (processor === 'armv6l') throw new Error('it comes built for ARMv7 and newer, and this is an older one');
    const loaded = await load();
    const koffi = (
      typeof loaded === 'object' && loaded !== null && 'load' in loaded ? loaded : Reflect.get(Object(loaded), 'default')
    ) as Koffi;
    // With `...` as in C: where a call with a variable number of arguments is another one, koffi makes that.
    const call = koffi.load(null).func('int ioctl(int fd, unsigned long request, ...)');
    return ok((fd, request, argument) => {
      if (call(fd, request, 'void *', argument) !== -1) return;
      const code = getSystemErrorName(-koffi.errno());
      throw Object.assign(new Error(`ioctl: ${code}`), { code });
    });
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0];
    return failed(
      'unsupported',
      `the GPIO character device cannot be used, the package koffi does not load (${why}): npm ci --include=optional in the directory of lastwatt`,
    );
  }
}

function importKoffi(): Promise<unknown> {
  // Not a literal, so that the compiler does not ask for a package that may be absent.
  const name: string = 'koffi';
  return import(name);
}
