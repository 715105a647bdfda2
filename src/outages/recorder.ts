// Keeps each outage: from the tick that began it until every rig is back, all that was decided from. A tick hands over what it has in
// hand and goes on; it is put into words and on the card later, some seconds at a time. An outage too short to move anything is not kept.

import { depthNow } from '../core/battery.ts';
import { isOwed, rigMemory } from '../core/memory.ts';
import type { State } from '../core/state.ts';
import { toldRuntimeLeft } from '../core/supply.ts';
import { sceneOf, supplyOf } from '../core/tick.ts';
import type { Overheard } from '../engine/overheard.ts';
import type { Clock, Log } from '../host/port.ts';
import { messageOf } from '../model/outcome.ts';
import type { Site } from '../model/site.ts';
import { toJson } from './codec.ts';
import { InputWriter } from './inputs.ts';
import { type BeginLine, type Belief, type EndLine, LINES_VERSION, type TickLine } from './lines.ts';
import type { OutageStore } from './store.ts';

export interface RecorderKit {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: OutageStore;
  readonly version: string;
}

/** So much is lost in a crash, at most, of what came after the outage stood. */
const FLUSH_MS = 5_000;
/** After the last rig is back its ramp is watched. */
const SETTLED_MS = 180_000;
/** A rig that is not back by then is not waited for. */
const LONGEST_RETURN_MS = 8 * 3_600_000;
/** Inputs in memory while the card is slow, or the outage may be a blip. */
const MOST_WAITING = 50_000;
const BELIEF_MS = 5_000;
/** Of what waits so much is put into words before others get their turn. */
const SLICE_INPUTS = 400;

/** Of a tick what is to be written. Whole states only where they are: each holds every rig. */
interface Waiting extends Pick<Overheard, 'nowMs' | 'inputs' | 'due' | 'events' | 'site' | 'failed'> {
  /** a replay can begin here, and must, where what was known changed by more than the inputs */
  readonly before?: State;
  /** what is believed is told of it */
  readonly after?: State;
}

interface Night {
  /** absent: nothing is written yet */
  name?: string;
  waiting: Waiting[];
  inputs: number;
  /** it is no blip: it is kept */
  stands: boolean;
  mustBegin: boolean;
  writer: InputWriter;
  readonly beganAtMs: number;
  /** since when nothing is out any more */
  settledAtMs: number | undefined;
  mainsAtMs: number | undefined;
  believedAtMs: number;
  end: { readonly why: EndLine['why']; readonly ms: number } | undefined;
  full: boolean;
}

export class Recorder {
  readonly #kit: RecorderKit;
  #night: Night | undefined;
  #last: State | undefined;
  #callOff: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;
  /** a bug of ours: it costs the record, and nothing else */
  #broken = false;

  constructor(kit: RecorderKit) {
    this.#kit = kit;
  }

  /** At the end of a tick, when all steps are on their way. Keeps what it is given, and takes no time over it. */
  ticked(tick: Overheard): void {
    if (this.#broken) return;
    try {
      this.#night ??= outageSince(tick) === undefined ? undefined : this.#began(tick);
      if (this.#night !== undefined) this.#follow(this.#night, tick);
      this.#last = tick.after;
    } catch (error) {
      this.#broken = true;
      this.#leave();
      this.#complain(`it broke off (${messageOf(error)}), and no other is kept until the next start`);
    }
  }

  /** The service stops: what waits is written. */
  async close(): Promise<void> {
    if (this.#night !== undefined) this.#finish(this.#night, 'stopped', this.#kit.clock.monotonicMs());
    await this.#writing;
  }

  #began(tick: Overheard): Night {
    this.#wake();
    return {
      waiting: [],
      inputs: 0,
      stands: false,
      mustBegin: true,
      writer: new InputWriter(),
      beganAtMs: outageSince(tick) ?? tick.nowMs,
      settledAtMs: undefined,
      mainsAtMs: undefined,
      believedAtMs: Number.NEGATIVE_INFINITY,
      end: undefined,
      full: false,
    };
  }

  #follow(night: Night, tick: Overheard): void {
    this.#keep(night, tick);
    const { nowMs } = tick;
    night.stands ||= tick.due.length > 0 || tick.events.some(({ event }) => event === 'outage-stands');
    const out = outageSince(tick) !== undefined || isCarried(tick);
    night.mainsAtMs = out ? undefined : (night.mainsAtMs ?? nowMs);
    if (night.mainsAtMs === undefined) return;
    if (!night.stands) return this.#leave();
    night.settledAtMs = someAreOut(tick) ? undefined : (night.settledAtMs ?? nowMs);
    if (nowMs - (night.settledAtMs ?? nowMs) >= SETTLED_MS) this.#finish(night, 'over', nowMs);
    else if (nowMs - night.mainsAtMs >= LONGEST_RETURN_MS) this.#finish(night, 'too-long', nowMs);
  }

  #keep(night: Night, { before, after, ...tick }: Overheard): void {
    if (night.full) return;
    const begins = night.mustBegin || before !== this.#last;
    night.mustBegin = false;
    const believed = begins || tick.nowMs - night.believedAtMs >= BELIEF_MS;
    if (believed) night.believedAtMs = tick.nowMs;
    night.waiting.push({ ...tick, ...(begins && { before }), ...(believed && { after }) });
    night.inputs += 1 + tick.inputs.length;
    if (night.inputs <= MOST_WAITING) return;
    // Given up, so that memory is bounded; the next tick begins anew.
    night.waiting = [];
    night.inputs = 0;
    night.mustBegin = true;
  }

