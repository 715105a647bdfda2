// Carries steps to drivers and switches, one at a time per device, each under its own deadline, and reports through the
// inbox when it began and how it settled. Steps that take load off go ahead of a journal that does not answer.
import { setMaxListeners } from 'node:events';
import type { RigId } from '../model/id.ts';
import { DONE, failed, type Outcome } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { type DueStep, deviceOf, isLimit, type Step, takesLoadOff } from '../model/step.ts';
import type { Inbox } from './inbox.ts';
import { withDeadline } from './pollers.ts';
import type { World } from './world.ts';

/** A journal slower than this no longer holds back what takes load off. */
const SYNC_PATIENCE_MS = 500;
/** Feed and resume wait for the journal; after so long they are settled as failed and asked for again. */
const SYNC_DEADLINE_MS = 45_000;
const ANSWER_MS = 8_000;
const SWITCH_MS = 5_000;
/** An order that has no place among those to all rigs by then is settled as not asked. */
const PLACE_MS = 8_000;
/** Steps that may wait for one device; the core has one on its way at most. */
const MOST_WAITING = 8;

/** How long a rig that was not seen just now may take to say who it is before it is given an order: a pause waits for that, and its cut with it. */
const LOOK_MS = { down: 1_000, up: 4_000 } as const;

/** Of the orders of one tick to rigs so many set out together, in their order. */
const SLICE_ORDERS = 100;

const STOPPED = 'the service stopped';

/** What is asked once more of the core when a step is about to go out. */
interface Gates {
  /** whether one that gives power still may: it may have waited for the journal */
  readonly mayEnergise: (step: Step) => boolean;
  /** whether who answers on a rig's address is that rig; `look`: it is to be read first */
  readonly mayOrder: (rig: RigId) => 'go' | 'look' | 'never';
  /** whether that reading shows another machine */
  readonly isAnother: (rig: RigId, reading: RigReading) => boolean;
}

export class Dispatcher {
  readonly #world: World;
  readonly #inbox: Inbox;
  readonly #queues = new Map<string, { tail: Promise<void>; waiting: number }>();
  /** by device: what waits for the journal to give it power, or to limit it */
  readonly #energising = new Map<string, Step>();
  /** by device: the resume or limit that is on the wire */
  readonly #waking = new Map<string, AbortController>();
  readonly #end = new AbortController();
  readonly #gates: Gates;

  constructor(world: World, inbox: Inbox, gates: Gates) {
    this.#world = world;
    this.#inbox = inbox;
    this.#gates = gates;
    // Every step that waits for the card listens to it, and a card may be slow for many.
    setMaxListeners(0, this.#end.signal);
  }

  /** Starts the steps of one tick, whose `step-due` lines are in the journal up to `seq`. Returns at once. */
  send(due: readonly DueStep[], seq: number): void {
    if (due.length === 0) return;
    const safe = this.#world.journal.durable(seq, this.#end.signal);
    const patience = Promise.race([safe, this.#world.clock.sleep(SYNC_PATIENCE_MS, this.#end.signal).then(() => undefined)]);
    const certain = this.#certain(seq, safe);
    let [gate, told] = [patience, 0];
    for (const { step } of due) {
      // What a limit is to be taken back to stands nowhere but in the journal, and it is in no hurry.
      if (!takesLoadOff(step) || isLimit(step)) void this.#energise(step, certain);
      // No contact waits for a rig.
      else if ('switch' in step) this.#takeOff(step, patience);
      else {
        this.#takeOff(step, gate);
        told += 1;
        if (told % SLICE_ORDERS === 0) gate = this.#aTurnAfter(gate);
      }
    }
  }

  /** The same, when others have had their turn. */
  async #aTurnAfter(gate: Promise<Outcome | undefined>): Promise<Outcome | undefined> {
    const synced = await gate;
    await this.#world.clock.sleep(0, this.#end.signal);
    return synced;
  }

  /** What would give the same device power and still waits for the journal is over: this goes ahead of it. */
  #takeOff(step: Step, patience: Promise<Outcome | undefined>): void {
    const overtaken = this.#energising.get(deviceOf(step));
    if (overtaken !== undefined) {
      this.#energising.delete(deviceOf(step));
      this.#settle(overtaken, failed('refused', `not carried out, for a ${step.kind} went ahead of it`), this.#untouched());
    }
    // Some take half a minute to answer a resume or a limit, and whoever is to pause has not that time.
    if (step.kind === 'pause' || step.kind === 'halt') this.#waking.get(deviceOf(step))?.abort();
    this.#queue(step, async () => {
      const synced = await patience;
      if (!this.#end.signal.aborted) await this.#carry(step, synced?.ok !== true);
    });
  }

