// Tells systemd how we are, through the program systemd-notify: Node cannot send a Unix datagram. Without systemd it does nothing.
import type { Outcome } from '../model/outcome.ts';
import { runChild } from '../transports/child.ts';
import type { Log, Supervisor } from './port.ts';

/** What systemd leaves in the environment; `process.env` is one. */
export interface SystemdEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  /** microseconds until a silent service is restarted */
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

export interface SupervisorKit {
  readonly env: SystemdEnvironment;
  /** monotonic ms, of the kernel's clock */
  readonly nowMs: () => number;
  readonly log: Log;
  /** the program that is run for each message; for tests */
  readonly program?: string;
  /** carries one message to systemd; may be slow, may fail, never rejects */
  readonly send?: (assignments: readonly string[]) => Promise<Outcome<unknown>>;
}

/** Measured 5 to 25 ms in the unit; a machine that takes longer than this is better served by the next try. */
const SEND_MS = 2000;
const STATUS_EVERY_MS = 10_000;
const STATUS_LENGTH = 200;

/** A third of what systemd waits, so that one lost ping and one slow tick do no harm. */
const PINGS_A_TIMEOUT = 3;

/** One message is under way at most. What piles up meanwhile is folded: the newest state, the newest status, no ping. */
export function systemdSupervisor(kit: SupervisorKit): Supervisor {
  if ((kit.env.NOTIFY_SOCKET ?? '') === '') {
    const nothing = (): void => undefined;
    return { ready: nothing, alive: nothing, status: nothing, reloading: nothing, stopping: nothing };
  }
  return new Notifier(kit);
}

interface Message {
  readonly state?: readonly string[];
  readonly status?: string;
  readonly ping: boolean;
}

class Notifier implements Supervisor {
  readonly #kit: SupervisorKit;
  readonly #send: NonNullable<SupervisorKit['send']>;
  readonly #pingEveryMs: number | undefined;
  #sending = false;
  /** READY=1, RELOADING=1 … still to be sent */
  #state: readonly string[] | undefined;
  #status: string | undefined;
  #statusSent: string | undefined;
  #statusAtMs = Number.NEGATIVE_INFINITY;
  #pingedAtMs = Number.NEGATIVE_INFINITY;
  #complained = false;

  constructor(kit: SupervisorKit) {
    this.#kit = kit;
    this.#send =
      kit.send ??
      ((assignments) => runChild({ argv: [kit.program ?? 'systemd-notify', ...assignments], signal: AbortSignal.timeout(SEND_MS) }));
    this.#pingEveryMs = pingEveryMs(kit.env);
  }

  ready(status: string): void {
    this.#status = oneLine(status);
    // Goes along with READY, however short ago the last one was.
    this.#statusAtMs = Number.NEGATIVE_INFINITY;
    this.#tell(['READY=1']);
  }

  alive(): void {
    const due = this.#pingEveryMs !== undefined && this.#kit.nowMs() - this.#pingedAtMs >= this.#pingEveryMs;
    this.#pump(due);
  }

  status(text: string): void {
    this.#status = oneLine(text);
    this.#pump(false);
  }

  reloading(): void {
    this.#tell(['RELOADING=1', `MONOTONIC_USEC=${Math.round(this.#kit.nowMs() * 1000)}`]);
  }

  stopping(): void {
    this.#tell(['STOPPING=1']);
  }

  #tell(state: readonly string[]): void {
    this.#state = state;
    this.#pump(false);
  }

  #pump(ping: boolean): void {
    if (this.#sending) return;
    const nowMs = this.#kit.nowMs();
    const statusDue = this.#status !== this.#statusSent && nowMs - this.#statusAtMs >= STATUS_EVERY_MS;
    const message: Message = {
      ...(this.#state !== undefined && { state: this.#state }),
      ...(statusDue && this.#status !== undefined && { status: this.#status }),
      ping,
    };
    const assignments = [
      ...(message.state ?? []),
      ...(message.status === undefined ? [] : [`STATUS=${message.status}`]),
      ...(ping ? ['WATCHDOG=1'] : []),
    ];
    if (assignments.length === 0) return;
    this.#sending = true;
    this.#state = undefined;
    if (message.status !== undefined) this.#statusAtMs = nowMs;
    if (ping) this.#pingedAtMs = nowMs;
    void this.#send(assignments).then((outcome) => this.#sent(message, outcome));
  }

  #sent(message: Message, outcome: Outcome<unknown>): void {
    this.#sending = false;
    if (outcome.ok) {
      this.#complained = false;
      if (message.status !== undefined) this.#statusSent = message.status;
      // What was said meanwhile goes at once.
      if (this.#state !== undefined) this.#pump(false);
      return;
    }
    // Nothing is tried again from here, or a broken systemd-notify would be run without end: the next tick does.
    this.#state ??= message.state;
    if (message.ping) this.#pingedAtMs = Number.NEGATIVE_INFINITY;
    if (this.#complained) return;
    this.#complained = true;
    this.#kit.log.write('warning', 'systemd cannot be told how the service is; without it the service is restarted', {
      why: outcome.fault.detail,
    });
  }
}

/** ms between pings; undefined where no watchdog waits for this process. */
function pingEveryMs(env: SystemdEnvironment): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  const forOther = env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(process.pid);
  return Number.isFinite(microseconds) && microseconds > 0 && !forOther ? microseconds / 1000 / PINGS_A_TIMEOUT : undefined;
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, STATUS_LENGTH);
}
