// Light and buzzer on their pins, and the panel as the service has it: what completed ticks make of them, and what a hung loop does.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Command } from '../../src/model/command.ts';
import type { Event } from '../../src/model/event.ts';
import { failed } from '../../src/model/outcome.ts';
import type { StatusView } from '../../src/model/view.ts';
import { buttonOptions } from '../../src/panel/button.ts';
import { buzzerOptions, ledOptions } from '../../src/panel/output.ts';
import { openPanel, type Panel, type PanelKit } from '../../src/service/panel.ts';
import type { GpioHost } from '../../src/transports/gpio-lines.ts';
import { eventually } from '../support/eventually.ts';
import { rigView, statusView, upsView } from '../support/fake-service.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';

const [LED, BUZZER, BUTTON] = [BASE + 24, BASE + 25, BASE + 23];
const WELL: Partial<StatusView> = { armed: true, ready: true, notReady: [], outage: null, ups: [upsView()], rigs: [rigView()] };
const ON_BATTERY: Partial<StatusView> = { ...WELL, outage: { ups: ['rack'], seconds: 1 } };

/** Time that only moves when it is told to. */
class Time {
  nowMs = 1_000_000;
  readonly #due = new Set<{ readonly atMs: number; readonly act: () => void }>();

  readonly clock: NonNullable<PanelKit['clock']> = {
    monotonicMs: () => this.nowMs,
    after: (ms, act) => {
      const one = { atMs: this.nowMs + ms, act };
      this.#due.add(one);
      return () => void this.#due.delete(one);
    },
  };

  readonly every = (ms: number, act: () => void): (() => void) => {
    let callOff = (): void => undefined;
    const again = (): void => {
      callOff = this.clock.after(ms, () => {
        again();
        act();
      });
    };
    again();
    return () => callOff();
  };