  /** Waits for the journal beside its device's queue, so that nothing that takes load off ever waits behind it. */
  async #energise(step: Step, certain: Promise<Outcome>): Promise<void> {
    const device = deviceOf(step);
    this.#energising.set(device, step);
    const synced = await certain;
    if (this.#energising.get(device) !== step) return;
    this.#energising.delete(device);
    const why = this.#whyNot(step, synced);
    if (why !== undefined) return this.#settle(step, failed('refused', `not carried out, for ${why}`), this.#untouched());
    this.#queue(step, () => (this.#end.signal.aborted ? Promise.resolve() : this.#carry(step, false)));
  }

  /** Nothing went out. */
  #untouched(): { readonly beganAtMs: number; readonly unsynced: true } {
    return { beganAtMs: this.#now(), unsynced: true };
  }

  /** No new attempt is begun; those on the wire run out their deadlines unheard. */
  stop(): void {
    this.#end.abort();
  }

  #whyNot(step: Step, synced: Outcome): string | undefined {
    if (!synced.ok) return `the journal can't be written: ${synced.fault.detail}`;
    if (this.#gates.mayEnergise(step)) return undefined;
    return isLimit(step)
      ? 'its supply is on mains again'
      : 'its supply is not on mains any more, mains has not held, or a person holds it down';
  }

