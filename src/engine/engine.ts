// The tick: drain the inbox, decide, journal, dispatch. Nothing in it waits for hardware. The service, the simulator and
// the tests run this same class; only the world handed to it differs.
import { admitCommand } from '../core/admit.ts';
import { type Decision, decide } from '../core/decide.ts';
import { beginFallback } from '../core/fallback.ts';
import { fallenRigs } from '../core/fallen.ts';
import { lookAnew } from '../core/fit.ts';
import { readAnew } from '../core/generator.ts';
import { mayEnergise } from '../core/invariants.ts';
import { isDown } from '../core/load.ts';
import { copyOf, type Memory } from '../core/memory.ts';
import { type MustStay, mustStay } from '../core/must-stay.ts';
import { rewiringOf } from '../core/orphans.ts';
import { remember } from '../core/remember.ts';
import { drillsBrokenOff, drillsLost } from '../core/rules/drill.ts';
import { snapshotOf } from '../core/snapshot.ts';
import { initialState, type State } from '../core/state.ts';
import { isAnother, mayOrder } from '../core/strangers.ts';
import { openTick, rigOf, rigsOn, type Scene, sceneOf, supplyOf } from '../core/tick.ts';
import { type View, viewOf } from '../core/views.ts';
import { whyOf } from '../core/why.ts';
import type { Command, CommandFrom } from '../model/command.ts';
import type { Event } from '../model/event.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import { messageOf, type Outcome } from '../model/outcome.ts';
import type { Site } from '../model/site.ts';
import type { DueStep, Reason } from '../model/step.ts';
import type { CommandAnswer, PlanView, StatusView, WhyView } from '../model/view.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Failed, fallBack } from './fall-back.ts';
import { gapAfter, LEAST_GAP_MS } from './gap.ts';
import { Inbox } from './inbox.ts';
import type { Overheard } from './overheard.ts';
import { withDeadline } from './pollers.ts';
import { searchElsewhere } from './searches.ts';
import { Senses } from './senses.ts';
import { Teller } from './teller.ts';
import type { World } from './world.ts';

export interface EngineSetting {
  readonly world: World;
  readonly site: Site;
  readonly memory: Memory;
  readonly bootId: string;
  readonly version: string;
  readonly pid: number;
  /** told of each tick when all its steps are on their way; must be quick, and not throw */
  readonly overhear?: (tick: Overheard) => void;
}

/** What a tick came to. */
type Ticked = Pick<Decision, 'due' | 'events' | 'againAtMs'> & Partial<Pick<Decision, 'questions'>>;

/** A last stand in progress is not ended by SIGTERM before this (TimeoutStopSec 45 less 5 s). */
const LAST_STAND_MS = 40_000;
/** So long a command waits for the tick that takes it up. */
const TAKEN_UP_MS = 1_000;
const STOP_SYNC_MS = 2_000;

export class Engine {
  #world: World;
  #site: Site;
  #state: State;
  #inbox: Inbox;
  #dispatcher: Dispatcher;
  #senses: Senses;
  #due = false;
  #ticks = 0;
  #rouse: (() => void) | undefined;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #events: Event[] = [];
  readonly #reasons = new Map<RigId, Reason>();
  readonly #teller = new Teller(() => ({ ...this.#world, name: this.#site.name }));
  #fallback: Failed | undefined;
  readonly #overhear: EngineSetting['overhear'];

  constructor(setting: EngineSetting) {
    const { world, site } = setting;
    this.#world = world;
    this.#site = site;
    this.#overhear = setting.overhear;
    const nowMs = world.clock.monotonicMs();
    this.#state = initialState(nowMs, setting.memory);
    this.#inbox = new Inbox(() => this.#wake());
    this.#dispatcher = this.#newDispatcher();
    this.#senses = this.#newSenses();
    this.#begin(setting, nowMs);
  }

  /** The first tick is over when this resolves; it moves nothing that a later one would not. */
  start(): Promise<void> {
    this.#running = true;
    this.#senses.start();
    const first = this.#tick();
    this.#loop = this.#run(first);
    return Promise.resolve();
  }

