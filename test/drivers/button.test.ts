// What the button makes of fingers, noise and time; then the same through a pin.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Fault, failed } from '../../src/model/outcome.ts';
import { ButtonPresses, buttonOptions, openButton } from '../../src/panel/button.ts';
import type { Button, ButtonHandlers } from '../../src/panel/port.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';

function recorder(): { heard: string[]; handlers: ButtonHandlers } {
  const heard: string[] = [];
  const say = (word: string) => (): void => {
    heard.push(word);
  };
  return { heard, handlers: { onShort: say('short'), onHeld: say('held'), onStuck: say('stuck'), onFreed: say('freed') } };
}

const USUAL = { heldMs: 3000, stuckMs: 30_000 };

/** Plays `[level, ms]` stretches to a fresh recogniser, sampled every 10 ms and at each change. */
function play(...stretches: readonly (readonly ['down' | 'up', number])[]): string[] {
  const { heard, handlers } = recorder();
  const presses = new ButtonPresses(handlers, USUAL);
  let nowMs = 1_000_000;
  for (const [level, ms] of stretches) {
    const endMs = nowMs + ms;
    for (; nowMs < endMs; nowMs += Math.min(10, endMs - nowMs)) presses.feed(level === 'down', nowMs);
  }
  return heard;
}

describe('a press', () => {
  it('is short when it is let go before three seconds', () => {
    expect(play(['up', 100], ['down', 200], ['up', 100])).toEqual(['short']);
    expect(play(['up', 100], ['down', 2990], ['up', 100])).toEqual(['short']);
  });

  it('is nothing when it is shorter than fifty milliseconds', () => {
    expect(play(['up', 100], ['down', 40], ['up', 500])).toEqual([]);
  });

  it('is held at three seconds, once, however long it goes on', () => {
    expect(play(['up', 100], ['down', 3000])).toEqual([]);
    expect(play(['up', 100], ['down', 3020])).toEqual(['held']);
    expect(play(['up', 100], ['down', 20_000], ['up', 100])).toEqual(['held']);
  });

  it('is held again only after it was let go', () => {
    expect(play(['up', 100], ['down', 4000], ['up', 100], ['down', 4000], ['up', 100])).toEqual(['held', 'held']);
  });

  it('is one press through the bounce of its contact', () => {
    const bounce = [
      ['down', 5],
      ['up', 5],
      ['down', 10],
      ['up', 10],
    ] as const;
    expect(play(['up', 100], ...bounce, ['down', 3100], ...bounce, ['up', 200])).toEqual(['held']);
    expect(play(['up', 100], ...bounce, ['down', 300], ...bounce, ['up', 200])).toEqual(['short']);
  });

  it('goes on through a short loss of contact in the middle', () => {
    expect(play(['up', 100], ['down', 2000], ['up', 40], ['down', 1200])).toEqual(['held']);
  });

  it('is stuck after thirty seconds and says no more until it is let go', () => {
    expect(play(['up', 100], ['down', 90_000], ['up', 100], ['down', 200], ['up', 100])).toEqual(['held', 'stuck', 'freed', 'short']);
  });

  it('is held and stuck when its owner says', () => {
    const { heard, handlers } = recorder();
    const presses = new ButtonPresses(handlers, { heldMs: 1500, stuckMs: 15_000 });
    for (let nowMs = 0; nowMs <= 17_000; nowMs += 10) {
      presses.feed(nowMs >= 100, nowMs);
      if (nowMs === 1590) expect(heard).toEqual([]);
      if (nowMs === 1610) expect(heard).toEqual(['held']);
    }
    expect(heard).toEqual(['held', 'stuck']);
  });

  it('does not count when the button is found pressed at the start', () => {
    expect(play(['down', 10_000], ['up', 100])).toEqual([]);
    expect(play(['down', 40_000], ['up', 100])).toEqual(['stuck', 'freed']);
    expect(play(['down', 100], ['up', 100], ['down', 3100])).toEqual(['held']);
  });

  it('is never made of noise that does not stand still', () => {
    const noise = Array.from({ length: 1000 }, (_, index) => [index % 2 === 0 ? 'down' : 'up', 5 + ((index * 7) % 40)] as const);
    expect(play(['up', 100], ...noise, ['up', 100])).toEqual([]);
  });

  it('is nothing when nobody looked for so long that it may have been either', () => {
    const { heard, handlers } = recorder();
    const presses = new ButtonPresses(handlers, USUAL);
    for (const [down, atMs] of [
      [false, 0],
      [true, 100],
      [true, 200],
      [false, 9000],
      [false, 9100],
    ] as const)
      presses.feed(down, atMs);
    expect(heard).toEqual([]);
  });
});

