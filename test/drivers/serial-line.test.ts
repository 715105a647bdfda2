// The owner of a serial device: opened when the service starts, opened again when it comes back, shared, and never held up
// by what waits to be read.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import { explainOpening } from '../../src/transports/serial-faults.ts';
import type { SerialLine, SerialTurn } from '../../src/transports/serial-line.ts';
import { type SerialLines, serialLines } from '../../src/transports/serial-lines.ts';
import { loadSerialport, type Refusal } from '../../src/transports/serialport.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import type { SerialBoard } from '../support/serial/board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';

const DEVICE = '/dev/serial/by-id/usb-board';
const LINE = { baudRate: 9_600, parity: 'none' } as const;
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();

/** Says back what it hears. */
class Parrot implements SerialBoard {
  readonly heard: string[] = [];
  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    this.heard.push(Buffer.from(bytes).toString());
    say(bytes);
  }
  powerUp(): void {
    this.heard.length = 0;
  }
}

let serial: MemorySerial;
let parrot: Parrot;
let lines: SerialLines;

beforeEach(() => {
  serial = new MemorySerial();
  parrot = new Parrot();
  lines = serialLines(serial.host);
});

const claim = (settings: { baudRate: number; parity: 'none' } = LINE): SerialLine => track(lines.claim(DEVICE, settings));
const code = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.fault.code);
const detail = (outcome: Outcome<unknown>): string => (outcome.ok ? '' : outcome.fault.detail);

function saying(text: string, how: Partial<SerialTurn<string>> = {}): SerialTurn<string> {
  return {
    signal: soon(),
    urgent: false,
    work: async (wire, signal) => {
      await wire.flush();
      const sent = await wire.send(Buffer.from(text), signal);
      if (!sent.ok) return sent;
      const read = (bytes: Uint8Array): Outcome<string> | undefined =>
        bytes.length < text.length ? undefined : ok(Buffer.from(bytes).toString());
      return wire.hear({ read, withinMs: 500, signal, late: () => failed('timeout', 'the parrot is silent') });
    },
    ...how,
  };
}

