// A UPS as it behaves in time: a battery between the mains and a load that somebody else tells it, what it says of that in
// NUT's names, and the ways in which real ones lie. No timer, no socket: what it is now is worked out when it is asked.
import { charge, drain, FULL_BATTERY, type SimBatteryOptions, type SimBatteryState, secondsLeft, seemingDepth } from './battery.ts';

export interface SimUpsTraits {
  readonly id: string;
  readonly battery: SimBatteryOptions;
  /** W it can carry */
  readonly nominalWatts: number;
  /** 0 full .. 1 empty at the start; default 0 */
  readonly depth?: number;
  /** percent of charge at which it flags low battery; default 10 */
  readonly chargeLow?: number;
  /** seconds of runtime at which it flags low battery; default 60 */
  readonly runtimeLow?: number;
  /** NUT variables that this model does not have; half of all UPSes give no usable runtime */
  readonly lacks?: readonly string[];
  /** it is read by a program, which is waited for so long, ms */
  readonly answerMs?: number;
}

/** How it misbehaves; all may be turned on and off while it runs. */
export interface SimUpsQuirks {
  /** the runtime goes by the load of so many seconds ago */
  readonly runtimeLagSeconds?: number;
  /** runtime said / runtime true; 3: a worn battery that it does not know of */
  readonly runtimeFactor?: number;
  /** percent added to the charge it says, within 0..100 */
  readonly chargeBias?: number;
  /** `never`: dies without a word; `early`: with the first second on battery */
  readonly lowBattery?: 'honest' | 'never' | 'early';
  /** variables that stand still at what they were when this was set */
  readonly frozen?: readonly string[];
  /** variables that say this, whatever is true: 65535, -1, nothing, text */
  readonly says?: Readonly<Record<string, string>>;
  /** what the server says of it is no NUT */
  readonly garbles?: boolean;
  /** its driver has lost it: no data, and the server says so */
  readonly stale?: boolean;
  /** nothing answers any question about it */
  readonly silent?: boolean;
  /** seconds until it answers */
  readonly answerSeconds?: number;
}

/** Quirks to add; undefined takes one back. */
export type SimUpsChange = { readonly [name in keyof SimUpsQuirks]: SimUpsQuirks[name] | undefined };

/** A 16-bit counter of seconds ends here, and UPSes with next to no load say so. */
const RUNTIME_CEILING = 65_535;
/** Loads kept for the lag of the runtime. */
const LOADS_KEPT = 1_000;

export class SimUps {
  readonly traits: SimUpsTraits;
  readonly #nowMs: () => number;
  readonly #loads: { readonly atMs: number; readonly watts: number }[];
  #state: SimBatteryState;
  #atMs: number;
  #mains = true;
  #forced = false;
  #output = true;
  #quirks: SimUpsQuirks = {};
  #frozen: ReadonlyMap<string, string> = new Map();

  /** `nowMs`: monotonic ms; need not start at 0. */
  constructor(traits: SimUpsTraits, nowMs: () => number) {
    this.traits = traits;
    this.#nowMs = nowMs;
    this.#state = { ...FULL_BATTERY, depth: traits.depth ?? 0 };
    this.#atMs = nowMs();
    this.#loads = [{ atMs: this.#atMs, watts: 0 }];
  }

  get quirks(): SimUpsQuirks {
    return this.#quirks;
  }

