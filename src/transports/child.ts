// A program of the owner's, run by argv list and never through a shell: bounded in time and output.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { failed, type Outcome, ok } from '../model/outcome.ts';

export interface ChildRun {
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  /** written to its standard input, which is then closed */
  readonly input?: string;
  /** characters of standard output kept; more is a fault. Default 65,536. */
  readonly limit?: number;
}

/** How a program ended that was not stopped by us. */
export interface ChildEnd {
  /** null where a signal ended it */
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
  readonly output: string;
  /** the first of what it said on standard error, trimmed */
  readonly complaint: string;
}

const OUTPUT_LIMIT = 65_536;
const STDERR_KEPT = 200;

/** `spawn` itself throws on a NUL in an argument and where no pipe can be opened. */
function start(name: string, args: readonly string[]): ChildProcessWithoutNullStreams | Error {
  try {
    const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    if (child.stdin !== undefined) return child;
    // It says so itself, a moment later; an `error` that nobody hears would end the process.
    child.on('error', () => undefined);
    return new Error('no pipe to it could be opened');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Resolves with standard output when the program exits with 0; every other end is a fault. Never rejects. */
export async function runChild(run: ChildRun): Promise<Outcome<string>> {
  const end = await childEnd(run);
  if (!end.ok) return end;
  const { code, endedBy, output, complaint } = end.value;
  if (code === 0) return ok(output);
  const ended = endedBy === null ? `ended with exit code ${code}` : `was ended by ${endedBy}`;
  return failed('refused', `${run.argv[0] ?? ''} ${ended}${complaint === '' ? '' : `: ${complaint}`}`);
}

/** Resolves with how the program ended, whatever its exit code; a fault where it could not be started or was stopped. Never rejects. */
export function childEnd(run: ChildRun): Promise<Outcome<ChildEnd>> {
  const [program, ...args] = run.argv;
  const name = program ?? '';
  const limit = run.limit ?? OUTPUT_LIMIT;
  if (run.signal.aborted) return Promise.resolve(failed('timeout', `${name} was not started: no time left`));
  return new Promise((resolve) => {
    let output = '';
    let complaint = '';
    const child = start(name, args);
    if (child instanceof Error) return resolve(failed('unreachable', `${name} could not be started: ${child.message}`, 'later'));
    const settle = (outcome: Outcome<ChildEnd>): void => {
      run.signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    // The whole group goes, so that a shell script's own children do not outlive their deadline.
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // gone already
      }
    };
    const onAbort = (): void => {
      kill();
      settle(failed('timeout', `${name} did not end in time and was stopped`));
    };
    run.signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => settle(failed('unreachable', `${name} could not be started: ${error.message}`, 'later')));
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length + chunk.length > limit) {
        kill();
        settle(failed('garbled', `${name} printed more than ${limit} characters`));
      } else {
        output += chunk;
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (complaint.length < STDERR_KEPT) complaint += chunk;
    });
    child.on('close', (code, endedBy) => settle(ok({ code, endedBy, output, complaint: complaint.slice(0, STDERR_KEPT).trim() })));
    child.stdin.end(run.input ?? '');
  });
}
