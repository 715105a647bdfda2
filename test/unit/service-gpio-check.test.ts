// What the check says of the way to a GPIO board, and of what becomes of its relays when the service is gone.
import { describe, expect, it } from '@jest/globals';
import { failed } from '../../src/model/outcome.ts';
import { gpioItems, panelItems } from '../../src/service/gpio-check.ts';
import type { GpioHost } from '../../src/transports/gpio-lines.ts';
import { configOf } from '../support/config-text.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';

const config = configOf(`
ups: { rack: { nut: { name: rack } } }
rigs: { ash: { driver: none, fedBy: [rack], cutBy: ["box:1"], watts: 900, reward: { perDay: 1 } } }
switches:
  box: { driver: gpio, gpios: [5, 6], atRest: cut }
  plug: { driver: command, cut: [/bin/cut], feed: [/bin/feed] }
`);

const kernel = new GpioKernel();
function cdev(persists: CdevKernel['persists']): GpioHost {
  const one = new CdevKernel(kernel);
  one.persists = persists;
  return one.host;
}
const told = async (host: GpioHost): Promise<readonly string[]> =>
  (await gpioItems(config, host)).map(({ verdict, about, say }) => `${verdict} ${about} ${say}`);

describe('check, of a GPIO board', () => {
  it('says that sysfs leaves its contacts as they are', async () => {
    expect(await told(kernel.host)).toEqual([
      'pass box driven through sysfs: when the service stops or dies its contacts stay as they are, when the Pi dies or restarts they are cut',
    ]);
  });

  it('says why it is the character device, and what this kernel makes of its lines', async () => {
    expect(await told(cdev('Y'))).toEqual([
      expect.stringMatching(/^pass box .*character device \(.+\): when the service stops or dies .* stay/),
    ]);
    expect(await told(cdev('N'))).toEqual([
      expect.stringMatching(/^warn box .*lets go of a line.*its contacts are cut\. Take dtparam=strict_gpiod out/),
    ]);
    expect(await told(cdev(undefined))).toEqual([expect.stringMatching(/^warn box .*does not say whether/)]);
  });

  it('says nothing where its contacts themselves say that there are no lines', async () => {
    expect(await told({ load: async () => failed('unsupported', 'none') })).toEqual([]);
    const elsewhere = new GpioKernel();
    elsewhere.chips = [];
    expect(await told(elsewhere.host)).toHaveLength(1);
    expect(await told(new CdevKernel(elsewhere).host)).toEqual([]);
  });

  it('names who has a line of the panel', async () => {
    const withPanel = configOf(`
ups: { rack: { nut: { name: rack } } }
rigs: { ash: { driver: none, fedBy: [rack], watts: 900, reward: { perDay: 1 } } }
panel: { button: { gpio: 23 }, led: { gpio: 24 } }
`);
    const told = async (): Promise<readonly string[]> =>
      (await panelItems(withPanel, new CdevKernel(kernel).host)).map(({ verdict, say }) => `${verdict} ${say}`);
    expect(await told()).toEqual(['pass nobody else has the lines of button, led']);
    kernel.line(BASE + 24).holder = 'gpio-led';
    expect(await told()).toEqual([expect.stringMatching(/^fail led: gpio 24 is held by "gpio-led"/)]);
    expect(await panelItems(config, kernel.host)).toEqual([]);
  });

  it('claims and moves nothing', () => {
    expect(kernel.claims).toBe(0);
    expect(kernel.edges).toEqual([]);
  });
});
