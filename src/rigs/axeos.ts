// Bitaxe and other boards under AxeOS (ESP-Miner 2.14 and later), over HTTP. A pause takes the voltage off the chip and lives in
// RAM: a restart forgets it. Small computers: one question a look, one connection at a time.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import {
  AXEOS_CHIP,
  AXEOS_IDENTIFY,
  AXEOS_INFO,
  AXEOS_RESTART,
  AXEOS_SETTINGS,
  type AxeosInfo,
  type AxeosOrder,
  axeosState,
  frequenciesIn,
  frequencyFor,
  infoIn,
  obeyedIn,
  orderPath,
  saidIn,
  settledIn,
} from '../wire/axeos.ts';
import { espFigures } from '../wire/esp-miner.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the board'),
  port: devicePort(80).describe('port of its page'),
});

export const axeos = rigDriverKind({
  name: 'axeos',
  maturity: 'simulated',
  about:
    'Bitaxe and other boards under AxeOS: pauses and resumes over HTTP, without a login. Firmware (ESP-Miner) before 2.14 can be read, not paused: update it, or give it a switch (cutBy).',
  options,
  defaults: {
    // Paused they draw 2.7 W (Ultra) to 5 W (Gamma).
    pausedWatts: 5,
    // Its chip is dark within 1 s; the rest is for wireless networks that lose a question or two.
    graceSeconds: 15,
    // 15 W under a fan that goes on at 30 %; and flash that was written wants 10 s before a cut.
    coolDownSeconds: 15,
    // Voltage, chip and ramp take 5 to 15 s.
    resumeMinutes: 0.5,
    restartMinutes: 1,
    pausePersists: false,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: axeosRig,
});

function axeosRig({ host, port }: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = httpDevice({ host, port, who: 'a board under AxeOS', addresses: kit.addresses, contacts: 1 });
  const talk = new AxeosTalk(device, kit);
  const order = (signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work });
  return {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => talk.read(own) }),
    pause: (signal) => order(signal, (own) => talk.order('pause', own)),
    resume: (_mode, signal) => order(signal, (own) => talk.order('resume', own)),
    limitWatts: (watts, _was, signal) => order(signal, (own) => (watts === undefined ? talk.unlimit(own) : talk.limit(watts, own))),
    reboot: (signal) => order(signal, (own) => talk.restart(own)),
    locate: (on, signal) => order(signal, (own) => talk.locate(on, own)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => talk.mayOrder(own) }),
    close: () => device.close(),
  };
}

/** ms until the watts show a frequency that was set; its flash is not written more often for a lower limit */
const SETTLING_MS = 30_000;

/** MHz, and W */
interface ClockChange {
  readonly own: number;
  /** as it is set now */
  readonly frequency: number;
  readonly wanted: number;
  readonly limit: number | undefined;
}

interface KeptClock {
  /** MHz that the owner set */
  readonly own: number;
  /** MHz that we set instead, the newest first; of those whose answer was lost nobody knows which stands */
  readonly ours: readonly number[];
  /** W that it is for; undefined: none any more */
  readonly limit: number | undefined;
  readonly atMs: number;
}

/** More answers than these are not lost in a row. */
const OURS_LIMIT = 8;

class AxeosTalk {
  readonly #device: HttpDevice;
  readonly #kit: RigKit;
  /** of the firmware last seen, where it can't pause; a later look may find it updated */
  #tooOld: string | undefined;
  #clock: KeptClock | undefined;

  constructor(device: HttpDevice, kit: RigKit) {
    this.#device = device;
    this.#kit = kit;
  }

