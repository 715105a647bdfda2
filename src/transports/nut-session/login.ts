// Who we are to upsd: user and password where given, and as a secondary the one login that the primary waits for.
import { DONE, type Fault, failed, type Outcome } from '../../model/outcome.ts';
import { consent } from './answers.ts';
import type { NutSession } from './session.ts';

/** A refused login is tried again after this, for its cure (upsd.users, then upsd -c reload) leaves the connection standing. */
const REFUSED_AGAIN_MS = 30_000;

export interface NutLoginOptions {
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly nowMs: () => number;
}

export class NutLogin {
  readonly #options: NutLoginOptions;
  #wanted: boolean;
  #namedOn: NutSession | undefined;
  #heldOn: NutSession | undefined;
  #refused: { readonly session: NutSession; readonly atMs: number } | undefined;
  #fault: Fault | undefined;

  constructor(options: NutLoginOptions, wanted: boolean) {
    this.#options = options;
    this.#wanted = wanted;
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (!wanted) this.#fault = undefined;
  }

  /** Why the login that is wanted is not held; undefined while it is, or while none is wanted. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** The protocol knows no other way to end a login than to end its connection. */
  mustLeave(session: NutSession): boolean {
    return !this.#wanted && this.#heldOn === session;
  }

  /** Logs in where that is wanted and not done on this session; a session carries one login. */
  async keep(session: NutSession, signal: AbortSignal): Promise<void> {
    if (!this.#wanted || this.#heldOn === session) return;
    const refused = this.#refused;
    if (refused?.session === session && this.#options.nowMs() - refused.atMs < REFUSED_AGAIN_MS) return;
    const named = await this.introduce(session, signal);
    const login = named.ok ? consent(await session.cmd(['LOGIN', this.#options.name], signal)) : named;
    this.#fault = login.ok ? undefined : login.fault;
    this.#refused = login.ok ? undefined : { session, atMs: this.#options.nowMs() };
    if (login.ok) this.#heldOn = session;
  }

  /** Gives user and password, once a session. upsd takes any: wrong ones show at the first command that needs them. */
  async introduce(session: NutSession, signal: AbortSignal): Promise<Outcome> {
    const { username, password } = this.#options;
    if (this.#namedOn === session) return DONE;
    if (username === undefined || password === undefined) {
      return failed('unauthorized', 'no user and password are given for it; set username and passwordFile');
    }
    const named = consent(await session.cmd(['USERNAME', username], signal));
    if (!named.ok) return named;
    const proven = consent(await session.cmd(['PASSWORD', password], signal));
    if (proven.ok) this.#namedOn = session;
    return proven;
  }
}
