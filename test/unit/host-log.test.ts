// The log: one line a fact, nothing secret, nothing forged, nothing unbounded, and alive whatever its reader does.
import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type OpenLog, openLog } from '../../src/host/log.ts';
import type { LogLevel } from '../../src/host/port.ts';

/** A reader that takes everything, or nothing while it sleeps. */
class Reader extends Writable {
  isTTY = false;
  text = '';
  asleep = false;
  #held: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.text += chunk.toString();
      done();
    };
    if (this.asleep) this.#held = take;
    else take();
  }

  /** Reads all that has waited. */
  async wake(): Promise<void> {
    this.asleep = false;
    const drained = new Promise((resolve) => this.once('drain', resolve));
    this.#held?.();
    await drained;
  }

  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  json(index: number): { message?: string; error?: unknown; answer?: string } {
    return JSON.parse((this.lines.at(index) ?? '').replace(/^<\d>/, ''));
  }
}

let reader: Reader;
let nowMs: number;
let log: OpenLog;

beforeEach(() => {
  reader = new Reader();
  nowMs = 0;
  log = open();
});

function open(level: LogLevel = 'debug'): OpenLog {
  return openLog({ out: reader, nowMs: () => nowMs, wallMs: () => Date.UTC(2026, 10, 22, 3, 12, 4), level });
}

