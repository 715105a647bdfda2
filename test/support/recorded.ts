// A night with a recorder in it, and its records as they would be read back.
import { afterEach } from '@jest/globals';
import type { Clock } from '../../src/host/port.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import { type OutageRecord, parseRecord } from '../../src/outages/file.ts';
import { Recorder } from '../../src/outages/recorder.ts';
import type { OutageStore } from '../../src/outages/store.ts';
import { Night } from '../../src/proof/night.ts';
import type { SimPlace } from '../../src/sim/place.ts';

/** A folder in memory. `refuses`: the next appends fail. */
export class MemoryStore implements OutageStore {
  readonly files = new Map<string, string>();
  refuses: Outcome<never> | undefined;
  /** the folder may not be read */
  unreadable = false;
  fileBytes = Number.POSITIVE_INFINITY;
  pruned = 0;

  nameFor(beganWallMs: number): Promise<string> {
    if (this.unreadable) return Promise.reject(new Error('EACCES'));
    const name = new Date(Math.round(beganWallMs / 10_000) * 10_000).toISOString();
    return Promise.resolve(name);
  }

  append(name: string, text: string): Promise<Outcome<'room' | 'full'>> {
    if (this.refuses !== undefined) return Promise.resolve(this.refuses);
    const whole = (this.files.get(name) ?? '') + text;
    this.files.set(name, whole);
    return Promise.resolve(ok(whole.length >= this.fileBytes ? 'full' : 'room'));
  }

  prune(): Promise<void> {
    this.pruned += 1;
    return Promise.resolve();
  }
}

export class RecordedNight extends Night {
  readonly store = new MemoryStore();
  readonly said: string[] = [];
  /** what the world had earned in truth, at each tick */
  readonly earned = new Map<number, number>();
  recorder: Recorder;

  constructor(place: SimPlace) {
    super(place);
    this.recorder = this.#newRecorder();
    this.overhear = (tick) => {
      this.recorder.ticked(tick);
      this.earned.set(tick.nowMs, this.world.earned);
    };
  }

  /** As a new process has one. */
  renew(): void {
    this.recorder = this.#newRecorder();
  }

  /** Of the outages so far, oldest first; what waits is written before. */
  records(): readonly OutageRecord[] {
    return [...this.store.files.entries()].map(([name, text]) => recordIn(text, name));
  }

  #newRecorder(): Recorder {
    const log = { write: (_: string, say: string) => void this.said.push(say) };
    return new Recorder({ clock: this.world.clock, log, store: this.store, version: '0.0.0' });
  }
}

/** Records a night in all its lives, each with a recorder of its own, as processes have them; the files come to stand in what is returned. */
export function recordAll(night: Night): MemoryStore {
  const store = new MemoryStore();
  let recorder: Recorder | undefined;
  let die = (): void => undefined;
  // Each boot counts its time from a zero of its own: what the ticks say is what that life's clock says.
  let lastMs = 0;
  const { clock } = night.world;
  const own = { ...bound(clock), monotonicMs: (): number => lastMs };
  const newLife = (): Recorder => {
    die();
    let alive = true;
    die = () => {
      alive = false;
    };
    const files: OutageStore = {
      nameFor: (wallMs) => store.nameFor(wallMs),
      append: (name, text) => (alive ? store.append(name, text) : Promise.resolve(failed('refused', 'this life is over'))),
      prune: () => store.prune(),
    };
    return new Recorder({ clock: own, log: { write: () => undefined }, store: files, version: '0.0.0' });
  };
  night.overhear = (tick) => {
    lastMs = tick.nowMs;
    if (recorder === undefined || tick.events.some(({ event }) => event === 'started')) recorder = newLife();
    recorder.ticked(tick);
  };
  return store;
}

function bound(clock: Clock): Clock {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    wallIsSet: () => clock.wallIsSet(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, act) => clock.after(ms, act),
  };
}

export function recordIn(text: string, name = 'record'): OutageRecord {
  const record = parseRecord(text, name);
  if (!record.ok) throw new Error(record.fault.detail);
  return record.value;
}

/** To be called once at the top of a file: every night of a test is ended after it, and was a good one. */
export function nights(judge: (wrong: readonly string[]) => void): (place: SimPlace) => Promise<RecordedNight> {
  const all: RecordedNight[] = [];
  afterEach(async () => {
    for (const night of all.splice(0)) judge(await night.end());
  });
  return async (place) => {
    const night = new RecordedNight(place);
    all.push(night);
    await night.start();
    return night;
  };
}
