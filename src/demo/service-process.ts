// The real service as a process of its own, as systemd would run it: started, killed, stopped, always by its pid.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** lastwattd as it was built, beside this file's folder. */
const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));
/** A clean stop may wait for a last stand; the demo does not. */
const STOP_MS = 3_000;
/** Lines of its log kept, for a demo that fails. */
const KEPT = 30;

export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  #alive = true;

  /** `configFile`: absolute. A program that cannot be started shows as one that has ended. */
  constructor(configFile: string) {
    // A supervisor of ours is none of its: it must not feed our watchdog.
    const { NOTIFY_SOCKET: _, WATCHDOG_USEC: __, WATCHDOG_PID: ___, ...env } = process.env;
    this.#child = spawn(process.execPath, [PROGRAM, '--config', configFile], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#alive = false;
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', (error) => {
        this.#keep(error.message);
        end();
      });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The end of its log. */
  get said(): readonly string[] {
    return this.#lines;
  }

  /** kill -9; resolves when it is gone. */
  kill(): Promise<void> {
    if (this.#alive) this.#child.kill('SIGKILL');
    return this.#ended;
  }

  /** SIGTERM, and kill -9 where that takes too long. */
  async stop(): Promise<void> {
    if (this.#alive) this.#child.kill('SIGTERM');
    const patience = setTimeout(() => void this.kill(), STOP_MS);
    await this.#ended;
    clearTimeout(patience);
  }

  #keep(text: string): void {
    this.#lines.push(...text.split('\n').filter((line) => line !== ''));
    this.#lines.splice(0, Math.max(0, this.#lines.length - KEPT));
  }
}
