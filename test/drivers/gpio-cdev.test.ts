// The gpio switch driver and the button through the character device: the same relays on the same kernel, reached the other way.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import { buttonOptions, openButton } from '../../src/panel/button.ts';
import { gpioOptions, openGpio } from '../../src/switches/gpio.ts';
import type { Board, Switch } from '../../src/switches/port.ts';
import { gpioDevices } from '../../src/transports/gpio-cdev.ts';
import { gpioHost } from '../../src/transports/gpio-host.ts';
import { loadIoctl } from '../../src/transports/koffi.ts';
import { GPIO_IOCTL } from '../../src/wire/gpio-uapi.ts';
import { BASE, errno, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';
import { switchKit } from '../support/switch-kit.ts';

const RELAY = BASE + 17;
const soon = (): AbortSignal => AbortSignal.timeout(5000);
const kit = switchKit({ board: 'k1' });
const detail = (outcome: Outcome<unknown> | undefined): string => (outcome === undefined || outcome.ok ? 'no fault' : outcome.fault.detail);

let kernel: GpioKernel;
let cdev: CdevKernel;
let board: Board;
let relay: Switch;

function wire(options: { activeLow?: boolean; chip?: string } = {}, host = cdev.host): void {
  board = openGpio(gpioOptions.parse({ gpio: 17, ...options }), kit, host);
  relay = board.channel('');
}

/** The service ends, by whatever signal, and another begins. */
function nextLife(): void {
  cdev.die();
  wire();
}

beforeEach(() => {
  kernel = new GpioKernel();
  cdev = new CdevKernel(kernel);
  wire();
});

describe('a relay line of the character device', () => {
  it('is asked for by the first step and not before, and then as an output at the level wanted', async () => {
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'fed' });
    expect(kernel.line(RELAY).holder).toBeUndefined();
    await relay.set('cut', soon());
    expect(kernel.line(RELAY).holder).toBe('lastwatt');
    expect(kernel.edges).toEqual([{ number: RELAY, level: 1 }]);
  });

  it('sees no edge when an active-low relay is told to stay as it is', async () => {
    kernel.line(RELAY).pull = 1;
    wire({ activeLow: true });
    await relay.set('fed', soon());
    expect(kernel.edges).toEqual([]);
    expect(kernel.line(RELAY)).toMatchObject({ direction: 'out', driven: 1 });
  });

  it('is asked for once for many steps, and no chip stays open', async () => {
    for (const want of ['cut', 'fed', 'cut', 'fed'] as const) await relay.set(want, soon());
    await relay.read?.(soon());
    expect(kernel.claims).toBe(1);
    expect(cdev.open).toBe(1);
  });

  it('stays held over a reload, in which another board of the same process takes it over without an edge', async () => {
    const host = cdev.host;
    wire({}, host);
    await relay.set('cut', soon());
    await board.close();
    for (const options of [{}, { chip: 'pinctrl-bcm2711' }]) {
      wire(options, host);
      await relay.set('cut', soon());
      expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    }
    expect(kernel.edges).toHaveLength(1);
    expect(kernel.claims).toBe(1);
  });

  it('is found cut by the next service on a kernel that leaves it driven, and adopted without an edge', async () => {
    await relay.set('cut', soon());
    nextLife();
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    await relay.set('cut', soon());
    expect(kernel.edges).toEqual([{ number: RELAY, level: 1 }]);
    await relay.set('fed', soon());
    expect(kernel.level(RELAY)).toBe(0);
  });

  it.each(['N', undefined] as const)(
    'is found fed by the next service on a kernel that let it fall (%s), whatever that kernel notes',
    async (persists) => {
      cdev.persists = persists;
      await relay.set('cut', soon());
      nextLife();
      expect(kernel.line(RELAY).believed).toBe('out');
      kernel.edges.length = 0;
      expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'fed' });
      expect(kernel.edges).toEqual([]);
      await relay.set('cut', soon());
      expect(kernel.level(RELAY)).toBe(1);
    },
  );

  it('is not moved by being read where the firmware drives it and a freed line falls', async () => {
    cdev.persists = 'N';
    kernel.change(RELAY, { direction: 'out', driven: 1 });
    kernel.edges.length = 0;
    await relay.read?.(soon());
    cdev.die();
    expect(kernel.edges).toEqual([]);
  });

  it('is asked of an unknown chip by asking for it as it is, and left so', async () => {
    kernel.chips = [{ label: 'expander', base: BASE, lines: 32 }];
    kernel.change(RELAY, { direction: 'out', driven: 1 });
    kernel.edges.length = 0;
    wire({ chip: 'expander' });
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(kernel.edges).toEqual([]);
    expect(cdev.open).toBe(0);
  });

  it('is claimed afresh after its chip was unplugged and came back', async () => {
    await relay.set('cut', soon());
    const chips = kernel.chips;
    kernel.chips = [];
    expect(await relay.set('cut', soon())).toMatchObject({ ok: false });
    expect(cdev.open).toBe(0);
    kernel.chips = chips;
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.level(RELAY)).toBe(1);
  });

  it('goes on in sysfs where an earlier life of the service left it exported, without an edge', async () => {
    kernel.change(RELAY, { exported: true, direction: 'out', driven: 1 });
    kernel.edges.length = 0;
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(await relay.set('cut', soon())).toMatchObject({ ok: true });
    expect(kernel.edges).toEqual([]);
    expect(await relay.set('fed', soon())).toMatchObject({ ok: true });
    expect(kernel.edges).toEqual([{ number: RELAY, level: 0 }]);
  });

  it('goes on in physical levels there, too, though somebody inverted it', async () => {
    kernel.change(RELAY, { exported: true, direction: 'out', driven: 1, activeLow: true });
    expect(await relay.read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(await relay.set('fed', soon())).toMatchObject({ ok: true });
    expect(kernel.level(RELAY)).toBe(0);
  });
});

