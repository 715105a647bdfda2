// A rig as it behaves in time: ramps, boots, forgets, and misbehaves when told to. It holds no timer and no socket; what
// it does now is worked out when somebody looks, so the same rig serves a fake on a socket and a night on a virtual clock.

/** What a simulated rig is. Seconds may be fractions; whatever is absent takes the figure named here. */
export interface SimRigTraits {
  readonly id: string;
  /** H/s at full speed */
  readonly hashRate: number;
  /** W at the wall at full speed */
  readonly watts: number;
  /** W while paused, and while booting. Default 25. */
  readonly pausedWatts?: number;
  /** from a pause order to standby watts. Default 4. */
  readonly pauseSeconds?: number;
  /** from a resume order, or the end of booting, to full speed. Default 20. */
  readonly wakeSeconds?: number;
  /** from being fed to answering. Default 40. */
  readonly bootSeconds?: number;
  /** whether a pause outlives a power cut. Default true. */
  readonly pausePersists?: boolean;
  /** the watts swing by at most this part of themselves, e.g. 0.02. Default 0. */
  readonly wattsNoise?: number;
  /** chooses the noise; the same seed swings the same way */
  readonly seed?: number;
  /** from one share that its pool takes to the next, at full speed. Default 7. */
  readonly shareSeconds?: number;
  /** Default hashing at full speed. */
  readonly startsAs?: 'hashing' | 'paused' | 'cut';
}

/** Ways to misbehave; all may be turned on and off while it runs. */
export interface SimRigQuirks {
  /** answers every order with an error and does nothing */
  readonly refuses?: boolean;
  /** says yes to every order, and does nothing */
  readonly ignores?: boolean;
  /** takes a pause, says that it is paused, and goes on hashing and drawing */
  readonly lies?: boolean;
  /** takes a question or an order, never answers, and does nothing */
  readonly hangs?: boolean;
  /**
   * answers a limit with an error, or takes it and goes on as before: there is none to be taken off, and that is well; or takes it well, and
   * answers its end with an error, twice
   */
  readonly limits?: 'refused' | 'in vain' | 'kept twice';
  /** takes a resume, says that it is awake, and never hashes */
  readonly willNotWake?: boolean;
  /** seconds until it answers anything */
  readonly answerSeconds?: number;
  /** does what it is told, and its answer is lost */
  readonly losesAnswers?: boolean;
  /** takes questions and no orders: the password is wrong */
  readonly locked?: boolean;
  /** half of each answer comes, or rubbish */
  readonly garbles?: boolean;
  /** what it says in JSON on port 4028 is as broken as firmwares send it: it can be read by who knows their ways */
  readonly breaksJson?: boolean;
  /** answers everything, and does nothing, with the page on which people log in; or with the word that it is elsewhere now */
  readonly page?: 'login' | 'elsewhere';
  /** watts said / watts true */
  readonly wattsFactor?: number;
  /** the MAC or serial of who answers */
  readonly identity?: string;
  /** changes a pool of its owner's when it obeys a pause or a resume */
  readonly changesPools?: boolean;
  /** seconds from a pause order to standby watts, instead of its trait */
  readonly pauseSeconds?: number;
}

export type SimRigOrder = 'pause' | 'resume';

/** W; undefined: as before any limit */
export type SimRigLimit = number | undefined;

/** What a rig tells of its limit where nobody but its owner has set one. */
export const ownLimitOf = ({ id }: Pick<SimRigTraits, 'id'>): string => `as the owner of ${id} has it`;

/** What the rig says to an order; `dark`: nobody is there to say anything. */
export type SimRigAnswer = 'done' | 'refused' | 'locked' | 'silent' | 'lost' | 'dark';

export interface SimRigEntry {
  readonly atMs: number;
  readonly what: SimRigOrder | 'limit' | 'unlimit' | 'feed' | 'cut';
  /** present for orders */
  readonly answer?: SimRigAnswer;
}

export interface SimRigLook {
  /** there is power at its plug */
  readonly fed: boolean;
  /** fed and booted: it would answer a question */
  readonly answers: boolean;
  /** what its firmware says of itself; a liar says true */
  readonly saysPaused: boolean;
  /** 0 standing still, 1 at full speed */
  readonly level: number;
  /** the level that its limit leaves it */
  readonly mostLevel: number;
  /** W that it is limited to; undefined: not */
  readonly limitWatts: SimRigLimit;
  /** what it tells of that, to be given back */
  readonly limit: string;
  /** H/s, true */
  readonly hashRate: number;
  /** W at the wall, true; 0 while cut */
  readonly watts: number;
  /** W that it says it draws */
  readonly saysWatts: number;
  /** since it last booted; 0 while it does not answer */
  readonly uptimeSeconds: number;
  /** that its pool took since it last booted */
  readonly shares: number;
}

