// A contact that is read through a header pin: what counts, and what it says when it cannot be read.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type GpioInputOptions, gpioInputOptions, openGpioInput } from '../../src/inputs/gpio.ts';
import type { ContactInput } from '../../src/inputs/port.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';

const PIN = BASE + 22;

let kernel: GpioKernel;
let nowMs: number;
let pollers: Set<() => void>;
let news: number;
let contact: ContactInput;

function open(options: Partial<GpioInputOptions> = {}): void {
  contact = openGpioInput(gpioInputOptions.parse({ gpio: 22, ...options }), {
    input: 'ats',
    nowMs: () => nowMs,
    host: kernel.host,
    every: (_ms, look) => {
      pollers.add(look);
      return () => pollers.delete(look);
    },
  });
  contact.onNews?.(() => {
    news += 1;
  });
}

function pass(ms: number): void {
  for (let step = 0; step < ms; step += 50) {
    nowMs += 50;
    for (const look of [...pollers]) look();
  }
}

const read = (): Promise<Outcome<'closed' | 'open'>> => contact.read(AbortSignal.timeout(5000));

/** The first look waits until the level has stood. */
async function firstRead(): Promise<Outcome<'closed' | 'open'>> {
  const answer = read();
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
    if (pollers.size > 0) break;
  }
  pass(250);
  return answer;
}

beforeEach(() => {
  kernel = new GpioKernel();
  kernel.line(PIN).pull = 1;
  nowMs = 1_000;
  pollers = new Set();
  news = 0;
  open();
});

describe('a contact between a pin and ground', () => {
  it('is open while the line is high, and closed while it is low', async () => {
    expect(await firstRead()).toEqual({ ok: true, value: 'open' });
    kernel.change(PIN, { pull: 0 });
    pass(250);
    expect(await read()).toEqual({ ok: true, value: 'closed' });
  });

  it('answers two that ask in its first 200 ms, and still tells its news when one of them gave up', async () => {
    const gone = new AbortController();
    const first = contact.read(gone.signal);
    const second = read();
    const third = read();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    gone.abort();
    pass(250);
    expect(await second).toEqual({ ok: true, value: 'open' });
    expect(await third).toEqual({ ok: true, value: 'open' });
    expect(await first).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    const before = news;
    kernel.change(PIN, { pull: 0 });
    pass(250);
    expect(news).toBe(before + 1);
  });

  it('is the other way round where closed means 3.3 V', async () => {
    open({ activeLow: false });
    expect(await firstRead()).toEqual({ ok: true, value: 'closed' });
  });

  it('counts once it has stood for 200 ms, tells so, and is left alone in between', async () => {
    await firstRead();
    expect(pollers.size).toBe(0);
    const before = news;
    kernel.change(PIN, { pull: 0 });
    pass(150);
    expect([await read(), news]).toEqual([{ ok: true, value: 'open' }, before]);
    pass(100);
    expect([await read(), news, pollers.size]).toEqual([{ ok: true, value: 'closed' }, before + 1, 0]);
  });

  it('that bounces is what it was before', async () => {
    await firstRead();
    for (let bounce = 0; bounce < 10; bounce += 1) {
      kernel.change(PIN, { pull: bounce % 2 === 0 ? 0 : 1 });
      pass(100);
    }
    expect(await read()).toEqual({ ok: true, value: 'open' });
  });

  it('on a chip that tells of no edges is seen by the next look', async () => {
    kernel.noInterrupts = true;
    open();
    await firstRead();
    kernel.change(PIN, { pull: 0 });
    expect(await read()).toEqual({ ok: true, value: 'open' });
    pass(250);
    expect(await read()).toEqual({ ok: true, value: 'closed' });
  });
});

describe('a contact that cannot be read', () => {
  it('because it never stands still says so when the time is over', async () => {
    expect(await contact.read(AbortSignal.timeout(30))).toMatchObject({
      ok: false,
      fault: { code: 'timeout', detail: 'gpio 22 did not stand still for 200 ms: look at its wiring' },
    });
  });

  it('because its line drives something is left as it is', async () => {
    kernel.change(PIN, { exported: true, direction: 'out', driven: 1 });
    const edges = kernel.edges.length;
    expect(await read()).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(kernel.edges.length).toBe(edges);
  });

  it('because another program took its line away is read again when it is back', async () => {
    await firstRead();
    const before = news;
    kernel.unexport(PIN);
    expect((await read()).ok).toBe(false);
    expect(news).toBe(before + 1);
    expect(await firstRead()).toEqual({ ok: true, value: 'open' });
  });

  it('because there is no time left is not claimed', async () => {
    expect((await contact.read(AbortSignal.abort())).ok).toBe(false);
    expect(kernel.line(PIN).exported).toBe(false);
  });

  it('is deaf after it was closed, and gives its pin back', async () => {
    await firstRead();
    await contact.close();
    expect(kernel.line(PIN).exported).toBe(false);
    expect(await read()).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });
});
