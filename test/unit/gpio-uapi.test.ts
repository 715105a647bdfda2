// The structures of the GPIO character device, held against the numbers of linux/gpio.h.
import { describe, expect, it } from '@jest/globals';
import {
  chipInfoOf,
  GPIO_BYTES,
  GPIO_IOCTL,
  holderIn,
  levelOf,
  lineConfig,
  lineFdOf,
  lineInfoOf,
  lineInfoRequest,
  lineRequest,
  lineValues,
} from '../../src/wire/gpio-uapi.ts';

/** Where the bytes are that are not zero. */
const set = (bytes: Buffer): Record<number, number> => Object.fromEntries([...bytes.entries()].filter(([, byte]) => byte !== 0));

describe('the structures of the character device', () => {
  it.each([
    ['chipInfo', GPIO_IOCTL.chipInfo, GPIO_BYTES.chipInfo, 1, 2],
    ['lineInfo', GPIO_IOCTL.lineInfo, GPIO_BYTES.lineInfo, 5, 3],
    ['getLine', GPIO_IOCTL.getLine, GPIO_BYTES.getLine, 7, 3],
    ['setConfig', GPIO_IOCTL.setConfig, GPIO_BYTES.config, 0xd, 3],
    ['getValues', GPIO_IOCTL.getValues, GPIO_BYTES.values, 0xe, 3],
    ['setValues', GPIO_IOCTL.setValues, GPIO_BYTES.values, 0xf, 3],
  ])('are as large as the number of %s says, which carries the size, 0xB4 and the direction', (_, request, bytes, number, direction) => {
    expect(request % 0x100).toBe(number);
    expect(Math.floor(request / 0x100) % 0x100).toBe(0xb4);
    expect(Math.floor(request / 0x1_0000) % 0x4000).toBe(bytes);
    expect(Math.floor(request / 0x4000_0000)).toBe(direction);
  });

  it('ask for an output together with its level, and for nothing else', () => {
    const high = lineRequest(17, { as: 'output', level: 1 }, 'lw');
    expect(high).toHaveLength(592);
    expect(set(high)).toEqual({
      0: 17,
      256: 0x6c,
      257: 0x77,
      288: 8,
      296: 1,
      320: 2,
      328: 1,
      336: 1,
      560: 1,
    });
    expect(set(lineConfig({ as: 'output', level: 0 }))).toEqual({ 0: 8, 8: 1, 32: 2, 48: 1 });
  });

  it('ask for an input with its pull, and for a line as it is with no flag at all', () => {
    expect(lineConfig({ as: 'input', pull: 'up' }).readUInt32LE(0)).toBe(0x104);
    expect(lineConfig({ as: 'input', pull: 'down' }).readUInt32LE(0)).toBe(0x204);
    expect(set(lineConfig({ as: 'found' }))).toEqual({});
  });

  it('keep a name within its 32 bytes, with a zero at its end', () => {
    const bytes = lineRequest(0, { as: 'found' }, 'x'.repeat(60));
    expect(bytes.subarray(256, 288).indexOf(0)).toBe(31);
    expect(bytes.subarray(288, 560).every((byte) => byte === 0)).toBe(true);
  });

  it('are read where the kernel writes', () => {
    const chip = Buffer.alloc(68);
    chip.write('gpiochip0', 0);
    chip.write('pinctrl-bcm2711', 32);
    chip.writeUInt32LE(58, 64);
    expect(chipInfoOf(chip)).toEqual({ name: 'gpiochip0', label: 'pinctrl-bcm2711', lines: 58 });
    const line = lineInfoRequest(27);
    expect(set(line)).toEqual({ 64: 27 });
    line.write('a name of just thirty-two bytes!', 32);
    line.writeUInt32LE(9, 72);
    expect(lineInfoOf(line)).toEqual({ consumer: 'a name of just thirty-two bytes!', flags: 9 });
    const request = Buffer.alloc(592);
    request.writeInt32LE(-1, 588);
    expect(lineFdOf(request)).toBe(-1);
  });

  it('carry one level under a mask of one', () => {
    expect(set(lineValues(1))).toEqual({ 0: 1, 8: 1 });
    expect(set(lineValues(0))).toEqual({ 8: 1 });
    expect([levelOf(lineValues(1)), levelOf(lineValues(0))]).toEqual([1, 0]);
  });
});

describe("the kernel's own list of lines", () => {
  const text = [
    'gpiochip0: GPIOs 512-569, parent: platform/fe200000.gpio, pinctrl-bcm2711:',
    ' gpio-529 (GPIO17              |gpioset             ) out hi ',
    ' gpio-530 (GPIO18              )',
    ' gpio-531 (                    |sysfs               ) in  lo IRQ',
    ' gpio-5   (GPIO5               |                    ) in  lo',
  ].join('\n');

  it('names the holder of a line by its number', () => {
    expect(holderIn(text, 529)).toBe('gpioset');
    expect(holderIn(text, 531)).toBe('sysfs');
  });

  it('names nobody where the line is free, nameless or not there', () => {
    for (const number of [530, 5, 52, 600]) expect(holderIn(text, number)).toBeUndefined();
    expect(holderIn('', 529)).toBeUndefined();
  });
});