  async #certain(seq: number, first: Promise<Outcome>): Promise<Outcome> {
    const deadline = this.#now() + SYNC_DEADLINE_MS;
    let outcome = await first;
    while (!outcome.ok && this.#now() < deadline && !this.#end.signal.aborted) {
      await this.#world.clock.sleep(1000, this.#end.signal);
      outcome = await this.#world.journal.durable(seq, this.#end.signal);
    }
    return outcome;
  }

  #queue(step: Step, run: () => Promise<void>): void {
    const device = deviceOf(step);
    const queue = this.#queues.get(device) ?? { tail: Promise.resolve(), waiting: 0 };
    this.#queues.set(device, queue);
    if (queue.waiting >= MOST_WAITING) {
      this.#settle(step, failed('refused', `${device} has ${queue.waiting} steps waiting already`), {
        beganAtMs: this.#now(),
        unsynced: false,
      });
      return;
    }
    queue.waiting += 1;
    queue.tail = queue.tail.then(run).finally(() => {
      queue.waiting -= 1;
    });
  }

  async #carry(step: Step, unsynced: boolean): Promise<void> {
    const deadline = new AbortController();
    let beganAtMs: number | undefined;
    const talk = async (): Promise<Outcome> => {
      const why = await this.#whyNotTo(step, deadline.signal);
      if (why !== undefined) return failed('refused', `not carried out: ${why}`);
      // Only now: a rig that waits for its place has heard nothing, and its grace has not begun.
      beganAtMs = this.#now();
      this.#inbox.put({ kind: 'began', step, atMs: beganAtMs }, 'urgent');
      return withDeadline(
        { clock: this.#world.clock, name: deviceOf(step), ask: (signal) => this.#act(step, signal) },
        'switch' in step ? SWITCH_MS : (this.#world.answerMs?.get(step.rig) ?? ANSWER_MS),
        deadline,
      );
    };
    if (step.kind === 'resume' || step.kind === 'limit') this.#waking.set(deviceOf(step), deadline);
    const outcome = await this.#inPlace(step, deadline, talk);
    if (step.kind === 'resume' || step.kind === 'limit') this.#waking.delete(deviceOf(step));
    this.#settle(step, outcome, { beganAtMs: beganAtMs ?? this.#now(), unsynced });
  }

  /** A rig is told when it has a place among all that are being asked; a contact waits for none. */
  #inPlace(step: Step, deadline: AbortController, talk: () => Promise<Outcome>): Promise<Outcome> {
    const { clock, places } = this.#world;
    if ('switch' in step || places === undefined) return talk();
    const callOff = clock.after(PLACE_MS, () => deadline.abort());
    const begun = (): Promise<Outcome> => {
      callOff();
      return talk();
    };
    return places.take(true, deadline.signal, begun).finally(callOff);
  }

  /**
   * Whoever was put on its address since it was last read is given no order. Where it does not say who it is, one that takes load off
   * goes to it all the same: it was who it should be when it last spoke, and may hear better than it answers.
   */
  async #whyNotTo(step: Step, signal: AbortSignal): Promise<string | undefined> {
    const gate = 'rig' in step ? this.#gates.mayOrder(step.rig) : 'go';
    if (this.#end.signal.aborted) return STOPPED;
    if (!('rig' in step) || gate === 'go') return undefined;
    const another = `another machine answers in place of ${step.rig}`;
    if (gate === 'never') return another;
    const rig = this.#world.rigs.get(step.rig);
    const read = rig?.read;
    if (read === undefined) return undefined;
    const atMs = this.#now();
    const ask = (end: AbortSignal): Promise<Outcome<RigReading>> => read.call(rig, AbortSignal.any([end, signal]), 'brief');
    const look = await withDeadline({ clock: this.#world.clock, name: step.rig, ask }, takesLoadOff(step) ? LOOK_MS.down : LOOK_MS.up);
    if (this.#end.signal.aborted) return STOPPED;
    if (signal.aborted) return 'a pause went ahead of it';
    this.#inbox.put({ kind: 'rig', rig: step.rig, atMs, outcome: look }, 'urgent');
    if (look.ok && this.#gates.isAnother(step.rig, look.value)) return another;
    if (takesLoadOff(step)) return undefined;
    if (!look.ok) return `${step.rig} is not woken before it has said who it is (${look.fault.detail})`;
    return this.#whyNot(step, DONE);
  }

  #act(step: Step, signal: AbortSignal): Promise<Outcome> {
    if ('switch' in step) {
      const contact = this.#world.switches.get(step.switch);
      return contact === undefined ? absent(step.switch) : contact.set(step.kind === 'cut' ? 'cut' : 'fed', signal);
    }
    const rig = this.#world.rigs.get(step.rig);
    if (step.kind === 'pause') return rig?.pause?.(signal) ?? absent(step.rig);
    if (step.kind === 'resume') return rig?.resume?.(step.mode, signal) ?? absent(step.rig);
    if (step.kind === 'limit') return rig?.limitWatts?.(step.watts ?? undefined, step.was, signal) ?? absent(step.rig);
    return rig?.halt?.(signal) ?? absent(step.rig);
  }

  #settle(step: Step, outcome: Outcome, how: { readonly beganAtMs: number; readonly unsynced: boolean }): void {
    if (this.#end.signal.aborted) return;
    const settled = outcome.ok ? DONE : outcome;
    this.#inbox.put(
      { kind: 'settled', step, outcome: settled, beganAtMs: how.beganAtMs, atMs: this.#now(), ...(how.unsynced ? { unsynced: true } : {}) },
      'urgent',
    );
  }

  #now(): number {
    return this.#world.clock.monotonicMs();
  }
}

function absent(device: string): Promise<Outcome> {
  return Promise.resolve(failed('unsupported', `${device} can't do this`));
}
