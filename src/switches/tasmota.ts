// Plugs and relays under Tasmota, over its web commands. What was ordered is asked for again: a yes alone is no contact that moved.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { powerIn, powerPath, type TasmotaLogin } from '../wire/tasmota.ts';
import { type Board, boardOf, type SwitchKit, switchDriverKind } from './port.ts';

export const tasmotaOptions = z.strictObject({
  host: deviceHost.describe('address of the plug'),
  port: devicePort(80).describe('port of its page'),
  channels: z
    .array(z.int().min(1, 'Tasmota counts its relays from 1').max(32))
    .min(1)
    .max(32)
    .refine((relays) => new Set(relays).size === relays.length, 'a relay stands here twice')
    .optional()
    .describe('several relays, by their numbers, from 1 as Tasmota counts: plug:1, plug:2 …; absent: relay 1 is the single contact plug'),
  fedWhile: z
    .enum(['on', 'off'])
    .default('on')
    .describe('what the relay is while its rigs are fed; off: it moves the coil of a contactor that is closed at rest'),
  username: userName.default('admin').describe('user of its page'),
  passwordFile: secretFile.optional().describe('file with its WebPassword, where it has one; it goes over the network in clear'),
});

export type TasmotaOptions = z.infer<typeof tasmotaOptions>;

export const tasmota = switchDriverKind({
  name: 'tasmota',
  maturity: 'simulated',
  about: 'Plugs and relays under Tasmota, over HTTP. Made for 10 to 16 A: above 10 A let it move a contactor. Wants PowerOnState 3.',
  options: tasmotaOptions,
  bareAmperes: 10,
  channels: (options) => [...relaysOf(options).keys()],
  holds: true,
  canRead: () => true,
  way: ({ host, passwordFile }) => ({ host, secretFiles: passwordFile === undefined ? [] : [passwordFile] }),
  wiring: (options, channel) => `${options.host}:${options.port} relay ${relaysOf(options).get(channel)}, fedWhile: ${options.fedWhile}`,
  open: openTasmota,
});

function relaysOf({ channels }: TasmotaOptions): ReadonlyMap<string, number> {
  return channels === undefined ? new Map([['', 1]]) : new Map(channels.map((relay) => [String(relay), relay]));
}

function openTasmota(options: TasmotaOptions, kit: SwitchKit): Board {
  const relays = relaysOf(options);
  const { host, port, username, passwordFile } = options;
  const password = passwordFile === undefined ? undefined : kit.secrets.get(passwordFile);
  const device = httpDevice({ host, port, who: 'Tasmota', addresses: kit.addresses, contacts: relays.size });
  const onIsFed = options.fedWhile === 'on';
  const talk = new TasmotaTalk(device, password === undefined ? undefined : { username, password });
  const contacts = new Map(
    [...relays].map(([channel, relay]) => [
      channel,
      {
        set: (want: 'fed' | 'cut', signal: AbortSignal) =>
          talk.set(relay, { on: (want === 'fed') === onIsFed, first: want === 'cut' }, signal),
        read: async (signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> => {
          const on = await talk.read(relay, signal);
          return on.ok ? ok(on.value === onIsFed ? 'fed' : 'cut') : on;
        },
      },
    ]),
  );
  return boardOf(kit.board, contacts, () => device.close());
}

class TasmotaTalk {
  readonly #device: HttpDevice;
  readonly #login: TasmotaLogin | undefined;
  /** relays that answered by their own number */
  readonly #found = new Set<number>();

  constructor(device: HttpDevice, login: TasmotaLogin | undefined) {
    this.#device = device;
    this.#login = login;
  }

  read(relay: number, signal: AbortSignal): Promise<Outcome<boolean>> {
    return this.#device.run({ signal, urgent: false, work: (own) => this.#ask(relay, undefined, own) });
  }

  set(relay: number, { on, first }: { readonly on: boolean; readonly first: boolean }, signal: AbortSignal): Promise<Outcome> {
    const work = async (own: AbortSignal): Promise<Outcome> => {
      // Older releases move relay 1 when they are told of one they have not.
      const found = this.#found.has(relay) ? DONE : await this.#ask(relay, undefined, own);
      if (!found.ok) return found;
      const told = await this.#ask(relay, on ? 'On' : 'Off', own);
      if (!told.ok) return told;
      const seen = await this.#ask(relay, undefined, own);
      if (!seen.ok) return seen;
      if (seen.value === on) return DONE;
      const say = `agreed, and its relay ${relay} is still ${on ? 'off' : 'on'}: see PowerOnState, Interlock and the rules on its page`;
      return failed('refused', `${this.#device.where} ${say}`);
    };
    return this.#device.run({ signal, urgent: true, first, work });
  }

  async #ask(relay: number, turn: 'On' | 'Off' | undefined, signal: AbortSignal): Promise<Outcome<boolean>> {
    const answer = await this.#device.ask({ path: powerPath(relay, turn, this.#login) }, signal);
    const on = answer.ok ? powerIn(answer.value, relay, this.#device) : answer;
    if (on.ok) this.#found.add(relay);
    else if (on.fault.code === 'unsupported') this.#found.delete(relay);
    return on;
  }
}