  /** Rejects where a tick threw: the engine is then dead, and so is whatever it runs in unless somebody listens here. */
  get ended(): Promise<void> {
    return this.#loop;
  }

  /** Ends the loop and moves nothing; a last stand is seen through first, within systemd's patience. */
  async stop(signal: string): Promise<void> {
    const { clock, journal } = this.#world;
    const until = clock.monotonicMs() + LAST_STAND_MS;
    while (this.#standsLast() && clock.monotonicMs() < until) await clock.sleep(200);
    this.#running = false;
    this.#wake();
    this.#dispatcher.stop();
    await Promise.all([this.#loop, this.#senses.stop()]);
    const seq = this.#record([{ event: 'stopped', signal }]);
    const ask = async (end: AbortSignal): Promise<Outcome> => {
      const [safe] = await Promise.all([journal.durable(seq, end), this.#teller.told()]);
      return safe;
    };
    await withDeadline({ clock, name: 'the journal', ask }, STOP_SYNC_MS);
  }

  /** Checked at once, put in the inbox, answered with the plan as it is after the tick that took it up. */
  async submit(command: Command, from: CommandFrom, actor?: string): Promise<CommandAnswer> {
    const admission = admitCommand(this.#scene(), command);
    if (!admission.ok) return admission;
    if (!this.#inbox.put({ kind: 'command', command, from, ...(actor === undefined ? {} : { actor }) }, 'urgent'))
      return { ok: false, refused: 'too many commands wait; try again' };
    await this.#takenUp();
    return { ok: true, say: admission.say, plan: this.plan() };
  }

  /** The next tick takes up all that came in; after one that took long it is a while off. */
  async #takenUp(): Promise<void> {
    const { clock } = this.#world;
    const before = this.#ticks;
    const until = clock.monotonicMs() + TAKEN_UP_MS;
    do await clock.sleep(2 * LEAST_GAP_MS);
    while (this.#ticks === before && clock.monotonicMs() < until);
  }

  /** The button held for 3 s: every rig down, or what the button holds released. */
  buttonHeld(): Promise<CommandAnswer> {
    const held = [...this.#state.memory.rigs].filter(([, rig]) => rig.hold?.from === 'button' && rig.hold.as === 'down').map(([id]) => id);
    return this.submit(held.length > 0 ? { kind: 'release', rigs: held } : { kind: 'hold', as: 'down', rigs: 'all' }, 'button');
  }

  /** What the house itself has to say (a stuck button, a damaged journal): journaled, logged and told like any other. */
  report(events: readonly Event[]): void {
    this.#record(events);
  }

  /** What somebody beside the devices has looked up (the market): weighed at the next tick, and asks for none. */
  heard(input: Input): void {
    this.#inbox.put(input, 'calm');
  }

  status(): StatusView {
    return this.#view().status;
  }

  plan(): PlanView {
    return this.#view().plan;
  }

  why(rig: RigId | undefined): WhyView | undefined {
    return whyOf(this.#state, this.#site, this.#world.clock.monotonicMs(), rig, this.#reasons);
  }

  /** What each new file of the journal begins with. */
  snapshot(): Readonly<Record<string, unknown>> {
    return snapshotOf(this.#state.memory);
  }

  get state(): State {
    return this.#state;
  }

  get site(): Site {
    return this.#site;
  }

  /** What a reload must leave in the file. */
  mustStay(): MustStay {
    return mustStay(this.#scene());
  }

  /** Another site and another world under the same state: a reload. The old world's devices are no longer asked when this resolves. */
  adopt(world: World, site: Site): Promise<void> {
    this.#dispatcher.stop();
    const hushed = this.#senses.stop();
    const moved = this.#rewire(site);
    for (const event of drillsLost(site, this.#state.memory)) this.#remember(event, site);
    const before = this.#site;
    this.#world = world;
    this.#site = site;
    const { drill, ...state } = this.#state;
    const read = readAnew(this.#state, before, site, world.clock.monotonicMs());
    const known = <V>(map: ReadonlyMap<string, V>, ids: ReadonlyMap<string, unknown>): Map<string, V> =>
      new Map([...map].filter(([id]) => ids.has(id)));
    this.#state = {
      ...state,
      ...read,
      rigs: new Map([...known(state.rigs, site.rigs)].map(([id, { flight: _, ...rig }]) => [id, rig])),
      supplies: new Map([...known(state.supplies, site.supplies)].map(([id, { asked: _, ...supply }]) => [id, supply])),
      switches: new Map(
        [...known(state.switches, site.switches)].filter(([id]) => !moved.has(id)).map(([id, { flight: _, ...one }]) => [id, one]),
      ),
      ...(drill !== undefined && site.rigs.has(drill.rig) ? { drill } : {}),
      fit: lookAnew(state.fit),
    };
    // At once, so that no step falls between the old dispatcher and the new one.
    this.#dispatcher = this.#newDispatcher();
    this.#senses = this.#newSenses();
    this.#senses.start();
    this.#wake();
    return hushed;
  }

  /** Of another contact under an old name nothing is known; the names of those. */
  #rewire(site: Site): ReadonlySet<SwitchId> {
    const stays = this.mustStay().switches;
    const rewiring = rewiringOf(site, this.#state.memory, (id) => !stays.has(id));
    const named = [
      ...(rewiring.rewired ?? []),
      ...[rewiring.orphaned, rewiring.regained].flatMap((all) => all?.map((one) => one.switch) ?? []),
    ];
    if (named.length === 0) return new Set();
    this.#remember({ event: 'rewired', ...rewiring }, site);
    return new Set(named);
  }

  /** What a reload itself brings about is journaled with the next tick. */
  #remember(event: Event, site: Site): void {
    const stamp = { monoMs: this.#world.clock.monotonicMs(), at: '', allRigs: [...site.rigs.keys()] };
    this.#state = { ...this.#state, memory: remember(copyOf(this.#state.memory), event, stamp) };
    this.#events.push(event);
  }

  #begin(setting: EngineSetting, nowMs: number): void {
    const armed = setting.memory.armed ?? setting.site.armed;
    const tick = openTick(this.#state, setting.site, { nowMs, stamp: '' });
    const fell = fallenRigs(setting.site, setting.memory, setting.bootId);
    tick.emit({
      event: 'started',
      bootId: setting.bootId,
      version: setting.version,
      armed,
      pid: setting.pid,
      ...(fell.length === 0 ? {} : { fell }),
      ...rewiringOf(setting.site, setting.memory),
    });
    for (const event of drillsBrokenOff(setting.site, setting.memory)) tick.emit(event);
    this.#state = { ...this.#state, memory: tick.memory };
    this.#events = [...tick.events];
  }

  #newDispatcher(): Dispatcher {
    return new Dispatcher(this.#world, this.#inbox, {
      mayEnergise: (step) => mayEnergise(this.#scene(), step),
      mayOrder: (rig) => mayOrder(this.#scene(), rig),
      isAnother: (rig, reading) => isAnother(this.#scene(), rig, reading),
    });
  }

  #newSenses(): Senses {
    return new Senses({ world: this.#world, site: this.#site, inbox: this.#inbox, state: () => this.#state });
  }

  async #run(firstAgainAtMs: number): Promise<void> {
    let againAtMs = firstAgainAtMs;
    while (this.#running) {
      await this.#idle(againAtMs);
      if (!this.#running) return;
      // What comes in while the gap runs is taken up by the same tick.
      this.#due = false;
      const { clock } = this.#world;
      const beganAtMs = clock.monotonicMs();
      againAtMs = this.#tick();
      await clock.sleep(gapAfter(clock.monotonicMs() - beganAtMs));
    }
  }

  /** Until something is due, or something urgent has come in. */
  #idle(untilMs: number): Promise<void> {
    if (this.#due) return Promise.resolve();
    const { clock } = this.#world;
    return new Promise((resolve) => {
      const callOff = clock.after(untilMs - clock.monotonicMs(), resolve);
      this.#rouse = () => {
        callOff();
        resolve();
      };
    });
  }

  /** Asks for a tick at once. */
  #wake(): void {
    this.#due = true;
    this.#rouse?.();
  }

  #tick(): number {
    this.#ticks += 1;
    const nowMs = this.#world.clock.monotonicMs();
    const inputs = this.#inbox.drain();
    const before = this.#state;
    const decision = this.#fallback === undefined ? this.#decide(inputs, nowMs) : this.#fallBack(this.#fallback, inputs, nowMs);
    const seq = this.#record([...this.#events, ...decision.events]);
    this.#events = [];
    this.#dispatcher.send(decision.due, seq);
    searchElsewhere(decision.questions ?? [], this.#world, this.#inbox);
    this.#keepReasons(decision.due);
    this.#senses.follow();
    this.#stayLoggedIn();
    this.#world.supervisor.alive();
    const { due, events } = decision;
    const failed = this.#fallback !== undefined && { failed: true as const };
    this.#overhear?.({ nowMs, site: this.#site, before, after: this.#state, inputs, due, events, ...failed });
    return decision.againAtMs;
  }

  #decide(inputs: readonly Input[], nowMs: number): Ticked {
    const { clock } = this.#world;
    // Most ticks have nothing to remember, and need no label for people.
    const moment = {
      nowMs,
      get stamp(): string {
        return new Date(clock.wallMs()).toISOString();
      },
    };
    try {
      const decision = decide(this.#state, inputs, this.#site, moment);
      this.#state = decision.state;
      return decision;
    } catch (error) {
      const failed = this.#beginFallback(messageOf(error), nowMs);
      // With mains to spare a fresh start is the better cure: systemd gives it.
      if (failed === undefined) throw error;
      return failed;
    }
  }

  /** In an outage a fault of our own must not leave the rigs to the battery's end. */
  #beginFallback(why: string, nowMs: number): Ticked | undefined {
    const begun = beginFallback(sceneOf(this.#state, this.#site, nowMs), why);
    if (begun === undefined) return undefined;
    const first = this.#fallBack({ plan: begun.fallback, why, onMains: new Map() }, [], nowMs);
    return { ...first, events: [...begun.events, ...first.events] };
  }

  #fallBack(before: Failed, inputs: readonly Input[], nowMs: number): Ticked {
    const { failed, ...ticked } = fallBack(before, inputs, sceneOf(this.#state, this.#site, nowMs));
    this.#fallback = failed;
    return ticked;
  }

  #record(events: readonly Event[]): number {
    const seq = this.#world.journal.append(events);
    // The journal begins to write at the end of this tick; the words for people wait until it does.
    this.#teller.tell(events);
    return seq;
  }

  #keepReasons(due: readonly DueStep[]): void {
    for (const { step, because } of due) {
      for (const rig of 'switch' in step ? step.rigs : [step.rig]) this.#reasons.set(rig, because);
    }
  }

  /** Secondary role: we stay counted until the last rig on that UPS is down, and are back before the first is fed. */
  #stayLoggedIn(): void {
    const scene = this.#scene();
    for (const [id, source] of this.#world.ups) {
      if (source.stayLoggedIn === undefined) continue;
      const { draining, forced } = supplyOf(scene, id);
      const over = (draining || forced) && rigsOn(this.#site, id).every((rig) => isDown(rigOf(scene, rig.id)));
      source.stayLoggedIn(!over);
    }
  }

  #standsLast(): boolean {
    return [...this.#state.supplies.values()].some((one) => one.level === 'last-stand');
  }

  #scene(): Scene {
    return sceneOf(this.#state, this.#site, this.#world.clock.monotonicMs());
  }

  #view(): View {
    return viewOf(this.#state, this.#site, this.#world.clock.monotonicMs());
  }
}