/** From one level to another, in a straight line. */
interface Ramp {
  readonly fromMs: number;
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
}

/** Entries kept of what happened to a rig; the oldest go first. */
const LOG_LIMIT = 10_000;
/** From a limit, or the end of one, until its watts show it. */
const LIMIT_SECONDS = 15;
/** The noise changes once in this time, so that two looks at one moment agree. */
const NOISE_STEP_MS = 500;

export class SimRig {
  readonly traits: Required<SimRigTraits>;
  readonly #nowMs: () => number;
  readonly #log: SimRigEntry[] = [];
  #quirks: SimRigQuirks = {};
  #answersFromMs: number | undefined;
  #paused: boolean;
  #limit: SimRigLimit;
  #limitTold: string;
  #poolsChanged = false;
  /** ends of its limit that it refused */
  #kept = 0;
  #ramp: Ramp;
  /** s at full speed, since it last booted, that came before this ramp */
  #worked = 0;

  /** `nowMs`: monotonic ms; need not start at 0. */
  constructor(traits: SimRigTraits, nowMs: () => number) {
    this.traits = {
      pausedWatts: 25,
      pauseSeconds: 4,
      wakeSeconds: 20,
      bootSeconds: 40,
      pausePersists: true,
      wattsNoise: 0,
      seed: 1,
      shareSeconds: 7,
      startsAs: 'hashing',
      ...traits,
    };
    this.#nowMs = nowMs;
    this.#limitTold = ownLimitOf(traits);
    const { startsAs } = this.traits;
    const level = startsAs === 'hashing' ? 1 : 0;
    this.#paused = startsAs === 'paused';
    this.#answersFromMs = startsAs === 'cut' ? undefined : nowMs();
    this.#ramp = { fromMs: nowMs(), seconds: 0, from: level, to: level };
  }

  /** Everything that was asked of it and done to it, oldest first, with times. */
  get log(): readonly SimRigEntry[] {
    return this.#log;
  }

  get quirks(): SimRigQuirks {
    return this.#quirks;
  }

  /** whether a pool is not what its owner set any more */
  get poolsChanged(): boolean {
    return this.#poolsChanged;
  }

  /** Adds to how it misbehaves, or with `false` takes back. */
  misbehave(quirks: SimRigQuirks): void {
    this.#quirks = { ...this.#quirks, ...quirks };
  }

  /** Exactly these from here on. */
  behave(quirks: SimRigQuirks): void {
    this.#quirks = quirks;
  }

  /** It restarts by itself: an update, a crash. Power stays at its plug. */
  reboot(): void {
    if (!this.look().fed) return;
    this.cut();
    this.feed();
  }

