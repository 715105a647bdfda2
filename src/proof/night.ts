// A night: the real engine, journal and memory on a simulated site, in virtual time. Whoever lives through it steers the
// world and then looks at what became true; what must hold of every night is said when it ends.
import type { State } from '../core/state.ts';
import { Engine, type EngineSetting } from '../engine/engine.ts';
import { recall } from '../engine/recall.ts';
import { type JournalLimits, openJournal } from '../host/journal-file.ts';
import { readBack } from '../host/journal-read.ts';
import type { Journal, JournalRecord } from '../host/port.ts';
import type { Command, CommandFrom } from '../model/command.ts';
import type { Event, EventName } from '../model/event.ts';
import type { RigId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import { SimCard } from '../sim/card.ts';
import { chance } from '../sim/chance.ts';
import type { Aftermath } from '../sim/disk.ts';
import type { Leash } from '../sim/host.ts';
import type { SimPlace } from '../sim/place.ts';
import type { SimRigQuirks } from '../sim/rig.ts';
import { SimSite, type SimWires } from '../sim/site.ts';
import type { SimUpsChange } from '../sim/ups.ts';
import type { Outage, Truth } from './oracle/case.ts';
import { violations } from './oracle/violations.ts';

/** Records in the message of a night that failed. */
const MOST_TOLD = 150;
const SEEN_MS = 20;

/** Seconds of the night are counted from the first start of the engine. */
export class Night {
  readonly world: SimSite;
  readonly card: SimCard;
  /** told of each tick of every engine that is started from here on */
  overhear: EngineSetting['overhear'];
  readonly #startMs: number;
  readonly #outages: { -readonly [K in keyof Outage]: Outage[K] }[] = [];
  readonly #written: JournalRecord[] = [];
  #engine: Engine | undefined;
  #state: (() => State) | undefined;
  #leash: Leash | undefined;
  readonly #limits: Partial<JournalLimits>;
  #boots = 1;
  #lives = 0;
  #die: () => void = () => undefined;
  #threw: { readonly error: unknown } | undefined;

  /** `fileBytes`: after which a file of the journal is full. */
  constructor(place: SimPlace, wires?: SimWires, fileBytes?: number) {
    this.#limits = fileBytes === undefined ? {} : { fileBytes };
    this.world = new SimSite(place, { wires, safeSeq: () => this.card.safeSeq });
    this.card = new SimCard(this.world.clock);
    this.#startMs = this.world.clock.monotonicMs();
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('no engine runs in this night');
    return this.#engine;
  }

  /** What the last engine knows, or knew when it ended. */
  get state(): State {
    if (this.#state === undefined) throw new Error('no engine has run in this night');
    return this.#state();
  }

  get nowSeconds(): number {
    return this.#second(this.world.clock.monotonicMs());
  }

  /** Everything written to the journal in all its lives, oldest first; what a death took with it included. */
  get journal(): readonly JournalRecord[] {
    return this.#written;
  }

  /** What was asked of the rigs, `at` in seconds of the night. */
  get orders(): readonly { readonly at: number; readonly what: string; readonly rig: RigId }[] {
    return this.world.orders.map(({ atMs, what, rig }) => ({ at: this.#second(atMs), what, rig }));
  }

  get edges(): readonly { readonly at: number; readonly to: 'fed' | 'cut'; readonly switch: string; readonly watts: number }[] {
    return this.world.edges.map(({ atMs, to, watts, switch: id }) => ({ at: this.#second(atMs), to, switch: id, watts }));
  }

  /** The rigs that were asked to pause or resume, in the order of the first asking. */
  asked(what: 'pause' | 'resume', since = 0): readonly RigId[] {
    return [...new Set(this.orders.filter((order) => order.what === what && order.at >= since).map(({ rig }) => rig))];
  }

  /** When a rig was first asked, in seconds of the night; a bug of the test where it never was. */
  askedAt(what: 'pause' | 'resume', rig: RigId, since = 0): number {
    const order = this.orders.find((one) => one.what === what && one.rig === rig && one.at >= since);
    if (order === undefined) throw new Error(`${rig} was never asked to ${what}; orders: ${JSON.stringify(this.orders)}`);
    return order.at;
  }

  events(name: EventName): readonly JournalRecord[] {
    return this.journal.filter(({ event }) => event === name);
  }

  /** The codes of the faults said so far. */
  faults(): readonly string[] {
    return this.events('fault').map((record) => String(record['code']));
  }

  depth(ups = 'rack'): number {
    return this.world.ups.get(ups)?.depth ?? 1;
  }

  hashing(): readonly RigId[] {
    return this.world.hashing();
  }

  rig(id: RigId, quirks: SimRigQuirks): void {
    this.world.rigs.get(id)?.misbehave(quirks);
  }

  ups(quirks: SimUpsChange, id = 'rack'): void {
    this.world.ups.get(id)?.misbehave(quirks);
  }

  loseMains(ups?: string): void {
    this.world.loseMains(ups);
    const spares = this.#spared;
    if (ups !== undefined && spares.has(ups)) return this.#noteInputs();
    this.#outages.push({
      fromMs: this.world.clock.monotonicMs(),
      toMs: Number.POSITIVE_INFINITY,
      ...(ups === undefined ? {} : { ups }),
      ...(ups === undefined && spares.size > 0 ? { spares } : {}),
    });
    this.#noteInputs();
  }

  returnMains(ups?: string): void {
    this.world.returnMains(ups);
    this.#noteInputs();
    if (ups !== undefined && this.#spared.has(ups)) return;
    const now = this.world.clock.monotonicMs();
    for (const outage of this.#outages) if (outage.ups === ups && outage.toMs === Number.POSITIVE_INFINITY) outage.toMs = now;
  }

  /** A generator carries what stands behind it, or does so no more. */
  carry(generator: string, carries: boolean): void {
    this.world.carry(generator, carries);
    this.#noteInputs();
  }

  /** The UPSes behind generators: what comes to their inputs is not the grid alone. */
  get #spared(): ReadonlySet<string> {
    return new Set(this.world.site.generators?.flatMap(({ behind }) => behind));
  }

  #noteInputs(): void {
    const nowMs = this.world.clock.monotonicMs();
    for (const ups of this.#spared) {
      const present = this.world.ups.get(ups)?.onMains !== false;
      const last = this.#outages.findLast((outage) => outage.ups === ups && outage.toMs === Number.POSITIVE_INFINITY);
      if (present && last !== undefined) last.toMs = nowMs;
      if (!present && last === undefined) this.#outages.push({ fromMs: nowMs, toMs: Number.POSITIVE_INFINITY, ups });
    }
  }

  /** Starts an engine on what the one before left on the card. `site`: the file, where it was edited meanwhile. */
  async start(site: Site = this.world.site): Promise<void> {
    const { world } = this;
    this.#lives += 1;
    const leash = world.release();
    const opened = await world.clock.settle(this.#open(leash), 60_000);
    if (!opened.ok) throw new Error(opened.fault.detail);
    const { journal, records } = opened.value;
    const { memory, skipped } = recall(records, [...site.rigs.keys()]);
    if (skipped.length > 0) throw new Error(`not understood on reading back: ${skipped.join('; ')}`);
    const { overhear } = this;
    const setting = { world: world.world(this.#overheard(journal)), site, memory, ...(overhear && { overhear }) };
    this.#engine = new Engine({ ...setting, bootId: `boot-${this.#boots}`, version: '0.0.0', pid: 1 });
    const engine = this.#engine;
    this.#state = () => engine.state;
    this.#leash = leash;
    await world.clock.settle(this.#engine.start(), 60_000);
    void engine.ended.catch((error: unknown) => {
      this.#threw ??= { error };
      this.#die();
    });
    // Every device that answers at once is seen, by the tick after the first, before anything happens.
    await world.clock.advance(SEEN_MS);
    this.#raise();
  }

  /** An engine that threw out of its run is dead; whoever lives through the night is told with its own words. */
  #raise(): void {
    if (this.#threw !== undefined) throw this.#threw.error;
  }

  #open(leash: Leash): ReturnType<typeof openJournal> {
    const files = leash.files(this.card);
    const clock = leash.clock(this.world.clock);
    return openJournal({
      dir: 'card',
      clock,
      files,
      limits: this.#limits,
      snapshot: () => (this.#engine === undefined ? [] : [this.#engine.snapshot()]),
    });
  }

  /** Each record is kept for the judges as it is appended, whatever becomes of the card. */
  #overheard(journal: Journal): Journal {
    const { clock } = this.world;
    return {
      append: (events) => {
        const last = journal.append(events);
        if (events.length === 0) return last;
        const stamp = { v: 1, at: new Date(clock.wallMs()).toISOString(), ...(clock.wallIsSet() ? {} : { clock: 'unset' as const }) };
        const first = last - events.length + 1;
        events.forEach((event, place) => {
          this.#written.push({ ...stamp, seq: first + place, monoMs: clock.monotonicMs(), ...copyOf(event) });
        });
        return last;
      },
      durable: (seq, signal) => journal.durable(seq, signal),
      tail: (query) => journal.tail(query),
      close: () => journal.close(),
    };
  }

  /** Whether there is power for the controller. */
  get powered(): boolean {
    return this.world.site.controllerFedBy.some((id) => this.world.lives(id));
  }

  /** How often an engine was started so far. */
  get lives(): number {
    return this.#lives;
  }

  /** Whether an engine runs. */
  get runs(): boolean {
    return this.#engine !== undefined;
  }

  /** kill -9: what it had in memory alone is gone; the system still has what was written. */
  kill(): void {
    this.#engine = undefined;
    this.#die();
    this.world.kill();
  }

  /** kill in an operation of the card that never ended: the system has what was written, and the next one finds it. */
  killInAWrite(): void {
    this.kill();
    this.card.found(this.card.disk.afterPowerLoss('all', chance(this.#boots, 'killed')));
  }

  /** SIGSTOP. */
  stop(): void {
    this.#leash?.stop();
  }

  /** SIGCONT. */
  goOn(): void {
    this.#leash?.goOn();
  }

  /** Whether the engine stands still. */
  get stopped(): boolean {
    return this.#leash?.stopped === true;
  }

  /** The Pi itself loses its power, and every contact falls to its rest; the next start is another boot. */
  killController(aftermath: Aftermath = 'nothing'): void {
    this.#engine = undefined;
    this.#die();
    this.world.killController();
    this.card.found(this.card.disk.afterPowerLoss(aftermath, chance(this.#boots, 'power loss')));
    this.#boots += 1;
  }

  /** The night goes on for so long. */
  async run(seconds: number): Promise<void> {
    await this.world.clock.advance(seconds * 1_000);
    this.#raise();
  }

  /** The night goes on to this second of it; then `act` is done. */
  async at(second: number, act: () => unknown): Promise<void> {
    await this.world.clock.runUntil(this.#startMs + second * 1_000);
    this.#raise();
    await act();
  }

  /** The night goes on, second by second, until it is so; a night in which it never is fails with what was waited for. */
  async until(what: string, isSo: () => boolean, withinSeconds: number): Promise<void> {
    const endMs = this.world.clock.monotonicMs() + withinSeconds * 1_000;
    while (!isSo()) {
      if (this.world.clock.monotonicMs() >= endMs) throw new Error(`not within ${withinSeconds} s: ${what}\n${this.tell()}`);
      await this.run(1);
    }
  }

  /** A person asks; the answer may take a moment of the night. */
  async submit(command: Command, from: CommandFrom = 'cli'): ReturnType<Engine['submit']> {
    const engine = this.#engine;
    if (engine === undefined) return { ok: false, refused: 'nobody answers' };
    const died = new Promise<Awaited<ReturnType<Engine['submit']>>>((resolve) => {
      this.#die = () => resolve({ ok: false, refused: 'nobody answers any more' });
    });
    const answer = await this.world.clock.settle(Promise.race([engine.submit(command, from), died]), 30_000);
    this.#raise();
    return answer;
  }

  /** Stops the engine, and says what must not have happened in this night. */
  async end(known: Partial<Truth> = {}): Promise<readonly string[]> {
    const { world } = this;
    this.goOn();
    if (this.#engine !== undefined) await world.clock.settle(this.#engine.stop('SIGTERM'), 120_000);
    this.#engine = undefined;
    const { records } = await readBack(this.card, () => false);
    return violations(world, { outages: this.#outages, records: this.#written, kept: this.#asWritten(records), ...known });
  }

  /** Each boot counts its time from a zero of its own; the judges know one time. */
  #asWritten(records: readonly JournalRecord[]): readonly JournalRecord[] {
    const written = new Map(this.#written.map((record) => [`${record.seq} ${record.event}`, record]));
    return records.map((record) => written.get(`${record.seq} ${record.event}`) ?? record);
  }

  /** The journal in short, for a test that failed. */
  tell(): string {
    return this.journal
      .slice(-MOST_TOLD)
      .map(
        ({ v: _v, seq: _seq, at: _at, monoMs, event, ...fields }) =>
          `${this.#second(monoMs).toFixed(1)} ${event} ${JSON.stringify(fields)}`,
      )
      .join('\n');
  }

  /** A second of the night in ms of the world's clock. */
  msAt(second: number): number {
    return this.#startMs + second * 1_000;
  }

  #second(ms: number): number {
    return (ms - this.#startMs) / 1_000;
  }
}

/** As it would come back from a file: nothing that JSON can't hold. */
function copyOf(event: Event): Event {
  return JSON.parse(JSON.stringify(event)) as Event;
}
