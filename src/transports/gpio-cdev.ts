// GPIO lines through the character device (/dev/gpiochipN, uAPI v2): for kernels without sysfs, and where the add-on of onoff does
// not load. A line belongs to the process that asked for it; what becomes of it when that ends is the kernel's choice.
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { codeOf, DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import {
  type ChipInfo,
  chipInfoOf,
  GPIO_BYTES,
  GPIO_IOCTL,
  LINE_FLAG,
  type LineInfo,
  type LineUse,
  levelOf,
  lineFdOf,
  lineInfoOf,
  lineInfoRequest,
  lineRequest,
  lineValues,
} from '../wire/gpio-uapi.ts';
import {
  type Afterlife,
  CONSUMER,
  chipOf,
  drivesSomething,
  type GpioInput,
  type GpioLines,
  gpioFault,
  type Holder,
  heldBy,
  type LineSeen,
  lineIsGone,
  notTaken,
  type Pin,
} from './gpio-lines.ts';
import { driveExported, type GpioSysfs, lookAtLine, sysfsNumber } from './gpio-sysfs.ts';
import type { Ioctl } from './koffi.ts';

/** The kernel's side. Every member but `parameter` may throw as node:fs does. */
export interface GpioDevices {
  /** names in /dev, such as `gpiochip0` */
  chips(): readonly string[];
  open(chip: string): number;
  close(fd: number): void;
  readonly ioctl: Ioctl;
  /** a parameter of a kernel module, such as `Y`; undefined where it has none */
  parameter(module: string, name: string): string | undefined;
}

const DEV = '/dev';

export function gpioDevices(ioctl: Ioctl): GpioDevices {
  return {
    chips: () => readdirSync(DEV).filter((name) => /^gpiochip\d+$/.test(name)),
    open: (chip) => openSync(`${DEV}/${chip}`, 'r+'),
    close: closeSync,
    ioctl,
    parameter: (module, name) => {
      try {
        return readFileSync(`/sys/module/${module}/parameters/${name}`, 'utf8').trim();
      } catch {
        return undefined;
      }
    },
  };
}

export interface CdevParts {
  readonly devices: GpioDevices;
  /** the tree of sysfs, where there is one: a line that an earlier life of ours left there is driven there */
  readonly exported?: GpioSysfs | undefined;
  /** why sysfs is not the way */
  readonly because?: string;
}

export function cdevLines(parts: CdevParts): GpioLines & { holderOf(pin: Pin): Holder | undefined } {
  return new CdevLines(parts);
}

interface Held {
  /** as the kernel names it */
  readonly chip: string;
  readonly offset: number;
  readonly fd: number;
  readonly as: 'output' | 'input';
}

interface OpenChip extends ChipInfo {
  readonly fd: number;
}

type Use = LineUse & { readonly as: Held['as'] };

/** The driver behind a label, which has the parameter that decides what becomes of a freed output. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['pinctrl-bcm2835', 'pinctrl_bcm2835'],
  ['pinctrl-bcm2711', 'pinctrl_bcm2835'],
  ['pinctrl-rp1', 'pinctrl_rp1'],
]);

class CdevLines implements GpioLines {
  readonly backEnd = 'character device';
  readonly because: string;
  readonly #devices: GpioDevices;
  readonly #exported: GpioSysfs | undefined;
  /** Never given back but for inputs: a line that is given back may fall to its pull. */
  readonly #held = new Map<string, Held>();

  constructor({ devices, exported, because = 'it was not asked for' }: CdevParts) {
    this.#devices = devices;
    this.#exported = exported;
    this.because = because;
  }

  look(pin: Pin): Outcome<LineSeen | undefined> {
    const held = this.#held.get(keyOf(pin));
    if (held !== undefined)
      return this.#trying(pin, () => ok({ direction: held.as === 'output' ? 'out' : 'in', level: this.#levelOf(held.fd) }));
    return this.#onChip(pin, (chip, fd) => {
      const info = this.#infoOf(fd, pin.gpio);
      return (info.flags & LINE_FLAG.used) === 0 ? ok(this.#leftDriven(pin, chip, fd)) : this.#lookElsewhere(pin, info);
    });
  }

  async mayDrive(pin: Pin): Promise<Outcome> {
    const seen = this.look(pin);
    return seen.ok ? DONE : seen;
  }

  async ready(pin: Pin, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return failed('timeout', `gpio ${pin.gpio}: no time left`);
    return DONE;
  }

  drive(pin: Pin, level: 0 | 1): Outcome {
    const held = this.#held.get(keyOf(pin));
    if (held === undefined) return this.#claim(pin, level);
    if (held.as === 'input') return failed('refused', `gpio ${pin.gpio} is an input of this service: choose another gpio`, 'never');
    return this.#trying(pin, () => {
      if (this.#levelOf(held.fd) !== level) this.#devices.ioctl(held.fd, GPIO_IOCTL.setValues, lineValues(level));
      return this.#seenAt(pin, held.fd, level);
    });
  }

  listen(pin: Pin, pull: 'up' | 'down'): Outcome<GpioInput> {
    return this.#onChip(pin, (chip, fd) => {
      if (this.#heldOn(chip, pin) !== undefined || this.#leftDriven(pin, chip, fd) !== undefined) return drivesSomething(pin);
      const line = this.#request(pin, { chip, fd, use: { as: 'input', pull } });
      return line.ok ? ok(this.#inputOf(pin, line.value)) : line;
    });
  }

  afterlife(pin: Pin): Outcome<Afterlife> {
    return this.#onChip(pin, ({ label }) => ok(this.#freed(label)));
  }

  /** Who holds a line that is none of ours; undefined where nobody does, or it could not be asked. */
  holderOf(pin: Pin): Holder | undefined {
    const told = this.#onChip(pin, (_, fd) => ok(this.#infoOf(fd, pin.gpio)));
    return told.ok && (told.value.flags & LINE_FLAG.used) !== 0 ? { name: named(told.value) } : undefined;
  }

  /** Asked for together with its level: whatever the line was before, it never shows another. */
  #claim(pin: Pin, level: 0 | 1): Outcome {
    return this.#onChip(pin, (chip, fd) => {
      const ours = this.#heldOn(chip, pin);
      if (ours !== undefined) {
        // Its owner calls the same line by another name than before.
        this.#held.set(keyOf(pin), ours);
        return this.drive(pin, level);
      }
      const line = this.#request(pin, { chip, fd, use: { as: 'output', level } });
      if (!line.ok) return this.#driveElsewhere(pin, level) ?? line;
      return this.#seenAt(pin, line.value.fd, level);
    });
  }

  #heldOn(chip: ChipInfo, { gpio }: Pin): Held | undefined {
    return [...this.#held.values()].find((one) => one.chip === chip.name && one.offset === gpio);
  }

  #seenAt(pin: Pin, fd: number, level: 0 | 1): Outcome {
    return this.#levelOf(fd) === level ? DONE : notTaken(pin, level);
  }

  /** One line of the chip, in use from now on. Another's is named with its holder. */
  #request(pin: Pin, { chip, fd, use }: { chip: ChipInfo; fd: number; use: Use }): Outcome<Held> {
    const bytes = lineRequest(pin.gpio, use, CONSUMER);
    try {
      this.#devices.ioctl(fd, GPIO_IOCTL.getLine, bytes);
    } catch (error) {
      if (codeOf(error) !== 'EBUSY') throw error;
      return heldBy(pin, named(this.#infoOf(fd, pin.gpio)));
    }
    const held = { chip: chip.name, offset: pin.gpio, fd: lineFdOf(bytes), as: use.as };
    this.#held.set(keyOf(pin), held);
    return ok(held);
  }

  #inputOf(pin: Pin, { fd }: Held): GpioInput {
    let closed = false;
    return {
      // The events would have to be waited for in a thread of their own.
      edges: false,
      read: () => this.#trying(pin, () => ok(this.#levelOf(fd))),
      onEdge: () => undefined,
      close: () => {
        if (!closed) this.#forget(fd);
        closed = true;
      },
    };
  }

  /**
   * What nobody holds and still drives: the firmware set it, or a process that is gone. Only by asking for it can its level be
   * told, and giving it back must change nothing: so it is asked for where freed outputs keep their level, or where the driver
   * has no choice of its own. Elsewhere the kernel's word is stale: the line went to its pull when it was freed.
   */
  #leftDriven(pin: Pin, { label }: ChipInfo, fd: number): LineSeen | undefined {
    const { flags } = this.#infoOf(fd, pin.gpio);
    if ((flags & LINE_FLAG.used) !== 0 || (flags & LINE_FLAG.output) === 0) return undefined;
    if (MODULES.has(label) && this.#freed(label) !== 'keeps') return undefined;
    const bytes = lineRequest(pin.gpio, { as: 'found' }, CONSUMER);
    this.#devices.ioctl(fd, GPIO_IOCTL.getLine, bytes);
    const line = lineFdOf(bytes);
    try {
      // Asked for, the kernel looks at the pin itself.
      const drives = (this.#infoOf(fd, pin.gpio).flags & LINE_FLAG.output) !== 0;
      return drives ? { direction: 'out', level: this.#levelOf(line) } : undefined;
    } finally {
      this.#close(line);
    }
  }

  #lookElsewhere(pin: Pin, info: LineInfo): Outcome<LineSeen | undefined> {
    const number = info.consumer === 'sysfs' ? this.#numberOf(pin) : undefined;
    const seen = number === undefined || this.#exported === undefined ? undefined : lookAtLine(this.#exported, number);
    return seen === undefined ? heldBy(pin, named(info)) : ok(seen);
  }

  /** A line that an earlier life of ours exported stays there: to free it would let go of the relay. Undefined: it is not there. */
  #driveElsewhere(pin: Pin, level: 0 | 1): Outcome | undefined {
    const number = this.#numberOf(pin);
    if (number === undefined || this.#exported === undefined || !this.#exported.exists(`gpio${number}`)) return undefined;
    return driveExported(this.#exported, { pin, number, level });
  }

  #numberOf(pin: Pin): number | undefined {
    const number = this.#exported === undefined ? undefined : sysfsNumber(this.#exported, pin);
    return number?.ok ? number.value : undefined;
  }

  #freed(label: string): Afterlife {
    const module = MODULES.get(label);
    const told = module === undefined ? undefined : this.#devices.parameter(module, 'persist_gpio_outputs');
    return told === 'Y' ? 'keeps' : told === 'N' ? 'releases' : 'unknown';
  }

  #infoOf(fd: number, offset: number): LineInfo {
    const bytes = lineInfoRequest(offset);
    this.#devices.ioctl(fd, GPIO_IOCTL.lineInfo, bytes);
    return lineInfoOf(bytes);
  }

  #levelOf(fd: number): 0 | 1 {
    // Only the mask counts on the way in.
    const bytes = lineValues(0);
    this.#devices.ioctl(fd, GPIO_IOCTL.getValues, bytes);
    return levelOf(bytes);
  }

  /** Opens the chip that is meant for as long as `act` takes. */
  #onChip<T>(pin: Pin, act: (chip: ChipInfo, fd: number) => Outcome<T>): Outcome<T> {
    let open: readonly OpenChip[] = [];
    try {
      open = this.#openChips();
      const chip = chipOf(pin, open, DEV);
      return chip.ok ? act(chip.value, chip.value.fd) : chip;
    } catch (error) {
      return cdevFault(error, pin);
    } finally {
      for (const { fd } of open) this.#close(fd);
    }
  }

  /** Each once: an older name of a chip may be a link to it. One that cannot be asked only counts where no other can. */
  #openChips(): readonly OpenChip[] {
    const open = new Map<string, OpenChip>();
    let refusal: unknown;
    for (const name of this.#devices.chips()) {
      let fd: number | undefined;
      try {
        fd = this.#devices.open(name);
        const bytes = Buffer.alloc(GPIO_BYTES.chipInfo);
        this.#devices.ioctl(fd, GPIO_IOCTL.chipInfo, bytes);
        const chip = { ...chipInfoOf(bytes), fd };
        if (open.has(chip.name)) this.#close(fd);
        else open.set(chip.name, chip);
      } catch (error) {
        refusal = error;
        if (fd !== undefined) this.#close(fd);
      }
    }
    if (open.size === 0 && refusal !== undefined) throw refusal;
    return [...open.values()];
  }

  #trying<T>(pin: Pin, act: () => Outcome<T>): Outcome<T> {
    try {
      return act();
    } catch (error) {
      const held = this.#held.get(keyOf(pin));
      if (lineIsGone(error) && held !== undefined) this.#forget(held.fd);
      return cdevFault(error, pin);
    }
  }

  #forget(fd: number): void {
    for (const [key, held] of this.#held) if (held.fd === fd) this.#held.delete(key);
    this.#close(fd);
  }

  #close(fd: number): void {
    try {
      this.#devices.close(fd);
    } catch {
      // gone already
    }
  }
}

const named = ({ consumer }: LineInfo): string | undefined => (consumer === '' ? undefined : consumer);
const keyOf = ({ gpio, chip }: Pin): string => `${gpio} ${chip ?? ''}`;

/** What node:fs or ioctl threw at a pin, in words that say what to do. */
function cdevFault(error: unknown, pin: Pin): ReturnType<typeof failed> {
  switch (codeOf(error)) {
    case 'ENOENT':
      return failed(
        'unsupported',
        `gpio ${pin.gpio}: there is no ${DEV}/gpiochip0 or the like: this kernel has no GPIO; or use driver: command`,
      );
    case 'ENOTTY':
      return failed(
        'unsupported',
        `gpio ${pin.gpio}: what stands in ${DEV} as its chip is none that this kernel knows: update the kernel (5.10 or newer)`,
      );
    default:
      return gpioFault(error, pin);
  }
}