describe('the chip of a line', () => {
  it('is found by its label among decoys, whatever number it has, and an older name that links to it is no second one', async () => {
    kernel.chips = [
      { label: 'pinctrl-rp1', base: 569, lines: 54 },
      { label: 'raspberrypi-exp-gpio', base: 512, lines: 8 },
      { label: 'pinctrl-rp1', base: 700, lines: 8 },
    ];
    cdev.links = ['gpiochip4'];
    await relay.set('cut', soon());
    expect(kernel.edges).toEqual([{ number: 586, level: 1 }]);
  });

  it('is refused where none is that of the header, with those that are there', async () => {
    kernel.chips = [{ label: 'decoy', base: 0, lines: 32 }];
    expect(detail(await relay.set('cut', soon()))).toMatch(/not in \/dev; there are: decoy \(32 lines\).*chip:/);
    kernel.chips = [];
    expect(detail(await relay.read?.(soon()))).toContain('no chip at all');
  });
});

describe('what goes wrong with a line of the character device is said with what to do', () => {
  it('names who holds it', async () => {
    cdev.takenBy(RELAY, 'gpioset');
    expect(detail(await relay.set('cut', soon()))).toMatch(/held by "gpioset": end that program/);
    expect(detail(await relay.read?.(soon()))).toContain('held by "gpioset"');
    cdev.takenBy(RELAY, 'lastwatt');
    expect(detail(await relay.set('cut', soon()))).toContain('another lastwatt runs');
    expect(kernel.edges).toEqual([]);
  });

  it('does not guess where the holder gave no name', async () => {
    cdev.takenBy(RELAY, '');
    expect(detail(await relay.set('cut', soon()))).toContain('by the kernel or by another program');
  });

  it.each([
    ['EACCES', 'unauthorized', /usermod -aG gpio/],
    ['ENOENT', 'unsupported', /no GPIO/],
    ['ENOTTY', 'unsupported', /update the kernel/],
  ])('%s at the chip', async (code, kind, words) => {
    cdev.refusesOpen = code;
    expect(await relay.set('cut', soon())).toMatchObject({ ok: false, fault: { code: kind, detail: expect.stringMatching(words) } });
    expect(cdev.open).toBe(0);
  });

  it('EPERM and EINVAL at the line', async () => {
    cdev.refusesLine = 'EPERM';
    expect(detail(await relay.set('cut', soon()))).toContain('usermod');
    cdev.refusesLine = 'EINVAL';
    expect(detail(await relay.set('cut', soon()))).toContain('pinout');
    expect(cdev.open).toBe(0);
  });

  it('reports a pin that does not take its level', async () => {
    await relay.set('fed', soon());
    kernel.shorted = true;
    expect(detail(await relay.set('cut', soon()))).toContain('does not take the level high');
  });
});

