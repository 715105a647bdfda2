// Shelly plugs and relays over HTTP, of every generation. Which one it is is learnt at the first look and remembered, so that
// a step asks only for what it wants.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { secretOf } from '../transports/secret-of.ts';
import {
  agreementIn,
  generationIn,
  outputIn,
  outputPath,
  type ShellyGeneration,
  type ShellyOutput,
  setOutputPath,
  WHICH_SHELLY,
} from '../wire/shelly.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';

const output = z.int().min(0).max(7);

export const shellyOptions = z.strictObject({
  host: deviceHost.describe('address of the Shelly'),
  port: devicePort(80).describe('port of its page'),
  channels: z
    .array(output)
    .min(1)
    .max(8)
    .refine((outputs) => new Set(outputs).size === outputs.length, 'an output stands here twice')
    .optional()
    .describe(
      'several outputs, by their numbers, from 0 as the Shelly counts: plug:0, plug:1 …; absent: output 0 is the single contact plug',
    ),
  fedWhile: z
    .enum(['on', 'off'])
    .default('on')
    .describe('what the output is while its rigs are fed; off: it moves the coil of a contactor that is closed at rest'),
  username: userName.default('admin').describe('user of its login; from the second generation on always admin'),
  passwordFile: secretFile.optional().describe('file with the password of its login, where it has one'),
});

export type ShellyOptions = z.infer<typeof shellyOptions>;

export const shelly = switchDriverKind({
  name: 'shelly',
  maturity: 'simulated',
  about: 'Shelly plugs and relays, Gen1 to Gen4, over HTTP. Made for 10 to 16 A: above 10 A let it move a contactor.',
  options: shellyOptions,
  bareAmperes: 10,
  channels: (options) => [...outputsOf(options).keys()],
  holds: true,
  canRead: () => true,
  way: ({ host, passwordFile }) => ({ host, secretFiles: passwordFile === undefined ? [] : [passwordFile] }),
  wiring: (options, channel) => `${options.host}:${options.port} output ${outputsOf(options).get(channel)}, fedWhile: ${options.fedWhile}`,
  open: openShelly,
});

function outputsOf({ channels }: ShellyOptions): ReadonlyMap<string, number> {
  return channels === undefined ? new Map([['', 0]]) : new Map(channels.map((one) => [String(one), one]));
}

function openShelly(options: ShellyOptions, kit: SwitchKit): Board {
  const outputs = outputsOf(options);
  const { host, port, username, passwordFile } = options;
  const device = httpDevice({
    host,
    port,
    who: 'the Shelly',
    addresses: kit.addresses,
    contacts: outputs.size,
    login: { username, ...secretOf(kit.secrets, passwordFile) },
  });
  const talk = new ShellyTalk(device);
  const contacts = new Map([...outputs].map(([channel, one]) => [channel, contactOf(talk, one, options.fedWhile === 'on')]));
  return boardOf(kit.board, contacts, () => device.close());
}

function contactOf(talk: ShellyTalk, one: number, onIsFed: boolean): Switch {
  return {
    set: (want, signal) => talk.set(one, { on: (want === 'fed') === onIsFed, first: want === 'cut' }, signal),
    read: async (signal) => {
      const seen = await talk.read(one, signal);
      return seen.ok ? ok(seen.value.on === onIsFed ? 'fed' : 'cut') : seen;
    },
  };
}

class ShellyTalk {
  readonly #device: HttpDevice;
  #generation: ShellyGeneration | undefined;

  constructor(device: HttpDevice) {
    this.#device = device;
  }

  read(one: number, signal: AbortSignal): Promise<Outcome<ShellyOutput>> {
    return this.#device.run({ signal, urgent: false, work: (own) => this.#as((generation) => this.#look(generation, one, own), own) });
  }

  /** Ordered, and then looked at: a yes alone is no contact that moved. */
  set(one: number, { on, first }: { readonly on: boolean; readonly first: boolean }, signal: AbortSignal): Promise<Outcome> {
    const work = async (generation: ShellyGeneration, own: AbortSignal): Promise<Outcome> => {
      const answer = await this.#ask(generation, setOutputPath(generation, one, on), own);
      if (!answer.ok) return answer;
      const agreed = agreementIn(answer.value, one, this.#device);
      if (!agreed.ok) return agreed;
      const seen = await this.#look(generation, one, own);
      if (!seen.ok) return seen;
      if (seen.value.on === on) return DONE;
      const { errors } = seen.value;
      const why = errors.length > 0 ? `it tells of ${errors.join(', ')}` : 'see its page for a lock, a timer or a schedule';
      return failed('refused', `${this.#device.where} agreed, and its output ${one} is still ${on ? 'off' : 'on'}: ${why}`);
    };
    return this.#device.run({ signal, urgent: true, first, work: (own) => this.#as((generation) => work(generation, own), own) });
  }

  async #look(generation: ShellyGeneration, one: number, signal: AbortSignal): Promise<Outcome<ShellyOutput>> {
    const answer = await this.#ask(generation, outputPath(generation, one), signal);
    return answer.ok ? outputIn(answer.value, one, this.#device) : answer;
  }

  /** With its generation known; what is no answer of that one may come from another, put in its place. */
  async #as<T>(work: (generation: ShellyGeneration) => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
    const generation = await this.#learn(signal);
    if (!generation.ok) return generation;
    const outcome = await work(generation.value);
    if (!outcome.ok && (outcome.fault.code === 'unsupported' || outcome.fault.code === 'garbled')) this.#generation = undefined;
    return outcome;
  }

  async #learn(signal: AbortSignal): Promise<Outcome<ShellyGeneration>> {
    if (this.#generation !== undefined) return ok(this.#generation);
    const answer = await this.#device.ask({ path: WHICH_SHELLY }, signal);
    if (!answer.ok) return answer;
    const generation = generationIn(answer.value, this.#device);
    if (generation.ok) this.#generation = generation.value;
    return generation;
  }

  #ask(generation: ShellyGeneration, path: string, signal: AbortSignal): ReturnType<HttpDevice['ask']> {
    // From the second generation on the password is never shown to the wire, so nobody who asks for it so gets it.
    const question: HttpQuestion = { path, takes: generation === 1 ? ['basic'] : ['digest'] };
    return this.#device.ask(question, signal);
  }
}