  /** 0 full .. 1 empty: the truth, which nobody on the site knows. */
  get depth(): number {
    this.#catchUp();
    return seemingDepth(this.#state);
  }

  get onMains(): boolean {
    return this.#mains;
  }

  /** Whether there is power at its output. */
  get live(): boolean {
    this.#catchUp();
    return this.#output;
  }

  /** W at the output. */
  get loadWatts(): number {
    this.#catchUp();
    return this.#output ? this.#latestLoad() : 0;
  }

  /** The moment at which the output ends if nothing changes; Infinity on mains. */
  get endsAtMs(): number {
    this.#catchUp();
    if (this.#mains || !this.#output) return Number.POSITIVE_INFINITY;
    return this.#atMs + secondsLeft(this.traits.battery, this.#state, this.#latestLoad()) * 1000;
  }

  misbehave(quirks: SimUpsChange): void {
    const wanted = Object.entries({ ...this.#quirks, ...quirks }).filter(([, value]) => value !== undefined);
    this.behave(Object.fromEntries(wanted));
  }

  /** Exactly these from here on. */
  behave(quirks: SimUpsQuirks): void {
    const now = this.variables();
    this.#quirks = quirks;
    this.#frozen = new Map((this.#quirks.frozen ?? []).flatMap((name) => (now.has(name) ? [[name, now.get(name) ?? '']] : [])));
  }

  /** The mains at its input come or go. They wake a UPS that has died. */
  mains(present: boolean): void {
    this.#catchUp();
    this.#mains = present;
    if (present) this.#output = true;
  }

  /** What hangs on the output draws `watts` from now on. */
  load(watts: number): void {
    this.#catchUp();
    if (this.#latestLoad() === watts) return;
    if (this.#loads.length >= LOADS_KEPT) this.#loads.shift();
    this.#loads.push({ atMs: this.#atMs, watts });
  }

  /** A primary forces the shutdown; upsd keeps saying so until it is restarted. */
  force(forced: boolean): void {
    this.#forced = forced;
  }

  /** Status words, as upsd would put them. */
  words(): readonly string[] {
    this.#catchUp();
    const words = this.#forced ? ['FSD'] : [];
    if (!this.#output) return [...words, 'OFF'];
    words.push(this.#mains ? 'OL' : 'OB');
    if (!this.#mains) words.push('DISCHRG');
    else if (this.#state.depth > 0) words.push('CHRG');
    if (this.#lowBattery()) words.push('LB');
    if (this.#latestLoad() > this.traits.nominalWatts) words.push('OVER');
    return words;
  }

  /** What its driver tells, in NUT's names. Empty while a dead battery leaves the UPS itself dark. */
  variables(): ReadonlyMap<string, string> {
    this.#catchUp();
    const told = new Map<string, string>();
    if (!this.#output) return told;
    const { nominalWatts, chargeLow = 10, runtimeLow = 60, lacks = [], id } = this.traits;
    told.set('device.type', 'ups').set('device.model', `sim ${nominalWatts} W`).set('device.serial', `sim-${id}`);
    told.set('ups.status', this.words().join(' '));
    told.set('battery.charge', String(this.#charge())).set('battery.charge.low', String(chargeLow));
    told.set('battery.runtime', String(this.#runtime())).set('battery.runtime.low', String(runtimeLow));
    told.set('ups.load', String(Math.round((this.#latestLoad() / nominalWatts) * 100)));
    told.set('ups.realpower', String(Math.round(this.#latestLoad()))).set('ups.realpower.nominal', String(nominalWatts));
    told.set('input.voltage', this.#mains ? '230.0' : '0.0');
    for (const name of lacks) told.delete(name);
    for (const [name, value] of this.#frozen) told.set(name, value);
    for (const [name, value] of Object.entries(this.#quirks.says ?? {})) told.set(name, value);
    return told;
  }

  #catchUp(): void {
    const nowMs = this.#nowMs();
    const seconds = (nowMs - this.#atMs) / 1000;
    if (seconds <= 0) return;
    this.#atMs = nowMs;
    const { battery } = this.traits;
    if (this.#mains) {
      this.#state = charge(battery, this.#state, seconds);
    } else if (this.#output) {
      // Asked at the very end: a millisecond of rounding must not leave it alive with nothing in it.
      const ends = secondsLeft(battery, this.#state, this.#latestLoad()) <= seconds + 1e-6;
      this.#state = drain(battery, this.#state, this.#latestLoad(), seconds);
      this.#output = !ends;
    }
  }

  #latestLoad(): number {
    return this.#loads.at(-1)?.watts ?? 0;
  }

  #lowBattery(): boolean {
    const { chargeLow = 10, runtimeLow = 60, battery } = this.traits;
    if (this.#quirks.lowBattery === 'never') return false;
    if (this.#quirks.lowBattery === 'early' && !this.#mains) return true;
    const low = (1 - seemingDepth(this.#state)) * 100 <= chargeLow;
    return low || (!this.#mains && secondsLeft(battery, this.#state, this.#latestLoad()) <= runtimeLow);
  }

  #charge(): number {
    const percent = Math.floor((1 - seemingDepth(this.#state)) * 100 + 1e-9);
    return Math.min(100, Math.max(0, percent + (this.#quirks.chargeBias ?? 0)));
  }

  #runtime(): number {
    const seenMs = this.#atMs - (this.#quirks.runtimeLagSeconds ?? 0) * 1000;
    const seen = this.#loads.findLast((load) => load.atMs <= seenMs) ?? this.#loads[0];
    const seconds = secondsLeft(this.traits.battery, this.#state, seen?.watts ?? 0) * (this.#quirks.runtimeFactor ?? 1);
    return Math.min(RUNTIME_CEILING, Math.floor(seconds));
  }
}
