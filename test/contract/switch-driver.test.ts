// The contract of the switch port, over every driver.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failed, ok } from '../../src/model/outcome.ts';
import { command } from '../../src/switches/command.ts';
import { openGpio } from '../../src/switches/gpio.ts';
import { icstation } from '../../src/switches/icstation.ts';
import { kmtronic } from '../../src/switches/kmtronic.ts';
import { lcus } from '../../src/switches/lcus.ts';
import { modbusRelay } from '../../src/switches/modbus-relay.ts';
import { numato } from '../../src/switches/numato.ts';
import type { SwitchDriverKind } from '../../src/switches/port.ts';
import { cdevLines } from '../../src/transports/gpio-cdev.ts';
import type { GpioHost, GpioLines } from '../../src/transports/gpio-lines.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';
import { Relays, type SerialBoard } from '../support/serial/board.ts';
import { IcstationBoard } from '../support/serial/icstation-board.ts';
import { KmtronicBoard } from '../support/serial/kmtronic-board.ts';
import { LcusBoard } from '../support/serial/lcus-board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { ModbusBus } from '../support/serial/modbus-board.ts';
import { NumatoBoard } from '../support/serial/numato-board.ts';
import { switchKit } from '../support/switch-kit.ts';
import { describeSwitch, type SwitchStage } from './switch-driver.ts';

/** Lines that this process is never let at. */
function shut(lines: GpioLines, isShut: () => boolean): GpioLines {
  return {
    backEnd: lines.backEnd,
    look: (pin) => lines.look(pin),
    mayDrive: (pin) => lines.mayDrive(pin),
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

const DEVICE = '/dev/serial/by-id/usb-board';

interface OnSerial {
  readonly kind: SwitchDriverKind;
  readonly options?: object;
  readonly board: SerialBoard;
  readonly relays: Relays;
  readonly atRest: 'fed' | 'cut';
  /** the channel that is tried is the second relay of the board */
  readonly channel?: string;
}

/** A board on a line in memory; one that has no words refuses by its port, and stalls by it. */
function serialStage({ kind, options, board, relays, atRest, channel = '2' }: OnSerial, own: Partial<SwitchStage> = {}): SwitchStage {
  const serial = new MemorySerial();
  serial.plug(DEVICE, board);
  const opened = kind.open({ device: DEVICE, ...options }, switchKit({ atRest, serial: serialLines(serial.host) }));
  return {
    board: opened,
    channel,
    truth: () => (relays.coil(1) === (atRest === 'fed') ? 'cut' : 'fed'),
    moves: () => relays.moves,
    refuse: () => {
      serial.refusal = 'Error: Permission denied, cannot open /dev/ttyUSB0';
      serial.unplug(DEVICE);
      serial.plug(DEVICE, board);
    },
    stall: () => {
      serial.stalled = true;
    },
    strike: () => opened.close(),
    ...own,
  };
}

for (const atRest of ['fed', 'cut'] as const) {
  describeSwitch(
    `lcus, ${atRest} at rest`,
    async () => {
      const board = new LcusBoard(4);
      return serialStage({ kind: lcus, options: { channels: 4 }, board, relays: board.relays, atRest });
    },
    { babble: false },
  );

  describeSwitch(
    `modbus-relay, ${atRest} at rest`,
    async () => {
      const relays = new Relays(8);
      const bus = new ModbusBus({ 1: relays });
      return serialStage(
        { kind: modbusRelay, board: bus, relays, atRest },
        {
          refuse: () => {
            bus.exception = 4;
          },
          stall: () => {
            bus.deaf = true;
          },
          babble: () => {
            bus.manner = (_, say) => say(Uint8Array.from([1, 1, 9, 9, 9, 9, 9, 9]));
          },
        },
      );
    },
    { babble: true },
  );

  describeSwitch(
    `icstation, ${atRest} at rest`,
    async () => {
      const board = new IcstationBoard(4);
      const stage = serialStage({
        kind: icstation,
        options: { armed: true, channels: 4, unused: [1, 3, 4] },
        board,
        relays: board.relays,
        atRest,
      });
      board.armed = true;
      return stage;
    },
    { babble: false },
  );

  for (const channels of [2, 4] as const) {
    describeSwitch(
      `kmtronic with ${channels} relays, ${atRest} at rest`,
      async () => {
        const board = new KmtronicBoard(channels);
        const babble = (): void => {
          board.rubbish = Uint8Array.of(7, 7, 7);
        };
        return serialStage({ kind: kmtronic, options: { channels }, board, relays: board.relays, atRest }, { babble });
      },
      { babble: true },
    );
  }

  describeSwitch(
    `numato, ${atRest} at rest`,
    async () => {
      const board = new NumatoBoard(8);
      const babble = (): void => {
        board.rubbish = 'on fire';
      };
      return serialStage({ kind: numato, options: { channels: 8 }, board, relays: board.relays, atRest, channel: '1' }, { babble });
    },
    { babble: true },
  );
}
