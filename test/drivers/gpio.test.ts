// The gpio switch driver on a kernel that behaves, and the words it has for what goes wrong.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { failed, type Outcome } from '../../src/model/outcome.ts';
import { gpio, gpioOptions, openGpio } from '../../src/switches/gpio.ts';
import type { Board, Switch } from '../../src/switches/port.ts';
import { switchDriver, switchDrivers } from '../../src/switches/registry.ts';
import { gpioSysfs, lookAtLine, sysfsNumber } from '../../src/transports/gpio-sysfs.ts';
import { loadOnoff } from '../../src/transports/onoff.ts';
import { BASE, errno, GpioKernel } from '../support/gpio-kernel.ts';
import { switchKit } from '../support/switch-kit.ts';

const RELAY = BASE + 17;
const soon = (): AbortSignal => AbortSignal.timeout(5000);
const kit = switchKit({ board: 'k1' });

function detail(outcome: Outcome<unknown> | undefined): string {
  return outcome === undefined || outcome.ok ? 'no fault' : outcome.fault.detail;
}

let kernel: GpioKernel;
let board: Board;
let relay: Switch;

function wire(options: { activeLow?: boolean; chip?: string } = {}): void {
  board = openGpio(gpioOptions.parse({ gpio: 17, ...options }), kit, kernel.host);
  relay = board.channel('');
}

beforeEach(() => {
  kernel = new GpioKernel();
  wire();
});

describe('a relay line', () => {
  it('is claimed by the first step and not before, so that a disarmed service holds none', async () => {
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'fed' });
    expect(kernel.line(RELAY).exported).toBe(false);
    await relay.set('cut', soon());
    expect(kernel.line(RELAY).exported).toBe(true);
  });

  it('becomes an output at the level wanted, without a glitch the other way', async () => {
    await relay.set('cut', soon());
    expect(kernel.edges).toEqual([{ number: RELAY, level: 1 }]);
  });

  it('sees no edge when an active-low relay is told to stay as it is', async () => {
    kernel.line(RELAY).pull = 1;
    wire({ activeLow: true });
    await relay.set('fed', soon());
    expect(kernel.edges).toEqual([]);
    expect(kernel.line(RELAY)).toMatchObject({ direction: 'out', driven: 1 });
  });

  it('is adopted by the next service without an edge, and moved from there', async () => {
    await relay.set('cut', soon());
    await board.close();
    wire();
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    await relay.set('cut', soon());
    expect(kernel.edges).toHaveLength(1);
    await relay.set('fed', soon());
    expect(kernel.edges).toEqual([
      { number: RELAY, level: 1 },
      { number: RELAY, level: 0 },
    ]);
  });

  it('is adopted in physical levels even where another program had inverted it', async () => {
    kernel.change(RELAY, { exported: true, direction: 'out', driven: 1, activeLow: true });
    kernel.edges.length = 0;
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.edges).toEqual([]);
    expect(kernel.line(RELAY).activeLow).toBe(false);
  });

  it('is opened once for many steps', async () => {
    for (const want of ['cut', 'fed', 'cut', 'fed'] as const) await relay.set(want, soon());
    expect(kernel.claims).toBe(1);
  });

  it('is claimed afresh after another program unexported it', async () => {
    await relay.set('cut', soon());
    kernel.unexport(RELAY);
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'fed' });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.level(RELAY)).toBe(1);
  });

  it('is claimed afresh at the second try after another program exported it anew behind our back', async () => {
    await relay.set('cut', soon());
    kernel.unexport(RELAY);
    kernel.line(RELAY).exported = true;
    expect(await relay.set('cut', soon())).toMatchObject({ ok: false });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.level(RELAY)).toBe(1);
  });

  it('is turned back into an output when another program made it an input', async () => {
    await relay.set('cut', soon());
    kernel.change(RELAY, { direction: 'in' });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.level(RELAY)).toBe(1);
  });

  it('is not moved late by a step that was given up while udev was slow', async () => {
    kernel.udevIsSlow = true;
    expect(detail(await relay.set('cut', AbortSignal.timeout(30)))).toContain('no time left');
    kernel.udevIsSlow = false;
    expect(await relay.set('fed', soon())).toMatchObject({ ok: true });
    expect(kernel.edges).toEqual([]);
  });

  it('is not moved by a board that was closed', async () => {
    await board.close();
    expect(detail(await relay.set('cut', soon()))).toContain('closed');
    expect(kernel.edges).toEqual([]);
  });

  it('goes its own way on a board of many', async () => {
    const box = openGpio(gpioOptions.parse({ gpios: [5, 6, 13] }), { ...kit, board: 'box' }, kernel.host);
    await box.channel('3').set('cut', soon());
    expect(kernel.edges).toEqual([{ number: BASE + 13, level: 1 }]);
    expect(await box.channel('1').read?.(soon())).toEqual({ ok: true, value: 'fed' });
  });
});

