// A process that is measured: started, read in /proc, and ended by its pid, at the latest when we end.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Of what it prints, so much is kept to explain a failure. */
const KEPT = 4_000;
const STOP_MS = 3_000;
/** What is waited for is looked at so often. */
const LOOK_MS = 5;
/** USER_HZ of every Linux that Node runs on: /proc counts CPU time in hundredths of a second. */
const TICK_MS = 10;

interface How {
  readonly env?: Readonly<Record<string, string>>;
  /** told of all that it prints, as it comes */
  readonly hear?: (text: string) => void;
}

/** ms of CPU, user and system. */
export interface CpuMs {
  readonly own: number;
  /** of the children that have ended */
  readonly children: number;
}

export class Child {
  /** monotonic ms of performance.now, just before it was started */
  readonly startedMs = performance.now();
  /** bytes that it printed */
  printed = 0;
  said = '';
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #endWithUs = (): void => void this.#child.kill('SIGKILL');

  constructor(program: string, argv: readonly string[], { env = {}, hear }: How = {}) {
    const { PATH = '' } = process.env;
    this.#child = spawn(program, argv, { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += Buffer.byteLength(text);
        this.said = (this.said + text).slice(-KEPT);
        hear?.(text);
      });
    }
    process.once('exit', this.#endWithUs);
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        process.off('exit', this.#endWithUs);
        resolve();
      };
      this.#child.once('close', over).once('error', over);
    });
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => void this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(patience);
  }

  /** So far. */
  async cpuMs(): Promise<CpuMs> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; utime, stime, cutime and cstime are fields 14 to 17 of the line.
    const [user = Number.NaN, system = Number.NaN, childUser = Number.NaN, childSystem = Number.NaN] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return { own: (user + system) * TICK_MS, children: (childUser + childSystem) * TICK_MS };
  }

  /** MB resident now, and at most so far. */
  async residentMb(): Promise<{ readonly now: number; readonly most: number }> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1000;
    return { now: mb('VmRSS'), most: mb('VmHWM') };
  }

  /** Bytes that it made the kernel write to storage, whole pages counted. */
  writtenBytes(): Promise<number> {
    return writtenBytes(this.#child.pid ?? 0);
  }
}

/** As `Child.writtenBytes`, of any process of ours. */
export async function writtenBytes(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1] ?? Number.NaN);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when it is so; rejects after `withinMs` with what was waited for, and what `child` said last. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number, child?: Child): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}${child === undefined ? '' : `; it said: ${child.said.slice(-500)}`}`);
    }
    await sleep(LOOK_MS);
  }
}