describe('a device that is plugged in', () => {
  beforeEach(() => serial.plug(DEVICE, parrot));

  it('is opened at once, before anybody asks, and told nothing by that', async () => {
    const line = claim();
    expect(await line.ready(soon())).toEqual({ ok: true, value: 0 });
    await line.close();
    expect([serial.openings, serial.open.size, parrot.heard]).toEqual([1, 0, []]);
  });

  it('is opened once for all who name it, and closed when the last lets go', async () => {
    const [one, two] = [claim(), claim()];
    expect(await one.run(saying('a'))).toEqual({ ok: true, value: 'a' });
    await one.close();
    await one.close();
    expect(code(await one.run(saying('b')))).toBe('refused');
    expect(await two.run(saying('c'))).toEqual({ ok: true, value: 'c' });
    await two.close();
    expect([serial.openings, serial.open.size]).toEqual([1, 0]);
  });

  it('is handed over to one with other settings as soon as the first lets go', async () => {
    const old = claim();
    await old.ready(soon());
    const next = claim({ ...LINE, baudRate: 19_200 });
    // What the words of the system mean is found out beside: on a busy machine a moment after they are known.
    await eventually('it is told to be in use', async () => detail(await next.ready(soon())).includes('in use'));
    expect(await old.run(saying('a'))).toEqual({ ok: true, value: 'a' });
    await old.close();
    expect(await next.run(saying('b'))).toEqual({ ok: true, value: 'b' });
    expect(serial.open.get(DEVICE)?.settings.baudRate).toBe(19_200);
  });

  it('hears orders that cut first, then other orders, then questions', async () => {
    const line = claim();
    const all = [
      line.run(saying('under way', { whole: true })),
      line.run(saying('question')),
      line.run(saying('feed', { urgent: true })),
      line.run(saying('cut', { urgent: true, first: true })),
      line.run(saying('cut too', { urgent: true, first: true })),
    ];
    expect((await Promise.all(all)).map(code)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(parrot.heard).toEqual(['under way', 'cut', 'cut too', 'feed', 'question']);
  });

  it('lets an order take the place of a question where too much waits already', async () => {
    const line = claim();
    const questions = Array.from({ length: 65 }, () => line.run(saying('?', { whole: true })));
    expect(detail(await line.run(saying('?')))).toContain('64 questions wait already');
    expect(code(await line.run(saying('cut', { urgent: true, first: true })))).toBe('ok');
    expect((await Promise.all(questions)).filter((one) => !one.ok).map(detail)).toEqual([
      expect.stringContaining('made room for an order'),
    ]);
  });

  it('does not carry to one turn what came in before it', async () => {
    const line = claim();
    await line.ready(soon());
    serial.open.get(DEVICE)?.ears.onData(Buffer.from('noise'));
    expect(await line.run(saying('a'))).toEqual({ ok: true, value: 'a' });
  });

  it('whose question is broken off while it is sent carries the order behind it, and stays open', async () => {
    const line = claim();
    await line.ready(soon());
    const question = line.run(saying('question'));
    const cut = line.run(saying('cut', { urgent: true, first: true }));
    expect([code(await question), code(await cut)]).toEqual(['not-asked', 'ok']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([serial.openings, parrot.heard.at(-1)]).toEqual([1, 'cut']);
  });

  it('that takes no bytes is closed and opened again, so that nothing moves late', async () => {
    const line = claim();
    serial.stalled = true;
    expect(detail(await line.run(saying('cut', { signal: AbortSignal.timeout(40) })))).toContain('takes no bytes');
    serial.stalled = false;
    await eventually('it is opened again', () => serial.openings === 2);
    expect(parrot.heard).toEqual([]);
  });
});

describe('a device that goes away', () => {
  beforeEach(() => serial.plug(DEVICE, parrot));

  async function openWithNews(): Promise<{ readonly line: SerialLine; readonly news: number[] }> {
    const line = claim();
    await line.ready(soon());
    const news: number[] = [];
    line.onNews(() => news.push(performance.now()));
    return { line, news };
  }

  it.each([
    ['and its port says so', false],
    ['while its port says nothing', true],
  ])('%s is noticed within a second, and opened again when it is back', async (_, mute) => {
    const { line, news } = await openWithNews();
    const atMs = performance.now();
    serial.unplug(DEVICE, { mute });
    await eventually('it is noticed', () => news.length > 0);
    expect((news[0] ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThan(3_000);
    const outcome = await line.run(saying('a'));
    expect([code(outcome), detail(outcome)]).toEqual(['unreachable', expect.stringContaining(DEVICE)]);
    serial.plug(DEVICE, parrot);
    await eventually('it is open again', async () => (await line.ready(soon())).ok);
    expect(await line.ready(soon())).toEqual({ ok: true, value: 1 });
    expect(await line.run(saying('a'))).toEqual({ ok: true, value: 'a' });
  });

  it('is told of once when it is gone for long, and not at every try to open it', async () => {
    const { line, news } = await openWithNews();
    serial.unplug(DEVICE);
    await eventually('it was tried', async () => detail(await line.ready(soon())).includes('is it plugged in?'));
    const told = news.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(news.length).toBe(told);
  });

  it('and comes back as another one at the same place is opened afresh', async () => {
    const { line } = await openWithNews();
    const other = new Parrot();
    serial.plug(DEVICE, other);
    serial.open.delete(DEVICE);
    await eventually('the other is open', () => serial.openings === 2);
    expect(await line.run(saying('a'))).toEqual({ ok: true, value: 'a' });
    expect(other.heard).toEqual(['a']);
  });
});

describe('a device that may not be opened', () => {
  beforeEach(() => {
    serial.refusal = 'Error: Permission denied, cannot open /dev/ttyUSB0';
    serial.plug(DEVICE, parrot);
  });

  it('is opened as soon as it may be, and not after ever longer pauses', async () => {
    const line = claim();
    expect(code(await line.ready(soon()))).toBe('unauthorized');
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    serial.refusal = undefined;
    serial.access = '666';
    const atMs = performance.now();
    await eventually('it is open', async () => (await line.ready(soon())).ok);
    expect(performance.now() - atMs).toBeLessThan(3_000);
  });

  it('once it is open is not opened anew because others may open it, too', async () => {
    serial.refusal = undefined;
    const line = claim();
    await line.ready(soon());
    serial.access = '666';
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([serial.openings, code(await line.run(saying('a')))]).toEqual([1, 'ok']);
  });
});

it('is not waited for while the one who holds it is searched for, who is told of when he is found', async () => {
  let find: (found: Refusal) => void = () => undefined;
  const found = new Promise<Refusal>((resolve) => {
    find = resolve;
  });
  serial.refusal = 'Error Resource temporarily unavailable Cannot lock port';
  serial.plug(DEVICE, parrot);
  const line = track(serialLines({ ...serial.host, explain: () => found }).claim(DEVICE, LINE));
  const atMs = performance.now();
  expect(detail(await line.run(saying('cut', { urgent: true })))).toContain('Cannot lock port');
  expect(performance.now() - atMs).toBeLessThan(2_000);
  let news = 0;
  line.onNews(() => {
    news += 1;
  });
  find(failed('refused', 'minicom has it'));
  await eventually('it is told', () => news === 1);
  expect(detail(await line.ready(AbortSignal.timeout(1_000)))).toBe('minicom has it');
});

describe('why a device does not open is said with what to do', () => {
  const place = mkdtempSync(join(tmpdir(), 'serial-'));
  const [byId, proc, groups] = ['by-id', 'proc', 'group'].map((name) => join(place, name)) as [string, string, string];
  const device = join(place, 'tty');
  const look = { byId, proc, groups };
  const explain = (words: string): Promise<Outcome<never>> => explainOpening(device, new Error(words), look);

  beforeEach(() => {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(byId, { recursive: true });
    mkdirSync(proc);
    writeFileSync(device, '');
    writeFileSync(groups, `root:x:0:\nbarn:x:${process.getgid?.() ?? 0}:\n`);
  });

  it('where nothing is plugged in', async () => {
    const outcome = await explain('Error: No such file or directory, cannot open /x');
    expect([code(outcome), detail(outcome)]).toEqual(['unreachable', expect.stringMatching(/plugged in\? No serial device is plugged in/)]);
  });

  it('where others are plugged in, which are named, and not all of a hundred', async () => {
    for (let n = 10; n < 30; n += 1) writeFileSync(join(byId, `usb-${n}`), '');
    const outcome = await explain('Error: No such file or directory, cannot open /x');
    expect(detail(outcome)).toMatch(/There are: .*by-id\/usb-10, .*usb-15 and 14 more$/);
  });

  it('where a group is missing', async () => {
    const outcome = await explain('Error: Permission denied, cannot open /x');
    expect([code(outcome), detail(outcome)]).toEqual(['unauthorized', expect.stringMatching(/usermod -aG (barn|dialout) /)]);
  });

  it('where the sandbox of the service does not know the driver yet', async () => {
    const outcome = await explain('Error: Operation not permitted, cannot open /x');
    expect([code(outcome), detail(outcome)]).toEqual(['unauthorized', expect.stringContaining('modules-load.d')]);
  });

  it.each([
    ['42', 'minicom', 'in use by minicom (process 42)'],
    [String(process.pid), 'node', 'in use by lastwatt itself, under another name'],
  ])('where process %s has it', async (pid, name, words) => {
    mkdirSync(join(proc, pid, 'fd'), { recursive: true });
    writeFileSync(join(proc, pid, 'comm'), `${name}\n`);
    symlinkSync(device, join(proc, pid, 'fd', '7'));
    const outcome = await explain('Error Resource temporarily unavailable Cannot lock port');
    expect([code(outcome), detail(outcome)]).toEqual(['refused', expect.stringContaining(words)]);
  });

  it('where somebody has it who cannot be seen', async () => {
    const outcome = await explain('Error Resource temporarily unavailable Cannot lock port');
    expect(detail(outcome)).toContain(`sudo fuser -v ${device}`);
  });

  it('where it is no serial device', async () => {
    expect(code(await explain('Error: Inappropriate ioctl for device setting custom baud rate of 9600'))).toBe('unsupported');
  });

  it('in the words of the system where nothing better is known', async () => {
    expect(detail(await explain('Error: Input/output error, cannot open /x'))).toContain('Input/output error');
    rmSync(place, { recursive: true });
  });
});

describe('the package serialport', () => {
  it('is missed in plain words', async () => {
    expect(detail(await loadSerialport(() => Promise.reject(new Error('Cannot find package\nat somewhere'))))).toMatch(
      /^serial boards cannot be used, [^\n]*Cannot find package\)[^\n]*npm ci/,
    );
    expect(detail(await loadSerialport(async () => ({})))).toContain('no SerialPort');
  });

  it('loads here, or says in one line what is missing', async () => {
    const outcome = await loadSerialport();
    expect(outcome.ok || /^serial boards cannot be used[^\n]*npm ci/.test(outcome.fault.detail)).toBe(true);
  });
});