  #leave(): void {
    this.#night = undefined;
    this.#callOff?.();
  }

  #finish(night: Night, why: EndLine['why'], ms: number): void {
    night.end = { why, ms };
    this.#leave();
    if (night.stands) this.#flush(night);
  }

  #wake(): void {
    this.#callOff = this.#kit.clock.after(FLUSH_MS, () => {
      const night = this.#night;
      if (night === undefined) return;
      if (night.stands) this.#flush(night);
      this.#wake();
    });
  }

  /** One after the other, and nobody waits for it. */
  #flush(night: Night): void {
    this.#writing = this.#writing
      .then(() => this.#write(night))
      .catch((error: unknown) => {
        // What waited is lost, and a record that goes on in mid-air is none.
        night.mustBegin = true;
        this.#complain(messageOf(error));
      });
  }

  async #write(night: Night): Promise<void> {
    const { store, clock } = this.#kit;
    if (night.full) return;
    const lines = await this.#worded(night);
    if (night.end !== undefined) lines.push(toJson({ line: 'end', ...night.end } satisfies EndLine));
    if (lines.length === 0) return;
    night.name ??= await store.nameFor(clock.wallMs() - (clock.monotonicMs() - night.beganAtMs));
    const put = await store.append(night.name, `${lines.join('\n')}\n`);
    if (!put.ok) {
      this.#complain(put.fault.detail);
      night.mustBegin = true;
    } else if (put.value === 'full') {
      night.full = true;
      night.waiting = [];
      await store.append(night.name, `${toJson({ line: 'end', ms: clock.monotonicMs(), why: 'too-big' } satisfies EndLine)}\n`);
    }
    if (night.end !== undefined || night.full) await store.prune();
  }

  async #worded(night: Night): Promise<string[]> {
    const waiting = night.waiting;
    night.waiting = [];
    night.inputs = 0;
    const lines: string[] = [];
    let inputs = 0;
    for (const tick of waiting) {
      if (tick.before !== undefined) {
        night.writer = new InputWriter();
        lines.push(toJson(this.#beginLine(tick, tick.before)));
      }
      lines.push(toJson(tickLine(tick, night.writer)));
      inputs += 1 + tick.inputs.length;
      if (inputs < SLICE_INPUTS) continue;
      inputs = 0;
      await this.#kit.clock.sleep(0);
    }
    return lines;
  }

  #beginLine({ site, nowMs }: Waiting, state: State): BeginLine {
    const { clock, version } = this.#kit;
    const wallMs = clock.wallMs() - (clock.monotonicMs() - nowMs);
    return {
      line: 'begin',
      v: LINES_VERSION,
      version,
      wallMs,
      monoMs: nowMs,
      ...(clock.wallIsSet() ? {} : { clock: 'unset' }),
      site,
      state,
    };
  }

  /** Once: the journal has what was done, too. */
  #complain(say: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#kit.log.write('warning', `the record of this outage is not whole: ${say}`);
  }
}

function tickLine({ nowMs, inputs, due, events, failed, site, after }: Waiting, writer: InputWriter): TickLine {
  return {
    line: 'tick',
    ms: nowMs,
    ...(inputs.length > 0 && { in: inputs.map((one) => writer.told(one)) }),
    ...(due.length > 0 && { due }),
    ...(events.length > 0 && { ev: events }),
    ...(after !== undefined && { ups: beliefsOf(after, site, nowMs) }),
    ...(failed && { failed }),
  };
}

function beliefsOf(state: State, site: Site, nowMs: number): Readonly<Record<string, Belief>> {
  const scene = sceneOf(state, site, nowMs);
  return Object.fromEntries(
    [...site.supplies.values()].map((ups): [string, Belief] => {
      const { line, battery, load } = supplyOf(scene, ups.id);
      return [ups.id, { line, depth: depthNow(battery) ?? null, runtimeSeconds: toldRuntimeLeft(scene, ups) ?? null, watts: load.watts }];
    }),
  );
}

/** When the outage that is on began; undefined: none is. */
function outageSince({ after, site }: Overheard): number | undefined {
  const began = [...site.supplies.keys()].flatMap((id) => after.memory.supplies.get(id)?.outage?.beganAtMs ?? []);
  return began.length === 0 ? undefined : Math.min(...began);
}

function isCarried({ after, site }: Overheard): boolean {
  return [...site.supplies.keys()].some((id) => after.supplies.get(id)?.line === 'generator');
}

/** Owed a return that nothing but time stands in the way of. */
function someAreOut({ after, site }: Overheard): boolean {
  return [...site.rigs.keys()].some((id) => {
    const { owed, hold, fault } = rigMemory(after.memory, id);
    return isOwed(owed) && hold?.as !== 'down' && fault === undefined;
  });
}
