// The GPIO character device's structures (uAPI v2 of linux/gpio.h) from values and back. Numbers and offsets are the same on 32 and
// 64 bit; the byte order is the machine's, which is little-endian on everything that has a header.

/** Numbers of the ioctls: direction, size of the structure, 0xB4, number. */
export const GPIO_IOCTL = {
  chipInfo: 0x8044b401,
  lineInfo: 0xc100b405,
  getLine: 0xc250b407,
  setConfig: 0xc110b40d,
  getValues: 0xc010b40e,
  setValues: 0xc010b40f,
} as const;

/** Bytes of the structure that each of them takes. */
export const GPIO_BYTES = { chipInfo: 68, lineInfo: 256, getLine: 592, config: 272, values: 16 } as const;

/** Bits of `flags`, in a line's info and in what is asked for it. */
export const LINE_FLAG = {
  used: 0x1,
  activeLow: 0x2,
  input: 0x4,
  output: 0x8,
  pullUp: 0x100,
  pullDown: 0x200,
} as const;

const NAME_BYTES = 32;
const OUTPUT_VALUES = 2;
const AT = {
  label: 32,
  lines: 64,
  consumer: 32,
  offset: 64,
  infoFlags: 72,
  requestConsumer: 256,
  requestConfig: 288,
  requestLines: 560,
  requestFd: 588,
  configAttributes: 8,
  firstAttribute: 32,
  attributeValue: 8,
  attributeMask: 16,
} as const;

/** What the kernel calls a chip (`gpiochip0`), the label of its driver, and how many lines it has. */
export interface ChipInfo {
  readonly name: string;
  readonly label: string;
  readonly lines: number;
}

/** `consumer`: who holds the line, '' where nobody does or gave a name. `flags`: bits of LINE_FLAG, and others. */
export interface LineInfo {
  readonly consumer: string;
  readonly flags: number;
}

/** As it is asked for: an output with the level it begins with, an input with its pull, or as it is, touched in nothing. */
export type LineUse =
  | { readonly as: 'output'; readonly level: 0 | 1 }
  | { readonly as: 'input'; readonly pull: 'up' | 'down' }
  | { readonly as: 'found' };

export function chipInfoOf(bytes: Buffer): ChipInfo {
  return { name: textAt(bytes, 0), label: textAt(bytes, AT.label), lines: bytes.readUInt32LE(AT.lines) };
}

/** The question about one line, by its offset on the chip; the answer comes in the same bytes. */
export function lineInfoRequest(offset: number): Buffer {
  const bytes = Buffer.alloc(GPIO_BYTES.lineInfo);
  bytes.writeUInt32LE(offset, AT.offset);
  return bytes;
}

export function lineInfoOf(bytes: Buffer): LineInfo {
  // Of 64 flags none that we know lies above the 32nd.
  return { consumer: textAt(bytes, AT.consumer), flags: bytes.readUInt32LE(AT.infoFlags) };
}

/** The request for one line. An output is asked for together with its level, so that it never shows another. */
export function lineRequest(offset: number, use: LineUse, consumer: string): Buffer {
  const bytes = Buffer.alloc(GPIO_BYTES.getLine);
  bytes.writeUInt32LE(offset, 0);
  bytes.write(consumer.slice(0, NAME_BYTES - 1), AT.requestConsumer, 'latin1');
  bytes.writeUInt32LE(1, AT.requestLines);
  lineConfig(use).copy(bytes, AT.requestConfig);
  return bytes;
}

/** The descriptor of the line that was asked for, once the kernel has filled it in. */
export function lineFdOf(bytes: Buffer): number {
  return bytes.readInt32LE(AT.requestFd);
}

/** The same for a line that is held already. */
export function lineConfig(use: LineUse): Buffer {
  const bytes = Buffer.alloc(GPIO_BYTES.config);
  if (use.as === 'input') bytes.writeUInt32LE(LINE_FLAG.input | (use.pull === 'up' ? LINE_FLAG.pullUp : LINE_FLAG.pullDown), 0);
  if (use.as !== 'output') return bytes;
  bytes.writeUInt32LE(LINE_FLAG.output, 0);
  bytes.writeUInt32LE(1, AT.configAttributes);
  bytes.writeUInt32LE(OUTPUT_VALUES, AT.firstAttribute);
  bytes.writeUInt32LE(use.level, AT.firstAttribute + AT.attributeValue);
  bytes.writeUInt32LE(1, AT.firstAttribute + AT.attributeMask);
  return bytes;
}

/** Bits, then mask: of the one line that is held. */
export function lineValues(level: 0 | 1): Buffer {
  const bytes = Buffer.alloc(GPIO_BYTES.values);
  bytes.writeUInt32LE(level, 0);
  bytes.writeUInt32LE(1, 8);
  return bytes;
}

export function levelOf(values: Buffer): 0 | 1 {
  return (values.readUInt32LE(0) & 1) === 1 ? 1 : 0;
}

/**
 * Who holds the line of this number, from the text of /sys/kernel/debug/gpio: ` gpio-529 (GPIO17 |gpioset ) out hi`. Undefined where
 * the line does not stand there, or nobody is named.
 */
export function holderIn(text: string, number: number): string | undefined {
  const line = new RegExp(`^ gpio-${number} +\\((?:[^|)]*)\\|([^)]*)\\)`, 'm').exec(text);
  const name = line?.[1]?.trim();
  return name === '' ? undefined : name;
}

function textAt(bytes: Buffer, at: number): string {
  const field = bytes.subarray(at, at + NAME_BYTES);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? NAME_BYTES : end);
}
