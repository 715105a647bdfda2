// The programs of the virtual Pi: systemd and lastwatt as a person uses them.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { controlClient } from '../../src/control/client.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { CheckItem, StatusView } from '../../src/model/view.ts';
import { eventually } from '../support/eventually.ts';
import { RIGS } from './site-file.ts';

export interface Ended {
  readonly code: number;
  readonly said: string;
  readonly tookMs: number;
}

const PATIENCE_MS = 90_000;
/** An upgrade copies some 100 MB. */
export const UPGRADE_MS = 400_000;
export const SERVICE = 'lastwatt.service';
const client = controlClient({ socket: '/run/lastwatt/lastwatt.sock', actor: 'virtual-pi', answerMs: 5000 });

export function run(program: string, ...argv: readonly string[]): Promise<Ended> {
  return runWithin(PATIENCE_MS, program, argv);
}

function runWithin(timeout: number, program: string, argv: readonly string[]): Promise<Ended> {
  const sinceMs = performance.now();
  return new Promise((resolve) => {
    const child = execFile(program, argv, { timeout, maxBuffer: 10_000_000 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, said: `${stdout}${stderr}`, tookMs: Math.round(performance.now() - sinceMs) }),
    );
  });
}

/** As `run`; a program that fails is an error with what it said. */
export function done(program: string, ...argv: readonly string[]): Promise<Ended> {
  return doneWithin(PATIENCE_MS, program, ...argv);
}

export async function doneWithin(ms: number, program: string, ...argv: readonly string[]): Promise<Ended> {
  const ended = await runWithin(ms, program, argv);
  if (ended.code !== 0) throw new Error(`${[program, ...argv].join(' ')} ended with ${ended.code}: ${ended.said.trim().slice(-600)}`);
  return ended;
}

export const systemctl = (...argv: readonly string[]): Promise<Ended> => done('systemctl', ...argv);
export const lastwatt = (...argv: readonly string[]): Promise<Ended> => run('lastwatt', ...argv);

export async function shown(property: string, unit = SERVICE): Promise<string> {
  return (await systemctl('show', '--value', '-p', property, unit)).said.trim();
}

export async function servicePid(): Promise<number> {
  return Number(await shown('MainPID'));
}

/** Undefined while nobody answers. */
export async function status(): Promise<StatusView | undefined> {
  const answer = await client.status();
  return answer.ok ? answer.value : undefined;
}

export async function statusSays(what: string, fits: (status: StatusView) => boolean, withinMs = 30_000): Promise<void> {
  let last: StatusView | undefined;
  try {
    await eventually(
      what,
      async () => {
        last = await status();
        await pause(300);
        return last !== undefined && fits(last);
      },
      withinMs,
    );
  } catch (error) {
    const seen =
      last === undefined ? 'nobody answers' : JSON.stringify({ ups: last.ups, rigs: last.rigs.map(briefly), switches: last.switches });
    throw new Error(`${error instanceof Error ? error.message : error}; last seen: ${seen}`);
  }
}

const briefly = ({ id, phase, hold, fault, next }: StatusView['rigs'][number]) => ({ id, phase, hold, fault, next });

/** Those of the header, once all are told of; of a rig that can only be cut nobody knows what it does. */
export function everyRig(status: StatusView | undefined, fits: (rig: StatusView['rigs'][number]) => boolean): boolean {
  const rigs = RIGS.map(({ id }) => status?.rigs.find((one) => one.id === id));
  return rigs.every((rig) => rig !== undefined && fits(rig));
}

export async function check(): Promise<readonly CheckItem[]> {
  const answer = await client.check();
  if (!answer.ok) throw new Error(answer.fault.detail);
  return answer.value.items;
}

/** As it stands on the card, oldest first; a last line that is being written is left out. */
export async function journal(): Promise<readonly JournalRecord[]> {
  const text = await readFile('/var/lib/lastwatt/journal.jsonl', 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalRecord);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when another process serves than `before`, and is ready. */
export async function servedAnew(before: number, withinMs = 90_000): Promise<void> {
  await eventually(
    'systemd has started the service anew, and it is ready',
    async () => {
      await pause(500);
      // Asked first, for it costs little: systemctl takes most of an emulated second, which the start would have to wait for.
      if ((await status()) === undefined) return false;
      const { said } = await systemctl('show', '-p', 'MainPID,ActiveState', SERVICE);
      const pid = Number(/MainPID=(\d+)/.exec(said)?.[1] ?? 0);
      const state = /ActiveState=(\w+)/.exec(said)?.[1];
      return pid !== 0 && pid !== before && state === 'active';
    },
    withinMs,
  );
}