  async read(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state: axeosState(info.value) }, espFigures(info.value, 'ESP-Miner')));
  }

  async order(order: AxeosOrder, signal: AbortSignal): Promise<Outcome> {
    // Known to be in vain: whoever wants it stopped need not wait for its answer to go on to the switch.
    if (this.#tooOld !== undefined) return this.#cannotPause(this.#tooOld);
    const answer = await this.#ask({ method: 'POST', path: orderPath(order) }, signal);
    const obeyed = answer.ok ? obeyedIn(answer.value, order, this.#device) : answer;
    if (obeyed.ok || (obeyed.fault.code !== 'unsupported' && obeyed.fault.code !== 'garbled')) return obeyed;
    // An older firmware answers what it does not know with a page, a way to one, or an error, as it comes.
    const info = await this.#info(signal);
    return info.ok && info.value.paused === undefined ? this.#cannotPause(info.value.version) : obeyed;
  }

  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return info.value.paused === undefined ? this.#cannotPause(info.value.version) : DONE;
  }

  async restart(signal: AbortSignal): Promise<Outcome> {
    // Others have the same page for that: whose board it is tells its state alone.
    const there = await this.#info(signal);
    if (!there.ok) return there;
    const answer = await this.#ask({ method: 'POST', path: AXEOS_RESTART }, signal);
    return answer.ok ? obeyedIn(answer.value, 'restart', this.#device) : answer;
  }

  /** It greets for 30 s, or stops to, by turns, and says which: where that was the wrong way, once more. */
  async locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    const there = await this.#info(signal);
    if (!there.ok) return there;
    for (let turn = 0; turn < 2; turn++) {
      const answer = await this.#ask({ method: 'POST', path: AXEOS_IDENTIFY }, signal);
      const said = answer.ok ? saidIn(answer.value, 'show itself', this.#device) : answer;
      if (!said.ok) return said;
      if (/no longer/i.test(said.value) !== on) return DONE;
    }
    return failed('refused', `${this.#device.where} does not say that it ${on ? 'shows itself' : 'stopped showing itself'}: look at it`);
  }

  /**
   * By its clock alone, among the frequencies that the vendor names, and never above the owner's: at a lower clock any
   * voltage that held still holds. The setting is in flash, so nothing is written that stands there already.
   */
  async limit(watts: number, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const info = await this.#info(signal);
    if (!info.ok) return info;
    const { frequency, watts: drawn } = info.value;
    if (frequency === undefined || drawn === undefined || axeosState(info.value) !== 'hashing') {
      return failed(
        'refused',
        `${where} does not hash, so nobody can tell which clock draws ${watts} W: limit it while it hashes`,
        'later',
      );
    }
    const clock = this.#clock?.ours.includes(frequency) === true ? this.#clock : undefined;
    if (clock?.limit === watts && drawn <= watts) return DONE;
    if (clock !== undefined && this.#kit.nowMs() - clock.atMs < SETTLING_MS) {
      return failed('refused', `${where} got another clock a moment ago, and its watts do not show it yet: limit it again later`, 'later');
    }
    const answer = await this.#ask({ path: AXEOS_CHIP }, signal);
    const named = answer.ok ? frequenciesIn(answer.value, this.#device) : answer;
    if (!named.ok) return named;
    const own = clock?.own ?? frequency;
    const choices = [...named.value.filter((one) => one < own), own];
    const wanted = frequencyFor({ limit: watts, watts: drawn, frequency }, choices);
    if (wanted === undefined) {
      return failed('refused', `${where} draws more than ${watts} W at its lowest clock of ${choices[0]} MHz: pause it instead`, 'never');
    }
    return this.#setClock({ own, frequency, wanted, limit: watts }, signal);
  }

  /** The owner's clock again, unless he has set another meanwhile. */
  async unlimit(signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const clock = this.#clock;
    if (clock === undefined) {
      return failed(
        'refused',
        `${where} was not limited since this service started, so its clock before is not known: set it on its page`,
        'never',
      );
    }
    const info = await this.#info(signal);
    if (!info.ok) return info;
    const { frequency } = info.value;
    if (frequency === undefined) return failed('garbled', `${where} does not tell its frequency: look at its page`);
    if (!clock.ours.includes(frequency)) return DONE;
    return this.#setClock({ own: clock.own, frequency, wanted: clock.own, limit: undefined }, signal);
  }

  async #setClock({ own, frequency, wanted, limit }: ClockChange, signal: AbortSignal): Promise<Outcome> {
    if (wanted === frequency) return DONE;
    const before = this.#clock?.own === own ? this.#clock.ours : [];
    const now = { own, limit, atMs: this.#kit.nowMs() };
    // Remembered ahead of the question: its answer may be lost, and the owner's clock must not be.
    this.#clock = { ...now, ours: [wanted, ...before].slice(0, OURS_LIMIT) };
    const body = JSON.stringify({ frequency: wanted });
    const answer = await this.#ask({ method: 'PATCH', path: AXEOS_SETTINGS, body }, signal);
    const settled = answer.ok ? settledIn(answer.value, this.#device) : answer;
    if (settled.ok) this.#clock = { ...now, ours: [wanted] };
    return settled;
  }

  async #info(signal: AbortSignal): Promise<Outcome<AxeosInfo>> {
    const answer = await this.#ask({ path: AXEOS_INFO }, signal);
    const info = answer.ok ? infoIn(answer.value, this.#device) : answer;
    if (info.ok) this.#tooOld = info.value.paused === undefined ? info.value.version : undefined;
    return info;
  }

  #ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#device.ask(question, signal);
  }

  #cannotPause(version: string): Outcome<never> {
    return failed(
      'unsupported',
      `${this.#device.where} runs ESP-Miner ${version}, which can't pause: update it to 2.14 or later; until then only its switch stops it`,
    );
  }
}
