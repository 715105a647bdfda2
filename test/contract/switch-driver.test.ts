// The contract of the switch port, over every driver.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failed, ok } from '../../src/model/outcome.ts';
import { command } from '../../src/switches/command.ts';
import { openGpio } from '../../src/switches/gpio.ts';
import { cdevLines } from '../../src/transports/gpio-cdev.ts';
import type { GpioHost, GpioLines } from '../../src/transports/gpio-lines.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';
import { switchKit } from '../support/switch-kit.ts';
import { describeSwitch, type SwitchStage } from './switch-driver.ts';

/** Lines that this process is never let at. */
function shut(lines: GpioLines, isShut: () => boolean): GpioLines {
  return {
    backEnd: lines.backEnd,
    look: (pin) => lines.look(pin),
    ready: (pin, signal) => {
      if (!isShut()) return lines.ready(pin, signal);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(failed('timeout', `gpio ${pin.gpio}: no time left`))));
    },
    drive: (pin, level) => lines.drive(pin, level),
    listen: (pin, pull) => lines.listen(pin, pull),
    afterlife: (pin) => lines.afterlife(pin),
  };
}

function cdevHost(kernel: GpioKernel, isShut: () => boolean): { readonly host: GpioHost; readonly cdev: CdevKernel } {
  const cdev = new CdevKernel(kernel);
  return { cdev, host: { load: async () => ok(shut(cdevLines({ devices: cdev.devices }), isShut)) } };
}

interface Wiring {
  readonly atRest: 'fed' | 'cut';
  readonly activeLow: boolean;
  readonly through: 'sysfs' | 'cdev';
  /** of the first line in sysfs; older kernels count from 0 */
  readonly base?: number;
}

function gpioStage({ base = BASE, through, ...wiring }: Wiring): SwitchStage {
  const kernel = new GpioKernel();
  // A decoy before it: nothing may be known by a number.
  kernel.chips = [
    { label: 'gpio-decoy', base: 900, lines: 32 },
    { label: 'pinctrl-bcm2711', base, lines: 58 },
  ];
  let stalled = false;
  const { host, cdev } = cdevHost(kernel, () => stalled);
  const relay = base + 6;
  // As on a board that holds its coil without current until somebody drives it.
  const restLevel = wiring.activeLow ? 1 : 0;
  kernel.line(relay).pull = restLevel;
  return {
    board: openGpio(
      { gpios: [5, 6], activeLow: wiring.activeLow },
      switchKit({ atRest: wiring.atRest }),
      through === 'sysfs' ? kernel.host : host,
    ),
    channel: '2',
    truth: () => (kernel.level(relay) === restLevel ? wiring.atRest : wiring.atRest === 'fed' ? 'cut' : 'fed'),
    moves: () => kernel.edges.length,
    refuse: () => {
      kernel.refusesExport = 'EBUSY';
      cdev.takenBy(relay, 'gpioset');
    },
    stall: () => {
      kernel.udevIsSlow = true;
      stalled = true;
    },
    strike: async () => undefined,
  };
}

// The rig of a contact that is closed at rest is fed before anybody asks; the other way round the first `cut` moves nothing.
for (const through of ['sysfs', 'cdev'] as const)
  for (const atRest of ['fed', 'cut'] as const)
    for (const activeLow of [false, true])
      describeSwitch(
        `gpio through ${through}, ${atRest} at rest, active ${activeLow ? 'low' : 'high'}`,
        async () => gpioStage({ atRest, activeLow, through }),
        { babble: false },
      );
// As before Linux 6.6.
describeSwitch('gpio numbered from 0', async () => gpioStage({ atRest: 'fed', activeLow: false, through: 'sysfs', base: 0 }), {
  babble: false,
});

/** A plug behind three shell scripts: its state is one file, every move a line of another. */
function commandStage(): SwitchStage {
  const directory = mkdtempSync(join(tmpdir(), 'switch-'));
  const [state, moves, mood] = ['state', 'moves', 'mood'].map((name) => join(directory, name)) as [string, string, string];
  const script = join(directory, 'plug.sh');
  writeFileSync(state, 'fed');
  writeFileSync(moves, '');
  writeFileSync(mood, 'willing');
  writeFileSync(
    script,
    [
      'case "$(cat "$2/mood")" in',
      '  refusing) echo "breaker is locked" >&2; exit 3;;',
      '  stalling) sleep 30;;',
      '  babbling) echo "maybe"; exit 0;;',
      'esac',
      'if [ "$1" = read ]; then cat "$2/state"; exit 0; fi',
      'if [ "$(cat "$2/state")" != "$1" ]; then printf %s "$1" > "$2/state"; echo "$1" >> "$2/moves"; fi',
    ].join('\n'),
  );
  const run = (word: string): string[] => ['/bin/sh', script, word, directory];
  return {
    board: command.open({ cut: run('cut'), feed: run('fed'), read: run('read') }, switchKit({ board: 'k2' })),
    channel: '',
    truth: () => (readFileSync(state, 'utf8') === 'cut' ? 'cut' : 'fed'),
    moves: () => readFileSync(moves, 'utf8').split('\n').length - 1,
    refuse: () => writeFileSync(mood, 'refusing'),
    stall: () => writeFileSync(mood, 'stalling'),
    babble: () => writeFileSync(mood, 'babbling'),
    strike: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

describeSwitch('command', async () => commandStage(), { babble: true });
