// Bitdeer SealMiner, over its cgminer-like socket. A pause is `suspend`; what ends it is a restart of its mining program, which is
// given only to one that does not mine. Its power supply meters, and port 4028 tells it, so its page and password are not needed.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import { poolsAsked } from '../wire/pools.ts';
import type { Row } from '../wire/rows-4028.ts';
import { sealminerLook, sealminerPower, sealminerWatts } from '../wire/sealminer.ts';
import { agreed, Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API'),
});

export const sealminer = rigDriverKind({
  name: 'sealminer',
  maturity: 'simulated',
  about: 'Bitdeer SealMiner: suspends, and comes back by a restart of its mining program, through its API on port 4028.',
  options,
  defaults: {
    pausedWatts: 50,
    // Seconds until its boards are dark; the rest is for a second try.
    graceSeconds: 60,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    // Some 4 minutes until it hashes, and 12 until it is tuned.
    resumeMinutes: 8,
    restartMinutes: 12,
    // No pausePersists: nobody has told.
    answerSeconds: 15,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: (at, kit) => {
    const rig = new Sealminer(at, kit);
    const driver: RigDriver = {
      read: (signal, brief) => rig.read(signal, brief),
      pause: (signal) => rig.suspend(signal),
      resume: (_mode, signal) => rig.resume(signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
    return tellingSettings(driver, { nowMs: kit.nowMs, ask: (signal) => rig.pools(signal) });
  },
});

/** W at the wall; at or below this no rig of this kind mines */
const DARK_WATTS = 100;
/** ms for which it may still say that it runs, after it was told to suspend */
const SETTLING_MS = 30_000;
/** ms that its mining program has to come to run; a restart within them would begin them anew */
const STARTS_MS = 240_000;
/** What leaves open whether a restart was carried out: it goes before it answers. */
const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'garbled', 'refused']);

class Sealminer {
  readonly #kit: RigKit;
  readonly #device: TcpDevice;
  /** monotonic ms of the last order to suspend that it may have taken */
  #suspendedAtMs = Number.NEGATIVE_INFINITY;
  /** monotonic ms of the last restart since */
  #restartedAtMs = Number.NEGATIVE_INFINITY;

  constructor(at: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#device.run({ signal, urgent: brief !== undefined, work: (own) => this.#look(new Talk4028(this.#device, own)) });
  }

  pools(signal: AbortSignal): ReturnType<typeof poolsAsked> {
    return this.#device.run({ signal, urgent: false, work: (own) => poolsAsked(new Talk4028(this.#device, own)) });
  }

  suspend(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (talk) => {
      // Others on this port agree to anything.
      const there = await this.#stats(talk);
      if (!there.ok) return there;
      const before = this.#suspendedAtMs;
      this.#suspendedAtMs = this.#kit.nowMs();
      const answer = await talk.ask('ascset', '0,suspend');
      const done = agreed(answer, { where: talk.where, command: 'ascset suspend' });
      // A no in words is the one end that shows that it has not taken it.
      if (answer.ok && !done.ok) this.#suspendedAtMs = before;
      else this.#restartedAtMs = Number.NEGATIVE_INFINITY;
      if (done.ok) return DONE;
      if (done.fault.code !== 'refused') return done;
      // One that is suspended may refuse to be.
      const stats = await this.#stats(talk);
      return stats.ok && isDark(stats.value) ? DONE : done;
    });
  }

  /** A restart of one that mines would cost it minutes. Just after a suspend it may still say that it does. */
  resume(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (talk, own) => {
      const stats = await this.#stats(talk);
      if (!stats.ok) return stats;
      if (!this.#wantsRestart(stats.value)) return DONE;
      const done = await restart(talk, own);
      if (!done.ok) return done;
      this.#suspendedAtMs = Number.NEGATIVE_INFINITY;
      this.#restartedAtMs = this.#kit.nowMs();
      return DONE;
    });
  }

  #wantsRestart(stats: Row): boolean {
    const nowMs = this.#kit.nowMs();
    const power = sealminerPower(stats);
    if (power === 'running') return nowMs - this.#suspendedAtMs < SETTLING_MS;
    // By any word but that of a suspended one it may be on its way.
    return power === 'suspended' || nowMs - this.#restartedAtMs >= STARTS_MS;
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#device.run({
      signal,
      urgent: false,
      work: async (own) => {
        const answer = await new Talk4028(this.#device, own).agree('privileged');
        return answer.ok ? DONE : answer;
      },
    });
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  #order(signal: AbortSignal, work: (talk: Talk4028, own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#device.run({ signal, urgent: true, work: (own) => work(new Talk4028(this.#device, own), own) });
  }

  async #stats(talk: Talk4028): Promise<Outcome<Row>> {
    const answer = await talk.agree('stats');
    if (!answer.ok) return answer;
    const row = answer.value.rows('STATS')[0];
    if (row !== undefined && sealminerPower(row) !== undefined) return ok(row);
    return failed('garbled', `${talk.where}: stats: the answer holds no PM State: is this really a SealMiner?`);
  }

  async #look(talk: Talk4028): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const stats = await this.#stats(talk);
    if (!stats.ok) return stats;
    const summary = await talk.agree('summary');
    const { state, ...rest } = sealminerLook(stats.value, summary.ok ? summary.value.rows('SUMMARY')[0] : undefined);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, algorithm: 'sha256' }));
  }
}

async function restart(talk: Talk4028, signal: AbortSignal): Promise<Outcome> {
  const answer = await talk.ask('restart');
  // It answered a moment ago: what breaks now is its going.
  if (!answer.ok) return UNSURE.has(answer.fault.code) && !signal.aborted ? DONE : answer;
  // `{"STATUS":"RESTART"}` is how a cgminer agrees to this.
  const done = answer.value.letter === 'RESTART' ? answer : agreed(answer, { where: talk.where, command: 'restart' });
  return done.ok ? DONE : done;
}

function isDark(stats: Row): boolean {
  const watts = sealminerWatts(stats);
  return sealminerPower(stats) === 'suspended' || (watts !== undefined && watts <= DARK_WATTS);
}
