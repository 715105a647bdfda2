// Lines of a GPIO chip as drivers use them, whichever way the kernel offers: which chip is meant, what to tell a person who is
// refused one. Who drives a line, and when, is the business of the driver that uses it.
import { codeOf, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

/** A pin as its owner names it: the number printed on the pinout, and the chip where it is none of the known ones. */
export interface Pin {
  readonly gpio: number;
  readonly chip?: string | undefined;
}

/** Who holds a line. `name`: as the kernel knows it; undefined: it was not told. */
export interface Holder {
  readonly name: string | undefined;
}

/** A line as it is found. `level` is physical, whatever the line's own active_low says. */
export interface LineSeen {
  readonly direction: 'in' | 'out';
  readonly level: 0 | 1;
}

/** What becomes of a driven line when its process ends: the kernel leaves it driven, or lets it go to its pull. */
export type Afterlife = 'keeps' | 'releases' | 'unknown';

/**
 * The lines of this machine. Levels are physical. Nothing throws; all but `ready` is synchronous, for these are calls into the
 * kernel that take microseconds. Lines stay as they were driven as long as the process lives, whoever asked for them.
 */
export interface GpioLines {
  readonly backEnd: 'sysfs' | 'character device';
  /** why it is not the first choice, sysfs */
  readonly because?: string;
  /** What the line does now, without touching it; undefined while nobody is known to drive it. */
  look(pin: Pin): Outcome<LineSeen | undefined>;
  /** Whether somebody else has the line, so that the first `drive` would be refused; as far as the kernel tells. Touches nothing, never rejects. */
  mayDrive(pin: Pin): Promise<Outcome>;
  /** Waits until this process may use the line; drives nothing, moves nothing. */
  ready(pin: Pin, signal: AbortSignal): Promise<Outcome>;
  /** An output with that level from the first moment, seen to be so; asked twice it does nothing. Asked before `ready` it may refuse. */
  drive(pin: Pin, level: 0 | 1): Outcome;
  /** An input; refused where the line drives something. `pull`: what the line shows where its wire is broken, if the kernel can. */
  listen(pin: Pin, pull: 'up' | 'down'): Outcome<GpioInput>;
  afterlife(pin: Pin): Outcome<Afterlife>;
}

export interface GpioInput {
  /** whether `onEdge` is called at each change; otherwise it wants to be looked at all the time */
  readonly edges: boolean;
  read(): Outcome<0 | 1>;
  onEdge(act: () => void): void;
  /** Gives the line back. */
  close(): void;
}

/** What a GPIO driver stands on; a fake of it lets the driver run on any machine. */
export interface GpioHost {
  /** Never rejects. The same lines for everybody in this process. */
  readonly load: () => Promise<Outcome<GpioLines>>;
}

/** Labels of the chip behind the header: Pi 0 to 3; Pi 4, 400, CM4; Pi 5, CM5. */
const HEADER_LABELS: ReadonlySet<string> = new Set(['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1']);
/** GPIO 0 to 27 are on the header; a chip with fewer lines is not the header's, whatever its label. */
const HEADER_LINES = 28;
const CHIPS_LISTED = 8;

/** Whether the pin is on the header of a Raspberry Pi, as far as its owner says. */
export function isOnHeader({ chip }: Pin): boolean {
  return chip === undefined || HEADER_LABELS.has(chip);
}

/** The one chip that is meant. `where`: where all of them were looked for. */
export function chipOf<C extends { readonly label: string; readonly lines: number }>(
  pin: Pin,
  chips: readonly C[],
  where: string,
): Outcome<C> {
  const fitting = chips.filter((chip) =>
    pin.chip === undefined ? HEADER_LABELS.has(chip.label) && chip.lines >= HEADER_LINES : chip.label === pin.chip && chip.lines > pin.gpio,
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return ok(only);
  const wanted = pin.chip === undefined ? 'the chip of a Raspberry Pi header' : `a chip "${pin.chip}" that has gpio ${pin.gpio}`;
  const seen = chips.slice(0, CHIPS_LISTED).map((chip) => `${chip.label} (${chip.lines} lines)`);
  const listed = seen.length === 0 ? 'there is no chip at all' : `there are: ${seen.join(', ')}`;
  return failed(
    'unsupported',
    fitting.length === 0
      ? `gpio ${pin.gpio}: ${wanted} is not in ${where}; ${listed}. Name the right one with chip:`
      : `gpio ${pin.gpio}: ${fitting.length} chips could be ${wanted}; ${listed}. Name one with chip:`,
  );
}

/** Another has it. `holder`: the name that the kernel knows it by; undefined: it was not told. */
export function heldBy({ gpio }: Pin, holder: string | undefined): ReturnType<typeof failed> {
  if (holder === undefined) {
    return failed(
      'refused',
      `gpio ${gpio} is held by the kernel or by another program (sudo cat /sys/kernel/debug/gpio names it): free it there, or wire to another gpio`,
      'later',
    );
  }
  return failed('refused', `gpio ${gpio} is held by "${holder}": ${freeing(holder)}, or wire to another gpio`, 'later');
}

/** Exported, and another program holds its file open: whoever writes last is obeyed. */
export function usedBesides({ gpio }: Pin, user: string): ReturnType<typeof failed> {
  return failed('refused', `gpio ${gpio} is also used by ${user}: end that program, or wire to another gpio`, 'later');
}

function freeing(holder: string): string {
  if (holder === 'sysfs')
    return 'a program exported it under /sys/class/gpio, an earlier lastwatt perhaps: unexport it there (what hangs on it may move), or restart the Pi';
  return holder === CONSUMER ? 'another lastwatt runs and has it: stop that one' : 'end that program or take out that overlay';
}

/** Whom others see holding our lines. */
export const CONSUMER = 'lastwatt';

/** The level did not come; nothing more can be done about it from here. */
export function notTaken({ gpio }: Pin, level: 0 | 1): ReturnType<typeof failed> {
  return failed('refused', `gpio ${gpio} does not take the level ${level === 1 ? 'high' : 'low'}: look for a short`);
}

/** An input was asked for. */
export function drivesSomething({ gpio }: Pin): ReturnType<typeof failed> {
  const what = `gpio ${gpio} is an output already, so a relay may hang on it: it was not made an input`;
  return failed('refused', `${what}; choose another gpio, or restart the Pi if the wiring has changed`, 'never');
}

/** What every way has in common of what the kernel answers, in words that say what to do. */
export function gpioFault(error: unknown, pin: Pin): ReturnType<typeof failed> {
  const where = `gpio ${pin.gpio}`;
  switch (codeOf(error)) {
    case 'EBUSY':
      return heldBy(pin, undefined);
    case 'EACCES':
    case 'EPERM':
      return failed(
        'unauthorized',
        `${where}: user id ${process.getuid?.() ?? '?'} may not use GPIO: sudo usermod -aG gpio lastwatt, then sudo systemctl restart lastwatt`,
      );
    case 'EINVAL':
      return failed('unsupported', `${where} is no line that this kernel lets programs use: check the number against the pinout`);
    default:
      return failed('refused', `${where}: ${messageOf(error)}`);
  }
}

/** The line has gone under an open handle: another program unexported it, or its chip was unplugged. */
export function lineIsGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENODEV' || code === 'EBADF';
}
