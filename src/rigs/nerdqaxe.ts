// NerdQAxe+, NerdQAxe++, NerdOctAxe and their kin, over HTTP. A pause takes the power off the chips (`shutdown`) and leaves page and
// fans on; what ends it is a restart, as after any power cut. Small computers: one question a look, one connection at a time.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { espFigures } from '../wire/esp-miner.ts';
import { NERDQAXE, type NerdqaxeInfo, nerdqaxeAgreementIn, nerdqaxeInfoIn, nerdqaxeState } from '../wire/nerdqaxe.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the board'),
  port: devicePort(80).describe('port of its page'),
});

export const nerdqaxe = rigDriverKind({
  name: 'nerdqaxe',
  maturity: 'simulated',
  about:
    'NerdQAxe+, NerdQAxe++, NerdOctAxe: takes the power off the chips over HTTP and brings it back by a restart, without a login. Firmware before v1.0.36 can be read, not paused: update it, or give it a switch (cutBy).',
  options,
  defaults: {
    // Fans, display and radio go on; its own meter does not see them.
    pausedWatts: 6,
    // Chips are dark within 2 s; the rest is for wireless networks that lose a question or two.
    graceSeconds: 15,
    // The fans go on while it is paused, and stop for a moment at the restart.
    coolDownSeconds: 20,
    // A restart takes some 30 s to full rate.
    resumeMinutes: 1,
    restartMinutes: 1,
    pausePersists: false,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: nerdqaxeRig,
});

function nerdqaxeRig({ host, port }: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = httpDevice({ host, port, who: 'a NerdQAxe', addresses: kit.addresses, contacts: 1 });
  const talk = new NerdqaxeTalk(device, kit);
  const order = (signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work });
  return {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => talk.read(own) }),
    pause: (signal) => order(signal, (own) => talk.tell(NERDQAXE.shutdown, own)),
    resume: (_mode, signal) => order(signal, (own) => talk.resume(own)),
    reboot: (signal) => order(signal, (own) => talk.restart(own)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => talk.mayOrder(own) }),
    close: () => device.close(),
  };
}

/** ms that no order is given after one without a code was refused: it counts them, and then refuses its owner's too */
const REST_MS = 300_000;

class NerdqaxeTalk {
  readonly #device: HttpDevice;
  readonly #kit: RigKit;
  /** monotonic ms until which no order is given */
  #closedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(device: HttpDevice, kit: RigKit) {
    this.#device = device;
    this.#kit = kit;
  }

  async read(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return ok(
      rigReading({ rig: this.#kit.rig, takenAtMs, state: nerdqaxeState(info.value) }, espFigures(info.value, 'ESP-Miner-NerdQAxePlus')),
    );
  }

  /** A restart of one that hashes would cost it half a minute; what it says of that is true by then, for it serves one question at a time. */
  async resume(signal: AbortSignal): Promise<Outcome> {
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return info.value.shutDown === true ? this.tell(NERDQAXE.restart, signal) : DONE;
  }

  /** A Bitaxe has the same page for that, so it is looked at first. */
  async restart(signal: AbortSignal): Promise<Outcome> {
    const there = await this.#info(signal);
    return there.ok ? this.tell(NERDQAXE.restart, signal) : there;
  }

  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return info.value.shutDown === undefined ? this.#cannotPause(info.value) : DONE;
  }

  async tell(path: string, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const left = this.#closedUntilMs - this.#kit.nowMs();
    if (left > 0) {
      return failed(
        'unauthorized',
        `${where} wanted a one-time code: update its firmware, or turn the codes off on its page; it is asked again in ${Math.ceil(left / 60_000)} min`,
      );
    }
    const answer = await this.#device.ask({ method: 'POST', path }, signal);
    const done = answer.ok ? nerdqaxeAgreementIn(answer.value, this.#device) : answer;
    if (done.ok) return done;
    const { code } = done.fault;
    if (code === 'unauthorized') this.#closedUntilMs = this.#kit.nowMs() + REST_MS;
    if (code !== 'unsupported' && code !== 'garbled') return done;
    // Older firmware answers what it does not know with an error, a page, or the way to one.
    const info = await this.#info(signal);
    return info.ok && info.value.shutDown === undefined ? this.#cannotPause(info.value) : done;
  }

  async #info(signal: AbortSignal): Promise<Outcome<NerdqaxeInfo>> {
    const answer = await this.#device.ask({ path: NERDQAXE.info }, signal);
    return answer.ok ? nerdqaxeInfoIn(answer.value, this.#device) : answer;
  }

  #cannotPause({ version }: NerdqaxeInfo): Outcome<never> {
    return failed(
      'unsupported',
      `${this.#device.where} runs ${version}, which can't take the power off its chips: update it to v1.0.36 or later; until then only its switch stops it`,
      'later',
    );
  }
}
