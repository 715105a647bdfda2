// Alarms on their way to the owner's program: in order, one at a time, bounded, and never a burden to who tells them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startAlarmist } from '../../src/host/alarmist.ts';

let directory: string;
let logged: { message: string; facts: unknown }[];
const log = { write: (_level: string, message: string, facts?: unknown) => void logged.push({ message, facts }) };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'alarm-'));
  logged = [];
  writeFileSync(join(directory, 'heard'), '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function heard(): Record<string, unknown>[] {
  const lines = readFileSync(join(directory, 'heard'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}

/** A program that keeps what it is told; `first` runs before, and may hang. */
function program(first = ''): string[] {
  return ['/bin/sh', '-c', `cd '${directory}'; ${first} cat >> heard`];
}

it('hands each alarm over as one line of JSON, in order', async () => {
  const alarmist = startAlarmist({ argv: program(), log });
  for (let count = 0; count < 5; count++) alarmist.tell({ code: 'will-not-wake', count, say: 'line\nbreak' });
  await alarmist.close();
  expect(heard().map(({ count }) => count)).toEqual([0, 1, 2, 3, 4]);
  expect(logged).toEqual([]);
});

it('runs one at a time', async () => {
  const alarmist = startAlarmist({ argv: program('mkdir busy || exit 9; sleep 0.02; rmdir busy;'), log });
  for (let count = 0; count < 5; count++) alarmist.tell({ count });
  await alarmist.close();
  expect(heard()).toHaveLength(5);
  expect(logged).toEqual([]);
});

it('loses the oldest of a storm and says how many with the next', async () => {
  const alarmist = startAlarmist({ argv: program(), log });
  for (let count = 0; count < 40; count++) alarmist.tell({ count });
  await alarmist.close();
  const [first] = heard();
  expect(first).toEqual({ count: 8, dropped: 8 });
  expect(heard().at(-1)).toEqual({ count: 39 });
});

it('stops a program that hangs, logs the alarm, and goes on to the next', async () => {
  const alarmist = startAlarmist({ argv: program('[ -e once ] || { touch once; sleep 30; };'), log, deadlineMs: 300 });
  alarmist.tell({ count: 1 });
  alarmist.tell({ count: 2 });
  for (const endMs = performance.now() + 4000; heard().length === 0 && performance.now() < endMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await alarmist.close();
  expect(heard()).toEqual([{ count: 2 }]);
  expect(logged).toMatchObject([{ facts: { alarm: { count: 1 }, why: expect.stringContaining('in time') } }]);
});

it('ends in the time of one run, and says what was left untold', async () => {
  const alarmist = startAlarmist({ argv: program('sleep 30;'), log, deadlineMs: 200 });
  for (let count = 0; count < 5; count++) alarmist.tell({ count });
  const startedAt = performance.now();
  await alarmist.close();
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(logged.at(-1)).toMatchObject({ facts: { count: expect.any(Number) } });
  alarmist.tell({ count: 9 });
});

it.each([[['/nonexistent/tell-me']], [['tell\0me']], [[]]])('survives an argv of %j', async (argv) => {
  const alarmist = startAlarmist({ argv, log });
  alarmist.tell({ count: 1 });
  await alarmist.close();
  expect(logged).toHaveLength(1);
});

it('survives an alarm that cannot be written', async () => {
  const alarmist = startAlarmist({ argv: program(), log });
  const circle: { self?: unknown } = {};
  circle.self = circle;
  alarmist.tell(circle);
  alarmist.tell({ big: 1n });
  await alarmist.close();
  expect(heard()).toHaveLength(2);
});

it('does nothing where the owner named no program', async () => {
  const alarmist = startAlarmist({ log });
  alarmist.tell({ count: 1 });
  await alarmist.close();
});
