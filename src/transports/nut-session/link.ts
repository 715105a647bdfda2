// One session after another to the same server: opens the next one in the background, with a growing pause between failures.
import { type Fault, failed, type Outcome, ok } from '../../model/outcome.ts';
import type { AddressBook } from '../address-book.ts';
import { orAborted } from '../or-aborted.ts';
import { NutSession } from './session.ts';
import type { OpenNutTransport } from './transport.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** What a polite end may take; upsd drops us anyway when the connection goes. */
const FAREWELL_MS = 500;

export interface NutLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  /** 0 up to 1 */
  readonly random: () => number;
  readonly open: OpenNutTransport;
}

export class NutLink {
  readonly #options: NutLinkOptions;
  #session: NutSession | undefined;
  #opening: Promise<Outcome<NutSession>> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #last: Fault = failed('unreachable', 'not connected yet').fault;
  #closed = false;

  constructor(options: NutLinkOptions) {
    this.#options = options;
    options.addresses.refresh(options.host);
  }

  /** The session that lives, or the one that is being opened, which goes on when `signal` aborts; between two tries the fault of the last one, at once. */
  async session(signal: AbortSignal): Promise<Outcome<NutSession>> {
    if (this.#session?.alive === true) return ok(this.#session);
    if (this.#retry !== undefined || this.#closed) return { ok: false, fault: this.#last };
    return orAborted(this.#open(), signal, failed('timeout', 'the connection was not open in time'));
  }

  /** A whole answer came over this link: the next failure is tried again soon. */
  good(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  /** Gives up the session after a farewell, and opens another without a pause. */
  async renew(session: NutSession, signal: AbortSignal): Promise<Outcome<NutSession>> {
    if (this.#session === session) this.#session = undefined;
    await session.leave(signal);
    return this.session(signal);
  }

  /** Says goodbye; nothing is opened any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#last = failed('unreachable', 'the connection was closed by us').fault;
    clearTimeout(this.#retry);
    const session = this.#session;
    this.#session = undefined;
    await session?.leave(AbortSignal.timeout(FAREWELL_MS));
  }

  #open(): Promise<Outcome<NutSession>> {
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #connect(): Promise<Outcome<NutSession>> {
    const { host, port, addresses, open } = this.#options;
    const address = addresses.addressOf(host);
    if (address === undefined) {
      return this.#failed(failed('unreachable', `no address is known yet for ${host}; give the address itself instead of a name`).fault);
    }
    const opened = await NutSession.open(open, { address, port }, (session, fault) => {
      if (this.#session === session) this.#session = undefined;
      this.#failed(fault);
    });
    if (!opened.ok) return this.#failed(opened.fault);
    if (this.#closed) {
      opened.value.end();
      return { ok: false, fault: this.#last };
    }
    this.#session = opened.value;
    return opened;
  }

  #failed(fault: Fault): Outcome<never> {
    if (!this.#closed) {
      this.#last = fault;
      // The host may have moved. The look-up runs beside us and nothing waits for it.
      this.#options.addresses.refresh(this.#options.host);
      this.#pause();
    }
    return { ok: false, fault };
  }

  /** Half of the pause is fixed and half is chance, so that many clients do not come back in step. */
  #pause(): void {
    const waitMs = this.#pauseMs * (0.5 + this.#options.random() / 2);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#open();
    }, waitMs);
    // A retry alone keeps no process alive.
    this.#retry.unref();
  }
}