describe('a line for journald', () => {
  it.each([
    ['emerg', 0],
    ['error', 3],
    ['warning', 4],
    ['info', 6],
    ['debug', 7],
  ] as const)('carries %s as priority %d before its JSON', (level, priority) => {
    log.write(level, 'rig does not answer', { rig: 's19-1' });
    expect(reader.text).toBe(`<${priority}>{"rig":"s19-1","level":"${level}","message":"rig does not answer"}\n`);
  });

  it('keeps its own level and message, whatever the facts are called', () => {
    log.write('info', 'said', { level: 'emerg', message: 'forged' });
    expect(reader.json(0)).toEqual({ level: 'info', message: 'said' });
  });

  it('stays one line whatever a device puts into it', () => {
    log.write('info', 'garbled\n<0>{"forged":1}', { answer: '\u001b[2Jx\r\n\u2028\u202e\u0085\u0000\ud800' });
    expect(reader.text.split('\n')).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(reader.lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(reader.json(0).answer).toContain('\u001b[2Jx');
  });

  it('tells an error with its message and stack', () => {
    log.write('error', 'bug', { error: new Error('no such rig', { cause: new Error('deeper') }) });
    expect(reader.json(0).error).toMatchObject({
      error: 'no such rig',
      stack: expect.stringContaining('host-log'),
      cause: { error: 'deeper' },
    });
  });

  it('survives what JSON does not', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const trap = {
      get bang(): never {
        throw new Error('no');
      },
    };
    log.write('info', 'odd', {
      circle,
      trap,
      big: 10n,
      nan: Number.NaN,
      words: new Set(['OL']),
      map: new Map([['a', 1]]),
      fn: () => 1,
      none: undefined,
    });
    expect(reader.json(0)).toMatchObject({ trap: '[unreadable]', big: '10', nan: 'NaN', words: ['OL'], map: { a: 1 } });
  });

  it('is bounded, and valid, however much it is given', () => {
    log.write('info', 'x'.repeat(100_000), { long: 'y'.repeat(100_000) });
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key-${index}`, 'z'.repeat(2000)]));
    log.write('info', 'wide', { wide });
    expect(Math.max(...reader.lines.map((line) => line.length))).toBeLessThanOrEqual(8192);
    expect(reader.json(1)).toMatchObject({ message: 'wide', cut: expect.stringContaining('characters') });
  });

  it('is left out below the level asked for', () => {
    log = open('warning');
    log.write('info', 'calm');
    log.write('crit', 'not calm');
    expect(reader.lines).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('is hidden by the name of its key, however deep', () => {
    log.write('info', 'open', {
      rig: { password: 'hunter2', apiToken: 'hunter2', headers: [{ Cookie: 'hunter2', authorization: 'hunter2' }] },
      key: 'hunter2',
    });
    expect(reader.text).not.toContain('hunter2');
  });

  it('is hidden wherever it stands once it is known', () => {
    log.hide('s3cr"et');
    log.write('info', 'sent s3cr"et', { line: 'LOGIN s3cr"et', 's3cr"et': new Error('bad s3cr"et') });
    expect(reader.text).not.toMatch(/s3cr/);
    expect(reader.json(0).message).toBe('sent [hidden]');
  });

  it('does not show its first half where a text is cut short', () => {
    log.hide('secretsecret');
    log.write('info', `${'x'.repeat(1020)}secretsecret`);
    expect(reader.text).not.toContain('secr');
  });

  it('does not show in the account of what was left out', async () => {
    log.hide('swordfish');
    for (let count = 0; count < 30; count++) log.write('info', 'the swordfish again');
    await log.close();
    expect(reader.text).not.toContain('swordfish');
  });

  it('does not hide words that only look like one', () => {
    log.write('info', 'open', { bypass: true, passwordFile: 'nut.secret', keyFile: 'ca.pem', monkey: 1 });
    expect(reader.json(0)).toMatchObject({ bypass: true, passwordFile: 'nut.secret', keyFile: 'ca.pem', monkey: 1 });
  });
});

describe('a flood', () => {
  it('of one kind is cut to twenty lines a minute, and the rest is counted', () => {
    for (let count = 0; count < 500; count++) log.write('warning', `rig s19-7 answered ${count} bytes of rubbish`);
    log.write('warning', 'something else');
    expect(reader.lines).toHaveLength(21);
    nowMs += 60_000;
    log.write('info', 'calm again');
    expect(reader.json(-2)).toMatchObject({ level: 'notice', like: 'warning rig s#-# answered # bytes of rubbish', count: 480 });
  });

  it('of many kinds does not grow without end', () => {
    for (let count = 0; count < 2000; count++) log.write('info', `kind ${String.fromCodePoint(0x4e00 + count)}`);
    expect(reader.lines).toHaveLength(2000);
  });

  it('is accounted for when the log is closed', async () => {
    for (let count = 0; count < 25; count++) log.write('info', 'again');
    await log.close();
    expect(reader.json(-1)).toMatchObject({ count: 5 });
    log.write('info', 'too late');
    expect(reader.lines).toHaveLength(21);
  });
});

describe('a reader', () => {
  it('that has stalled costs the lesser lines first, which is said once it reads again', async () => {
    reader.asleep = true;
    const long = 'x'.repeat(1000);
    const note = (level: LogLevel, count: number): void => log.write(level, String.fromCodePoint(0x4e00 + count), { long });
    for (let count = 0; count < 2000; count++) note('info', count);
    const held = reader.writableLength;
    expect(held).toBeLessThan(1.1 * 1024 * 1024);
    note('error', 2001);
    expect(reader.writableLength).toBeGreaterThan(held);
    await reader.wake();
    note('info', 2002);
    expect(reader.json(-2)).toMatchObject({ level: 'warning', count: expect.any(Number), message: expect.stringContaining('nobody read') });
  });

  it('that has stalled for good does not fill the memory', () => {
    reader.asleep = true;
    const long = 'x'.repeat(1000);
    for (let count = 0; count < 12_000; count++) log.write('error', String.fromCodePoint(0x4e00 + count), { long });
    expect(reader.writableLength).toBeLessThan(8.1 * 1024 * 1024);
  });

  it('that is gone takes nothing down with it', async () => {
    log.write('info', 'before');
    reader.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await new Promise((resolve) => setImmediate(resolve));
    log.write('error', 'after');
    await log.close();
    expect(reader.lines).toHaveLength(1);
  });

  it('that sleeps does not hold up the end for long', async () => {
    reader.asleep = true;
    log.write('info', 'last words');
    const startedAt = performance.now();
    await log.close();
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  it('at a terminal gets plain lines', () => {
    reader.isTTY = true;
    log.write('warning', 'rig does\u001b[31m not answer', { rig: 's19-1', say: 'two words', n: 3 });
    expect(reader.text).toMatch(/^\d\d:12:04 warning rig does\\u001b\[31m not answer rig=s19-1 say="two words" n=3\n$/);
  });
});
