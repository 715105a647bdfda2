// Which way to the lines a machine offers, and whom it tells of before and after a line is refused.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DONE, failed, type Outcome, ok } from '../../src/model/outcome.ts';
import { gpioOptions, openGpio } from '../../src/switches/gpio.ts';
import type { Switch } from '../../src/switches/port.ts';
import { gpioHost, type Ways } from '../../src/transports/gpio-host.ts';
import { BASE, errno, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';
import { switchKit } from '../support/switch-kit.ts';

const RELAY = BASE + 17;
const soon = (): AbortSignal => AbortSignal.timeout(5000);
const detail = (outcome: Outcome<unknown> | undefined): string => (outcome === undefined || outcome.ok ? 'no fault' : outcome.fault.detail);

let kernel: GpioKernel;
let cdev: CdevKernel;
let relay: Switch;

function wire(options: { gpio?: number }, host = cdev.host): void {
  relay = openGpio(gpioOptions.parse({ gpio: 17, ...options }), switchKit({ board: 'k1' }), host).channel('');
}

beforeEach(() => {
  kernel = new GpioKernel();
  cdev = new CdevKernel(kernel);
});

describe('the way to the lines', () => {
  const ways = (changed: Partial<Ways> = {}): Ways => ({
    sysfs: kernel.sysfs,
    loadOnoff: async () => ok(kernel.gpioClass()),
    loadDevices: async () => ok(cdev.devices),
    debugText: () => undefined,
    openFiles: () => [],
    ...changed,
  });
  const noSysfs = (): Partial<Ways> => ({ sysfs: { ...kernel.sysfs, exists: (path) => path !== 'export' && kernel.sysfs.exists(path) } });
  const backEnd = async (changed?: Partial<Ways>): Promise<string> => {
    const lines = await gpioHost(ways(changed)).load();
    return lines.ok ? lines.value.backEnd : lines.fault.detail;
  };

  it('is sysfs where the kernel has it and onoff loads', async () => {
    expect(await backEnd()).toBe('sysfs');
  });

  it('is the character device where the kernel takes no numbers any more, or the add-on of onoff does not load', async () => {
    expect(await backEnd(noSysfs())).toBe('character device');
    expect(await backEnd({ loadOnoff: async () => failed('unsupported', 'no epoll') })).toBe('character device');
  });

  it('is none where both are missing, and then both reasons are told', async () => {
    const loadDevices = async () => failed('unsupported', 'no koffi');
    expect(await backEnd({ ...noSysfs(), loadDevices })).toMatch(/no sysfs GPIO; and no koffi/);
    expect(await backEnd({ loadOnoff: async () => failed('unsupported', 'no epoll'), loadDevices })).toBe('no epoll; and no koffi');
  });

  it('is chosen once in the life of a process', async () => {
    let loads = 0;
    const host = gpioHost(
      ways({
        loadOnoff: async () => {
          loads += 1;
          return ok(kernel.gpioClass());
        },
      }),
    );
    await Promise.all([host.load(), host.load()]);
    await host.load();
    expect(loads).toBe(1);
  });

  it.each([
    ["by the kernel's own list", ` gpio-${RELAY} (GPIO17 |w1-gpio ) in lo\n`, 'w1-gpio'],
    ['by the character device, where the list is not ours to read', undefined, 'gpioset'],
  ])('names the holder of a line that sysfs refuses %s', async (_, debugText, holder) => {
    cdev.takenBy(RELAY, 'gpioset');
    wire({}, gpioHost(ways({ debugText: () => debugText })));
    expect(detail(await relay.set('cut', soon()))).toContain(`held by "${holder}"`);
  });

  it.each([
    ["by the kernel's own list", ` gpio-${RELAY} (GPIO17 |w1-gpio ) in lo\n`, 'held by "w1-gpio"'],
    ['by the character device', undefined, 'held by "gpioset"'],
  ])('tells the check who holds a line before the first step is refused, %s', async (_, debugText, words) => {
    cdev.takenBy(RELAY, 'gpioset');
    wire({}, gpioHost(ways({ debugText: () => debugText })));
    expect(await relay.read?.(soon())).toEqual(ok('fed'));
    expect(detail(await relay.maySet?.(soon()))).toContain(words);
    expect(kernel.edges).toEqual([]);
    expect(kernel.claims).toBe(0);
  });

  it('tells the check of a line that is held by somebody without a name', async () => {
    cdev.takenBy(RELAY, '');
    wire({}, gpioHost(ways()));
    expect(detail(await relay.maySet?.(soon()))).toContain('/sys/kernel/debug/gpio names it');
  });

  it('tells the check of another program that has the same exported line open', async () => {
    const paths = ['/dev/null', `/sys/devices/platform/soc/fe200000.gpio/gpiochip0/gpio/gpio${RELAY}/value`];
    let others = [{ pid: 812, name: 'python3', paths }];
    wire({}, gpioHost(ways({ openFiles: () => others })));
    expect(await relay.maySet?.(soon())).toEqual(DONE);
    await relay.set('cut', soon());
    expect(detail(await relay.maySet?.(soon()))).toContain('gpio 17 is also used by "python3" (process 812): end that program');
    others = [];
    // What is asked in the same turn of the loop is answered by the same look.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await relay.maySet?.(soon())).toEqual(DONE);
    expect(kernel.edges).toHaveLength(1);
  });

  it('looks through the processes once for all contacts that are asked about together: the loop stands still meanwhile', async () => {
    let looks = 0;
    const openFiles = () => {
      looks += 1;
      return [{ pid: 812, name: 'python3', paths: [`/sys/class/gpio/gpio${RELAY}/value`] }];
    };
    wire({}, gpioHost(ways({ openFiles })));
    expect(await relay.set('cut', soon())).toEqual(DONE);
    const said = await Promise.all(Array.from({ length: 16 }, () => relay.maySet?.(soon())));
    expect(said.map((one) => one?.ok)).toEqual(Array(16).fill(false));
    expect(looks).toBe(1);
  });

  it('lets the check pass where the line is free, ours, or nobody can be asked', async () => {
    wire({}, gpioHost(ways()));
    expect(await relay.maySet?.(soon())).toEqual(DONE);
    wire({}, gpioHost(ways({ ...noSysfs() })));
    expect(await relay.set('cut', soon())).toEqual(DONE);
    expect(await relay.maySet?.(soon())).toEqual(DONE);
    const noDevices = async (): Promise<Outcome<never>> => failed('unsupported', 'no koffi');
    const unreadable = (): never => {
      throw errno('ENOENT');
    };
    wire({ gpio: 18 }, gpioHost(ways({ loadDevices: noDevices, openFiles: unreadable })));
    expect(await relay.maySet?.(soon())).toEqual(DONE);
  });

  it('says where the list is when nobody names the holder', async () => {
    cdev.takenBy(RELAY, 'gpioset');
    wire({}, gpioHost(ways({ loadDevices: async () => failed('unsupported', 'no koffi') })));
    expect(detail(await relay.set('cut', soon()))).toContain('/sys/kernel/debug/gpio names it');
  });
});
