// Housekeeping by the wall clock, through node-cron. No decision about power rides on it: a job may come late, or not at all.
import { type Logger, type ScheduledTask, schedule, validateDetailed } from 'node-cron';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { Log } from './port.ts';

/** What may be scheduled, as five or six cron fields each; an absent one never runs. */
export interface ScheduleTimes {
  /** the UPS's own quick test of its battery */
  readonly selfTest?: string;
  /** what coins earn */
  readonly market?: string;
}

export type ScheduledJob = keyof ScheduleTimes;

export interface Schedules {
  close(): Promise<void>;
}

/** node-cron forgets a job that is a second late, which a busy Pi is; these may well be minutes late. */
const LATE_MS = 10 * 60_000;

/** How often a clock that is not set is looked at. */
const SET_MS = 5_000;

export interface ScheduleKit {
  readonly log: Log;
  /** whether the time of day is known; until then nothing is scheduled by it (safety case, F55) */
  readonly wallIsSet: () => boolean;
}

/** Starts them all, or none and says which expression is wrong. What `run` throws is logged. */
export function startSchedules(
  times: ScheduleTimes,
  run: (job: ScheduledJob) => void | Promise<void>,
  { log, wallIsSet }: ScheduleKit,
): Outcome<Schedules> {
  const wanted = (Object.entries(times) as [ScheduledJob, string | undefined][]).flatMap(([job, at]) =>
    at === undefined ? [] : [{ job, at }],
  );
  for (const { job, at } of wanted) {
    const wrong = scheduleMistake(at);
    if (wrong !== undefined)
      return failed('unsupported', `schedules.${job}: "${at}" is no time to run at (${wrong}); such as "0 11 * * 1", Mondays at 11:00`);
  }
  const begin = (): ScheduledTask[] =>
    wanted.map(({ job, at }) => {
      const options = { name: job, noOverlap: true, missedExecutionTolerance: LATE_MS, unref: true, logger: loggerInto(log, job) };
      return schedule(at, () => run(job), options);
    });
  let tasks: readonly ScheduledTask[] = wallIsSet() ? begin() : [];
  const waiting = setInterval(() => {
    if (!wallIsSet()) return;
    clearInterval(waiting);
    tasks = begin();
  }, SET_MS).unref();
  if (wanted.length === 0 || tasks.length > 0) clearInterval(waiting);
  return ok({
    close: async () => {
      clearInterval(waiting);
      for (const task of tasks) await task.destroy();
    },
  });
}

/** What is wrong with a cron expression, in the words of node-cron; undefined when nothing is. */
export function scheduleMistake(expression: string): string | undefined {
  const checked = validateDetailed(expression);
  if (checked.valid) return undefined;
  return checked.errors.map((error) => error.message).join('; ') || 'not understood';
}

/** Its own logger writes colours to standard output, into the middle of our lines. */
function loggerInto(log: Log, job: ScheduledJob): Logger {
  const write = (level: 'debug' | 'notice' | 'warning' | 'error') => (message: string | Error, cause?: Error) =>
    log.write(
      level,
      `schedule ${job}: ${message instanceof Error ? message.message : message}`,
      cause === undefined ? {} : { why: cause.message },
    );
  return { info: write('debug'), debug: write('debug'), warn: write('warning'), error: write('error') };
}
