// Rigs under Braiins OS (Antminer S9 to S21 and others). Which of its ways it speaks is learnt at the first look and remembered:
// REST (25.07 and later), GraphQL before that, else port 4028. Its watts are the estimate of its tuner.
import { z } from 'zod';
import { type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { secretOf } from '../transports/secret-of.ts';
import { askTcp } from '../transports/tcp.ts';
import { BraiinsGraphql, BraiinsSocket } from './braiins-older.ts';
import { type BraiinsLogin, BraiinsRest } from './braiins-rest.ts';
import type { BraiinsWay } from './braiins-way.ts';
import { type RigDriver, type RigKit, rigDriverKind } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(80).describe('port of its page'),
  apiPort: devicePort(4028).describe('port of its older API, for firmware before 25.07, and where its login fails'),
  username: userName.default('root').describe('user of its login'),
  passwordFile: secretFile
    .optional()
    .describe('file with the password of its login; a fresh Braiins OS has root, or none: change it there, and never leave it so'),
  emptyPassword: z.boolean().default(false).describe('true: that user has no password, and passwordFile is absent'),
});

type Options = z.infer<typeof options>;

export const braiins = rigDriverKind({
  name: 'braiins',
  maturity: 'simulated',
  about:
    'Rigs under Braiins OS: by REST (25.07 and later) or, learnt by itself, by GraphQL or port 4028. Its watts are an estimate. Before 21.09 some models know no pause.',
  options,
  defaults: {
    // Boards dark, fans by their own setting; believed to be 15 to 40 W beside them.
    pausedWatts: 40,
    // A pause takes 1 to 20 s, by the ramp that is set for it.
    graceSeconds: 40,
    coolDownSeconds: 30,
    // 0.5 to 5 min, by the ramp and the tuner.
    resumeMinutes: 3,
    restartMinutes: 8,
    // Whether a pause outlives a power cut is believed (it does not), and not known: so not said.
    answerSeconds: 12,
  },
  can: { read: true, pause: true, resume: true, halt: false, limit: true },
  secretFiles: ({ passwordFile }) => (passwordFile === undefined ? [] : [passwordFile]),
  open: braiinsRig,
});

function braiinsRig(at: Options, kit: RigKit): RigDriver {
  const device = httpDevice({ host: at.host, port: at.port, who: 'a rig under Braiins OS', addresses: kit.addresses, contacts: 1 });
  const talk = new BraiinsTalk(at, kit, device);
  const order = (signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work });
  const driver: RigDriver = {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => talk.read(own, brief) }),
    pause: (signal) => order(signal, (own) => talk.order('pause', own)),
    resume: (_mode, signal) => order(signal, (own) => talk.order('resume', own)),
    limitWatts: (watts, was, signal) => order(signal, (own) => talk.as((way) => way.limit({ watts, was }, own), own)),
    reboot: (signal) => order(signal, (own) => talk.as((way) => way.reboot(own), own)),
    locate: (on, signal) => order(signal, (own) => talk.as((way) => way.locate(on, own), own)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => talk.as((way) => way.mayOrder(own), own) }),
    close: () => device.close(),
  };
  return tellingSettings(driver, {
    nowMs: kit.nowMs,
    ask: (signal) => device.run({ signal, urgent: false, work: (own) => talk.settings(own) }),
    way: () => talk.way,
  });
}

function loginOf({ username, passwordFile, emptyPassword }: Options, kit: RigKit): BraiinsLogin {
  const login = {
    username,
    ...secretOf(kit.secrets, passwordFile, 'name its file, passwordFile, or emptyPassword: true where it has none'),
  };
  return passwordFile === undefined && emptyPassword ? { ...login, password: '' } : login;
}

/** A way, and whether the rig speaks it. */
type Spoken = BraiinsWay & { isSpoken(signal: AbortSignal): Promise<Outcome<boolean>> };

class BraiinsTalk {
  readonly #where: string;
  readonly #rest: BraiinsRest;
  readonly #graphql: BraiinsGraphql;
  readonly #socket: BraiinsSocket;
  #way: Spoken | undefined;