  /** Power at its plug. Fed twice is fed once. */
  feed(): void {
    if (this.#answersFromMs !== undefined) return;
    const bootedMs = this.#nowMs() + this.traits.bootSeconds * 1000;
    this.#answersFromMs = bootedMs;
    this.#enter('feed');
    this.#ramp = { fromMs: bootedMs, seconds: this.traits.wakeSeconds, from: 0, to: this.#mayHash() ? this.#most() : 0 };
  }

  /** No power at its plug. */
  cut(): void {
    if (this.#answersFromMs === undefined) return;
    this.#answersFromMs = undefined;
    this.#worked = 0;
    this.#enter('cut');
    if (!this.traits.pausePersists) this.#paused = false;
    this.#ramp = { fromMs: this.#nowMs(), seconds: 0, from: 0, to: 0 };
  }

  /** What comes of an order now; the doing of it takes its time and shows in later looks. */
  order(what: SimRigOrder): SimRigAnswer {
    const answer = this.#answerTo();
    this.#enter(what, answer);
    if (answer === 'done' || answer === 'lost') this.#obey(what);
    return answer;
  }

  /** The same of a limit of its watts, which outlives a power cut; `was`: what it is told to be as then; absent: it knows that itself. */
  limit(watts: SimRigLimit, was: string | undefined): SimRigAnswer {
    const refuses = this.#answerTo() === 'done' && this.#refusesLimit(watts);
    const answer = refuses ? 'refused' : this.#answerTo();
    this.#enter(watts === undefined ? 'unlimit' : 'limit', answer);
    if ((answer !== 'done' && answer !== 'lost') || (this.#quirks.limits === 'in vain' && watts !== undefined)) return answer;
    this.#limit = watts;
    this.#limitTold = watts === undefined ? (was ?? ownLimitOf(this.traits)) : `${watts} W`;
    if (this.#ramp.to > 0) this.#go(this.#most(), LIMIT_SECONDS);
    return answer;
  }

  look(): SimRigLook {
    const nowMs = this.#nowMs();
    const fromMs = this.#answersFromMs;
    const fed = fromMs !== undefined;
    const answers = fed && nowMs >= fromMs;
    const level = fed ? this.#levelAt(nowMs) : 0;
    const { watts, pausedWatts, hashRate } = this.traits;
    const drawn = fed ? (pausedWatts + (watts - pausedWatts) * level) * this.#noiseAt(nowMs) : 0;
    return {
      fed,
      answers,
      saysPaused: this.#paused,
      level,
      mostLevel: this.#most(),
      limitWatts: this.#limit,
      limit: this.#limitTold,
      hashRate: hashRate * level,
      watts: drawn,
      saysWatts: drawn * (this.#quirks.wattsFactor ?? 1),
      uptimeSeconds: answers ? (nowMs - fromMs) / 1000 : 0,
      shares: Math.floor(this.#workedBy(nowMs) / this.traits.shareSeconds),
    };
  }

  #refusesLimit(watts: SimRigLimit): boolean {
    const { limits } = this.#quirks;
    if (watts !== undefined) this.#kept = 0;
    if (watts === undefined && limits === 'kept twice') this.#kept += 1;
    return limits === 'refused' ? watts !== undefined : limits === 'kept twice' && watts === undefined && this.#kept <= 2;
  }

  #answerTo(): SimRigAnswer {
    if (!this.look().answers) return 'dark';
    if (this.#quirks.hangs) return 'silent';
    if (this.#quirks.locked) return 'locked';
    if (this.#quirks.refuses) return 'refused';
    return this.#quirks.losesAnswers ? 'lost' : 'done';
  }

  #obey(what: SimRigOrder): void {
    if (this.#quirks.ignores) return;
    this.#paused = what === 'pause';
    if (this.#quirks.changesPools) this.#poolsChanged = true;
    if (this.#paused && this.#quirks.lies) return;
    const to = this.#mayHash() ? this.#most() : 0;
    this.#go(to, to > 0 ? this.traits.wakeSeconds : (this.#quirks.pauseSeconds ?? this.traits.pauseSeconds));
  }

  #go(to: number, seconds: number): void {
    const nowMs = this.#nowMs();
    if (to === this.#ramp.to) return;
    this.#worked = this.#workedBy(nowMs);
    this.#ramp = { fromMs: nowMs, seconds, from: this.#levelAt(nowMs), to };
  }

  /** The level that its limit leaves it. */
  #most(): number {
    const { watts, pausedWatts } = this.traits;
    return this.#limit === undefined ? 1 : Math.min(1, Math.max(0, (this.#limit - pausedWatts) / (watts - pausedWatts)));
  }

  #mayHash(): boolean {
    return !this.#paused && !this.#quirks.willNotWake;
  }

  #levelAt(nowMs: number): number {
    const { fromMs, seconds, from, to } = this.#ramp;
    const done = seconds === 0 ? 1 : (nowMs - fromMs) / (seconds * 1000);
    return nowMs < fromMs ? from : from + (to - from) * Math.min(done, 1);
  }

  /** s at full speed since it last booted */
  #workedBy(nowMs: number): number {
    const { fromMs, seconds, from, to } = this.#ramp;
    const passed = Math.max(0, (nowMs - fromMs) / 1000);
    const ramped = Math.min(passed, seconds);
    const onTheWay = seconds === 0 ? 0 : from * ramped + ((to - from) * ramped * ramped) / (2 * seconds);
    return this.#worked + onTheWay + to * (passed - ramped);
  }

  /** A factor around 1 that depends on the seed and the moment alone. */
  #noiseAt(nowMs: number): number {
    const { wattsNoise, seed } = this.traits;
    if (wattsNoise === 0) return 1;
    let mixed = (Math.floor(nowMs / NOISE_STEP_MS) ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return 1 + wattsNoise * (((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 31 - 1);
  }

  #enter(what: SimRigEntry['what'], answer?: SimRigAnswer): void {
    if (this.#log.length >= LOG_LIMIT) this.#log.shift();
    this.#log.push({ atMs: this.#nowMs(), what, ...(answer === undefined ? {} : { answer }) });
  }
}
