// A UPS as Network UPS Tools reports it: one connection to its upsd, kept up in the background and read at the caller's rate.
// Never sends FSD: that latch belongs to the primary.
import type { Fault, Outcome } from '../model/outcome.ts';
import type { UpsReading } from '../model/ups.ts';
import type { AddressBook } from '../transports/address-book.ts';
import { deviceLane } from '../transports/device-lane.ts';
import { consent } from '../transports/nut-session/answers.ts';
import { NutLink } from '../transports/nut-session/link.ts';
import { NutLogin } from '../transports/nut-session/login.ts';
import { nutOpener } from '../transports/nut-session/opener.ts';
import type { NutSession } from '../transports/nut-session/session.ts';
import type { OpenNutTransport } from '../transports/nut-session/transport.ts';
import { NutLook } from './nut-look.ts';
import type { UpsSource } from './port.ts';

export interface NutOptions {
  /** our name for it */
  readonly ups: string;
  readonly host: string;
  readonly port: number;
  /** upsd's name for it */
  readonly name: string;
  readonly role: 'observer' | 'secondary';
  readonly username?: string;
  readonly password?: string;
  /** the way must be encrypted, and the server's certificate signed by one of these */
  readonly tls?: { readonly certificates?: string };
}

export interface NutKit {
  /** monotonic ms */
  readonly nowMs: () => number;
  /** 0 up to 1, for the spread of reconnects */
  readonly random: () => number;
  readonly addresses: AddressBook;
  /** how connections are made; where absent node-nut, or for `tls` our own */
  readonly open?: OpenNutTransport;
}

/** Connects at the first read, and from then on by itself until `close`. As secondary it logs in until told otherwise. */
export function nutSource(options: NutOptions, kit: NutKit): UpsSource {
  const source = new NutSource(options, kit);
  return {
    read: (signal) => source.read(signal),
    instantCommand: (name, signal) => source.instantCommand(name, signal),
    close: () => source.close(),
    ...(options.role === 'secondary' && {
      stayLoggedIn: (wanted: boolean) => source.login.want(wanted),
      loginFault: () => source.loginFault(),
    }),
  };
}

class NutSource {
  readonly login: NutLogin;
  readonly #options: NutOptions;
  readonly #addresses: AddressBook;
  readonly #link: NutLink;
  readonly #look: NutLook;
  readonly #lane = deviceLane('upsd');
  #calmAtMs = 0;

  constructor(options: NutOptions, kit: NutKit) {
    this.#options = options;
    this.#addresses = kit.addresses;
    this.#link = new NutLink({
      ...options,
      addresses: kit.addresses,
      random: kit.random,
      open: kit.open ?? nutOpener(options.host, options.tls),
    });
    this.#look = new NutLook({ ...options, nowMs: kit.nowMs });
    this.login = new NutLogin({ ...options, nowMs: kit.nowMs }, options.role === 'secondary');
  }

  read(signal: AbortSignal): Promise<Outcome<UpsReading>> {
    return this.#converse(signal, async (session, own) => {
      const reading = await this.#look.read(session, own);
      if (reading.ok) this.#refreshInCalm(reading.value);
      // A server so slow that the look did not come to its end was heard, too, and is asked again soon.
      if (reading.ok || session.alive) this.#link.good();
      if (!session.alive) return reading;
      // After the reading, so that no trouble with the login costs what was read; and while the data is stale as well.
      await this.login.keep(session, own);
      return reading;
    });
  }

  instantCommand(name: string, signal: AbortSignal): Promise<Outcome> {
    return this.#converse(signal, async (session, own) => {
      const named = this.#options.username === undefined ? undefined : await this.login.introduce(session, own);
      if (named?.ok === false) return named;
      return consent(await session.cmd(['INSTCMD', this.#options.name, name], own));
    });
  }

  loginFault(): Fault | undefined {
    const fault = this.login.fault;
    return fault && this.#placed(fault);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #converse<T>(signal: AbortSignal, work: (session: NutSession, own: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const turn = async (own: AbortSignal): Promise<Outcome<T>> => {
      const session = await this.#session(own);
      return session.ok ? work(session.value, own) : session;
    };
    const outcome = await this.#lane.run({ signal, urgent: false, work: turn });
    return outcome.ok ? outcome : { ok: false, fault: this.#placed(outcome.fault) };
  }

  async #session(signal: AbortSignal): Promise<Outcome<NutSession>> {
    const session = await this.#link.session(signal);
    return session.ok && this.login.mustLeave(session.value) ? this.#link.renew(session.value, signal) : session;
  }

  /** The name is looked up on mains and once a minute, so that an outage finds the address known. */
  #refreshInCalm(reading: UpsReading): void {
    if (!reading.words.has('OL') || reading.takenAtMs - this.#calmAtMs < 60_000) return;
    this.#calmAtMs = reading.takenAtMs;
    this.#addresses.refresh(this.#options.host);
  }

  #placed(fault: Fault): Fault {
    const { name, host, port } = this.#options;
    return { ...fault, detail: `${name}@${host}:${port}: ${fault.detail}` };
  }
}
