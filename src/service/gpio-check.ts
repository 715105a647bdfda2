// What the check says of the way to each GPIO board, and of what a dead service does to its relays by that way.
import type { Config } from '../config/config.ts';
import type { CheckItem } from '../model/view.ts';
import { gpio, gpioOptions } from '../switches/gpio.ts';
import { realGpioHost } from '../transports/gpio-host.ts';
import type { Afterlife, GpioHost, GpioLines } from '../transports/gpio-lines.ts';

/** An item a board. None of one whose lines are not to be had: its contacts say so themselves. Claims nothing. */
export async function gpioItems(config: Config, host: GpioHost = realGpioHost): Promise<readonly CheckItem[]> {
  const boards = [...config.boards].filter(([, { driver }]) => driver === gpio.name);
  if (boards.length === 0) return [];
  const lines = await host.load();
  if (!lines.ok) return [];
  return boards.flatMap(([about, { options, atRest }]): CheckItem[] => {
    const { gpio: single, gpios = [], chip } = gpioOptions.parse(options);
    const first = single ?? gpios[0];
    const afterlife = first === undefined ? undefined : lines.value.afterlife({ gpio: first, chip });
    return afterlife?.ok ? [itemOf(about, lines.value, { afterlife: afterlife.value, atRest })] : [];
  });
}

/** Whether button, light and buzzer are let at their lines; one item, or one for each that is not. Claims nothing. */
export async function panelItems({ panel }: Config, host: GpioHost = realGpioHost): Promise<readonly CheckItem[]> {
  const parts = Object.entries({ button: panel.button, led: panel.led, buzzer: panel.buzzer });
  const found = parts.flatMap(([part, options]) => (options === undefined ? [] : [{ part, pin: options }]));
  if (found.length === 0) return [];
  const lines = await host.load();
  if (!lines.ok) return [{ verdict: 'fail', about: 'panel', say: lines.fault.detail }];
  const items: CheckItem[] = [];
  for (const { part, pin } of found) {
    const may = await lines.value.mayDrive(pin);
    if (!may.ok) items.push({ verdict: 'fail', about: 'panel', say: `${part}: ${may.fault.detail}` });
  }
  if (items.length > 0) return items;
  return [{ verdict: 'pass', about: 'panel', say: `nobody else has the lines of ${found.map(({ part }) => part).join(', ')}` }];
}

function itemOf(about: string, lines: GpioLines, { afterlife, atRest }: { afterlife: Afterlife; atRest: 'fed' | 'cut' }): CheckItem {
  const way = lines.because === undefined ? lines.backEnd : `the ${lines.backEnd} (${lines.because})`;
  const pi = `when the Pi dies or restarts they are ${atRest}`;
  switch (afterlife) {
    case 'keeps':
      return {
        verdict: 'pass',
        about,
        say: `driven through ${way}: when the service stops or dies its contacts stay as they are, ${pi}`,
      };
    case 'releases':
      return {
        verdict: 'warn',
        about,
        say: `driven through ${way}, and this kernel lets go of a line when its process ends: whenever the service stops, restarts or dies, its contacts are ${atRest}. Take dtparam=strict_gpiod out of config.txt, or persist_gpio_outputs=n out of the kernel's command line`,
      };
    case 'unknown':
      return {
        verdict: 'warn',
        about,
        say: `driven through ${way}, and this kernel does not say whether it lets go of a line when its process ends: reckon with contacts that are ${atRest} whenever the service stops, restarts or dies`,
      };
  }
}
