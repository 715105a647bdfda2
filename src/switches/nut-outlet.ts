// The switched outlets of a UPS or PDU that Network UPS Tools reads: told by instant command, or by a variable where its driver
// wants that. upsd's OK means that the driver was told; done it is when the outlet says so.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import { deviceLane, type Lane, type Turn } from '../transports/device-lane.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { consent, refusal } from '../transports/nut-session/answers.ts';
import { NutLink } from '../transports/nut-session/link.ts';
import { NutLogin } from '../transports/nut-session/login.ts';
import { nutOpener } from '../transports/nut-session/opener.ts';
import type { NutSession } from '../transports/nut-session/session.ts';
import { FIRST_OUTLET, loadCommand, outletIsOn, outletVariables, outletWord } from '../wire/nut-outlets.ts';
import { type Board, boardOf, type SwitchKit, switchDriverKind } from './port.ts';

export const nutOutletOptions = z.strictObject({
  host: deviceHost.default('127.0.0.1').describe('address of upsd'),
  port: devicePort(3493).describe('port of upsd'),
  name: z
    .string()
    .regex(/^[^\s"\\@:]{1,64}$/, "upsd's name for it, as `upsc -l` prints it")
    .describe("upsd's name for it, as `upsc -l` prints it"),
  outlets: z
    .array(z.int().min(FIRST_OUTLET, 'outlets are counted from 1').max(99))
    .min(1)
    .max(48)
    .refine((outlets) => new Set(outlets).size === outlets.length, 'an outlet stands here twice')
    .describe('the outlets that are used, by the numbers that upsc gives them: strip:1, strip:2 …'),
  username: userName.describe('user of upsd.users, with instcmds = outlet.1.load.off and so on, or actions = SET'),
  passwordFile: secretFile.describe('file with his password'),
  tls: z
    .strictObject({
      ca: secretFile.describe(
        "PEM file, relative to this one, with the certificate that signed upsd's (or upsd's own, self-signed); read at start and reload",
      ),
    })
    .optional()
    .describe("the way to upsd is encrypted or not used, as with a UPS: upsd's certificate must name `host`. See docs/nut-tls.md"),
});

export type NutOutletOptions = z.infer<typeof nutOutletOptions>;

export const nutOutlet = switchDriverKind({
  name: 'nut-outlet',
  maturity: 'simulated',
  about:
    'Switched outlets of a UPS or PDU, through Network UPS Tools. upsd must tell of them soon: usbhid-ups reads them every pollfreq, 30 s where ups.conf says nothing else; say 3 there.',
  options: nutOutletOptions,
  channels: ({ outlets }) => outlets.map(String),
  holds: true,
  canRead: () => true,
  way: ({ host, passwordFile, tls }) => ({
    host,
    secretFiles: [passwordFile],
    ...(tls === undefined
      ? { inClear: 'who is on that network can read the password and switch the outlets' }
      : { certificateFile: tls.ca }),
  }),
  wiring: ({ host, port, name }, channel) => `${name}@${host}:${port} outlet ${channel}`,
  open: openNutOutlets,
});

/** ms between two looks at an outlet that was told to move */
const LOOK_AGAIN_MS = 200;

function openNutOutlets(options: NutOutletOptions, kit: SwitchKit): Board {
  const talk = new NutOutlets(options, kit);
  const contacts = new Map(
    options.outlets.map((outlet) => [
      String(outlet),
      {
        set: (want: 'fed' | 'cut', signal: AbortSignal) => talk.set(outlet, want === 'fed', signal),
        read: async (signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> => {
          const on = await talk.read(outlet, signal);
          return on.ok ? ok(on.value ? 'fed' : 'cut') : on;
        },
      },
    ]),
  );
  return boardOf(kit.board, contacts, () => talk.close());
}

class NutOutlets {
  readonly #options: NutOutletOptions;
  readonly #where: string;
  readonly #lane: Lane;
  readonly #link: NutLink;
  readonly #login: NutLogin;

  constructor(options: NutOutletOptions, kit: SwitchKit) {
    const { host, port, name, username, passwordFile, outlets, tls } = options;
    this.#options = options;
    this.#where = `${name}@${host}:${port}`;
    this.#lane = deviceLane('upsd', 3 * outlets.length);
    const open = nutOpener(host, tls && { certificates: kit.certificates });
    this.#link = new NutLink({ host, port, addresses: kit.addresses, random: Math.random, open });
    const password = kit.secrets.get(passwordFile);
    this.#login = new NutLogin({ name, username, ...(password !== undefined && { password }), nowMs: kit.nowMs }, false);
  }

  /** Heard out, for a session does not live through a question that is broken off. */
  read(outlet: number, signal: AbortSignal): Promise<Outcome<boolean>> {
    return this.#converse({ signal, urgent: false, whole: true }, (session, own) => this.#isOn(session, outlet, own));
  }

  async set(outlet: number, on: boolean, signal: AbortSignal): Promise<Outcome> {
    const told = await this.#converse({ signal, urgent: true, first: !on }, (session, own) => this.#tell(session, { outlet, on }, own));
    return told.ok ? this.#until(outlet, on, signal) : told;
  }

  async close(): Promise<void> {
    await this.#lane.close();
    await this.#link.close();
  }

  /** Each look is a turn of its own, so that other outlets can be told meanwhile. */
  async #until(outlet: number, on: boolean, signal: AbortSignal): Promise<Outcome> {
    let last = `still says ${on ? 'off' : 'on'}`;
    for (;;) {
      const seen = await this.#converse({ signal, urgent: true }, (session, own) => this.#isOn(session, outlet, own));
      if (seen.ok && seen.value === on) return DONE;
      // Some words mean that it is on its way, and a connection that broke comes back.
      if (!seen.ok && seen.fault.code === 'unsupported') return seen;
      if (!seen.ok && seen.fault.code !== 'timeout') last = seen.fault.detail;
      if (!(await sleep(LOOK_AGAIN_MS, true, { signal }).catch(() => false))) {
        return failed('timeout', `${this.#where}: told, and outlet ${outlet} ${last}; how often does its driver read it (pollfreq)?`);
      }
    }
  }

  async #tell(
    session: NutSession,
    { outlet, on }: { readonly outlet: number; readonly on: boolean },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const named = await this.#login.introduce(session, signal);
    if (!named.ok) return named;
    const { name } = this.#options;
    const told = consent(await session.cmd(['INSTCMD', name, loadCommand(outlet, on)], signal));
    if (told.ok || told.fault.code !== 'unsupported') return told;
    const { control } = outletVariables(outlet);
    const now = await this.#value(session, control, signal);
    if (!now.ok) return now;
    const word = now.value === undefined ? undefined : outletWord(now.value, on);
    if (word === undefined) {
      return failed(
        'unsupported',
        `it has neither ${loadCommand(outlet, on)} nor ${control}: see upscmd -l and upsrw for what it has`,
        'later',
      );
    }
    return consent(await session.cmd(['SET', 'VAR', name, control, word], signal));
  }

  async #isOn(session: NutSession, outlet: number, signal: AbortSignal): Promise<Outcome<boolean>> {
    const { status, control } = outletVariables(outlet);
    for (const variable of [status, control]) {
      const value = await this.#value(session, variable, signal);
      if (!value.ok) return value;
      if (value.value !== undefined) return outletIsOn(value.value, variable);
    }
    return failed('unsupported', `it tells neither ${status} nor ${control}: has it an outlet ${outlet} that can be switched?`, 'later');
  }

  /** Undefined where it has no such variable. */
  async #value(session: NutSession, variable: string, signal: AbortSignal): Promise<Outcome<string | undefined>> {
    const answer = await session.cmd(['GET', 'VAR', this.#options.name, variable], signal);
    if (!answer.ok) return answer;
    if (answer.value.kind === 'line') return ok(answer.value.words[0]);
    return answer.value.kind === 'error' && answer.value.code !== 'VAR-NOT-SUPPORTED' ? refusal(answer.value.code) : ok(undefined);
  }

  async #converse<T>(
    turn: Omit<Turn<T>, 'work'>,
    work: (session: NutSession, own: AbortSignal) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const outcome = await this.#lane.run({
      ...turn,
      work: async (own) => {
        const session = await this.#link.session(own);
        if (!session.ok) return session;
        const done = await work(session.value, own);
        if (session.value.alive) this.#link.good();
        return done;
      },
    });
    return outcome.ok ? outcome : { ok: false, fault: this.#placed(outcome.fault) };
  }

  #placed(fault: Fault): Fault {
    return { ...fault, detail: `${this.#where}: ${fault.detail}` };
  }
}