const PIN = BASE + 23;

describe('the button on its pin', () => {
  let kernel: GpioKernel;
  let nowMs: number;
  let pollers: Set<() => void>;
  let faults: Fault[];
  let heard: string[];
  let button: Button;

  async function open(chip?: string): Promise<void> {
    const parts = recorder();
    heard = parts.heard;
    const opened = await openButton(buttonOptions.parse({ gpio: 23, chip }), {
      handlers: parts.handlers,
      onFault: (fault) => faults.push(fault),
      nowMs: () => nowMs,
      signal: AbortSignal.timeout(5000),
      host: kernel.host,
      every: (_ms, look) => {
        pollers.add(look);
        return () => pollers.delete(look);
      },
    });
    if (!opened.ok) throw new Error(opened.fault.detail);
    button = opened.value;
  }

  function pass(ms: number): void {
    for (let step = 0; step < ms; step += 25) {
      nowMs += 25;
      for (const look of [...pollers]) look();
    }
  }
  const press = (): void => kernel.change(PIN, { pull: 0 });
  const letGo = (): void => kernel.change(PIN, { pull: 1 });
  function pressShortly(): void {
    press();
    pass(200);
    letGo();
    pass(100);
  }

  beforeEach(async () => {
    kernel = new GpioKernel();
    kernel.line(PIN).pull = 1;
    nowMs = 5000;
    pollers = new Set();
    faults = [];
    await open();
    pass(100);
  });

  it('hears a short press and a held one, and rests in between', () => {
    expect(pollers.size).toBe(0);
    pressShortly();
    press();
    pass(3000);
    expect(heard).toEqual(['short', 'held']);
    letGo();
    pass(100);
    expect(pollers.size).toBe(0);
  });

  it('is watched all the time where its chip tells of no edges', async () => {
    await button.close();
    kernel.noInterrupts = true;
    await open();
    pass(100);
    pressShortly();
    expect(heard).toEqual(['short']);
  });

  it('is found on the chip that its owner names, where two could be meant', async () => {
    await button.close();
    kernel.chips.push({ label: 'pinctrl-rp1', base: 700, lines: 54 });
    await expect(open()).rejects.toThrow('chip:');
    await open('pinctrl-bcm2711');
    pass(100);
    pressShortly();
    expect(heard).toEqual(['short']);
  });

  it('is deaf after it was closed, and gives its pin back', async () => {
    await button.close();
    await button.close();
    press();
    pass(4000);
    expect(heard).toEqual([]);
    expect(kernel.line(PIN).exported).toBe(false);
    expect(faults).toEqual([]);
  });

  it('reports a pin that was taken away while it was pressed, once, and throws nothing', () => {
    press();
    kernel.unexport(PIN);
    pass(1000);
    expect(faults).toHaveLength(1);
    expect(heard).toEqual([]);
    expect(pollers.size).toBe(0);
  });

  it('throws nothing out of an edge whose level cannot be read', () => {
    kernel.line(PIN).generation += 1;
    expect(press).not.toThrow();
    expect(faults).toHaveLength(1);
  });

  it('never turns an output into an input, for a relay may hang on it', async () => {
    await button.close();
    kernel.change(PIN, { exported: true, direction: 'out', driven: 1 });
    await expect(open()).rejects.toThrow('relay');
    expect(kernel.line(PIN)).toMatchObject({ direction: 'out', driven: 1 });
  });

  it('hands on why the package cannot be loaded', async () => {
    const opened = await openButton(buttonOptions.parse({ gpio: 23 }), {
      ...{ handlers: recorder().handlers, onFault: () => undefined, nowMs: () => 0, signal: AbortSignal.timeout(1000) },
      host: { load: async () => failed('unsupported', 'no onoff') },
    });
    expect(opened).toMatchObject({ ok: false, fault: { detail: 'no onoff' } });
  });
});