describe('the number of a line', () => {
  it('is looked up by the label of the chip, not taken from the pinout', async () => {
    kernel.chips = [
      { label: 'brcmvirt-gpio', base: 504, lines: 8 },
      { label: 'raspberrypi-exp-gpio', base: 570, lines: 8 },
      { label: 'pinctrl-rp1', base: 699, lines: 54 },
    ];
    await relay.set('cut', soon());
    expect(kernel.edges).toEqual([{ number: 716, level: 1 }]);
  });

  it('is refused where no chip is that of the header', async () => {
    kernel.chips = [{ label: 'pinctrl-rp1', base: 0, lines: 8 }];
    expect(detail(await relay.set('cut', soon()))).toMatch(/not in .*pinctrl-rp1 \(8 lines\).*chip:/);
  });

  it('is refused where two chips could be meant, until one is named', async () => {
    kernel.chips = [
      { label: 'pinctrl-bcm2711', base: 512, lines: 58 },
      { label: 'pinctrl-bcm2835', base: 600, lines: 54 },
    ];
    expect(detail(await relay.read?.(soon()))).toContain('2 chips');
    wire({ chip: 'pinctrl-bcm2835' });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.edges).toEqual([{ number: 617, level: 1 }]);
  });
});

describe('what goes wrong with a line is said with what to do', () => {
  it.each([
    ['EBUSY', 'refused', /held by .*debug\/gpio/],
    ['EACCES', 'unauthorized', /usermod -aG gpio/],
    ['EINVAL', 'unsupported', /pinout/],
    ['ENOENT', 'unsupported', /no sysfs GPIO/],
    ['EROFS', 'unsupported', /ReadWritePaths/],
    ['EIO', 'refused', /EIO/],
  ])('%s', async (code, kind, words) => {
    kernel.refusesExport = code;
    expect(await relay.set('cut', soon())).toMatchObject({ ok: false, fault: { code: kind, detail: expect.stringMatching(words) } });
  });

  it('names the missing group already when the line is only read', async () => {
    kernel.refusesAccess = { path: 'export', code: 'EACCES' };
    expect(detail(await relay.read?.(soon()))).toContain('usermod');
  });

  it('reports a pin that does not take its level', async () => {
    await relay.set('fed', soon());
    kernel.shorted = true;
    expect(detail(await relay.set('cut', soon()))).toContain('does not take the level');
  });

  it('reports a line that stays an input', async () => {
    kernel.shorted = true;
    expect(detail(await relay.set('cut', soon()))).toContain('did not become an output');
  });

  it('reports a package that does not load, on reading too, and moves nothing', async () => {
    const missing = openGpio(gpioOptions.parse({ gpio: 17 }), kit, { load: async () => failed('unsupported', 'no onoff') });
    expect(detail(await missing.channel('').read?.(soon()))).toBe('no onoff');
    expect(detail(await missing.channel('').set('cut', soon()))).toBe('no onoff');
  });

  it('does not wait for a package that never loads', async () => {
    const never = openGpio(gpioOptions.parse({ gpio: 17 }), kit, { load: () => new Promise(() => undefined) });
    expect(detail(await never.channel('').set('cut', AbortSignal.timeout(20)))).toContain('being loaded');
  });
});

