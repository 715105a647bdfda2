// Rigs under ePIC's firmware (PowerPlay, UMC boards, BlockMiner), over HTTP on port 4028. A pause is `Stop`: boards go dark, the
// control board stays up, and only `Autostart` ends it, a power cut does not. Each order carries the password.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceLane, type Lane } from '../transports/device-lane.ts';
import { deviceHost, devicePort, secretFile } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { EPIC, type EpicSummary, epicAgreementIn, epicIdentityIn, epicSummaryIn } from '../wire/epic.ts';
import { type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API'),
  passwordFile: secretFile.describe(
    'file with the password of the rig, for orders; from the factory it is letmein, and nothing is tried but what stands here',
  ),
});

export const epic = rigDriverKind({
  name: 'epic',
  maturity: 'simulated',
  about: "Rigs under ePIC's firmware (PowerPlay, UMC, BlockMiner): stops and starts through its API, which is HTTP on port 4028.",
  options,
  defaults: {
    // 20 to 60 W idle, with fans at their idle speed.
    pausedWatts: 50,
    // 5 to 20 s until the boards are dark, and it answers only then; the rest is for a second try.
    graceSeconds: 75,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    // 1 to 5 minutes; it may wait for its boards to cool first.
    resumeMinutes: 4,
    restartMinutes: 6,
    pausePersists: true,
    // The vendor's own program waits 60 s for this answer.
    answerSeconds: 60,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Epic(given, kit);
    return {
      read: (signal, brief) => rig.read(signal, brief),
      pause: (signal) => rig.turn('Stop', signal),
      resume: (_mode, signal) => rig.turn('Autostart', signal),
      reboot: (signal) => rig.order({ path: EPIC.reboot, param: 0 }, signal),
      locate: (on, signal) => rig.order({ path: EPIC.identify, param: on }, signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
  },
});

/** ms that it may take to stop or start its miner, which it answers behind */
const SLOW_MS = 60_000;
/** ms that nothing else is asked after such an order was sent; by then it is answered, or taken and under way */
const ALONE_MS = 2_000;
/** ms that no order is given after the password was refused */
const REST_MS = 300_000;

interface Order {
  readonly path: string;
  readonly param: string | number | boolean;
  readonly answerMs?: number;
}

class Epic {
  readonly #kit: RigKit;
  readonly #device: HttpDevice;
  /** Orders have a lane of their own around that of the device: while one waits for its late answer the rig can be read. */
  readonly #orders: Lane;
  readonly #password: string | undefined;
  readonly #identity: AskedSeldom<string>;
  /** monotonic ms until which the password is not tried again */
  #closedUntilMs = Number.NEGATIVE_INFINITY;

  constructor({ host, port, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#identity = new AskedSeldom(kit.nowMs);
    this.#password = kit.secrets.get(passwordFile);
    this.#device = httpDevice({ host, port, who: 'a rig of ePIC', addresses: kit.addresses, contacts: 1, answerLimit: 256 * 1024 });
    this.#orders = deviceLane(this.#device.where);
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#device.run({ signal, urgent: brief !== undefined, work: (own) => this.#look(own) });
  }

  order(order: Order, signal: AbortSignal): Promise<Outcome> {
    return this.#orders.run({ signal, urgent: true, work: (own) => this.#carryOut(order, own) });
  }

  /** Said whatever it seems to do: one that idles for want of a pool would start by itself, and after a power cut. */
  turn(param: 'Stop' | 'Autostart', signal: AbortSignal): Promise<Outcome> {
    const wanted: readonly RigReading['state'][] = param === 'Stop' ? ['paused'] : ['hashing', 'starting'];
    return this.#orders.run({
      signal,
      urgent: true,
      work: async (own) => {
        const done = await this.#carryOut({ path: EPIC.miner, param, answerMs: SLOW_MS }, own);
        if (done.ok || done.fault.code !== 'refused') return done;
        const summary = await this.#inTurn(own, (turn) => this.#summary(turn));
        return summary.ok && wanted.includes(summary.value.state) ? DONE : done;
      },
    });
  }

  /** It has no question for this: it is told to blink, or not to, as it does already. */
  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#device.run({
      signal,
      urgent: false,
      work: async (own) => {
        const summary = await this.#summary(own);
        if (!summary.ok) return summary;
        const { blinks } = summary.value;
        if (blinks !== undefined) return this.#tell({ path: EPIC.identify, param: blinks }, own);
        return failed(
          'unsupported',
          `${this.#device.where} does not tell whether it blinks, so the password can't be tried in calm`,
          'later',
        );
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#orders.close(), this.#device.close()]);
  }

  /** Within an order: ahead of the readings, and alone. */
  #inTurn<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#device.run({ signal, urgent: true, work });
  }

  /** The turn ends before a late answer, once the order was surely sent. */
  async #carryOut(order: Order, signal: AbortSignal): Promise<Outcome> {
    const sent = await this.#inTurn(signal, async () => {
      const answering = this.#tell(order, signal);
      await Promise.race([answering, sleep(ALONE_MS, undefined, { ref: false })]);
      return ok({ answering });
    });
    return sent.ok ? sent.value.answering : sent;
  }

  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const summary = await this.#summary(signal);
    if (!summary.ok) {
      this.#identity.forget();
      return summary;
    }
    const { state, word: _word, blinks: _blinks, ...figures } = summary.value;
    const identity = await this.#identity.get(figures.uptimeSeconds, () => this.#whoItIs(signal));
    return ok(
      rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...figures, identity: identity?.is, identityAtMs: identity?.askedAtMs }),
    );
  }

  async #summary(signal: AbortSignal): Promise<Outcome<EpicSummary>> {
    const answer = await this.#device.ask({ path: EPIC.summary }, signal);
    return answer.ok ? epicSummaryIn(answer.value, this.#device) : answer;
  }

  async #whoItIs(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#device.ask({ path: EPIC.network }, signal);
    return answer.ok ? epicIdentityIn(answer.value, this.#device) : undefined;
  }

  async #tell({ path, param, answerMs }: Order, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const password = this.#password;
    if (password === undefined) {
      return failed(
        'unauthorized',
        `${where} takes no order without its password: the file of passwordFile could not be read; mend it and reload`,
      );
    }
    const left = this.#closedUntilMs - this.#kit.nowMs();
    if (left > 0) {
      return failed(
        'unauthorized',
        `${where} did not take the password: correct the file of passwordFile; it is tried again in ${Math.ceil(left / 60_000)} min`,
      );
    }
    const body = JSON.stringify({ param, password });
    const answer = await this.#device.ask({ method: 'POST', path, body, ...(answerMs !== undefined && { answerMs }) }, signal);
    const done = answer.ok ? epicAgreementIn(answer.value, this.#device) : answer;
    if (done.ok) return done;
    const { code, detail, retry } = done.fault;
    if (code === 'unauthorized') this.#closedUntilMs = this.#kit.nowMs() + REST_MS;
    // What it refuses it may quote.
    return failed(code, password === '' ? detail : detail.replaceAll(password, '(password)'), retry);
  }
}