  constructor(at: Options, kit: RigKit, device: HttpDevice) {
    const { host, apiPort: port } = at;
    const { addresses } = kit;
    const login = loginOf(at, kit);
    this.#where = device.where;
    // In the turns of the lane of its page, so that it has one conversation at a time over all of its ports.
    this.#socket = new BraiinsSocket(
      { where: `${host}:${port}`, ask: (payload, signal) => askTcp({ host, port, addresses, payload, signal }) },
      kit,
    );
    this.#rest = new BraiinsRest(device, kit, login);
    this.#graphql = new BraiinsGraphql(device, kit, { login, socket: this.#socket });
  }

  read(signal: AbortSignal, brief: 'brief' | undefined): Promise<Outcome<RigReading>> {
    return this.#orBySocket((way) => way.look(signal, brief), signal);
  }

  order(order: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> {
    return this.#orBySocket((way) => way.order(order, signal), signal);
  }

  /** The way that is known; undefined: none yet. */
  get way(): 'rest' | 'graphql' | 'socket' | undefined {
    if (this.#way === undefined) return undefined;
    return this.#way === this.#rest ? 'rest' : this.#way === this.#graphql ? 'graphql' : 'socket';
  }

  /** By the way that is known, and what comes of it says nothing of the others: each spells them in its own manner. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    return this.#way?.settings(signal) ?? failed('refused', `${this.#where}: which way it speaks is not known yet`);
  }

  /** By the way that is known; what is no answer of that one may come from another firmware, put in its place. */
  async as<T>(work: (way: BraiinsWay) => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
    const way = await this.#learn(signal);
    if (!way.ok) return way;
    const outcome = await work(way.value);
    if (!outcome.ok && this.#mayHaveChanged(outcome.fault)) this.#way = undefined;
    return outcome;
  }

  /** An older firmware that was away may come back as a newer one, which still takes the older words. */
  #mayHaveChanged({ code }: Fault): boolean {
    return code === 'garbled' || code === 'unsupported' || (code === 'unreachable' && this.#way !== this.#rest);
  }

  /** Where the login fails, or what it answers is cut off, port 4028 may still be open, and wants none. The fault stays that of the page. */
  async #orBySocket<T>(work: (way: BraiinsWay) => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
    let by: BraiinsWay | undefined;
    const outcome = await this.as((way) => {
      by = way;
      return work(way);
    }, signal);
    const asked = by !== undefined && by !== this.#socket;
    if (outcome.ok || !asked || (outcome.fault.code !== 'unauthorized' && outcome.fault.code !== 'garbled')) return outcome;
    const spoken = await this.#socket.isSpoken(signal);
    const instead = spoken.ok && spoken.value ? await work(this.#socket) : outcome;
    return instead.ok ? instead : outcome;
  }

  async #learn(signal: AbortSignal): Promise<Outcome<BraiinsWay>> {
    if (this.#way !== undefined) return ok(this.#way);
    const rest = await this.#rest.isSpoken(signal);
    if (rest.ok && rest.value) return this.#found(this.#rest, true);
    if (!rest.ok && signal.aborted) return rest;
    // Where nobody listens at its page, or it says nothing, nobody does for another question.
    const dark = !rest.ok && (rest.fault.code === 'unreachable' || rest.fault.code === 'timeout');
    const graphql = dark ? rest : await this.#graphql.isSpoken(signal);
    if (graphql.ok && graphql.value) return this.#found(this.#graphql, rest.ok);
    if (!graphql.ok && signal.aborted) return graphql;
    const socket = await this.#socket.isSpoken(signal);
    if (socket.ok && socket.value) return this.#found(this.#socket, rest.ok && graphql.ok);
    return this.#spokenByNone([rest, graphql, socket]);
  }

  #spokenByNone(tried: readonly Outcome<boolean>[]): Outcome<never> {
    const [first] = tried.flatMap((one) => (one.ok ? [] : [one]));
    if (first !== undefined && tried.every((one) => !one.ok)) return first;
    return failed('garbled', `${this.#where} speaks no way of Braiins OS: is this really a rig under Braiins OS?`);
  }

  /** A page that is not up yet says nothing of the firmware behind it, which may speak a better way: then only for this time. */
  #found(way: Spoken, forSure: boolean): Outcome<BraiinsWay> {
    if (forSure) this.#way = way;
    return ok(way);
  }
}