describe('the package onoff', () => {
  it('is told apart from one that is not installed', async () => {
    const outcome = await loadOnoff(() => Promise.reject(errno('ERR_MODULE_NOT_FOUND')));
    expect(detail(outcome)).toMatch(/ERR_MODULE_NOT_FOUND.*apt install.*npm ci/);
  });

  it('is taken whether its Gpio is named or behind the default', async () => {
    const Gpio = kernel.gpioClass();
    expect(await loadOnoff(async () => ({ Gpio }))).toEqual({ ok: true, value: Gpio });
    expect(await loadOnoff(async () => ({ default: { Gpio } }))).toEqual({ ok: true, value: Gpio });
    expect(detail(await loadOnoff(async () => ({})))).toContain('no Gpio');
  });

  it('loads here, or says in one line what is missing', async () => {
    const outcome = await loadOnoff();
    expect(outcome.ok || /^GPIO cannot be used[^\n]*npm ci/.test(outcome.fault.detail)).toBe(true);
  });
});

describe('the files of sysfs', () => {
  it('are read as the kernel writes them', () => {
    const root = mkdtempSync(join(tmpdir(), 'sysfs-'));
    const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
    try {
      mkdirSync(join(root, 'gpiochip512'));
      mkdirSync(join(root, 'gpio529'));
      for (const [name, text] of Object.entries({ label: 'pinctrl-bcm2835\n', base: '512\n', ngpio: '54\n' }))
        put(`gpiochip512/${name}`, text);
      for (const [name, text] of Object.entries({ value: '1\n', direction: 'out\n', active_low: '0\n' })) put(`gpio529/${name}`, text);
      const sysfs = gpioSysfs(root);
      expect(sysfsNumber(sysfs, { gpio: 17 })).toEqual({ ok: true, value: 529 });
      expect(lookAtLine(sysfs, 529)).toEqual({ direction: 'out', level: 1 });
      put('gpio529/active_low', '1\n');
      expect(lookAtLine(sysfs, 529)).toEqual({ direction: 'out', level: 0 });
      expect(lookAtLine(sysfs, 530)).toBeUndefined();
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('are missing on a kernel without sysfs GPIO, which is said', () => {
    expect(detail(sysfsNumber(gpioSysfs('/nonexistent'), { gpio: 17 }))).toContain('no sysfs GPIO');
  });
});

describe('the options of a gpio switch', () => {
  it.each([0, 1, 14, 15])('refuse gpio %d and say why', (line) => {
    const parsed = gpioOptions.safeParse({ gpio: line });
    expect(parsed.error?.issues[0]?.message).toMatch(/at boot/);
  });

  it.each([
    [{}],
    [{ gpio: 17, gpios: [5] }],
    [{ gpio: 28 }],
    [{ gpio: -1 }],
    [{ gpios: [] }],
    [{ gpios: [5, 5] }],
    [{ gpio: 17, pin: 3 }],
    [{ gpio: 2.5 }],
  ])('refuse %j', (options) => {
    expect(gpioOptions.safeParse(options).success).toBe(false);
  });

  it('give a board the channels printed on it', () => {
    expect(gpio.channels({ gpios: [5, 6, 13, 16] })).toEqual(['1', '2', '3', '4']);
    expect(gpio.channels({ gpio: 17 })).toEqual(['']);
  });
});

it('finds every driver by its name, and none by another', () => {
  for (const driver of switchDrivers) expect(switchDriver(driver.name)).toBe(driver);
  expect(switchDriver('toString')).toBeUndefined();
});
