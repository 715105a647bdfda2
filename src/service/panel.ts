// The panel as the service has it: the button asks for what it stands for, light and buzzer show what completed ticks show.
import type { Config } from '../config/config.ts';
import type { Engine } from '../engine/engine.ts';
import { realClock } from '../host/clock.ts';
import type { Clock } from '../host/port.ts';
import type { Fault } from '../model/outcome.ts';
import type { StatusView } from '../model/view.ts';
import { type ButtonKit, type ButtonOptions, openButton } from '../panel/button.ts';
import { Face } from '../panel/face.ts';
import { PanelOutput, type PanelPin } from '../panel/output.ts';
import { lightPatterns, soundPatterns, USUAL_LIGHTS, USUAL_SOUNDS } from '../panel/patterns.ts';
import type { Button } from '../panel/port.ts';
import { realGpioHost } from '../transports/gpio-host.ts';
import type { GpioHost } from '../transports/gpio-lines.ts';

export interface PanelKit {
  readonly engine: Pick<Engine, 'report' | 'submit' | 'buttonHeld'>;
  readonly status: () => StatusView;
  readonly signal: AbortSignal;
  readonly host?: GpioHost;
  readonly clock?: Pick<Clock, 'monotonicMs' | 'after'>;
  /** how the button is looked at while it is pressed; for tests, the real timer otherwise */
  readonly every?: ButtonKit['every'];
}

export interface Panel {
  /** a tick is over */
  ticked(): void;
  /** Gives the button back, and leaves light and buzzer dark. */
  close(): Promise<void>;
}

/** What cannot be opened is a fault in the journal, and no reason to stop. Never rejects. */
export async function openPanel({ button, led, buzzer }: Config['panel'], kit: PanelKit): Promise<Panel> {
  const { engine, signal, host = realGpioHost, clock = realClock } = kit;
  const nowMs = clock.monotonicMs;
  const fault = (code: string, say: string): void => engine.report([{ event: 'fault', code, say }]);
  const cleared = (code: string): void => engine.report([{ event: 'fault-cleared', code }]);
  const output = (options: PanelPin | undefined, code: string): PanelOutput | undefined =>
    options &&
    new PanelOutput(options, {
      host,
      after: clock.after,
      signal,
      onLost: ({ detail }) => fault(code, detail),
      onBack: () => cleared(code),
    });
  const light = output(led, 'led-lost');
  const sounder = output(buzzer, 'buzzer-lost');
  await Promise.all([light?.open(), sounder?.open()]);
  const face =
    led === undefined && buzzer === undefined
      ? undefined
      : new Face({
          view: kit.status,
          nowMs,
          after: clock.after,
          light,
          buzzer: sounder,
          lights: lightPatterns(led?.shows ?? USUAL_LIGHTS),
          sounds: soundPatterns(buzzer?.sounds ?? USUAL_SOUNDS),
          leastMs: (buzzer?.minEverySeconds ?? 0) * 1000,
          onShown: (shows) => engine.report([{ event: 'panel', shows }]),
          onBug: (say) => fault('panel-lost', `the panel shows nothing until the service starts again: ${say}`),
        });
  const pressed = button && new PanelButton({ ...kit, options: button, host, clock, fault, cleared, onShort: () => face?.hush() });
  await pressed?.open();
  return {
    ticked: () => face?.ticked(),
    close: async () => {
      face?.close();
      light?.close();
      sounder?.close();
      await pressed?.close();
    },
  };
}

interface ButtonParts extends PanelKit {
  readonly options: ButtonOptions;
  readonly host: GpioHost;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly fault: (code: string, say: string) => void;
  readonly cleared: (code: string) => void;
  readonly onShort: () => void;
}

const BUTTON_AGAIN_MS = 30_000;

/** The button: one that cannot be had, or is lost, is told once and tried again now and then. */
class PanelButton {
  readonly #parts: ButtonParts;
  #button: Button | undefined;
  #isLost = false;
  #closed = false;
  #again: (() => void) | undefined;

  constructor(parts: ButtonParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const { options, engine, signal, host, clock, every, fault, cleared, onShort } = this.#parts;
    const opened = await openButton(options, {
      nowMs: clock.monotonicMs,
      signal,
      host,
      ...(every && { every }),
      onFault: (lost) => this.#lose(lost),
      handlers: {
        onShort: () => {
          onShort();
          void engine.submit({ kind: 'acknowledge' }, 'button');
        },
        onHeld: () => void engine.buttonHeld(),
        onStuck: () =>
          fault(
            'button-stuck',
            `the button has been down for over ${options.stuckSeconds} s: it is ignored until it is let go; what it asked for stands, and rigs that it took down are brought back by: lastwatt release --all`,
          ),
        onFreed: () => cleared('button-stuck'),
      },
    });
    if (!opened.ok) return this.#lose(opened.fault);
    if (this.#closed) return opened.value.close();
    this.#button = opened.value;
    if (this.#isLost) cleared('button-lost');
    this.#isLost = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#again?.();
    await this.#button?.close();
  }

  #lose({ detail, retry }: Fault): void {
    this.#button = undefined;
    if (this.#closed) return;
    if (!this.#isLost) this.#parts.fault('button-lost', detail);
    this.#isLost = true;
    if (retry !== 'never') this.#again = this.#parts.clock.after(BUTTON_AGAIN_MS, () => void this.open());
  }
}
