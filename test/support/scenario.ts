// A named night: the real engine on a simulated site, in virtual time. A test steers the world and then looks at what
// became true; what must hold of every night is checked when it ends.
import { afterEach, expect, jest } from '@jest/globals';
import { Engine } from '../../src/engine/engine.ts';
import { recall } from '../../src/engine/recall.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Command, CommandFrom } from '../../src/model/command.ts';
import type { EventName } from '../../src/model/event.ts';
import type { RigId } from '../../src/model/id.ts';
import type { SimRigQuirks } from '../../src/sim/rig.ts';
import { SimSite, type SimSiteOptions } from '../../src/sim/site.ts';
import type { SimUpsChange } from '../../src/sim/ups.ts';
import { violations } from './oracle.ts';

/** Records in the message of a night that failed. */
const MOST_TOLD = 150;
const SEEN_MS = 20;

/** Seconds of the night are counted from the first start of the engine. */
export class Night {
  readonly world: SimSite;
  readonly #startMs: number;
  readonly #outages: { readonly ups?: string; readonly fromMs: number; toMs: number }[] = [];
  readonly #lost: JournalRecord[] = [];
  #engine: Engine | undefined;
  #boots = 1;

  constructor(options: SimSiteOptions) {
    this.world = new SimSite(options);
    this.#startMs = this.world.clock.monotonicMs();
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('no engine runs in this night');
    return this.#engine;
  }

  get nowSeconds(): number {
    return this.#second(this.world.clock.monotonicMs());
  }

  /** Everything journaled, oldest first. */
  get journal(): readonly JournalRecord[] {
    return this.world.journal.records;
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
    this.#outages.push({ fromMs: this.world.clock.monotonicMs(), toMs: Number.POSITIVE_INFINITY, ...(ups === undefined ? {} : { ups }) });
  }

  returnMains(ups?: string): void {
    this.world.returnMains(ups);
    const last = this.#outages.findLast((outage) => outage.ups === ups && outage.toMs === Number.POSITIVE_INFINITY);
    if (last !== undefined) last.toMs = this.world.clock.monotonicMs();
  }

  /** Starts an engine on what the one before left behind. */
  async start(): Promise<void> {
    const { world } = this;
    const { memory, skipped } = recall(this.journal, [...world.site.rigs.keys()]);
    if (skipped.length > 0) throw new Error(`not understood on reading back: ${skipped.join('; ')}`);
    this.#engine = new Engine({ world: world.boot(), site: world.site, memory, bootId: `boot-${this.#boots}`, version: '0.0.0', pid: 1 });
    await world.clock.settle(this.#engine.start(), 60_000);
    // Every device that answers at once is seen, by the tick after the first, before anything happens.
    await world.clock.advance(SEEN_MS);
  }

  /** Whether an engine runs. */
  get runs(): boolean {
    return this.#engine !== undefined;
  }

  /** kill -9. */
  kill(): void {
    this.#goneWith(() => this.world.kill());
  }

  /** The Pi itself dies, and every contact falls to its rest; the next start is another boot. */
  killController(): void {
    this.#goneWith(() => this.world.killController());
    this.#boots += 1;
  }

  /** The night goes on for so long. */
  run(seconds: number): Promise<void> {
    return this.world.clock.advance(seconds * 1_000);
  }

  /** The night goes on to this second of it; then `act` is done. */
  async at(second: number, act: () => unknown): Promise<void> {
    await this.world.clock.runUntil(this.#startMs + second * 1_000);
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
  submit(command: Command, from: CommandFrom = 'cli'): ReturnType<Engine['submit']> {
    return this.world.clock.settle(this.engine.submit(command, from), 30_000);
  }

  /** Stops the engine, and says what must not have happened in this night. */
  async end(): Promise<readonly string[]> {
    if (this.#engine !== undefined) await this.world.clock.settle(this.#engine.stop('SIGTERM'), 120_000);
    this.#engine = undefined;
    return violations(this.world, { outages: this.#outages, lost: this.#lost });
  }

  /** What the journal had not made safe is kept for the oracle alone. */
  #goneWith(die: () => void): void {
    const before = this.journal;
    die();
    this.#lost.push(...before.slice(this.journal.length));
    this.#engine = undefined;
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

  #second(ms: number): number {
    return (ms - this.#startMs) / 1_000;
  }
}

/** For a file of nights, one a test: each has a minute, and nothing that must not be has happened when it ends. */
export function judgeEach(night: () => Night): void {
  jest.setTimeout(60_000);
  afterEach(async () => {
    expect(await night().end()).toEqual([]);
  });
}

/** A night on this site, its engine started. */
export async function scenario(options: SimSiteOptions, before: (night: Night) => void = () => undefined): Promise<Night> {
  const night = new Night(options);
  before(night);
  await night.start();
  return night;
}
