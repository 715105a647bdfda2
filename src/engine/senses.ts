// Who is asked, how often: slowly in calm, quickly while a rig's pause or return is being verified.
import type { RigState, State } from '../core/state.ts';
import type { RigId, UpsId } from '../model/id.ts';
import type { SwitchLook } from '../model/input.ts';
import { type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { Switch } from '../switches/port.ts';
import type { UpsSource } from '../ups/port.ts';
import type { Inbox } from './inbox.ts';
import { Poller } from './pollers.ts';
import type { World } from './world.ts';

const NUT_DEADLINE_MS = { mains: 3000, battery: 1000 } as const;
const SLOW_MS = 1000;

/** How long a look at a UPS may take. */
export function upsDeadlineMs(source: Pick<UpsSource, 'answerMs'>, line: 'mains' | 'battery'): number {
  return source.answerMs ?? NUT_DEADLINE_MS[line];
}

/** Poll gently: old boards hang when asked too often (miner APIs, section 0). */
const RIG_MS = { calm: 15_000, close: 5_000, watched: 1_000 } as const;
const RIG_DEADLINE_MS = 5_000;
const SWITCH_MS = { calm: 30_000, outage: 5_000 } as const;
const SWITCH_DEADLINE_MS = 3_000;
const INPUT_MS = 2_000;

export interface SensesSetting {
  readonly world: World;
  readonly site: Site;
  readonly inbox: Inbox;
  readonly state: () => State;
}

/** A rig behind a contact that has just opened falls silent within seconds, or that contact did not cut it. */
const JUST_CUT_MS = 12_000;

function justCut({ phase, sinceMs }: RigState, nowMs: number): boolean {
  return (phase === 'cutting' || phase === 'dark') && nowMs - sinceMs < JUST_CUT_MS;
}

/**
 * Asked to pause and not seen quiet, or on its way back and not seen hashing. Not while the order itself is on its way: a
 * question would only stand in front of it, and twenty of them keep twenty orders waiting.
 */
function beingVerified({ stop, wake, flight }: RigState): boolean {
  if (flight !== undefined) return false;
  return wake !== undefined || (stop !== undefined && stop.confirmedAtMs === undefined);
}

const LONGEST_WAIT_MS = 30_000;

/** Its pause waits for the next share, which is to be seen when it comes. */
function waitsForShare({ work }: RigState, nowMs: number): boolean {
  return work !== undefined && nowMs - work.sinceMs <= LONGEST_WAIT_MS;
}

/** While a switch is open for a drill every rig is looked at closely: who falls silent with it hangs on the wrong switch. */
function darkForDrill({ drill, rigs }: State): boolean {
  if (drill?.cut !== true || drill.part !== 'down') return false;
  const phase = rigs.get(drill.rig)?.phase;
  return phase === 'cutting' || phase === 'dark';
}

export class Senses {
  readonly #setting: SensesSetting;
  readonly #rigs = new Map<RigId, { nudge(): void }>();
  readonly #supplies = new Map<UpsId, { hurry(): void }>();
  readonly #all: { start(): void; stop(): Promise<void> }[] = [];
  readonly #lastWords = new Map<string, string>();
  #watched: ReadonlySet<RigId> = new Set();
  #draining: ReadonlySet<UpsId> = new Set();
  #outage = false;
  /** every rig is asked often: in an outage, and while a drill is dark */
  #close = false;

  constructor(setting: SensesSetting) {
    this.#setting = setting;
    this.#addSupplies();
    this.#addRigs();
    this.#addSwitches();
    this.#addInputs();
  }

  start(): void {
    for (const poller of this.#all) poller.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((poller) => poller.stop()));
  }

  /**
   * After a tick: whoever has just come under watch is asked now, not at the end of a calm pause; a UPS that has just gone on battery
   * is asked a pause of battery after its last word, not one of mains.
   */
  follow(): void {
    const state = this.#setting.state();
    const watched = new Set<RigId>();
    const nowMs = this.#setting.world.clock.monotonicMs();
    for (const [id, rig] of state.rigs) if (beingVerified(rig) || justCut(rig, nowMs) || waitsForShare(rig, nowMs)) watched.add(id);
    if (state.drill !== undefined) watched.add(state.drill.rig);
    const outage = this.#followSupplies(state);
    const before = this.#watched;
    const close = outage || darkForDrill(state);
    const began = close && !this.#close;
    this.#watched = watched;
    this.#outage = outage;
    this.#close = close;
    for (const [id, poller] of this.#rigs) {
      const ordered = state.rigs.get(id)?.flight !== undefined;
      if ((began && !ordered) || (watched.has(id) && !before.has(id))) poller.nudge();
    }
  }

  /** Whether any is on battery. */
  #followSupplies({ supplies }: State): boolean {
    const draining = new Set<UpsId>();
    for (const [id, one] of supplies) if (one.draining) draining.add(id);
    for (const id of draining) if (!this.#draining.has(id)) this.#supplies.get(id)?.hurry();
    this.#draining = draining;
    return draining.size > 0;
  }

  #addSupplies(): void {
    const { world, site, inbox, state } = this.#setting;
    for (const [id, source] of world.ups) {
      const ups = site.supplies.get(id);
      if (ups === undefined) continue;
      const pace = (): { everyMs: number; deadlineMs: number } => {
        const line = state().supplies.get(id)?.draining ? 'battery' : 'mains';
        return { everyMs: ups.pollSeconds[line] * 1000, deadlineMs: upsDeadlineMs(source, line) };
      };
      const poller = new Poller({
        clock: world.clock,
        name: id,
        pace,
        ask: (signal) => source.read(signal),
        heard: (outcome, atMs) => {
          const words = outcome.ok ? [...outcome.value.words].sort().join(' ') : `fault ${outcome.fault.code}`;
          // What was slow to come is old enough: it does not wait for the next tick.
          const slow = world.clock.monotonicMs() - atMs > SLOW_MS;
          const news = slow || this.#lastWords.get(id) !== words;
          this.#lastWords.set(id, words);
          inbox.put({ kind: 'ups', ups: id, atMs, outcome }, news ? 'urgent' : 'calm');
        },
      });
      this.#supplies.set(id, poller);
      this.#all.push(poller);
    }
  }

  #addRigs(): void {
    const { world, inbox, state } = this.#setting;
    for (const [id, driver] of world.rigs) {
      const { read } = driver;
      if (read === undefined) continue;
      const poller = new Poller({
        clock: world.clock,
        name: id,
        pace: () => ({
          everyMs: this.#watched.has(id) ? RIG_MS.watched : this.#close ? RIG_MS.close : RIG_MS.calm,
          deadlineMs: RIG_DEADLINE_MS,
        }),
        ask: (signal) => {
          const ask = (): Promise<Outcome<RigReading>> => read.call(driver, signal);
          return world.places?.take(false, signal, ask) ?? ask();
        },
        heard: (outcome, atMs) => {
          // The first answer of all is news: nothing is known of a rig before.
          const news = this.#watched.has(id) || state().rigs.get(id)?.answeredAtMs === undefined;
          inbox.put({ kind: 'rig', rig: id, atMs, outcome }, news ? 'urgent' : 'calm');
        },
      });
      driver.onNews?.(() => poller.nudge());
      this.#rigs.set(id, poller);
      this.#all.push(poller);
    }
  }

  #addSwitches(): void {
    const { world, inbox, state } = this.#setting;
    for (const [id, contact] of world.switches) {
      const ask = lookAt(contact);
      if (ask === undefined) continue;
      const poller = new Poller({
        clock: world.clock,
        name: id,
        pace: () => ({ everyMs: this.#outage ? SWITCH_MS.outage : SWITCH_MS.calm, deadlineMs: SWITCH_DEADLINE_MS }),
        ask,
        heard: (outcome, atMs) => {
          // A board that is gone, or back, is news.
          const news = outcome.ok === (state().switches.get(id)?.lost !== undefined);
          inbox.put({ kind: 'switch', switch: id, atMs, outcome }, news ? 'urgent' : 'calm');
        },
      });
      contact.onNews?.(() => poller.nudge());
      this.#all.push(poller);
    }
  }

  #addInputs(): void {
    const { world, inbox, state } = this.#setting;
    for (const [id, contact] of world.inputs ?? []) {
      const poller = new Poller({
        clock: world.clock,
        name: id,
        pace: () => ({ everyMs: INPUT_MS, deadlineMs: INPUT_MS }),
        ask: (signal) => contact.read(signal),
        heard: (outcome, atMs) => {
          const news = outcome.ok && (outcome.value === 'closed') !== state().inputs.get(id)?.closed;
          inbox.put({ kind: 'input', input: id, atMs, outcome }, news ? 'urgent' : 'calm');
        },
      });
      contact.onNews?.(() => poller.nudge());
      this.#all.push(poller);
    }
  }
}

/** Its position; where that cannot be read, whether its board is there. */
function lookAt(contact: Switch): ((signal: AbortSignal) => Promise<Outcome<SwitchLook>>) | undefined {
  const { read, probe } = contact;
  if (read !== undefined) return (signal) => read.call(contact, signal);
  if (probe === undefined) return undefined;
  return async (signal) => {
    const outcome = await probe.call(contact, signal);
    return outcome.ok ? ok({ returns: outcome.value }) : outcome;
  };
}