describe('the button through the character device', () => {
  const PIN = BASE + 23;
  const open = (): ReturnType<typeof openButton> =>
    openButton(buttonOptions.parse({ gpio: 23 }), {
      handlers: {
        onShort: () => heard.push('short'),
        onHeld: () => heard.push('held'),
        onStuck: () => heard.push('stuck'),
        onFreed: () => heard.push('freed'),
      },
      onFault: (fault) => heard.push(fault.detail),
      nowMs: () => nowMs,
      signal: soon(),
      host: cdev.host,
      every: (ms, look) => {
        const one = { ms, look };
        looks.push(one);
        return () => {
          looks = looks.filter((other) => other !== one);
        };
      },
    });
  let heard: string[];
  let nowMs: number;
  let looks: { ms: number; look: () => void }[];
  function pass(ms: number): void {
    for (let step = 0; step < ms; step += 25) {
      nowMs += 25;
      for (const { look } of looks) look();
    }
  }

  beforeEach(() => {
    [heard, nowMs, looks] = [[], 1000, []];
    kernel.line(PIN).pull = 1;
  });

  it('is looked at all the time, more often while it is pressed, hears a short press and a held one, and gives its line back', async () => {
    const button = await open();
    pass(100);
    for (const ms of [200, 3100]) {
      kernel.change(PIN, { pull: 0 });
      pass(ms);
      expect(looks.map((one) => one.ms)).toEqual([25]);
      kernel.change(PIN, { pull: 1 });
      pass(100);
    }
    expect(heard).toEqual(['short', 'held']);
    expect(looks.map(({ ms }) => ms)).toEqual([40]);
    if (button.ok) await button.value.close();
    expect(kernel.line(PIN).holder).toBeUndefined();
    expect(cdev.open).toBe(0);
  });

  it('never makes an input of a line that this service or one before it drives', async () => {
    kernel.change(PIN, { direction: 'out', driven: 1 });
    expect(detail(await open())).toContain('relay');
    expect(kernel.line(PIN)).toMatchObject({ direction: 'out', driven: 1 });
  });

  it('says once that its chip is gone', async () => {
    await open();
    kernel.chips = [];
    pass(200);
    expect(heard).toHaveLength(1);
  });
});

describe('what a dead service does to a relay', () => {
  it('depends on the way, on the kernel and on its chip', async () => {
    const told = async (host = cdev.host, chip?: string): Promise<string> => {
      const lines = await host.load();
      if (!lines.ok) return 'no lines';
      const told = lines.value.afterlife({ gpio: 17, chip });
      return told.ok ? told.value : told.fault.detail;
    };
    expect(await told(kernel.host)).toBe('keeps');
    expect(await told()).toBe('keeps');
    cdev.persists = 'N';
    expect(await told()).toBe('releases');
    cdev.persists = undefined;
    expect(await told()).toBe('unknown');
    expect(await told(cdev.host, 'no such chip')).toContain('no such chip');
  });
});

describe('the package koffi', () => {
  it('is told apart from one that is not installed', async () => {
    const outcome = await loadIoctl(() => Promise.reject(errno('ERR_MODULE_NOT_FOUND')));
    expect(detail(outcome)).toMatch(/ERR_MODULE_NOT_FOUND.*npm ci/);
    expect(detail(await loadIoctl(async () => ({})))).toContain('does not load');
    expect(detail(await loadIoctl(undefined, 'armv6l'))).toContain('built for ARMv7');
  });

  it('asks the real kernel, which refuses what is no GPIO chip, or says in one line what is missing', async () => {
    const ioctl = await loadIoctl();
    if (!ioctl.ok) {
      expect(ioctl.fault.detail).toMatch(/^the GPIO character device[^\n]*npm ci/);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'ioctl-'));
    const file = join(folder, 'plain');
    writeFileSync(file, 'eleven byte');
    const fd = openSync(file, 'r');
    try {
      const waiting = Buffer.alloc(4);
      ioctl.value(fd, 0x541b, waiting);
      // FIONREAD: how much there is to read. So the answer is written in place.
      expect(waiting.readInt32LE(0)).toBe(11);
      expect(() => ioctl.value(fd, GPIO_IOCTL.chipInfo, Buffer.alloc(68))).toThrow(expect.objectContaining({ code: 'ENOTTY' }));
      expect(() => ioctl.value(2 ** 30, GPIO_IOCTL.chipInfo, Buffer.alloc(68))).toThrow(expect.objectContaining({ code: 'EBADF' }));
      const devices = { ...gpioDevices(ioctl.value), chips: () => ['gpiochip0'], open: () => openSync(file, 'r') };
      const host = gpioHost({
        sysfs: { ...kernel.sysfs, exists: () => false },
        loadOnoff: async () => failed('unsupported', 'none'),
        loadDevices: async () => ok(devices),
        debugText: () => undefined,
        openFiles: () => [],
      });
      wire({}, host);
      expect(await relay.set('cut', soon())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    } finally {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });
});
