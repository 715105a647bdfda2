// Gives each alarm to the program that the owner named in `onAlarm`. Never on the way to a step.
import { runChild } from '../transports/child.ts';
import type { Alarmist, Log } from './port.ts';

export interface AlarmistKit {
  /** argv of the owner's program; absent: alarms go nowhere but the journal */
  readonly argv?: readonly string[];
  readonly log: Log;
  /** ms that one run may take; for tests */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;
/** Alarms that wait while one is being told; a storm that is longer loses its oldest. */
const WAITING = 32;

type Alarm = Readonly<Record<string, unknown>>;

/** Each alarm is one JSON object and a newline on standard input. One that follows lost ones carries their number as `dropped`. */
export function startAlarmist(kit: AlarmistKit): Alarmist {
  const { argv } = kit;
  if (argv === undefined) return { tell: () => undefined, close: async () => undefined };
  const deadlineMs = kit.deadlineMs ?? DEADLINE_MS;
  const waiting: Alarm[] = [];
  let dropped = 0;
  let closed = false;
  let over = false;
  let running: AbortController | undefined;
  let telling: Promise<void> | undefined;

  const tellOne = async (alarm: Alarm): Promise<void> => {
    const lost = dropped;
    dropped = 0;
    const controller = new AbortController();
    running = controller;
    const timer = setTimeout(() => controller.abort(), deadlineMs);
    const input = line(lost === 0 ? alarm : { ...alarm, dropped: lost });
    const outcome = await runChild({ argv, input, signal: controller.signal });
    clearTimeout(timer);
    if (outcome.ok) return;
    dropped += lost;
    kit.log.write('warning', 'an alarm did not reach the program of onAlarm', { why: outcome.fault.detail, alarm });
  };
  const tellAll = async (): Promise<void> => {
    // Starting a program takes milliseconds, and whoever has an alarm to tell is in the middle of a tick.
    await new Promise((resolve) => setImmediate(resolve));
    while (!over) {
      const alarm = waiting.shift();
      if (alarm === undefined) break;
      await tellOne(alarm);
    }
    telling = undefined;
  };

  return {
    tell: (alarm) => {
      if (closed) return;
      if (waiting.length >= WAITING) {
        waiting.shift();
        dropped += 1;
      }
      waiting.push(alarm);
      telling ??= tellAll();
    },
    close: async () => {
      closed = true;
      // What waits may still go, all of it within the time of one.
      const timer = setTimeout(() => {
        over = true;
        running?.abort();
      }, deadlineMs);
      await telling;
      clearTimeout(timer);
      if (waiting.length > 0) kit.log.write('warning', 'alarms were left untold at the end', { count: waiting.length });
    },
  };
}

function line(alarm: Alarm): string {
  try {
    return `${JSON.stringify(alarm)}\n`;
  } catch {
    return '{"say":"an alarm that cannot be written as JSON; the journal has it"}\n';
  }
}