  pass(ms: number, every?: { readonly ms: number; readonly act: () => void }): void {
    const endMs = this.nowMs + ms;
    let nextMs = this.nowMs;
    for (;;) {
      if (every !== undefined && nextMs <= this.nowMs) {
        every.act();
        nextMs = this.nowMs + every.ms;
      }
      const [first] = [...this.#due].sort((one, other) => one.atMs - other.atMs);
      const atMs = Math.min(first?.atMs ?? endMs, every === undefined ? endMs : nextMs, endMs);
      if (first !== undefined && first.atMs <= atMs) {
        this.nowMs = Math.max(this.nowMs, first.atMs);
        this.#due.delete(first);
        first.act();
      } else if (atMs >= endMs) {
        this.nowMs = endMs;
        return;
      } else this.nowMs = atMs;
    }
  }
}

let kernel: GpioKernel;
let time: Time;
let status: Partial<StatusView>;
let events: Event[];
let asked: Command[];
let panel: Panel;

async function open(parts: { led?: object; buzzer?: object; button?: object }, host: GpioHost = kernel.host): Promise<void> {
  const { led, buzzer, button } = parts;
  panel = await openPanel(
    {
      ...(led && { led: ledOptions.parse({ gpio: 24, ...led }) }),
      ...(buzzer && { buzzer: buzzerOptions.parse({ gpio: 25, ...buzzer }) }),
      ...(button && { button: buttonOptions.parse({ gpio: 23, ...button }) }),
    },
    {
      engine: {
        report: (all) => void events.push(...all),
        submit: async (command) => {
          asked.push(command);
          return { ok: false, refused: 'not here' };
        },
        buttonHeld: async () => ({ ok: false, refused: 'not here' }),
      },
      status: () => statusView(status),
      signal: AbortSignal.timeout(5000),
      clock: time.clock,
      every: time.every,
      host,
    },
  );
}

const ticking = { ms: 1000, act: () => panel.ticked() };
const changesOf = (number: number): readonly (0 | 1)[] => kernel.edges.filter((one) => one.number === number).map(({ level }) => level);

beforeEach(() => {
  kernel = new GpioKernel();
  time = new Time();
  [status, events, asked] = [WELL, [], []];
});

describe.each([
  ['sysfs', () => kernel.host],
  ['the character device', () => new CdevKernel(kernel).host],
])('the light through %s', (_, hostOf) => {
  it('is claimed dark, and stays so until the first tick is over', async () => {
    await open({ led: {} }, hostOf());
    time.pass(5000);
    expect(kernel.line(LED)).toMatchObject({ direction: 'out', driven: 0 });
    expect(changesOf(LED)).toEqual([]);
  });

  it('blips on mains while ticks come, and is dark a second and a half after the last', async () => {
    await open({ led: {} }, hostOf());
    time.pass(5900, ticking);
    expect(changesOf(LED)).toEqual([1, 0, 1, 0, 1, 0]);
    time.pass(60_000);
    expect(changesOf(LED).length).toBeLessThanOrEqual(8);
    expect(kernel.level(LED)).toBe(0);
    kernel.edges.length = 0;
    time.pass(60_000);
    expect(kernel.edges).toEqual([]);
    time.pass(1900, ticking);
    expect(changesOf(LED)).toEqual([1, 0]);
  });

  it('goes dark within a second and a half where it was steady and the loop hangs', async () => {
    status = { ...WELL, notReady: ['k1: stuck'] };
    await open({ led: {} }, hostOf());
    time.pass(3000, ticking);
    expect(kernel.level(LED)).toBe(1);
    time.pass(1500);
    expect(kernel.level(LED)).toBe(0);
  });

  it('shows what changed soon after the tick that changed it', async () => {
    await open({ led: {} }, hostOf());
    time.pass(1000, ticking);
    kernel.edges.length = 0;
    status = ON_BATTERY;
    panel.ticked();
    time.pass(200);
    expect(changesOf(LED)).toEqual([1]);
  });

  it('is left dark when the panel closes, the other way round where it is active-low', async () => {
    kernel.line(LED).pull = 1;
    status = { ...WELL, notReady: ['k1: stuck'] };
    await open({ led: { activeLow: true } }, hostOf());
    time.pass(1000, ticking);
    expect(kernel.level(LED)).toBe(0);
    await panel.close();
    expect(kernel.line(LED)).toMatchObject({ direction: 'out', driven: 1 });
    time.pass(5000, ticking);
    expect(kernel.level(LED)).toBe(1);
  });
});

describe('what the panel shows', () => {
  it('is journaled at a change, and at most every five seconds', async () => {
    await open({ led: {} });
    time.pass(10_000, ticking);
    for (let flicker = 0; flicker < 20; flicker++) {
      status = flicker % 2 === 0 ? ON_BATTERY : WELL;
      time.pass(500, { ms: 250, act: () => panel.ticked() });
    }
    time.pass(10_000, ticking);
    const shown = events.flatMap((event) => (event.event === 'panel' ? [event.shows] : []));
    expect(shown[0]).toBe('mains');
    expect(shown.at(-1)).toBe('mains');
    expect(shown.length).toBeLessThanOrEqual(6);
  });

  it('is nothing at all where neither light nor buzzer is in the file', async () => {
    await open({});
    time.pass(5000, ticking);
    expect(kernel.claims).toBe(0);
    expect(events).toEqual([]);
  });

  it('is a fault, and no stop, where it cannot be told', async () => {
    await open({ led: {} });
    time.pass(1000, ticking);
    status = { rigs: undefined as never };
    time.pass(5000, ticking);
    expect(kernel.level(LED)).toBe(0);
    expect(events.filter(({ event }) => event === 'fault')).toEqual([expect.objectContaining({ code: 'panel-lost' })]);
  });
});

describe('a line of the panel that cannot be had', () => {
  it('is a fault once, is tried again, and told when it is back', async () => {
    kernel.refusesExport = 'EBUSY';
    await open({ led: {}, buzzer: {} });
    time.pass(100_000, ticking);
    const codes = (): readonly unknown[] => events.flatMap((event) => ('code' in event ? [`${event.event} ${event.code}`] : []));
    expect(codes()).toEqual(['fault led-lost', 'fault buzzer-lost']);
    kernel.refusesExport = undefined;
    time.pass(31_000, ticking);
    await new Promise((resolve) => setImmediate(resolve));
    time.pass(2000, ticking);
    expect(codes()).toContain('fault-cleared led-lost');
    expect(changesOf(LED)).toContain(1);
  });

  it('is a fault where another program takes it away in the middle, and comes back by itself', async () => {
    await open({ led: {} });
    time.pass(2000, ticking);
    kernel.unexport(LED);
    time.pass(5000, ticking);
    expect(events).toContainEqual(expect.objectContaining({ event: 'fault', code: 'led-lost' }));
    time.pass(31_000, ticking);
    await new Promise((resolve) => setImmediate(resolve));
    time.pass(2000, ticking);
    expect(events).toContainEqual({ event: 'fault-cleared', code: 'led-lost' });
  });

  it('is tried again where it is the button, told once and told when it is back; one that is found pressed then is no press', async () => {
    const codes = (): readonly unknown[] => events.flatMap((event) => ('code' in event ? [`${event.event} ${event.code}`] : []));
    kernel.refusesExport = 'EBUSY';
    await open({ button: {} });
    for (let turn = 0; turn < 3; turn += 1) {
      time.pass(31_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(codes()).toEqual(['fault button-lost']);
    kernel.refusesExport = undefined;
    time.pass(31_000);
    await eventually('it is back', () => codes().includes('fault-cleared button-lost'));
    kernel.line(BUTTON).pull = 1;
    time.pass(1000);
    expect(asked).toEqual([]);
    kernel.change(BUTTON, { pull: 0 });
    time.pass(200);
    kernel.change(BUTTON, { pull: 1 });
    time.pass(200);
    expect(asked).toEqual([{ kind: 'acknowledge' }]);
  });

  it('is told of where it is a button that is stuck, and when it was let go', async () => {
    kernel.line(BUTTON).pull = 1;
    await open({ button: { stuckSeconds: 20 } });
    time.pass(500);
    kernel.change(BUTTON, { pull: 0 });
    time.pass(21_000);
    expect(events).toContainEqual({
      event: 'fault',
      code: 'button-stuck',
      say: expect.stringMatching(/over 20 s.*what it asked for stands.*lastwatt release --all/),
    });
    kernel.change(BUTTON, { pull: 1 });
    time.pass(200);
    expect(events).toContainEqual({ event: 'fault-cleared', code: 'button-stuck' });
  });

  it('says why where there is no way to any line', async () => {
    await open({ led: {}, button: {} }, { load: async () => failed('unsupported', 'no way') });
    expect(events).toEqual([
      { event: 'fault', code: 'led-lost', say: 'no way' },
      { event: 'fault', code: 'button-lost', say: 'no way' },
    ]);
  });
});

describe('the buzzer', () => {
  it('sounds shortly at an outage, once, and is dark again', async () => {
    await open({ buzzer: {} });
    time.pass(3000, ticking);
    status = ON_BATTERY;
    time.pass(120_000, ticking);
    expect(changesOf(BUZZER)).toEqual([1, 0]);
  });

  it('is tried again while there is nothing to be said, so that the first sound after it is free is heard', async () => {
    kernel.refusesExport = 'EIO';
    await open({ buzzer: {} });
    expect(events).toMatchObject([{ event: 'fault', code: 'buzzer-lost' }]);
    kernel.refusesExport = undefined;
    time.pass(31_000, ticking);
    await eventually('it is back', () => events.some((one) => one.event === 'fault-cleared' && one.code === 'buzzer-lost'));
    status = ON_BATTERY;
    time.pass(10_000, ticking);
    expect(changesOf(BUZZER)).toEqual([1, 0]);
    // Nobody tries any more for a panel that is closed.
    kernel.refusesExport = 'EIO';
    await panel.close();
    kernel.edges.length = 0;
    time.pass(120_000);
    expect(kernel.edges).toEqual([]);
  });

  it('is silenced in the middle of a sound by a short press, which acknowledges as well', async () => {
    kernel.line(BUTTON).pull = 1;
    await open({ buzzer: {}, button: {} }, new CdevKernel(kernel).host);
    time.pass(3000, ticking);
    status = ON_BATTERY;
    time.pass(1250, ticking);
    status = { ...ON_BATTERY, ups: [upsView({ level: 'shedding' })] };
    press();
    time.pass(200_000, ticking);
    expect(changesOf(BUZZER)).toEqual([1, 0]);
    expect(asked).toEqual([{ kind: 'acknowledge' }]);
    await panel.close();
  });
});

function press(): void {
  for (const pull of [0, 1] as const) {
    kernel.change(BUTTON, { pull });
    time.pass(200, { ms: 100, act: () => panel.ticked() });
  }
}
