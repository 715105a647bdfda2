// The pure core on a desk: a site in a few words, and a small obedient world around `decide` that a test may make
// disobedient. No engine, no clock, no promise: a second passes when a test says so.
import { type Decision, decide } from '../../src/core/decide.ts';
import { lookAnew } from '../../src/core/fit.ts';
import { readAnew } from '../../src/core/generator.ts';
import { copyOf } from '../../src/core/memory.ts';
import type { PlanQuestion } from '../../src/core/plan-question.ts';
import { remember } from '../../src/core/remember.ts';
import { initialState, type RigState, type State, type SupplyState } from '../../src/core/state.ts';
import { type Scene, sceneOf, supplyOf } from '../../src/core/tick.ts';
import type { Command } from '../../src/model/command.ts';
import type { Event } from '../../src/model/event.ts';
import type { RigId, UpsId } from '../../src/model/id.ts';
import type { Input } from '../../src/model/input.ts';
import { known } from '../../src/model/known.ts';
import { DONE, failed, ok } from '../../src/model/outcome.ts';
import type { Rig, RigReading, RigSettings } from '../../src/model/rig.ts';
import type { Policy, Restore, Site, SiteSwitch, SiteUps } from '../../src/model/site.ts';
import type { DueStep, Step, StepKind } from '../../src/model/step.ts';
import type { UpsFigures, UpsNameplate } from '../../src/model/ups.ts';
import { USUAL_POLICY, USUAL_RESTORE } from '../../src/sim/site-settings.ts';

export function rig(id: RigId, perDay: number | undefined, change: Partial<Rig> = {}): Rig {
  return {
    id,
    driver: 'sim',
    fedBy: ['rack'],
    cutBy: [`k${id}`],
    can: { read: true, pause: true, resume: true, halt: false },
    watts: 1000,
    pausedWatts: 20,
    graceSeconds: 30,
    coolDownSeconds: 10,
    resumeMinutes: 1,
    restartMinutes: 5,
    ...(perDay === undefined ? {} : { reward: { perDay } }),
    ...change,
  };
}

export function ups(id: UpsId, change: Partial<SiteUps> = {}): SiteUps {
  return {
    id,
    source: `${id}@127.0.0.1:3493`,
    role: 'observer',
    hostSyncSeconds: 15,
    pollSeconds: { mains: 2, battery: 1 },
    nominalWatts: 6000,
    reservePercent: 15,
    blindOnMains: 'keep',
    ...change,
  };
}

export interface SiteWish {
  readonly ups?: readonly SiteUps[];
  readonly rigs?: readonly Rig[];
  readonly policy?: Partial<Policy>;
  readonly restore?: Partial<Restore>;
  readonly armed?: boolean;
}

export function siteOf(wish: SiteWish = {}): Site {
  const rigs = wish.rigs ?? [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2)];
  const contact = (id: string): SiteSwitch => ({
    id,
    driver: 'sim',
    wiring: `sim ${id}`,
    atRest: 'fed',
    canRead: false,
    minOffSeconds: 60,
  });
  return {
    name: 'barn',
    currency: 'USD',
    controllerFedBy: ['mains'],
    networkFedBy: ['mains'],
    armed: wish.armed ?? true,
    supplies: new Map((wish.ups ?? [ups('rack')]).map((one) => [one.id, one])),
    rigs: new Map(rigs.map((one) => [one.id, one])),
    switches: new Map([...new Set(rigs.flatMap((one) => one.cutBy))].map((id) => [id, contact(id)])),
    policy: { ...USUAL_POLICY, ...wish.policy },
    restore: { ...USUAL_RESTORE, ...wish.restore },
  };
}

/** What a UPS would answer; undefined figures are not reported. */
export interface UpsWords {
  words: string;
  charge?: number | string | undefined;
  /** absent: what is left of 600 s at 4060 W, at its load; `none`: it does not report one */
  runtime?: number | string | undefined;
  /** absent: what its rigs draw and 60 W for the house */
  load?: number | string | undefined;
  volts?: number | string | undefined;
  nameplate?: UpsNameplate;
  /** it does not answer */
  silent?: boolean;
}

/** How a rig is, and whether it does what it is told. */
export interface RigWorld {
  hashing: boolean;
  /** takes orders and does nothing */
  stubborn?: boolean;
  /** does not answer at all */
  silent?: boolean;
  refusesKey?: boolean;
  /** W that it is limited to */
  limitWatts?: number | undefined;
  /**
   * it refuses a limit, takes it and does nothing, gives no answer and does nothing, does it and gives none, or keeps to another than it
   * was told, and refuses that
   */
  limits?: 'refused' | 'in vain' | 'lost' | 'unanswered' | 'clamped';
  /** what it tells of what stands where it is not limited by us; absent: as its owner has it */
  limitTold?: string;
  /** it tells nothing of that */
  limitUntold?: boolean;
  /** at 0 H/s and standby watts it says that it starts, not that it is paused */
  starting?: boolean;
  /** it answers, and with no reading */
  unread?: 'garbled' | 'refused' | undefined;
  /** it does not report them */
  noWatts?: boolean;
  /** W and H/s while it hashes; absent: as configured, 100 TH/s */
  watts?: number;
  hashRate?: number;
  fed: boolean;
  /** shares that its pool took */
  shares?: number | undefined;
  /** what its owner set, as prints */
  settings?: RigSettings | undefined;
  /** monotonic ms at which that was asked, where not with the rest */
  settingsAtMs?: number | undefined;
  /** the MAC or serial of who answers */
  identity?: string | undefined;
  /** monotonic ms at which that was asked, where not with the rest */
  identityAtMs?: number | undefined;
  uptimeSeconds?: number;
}

const HOUSE_WATTS = 60;
const FULL_WATT_SECONDS = 600 * 4060;

export class Desk {
  site: Site;
  nowMs = 1_000_000;
  state: State;
  readonly events: { readonly atMs: number; readonly event: Event }[] = [];
  readonly steps: { readonly atMs: number; readonly due: DueStep }[] = [];
  /** searches that nobody has answered; a test does */
  readonly questions: PlanQuestion[] = [];
  readonly ups = new Map<UpsId, UpsWords>();
  readonly rigs = new Map<RigId, RigWorld>();
  /** contacts that do not move */
  readonly stuck = new Set<string>();
  #waiting: Input[] = [];

  constructor(site: Site) {
    this.site = site;
    this.state = initialState(this.nowMs);
    for (const id of site.supplies.keys()) this.ups.set(id, { words: 'OL', charge: 100 });
    for (const id of site.rigs.keys()) this.rigs.set(id, { hashing: true, fed: true });
  }

  /** One tick at this moment with these inputs and whatever came back from the steps before. */
  tick(...inputs: readonly Input[]): Decision {
    const all = [...this.#waiting, ...inputs];
    this.#waiting = [];
    const decision = decide(this.state, all, this.site, { nowMs: this.nowMs, stamp: '2026-01-01T00:00:00.000Z' });
    this.state = decision.state;
    for (const event of decision.events) this.events.push({ atMs: this.nowMs, event });
    for (const due of decision.due) this.#carry(due);
    this.questions.push(...decision.questions);
    return decision;
  }

  /** Time goes on second by second; every second each UPS and each rig is asked. */
  pass(seconds: number): this {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1000;
      this.tick(...this.#look());
    }
    return this;
  }

  /** The service stands still: time passes, nobody is asked. */
  freeze(seconds: number): this {
    this.nowMs += seconds * 1000;
    return this;
  }

  /** Orders on the wire have reached their rigs; what these answered is not heard before this tick is over. */
  tickUnanswered(...inputs: readonly Input[]): this {
    const answers = this.#waiting.filter(({ kind }) => kind === 'settled');
    this.#waiting = this.#waiting.filter(({ kind }) => kind !== 'settled');
    this.tick(...inputs);
    this.#waiting.unshift(...answers);
    return this;
  }

  /** The UPSes answer, and the orders; no rig was read yet. */
  tickBeforeRigs(): this {
    this.tick(...this.#lookAtUpses());
    return this;
  }

  say(command: Command): Decision {
    return this.tick({ kind: 'command', command, from: 'cli' });
  }

  /** As a new process would begin, on the memory alone. */
  restart(): this {
    this.state = initialState(this.nowMs, this.state.memory);
    this.#waiting = [];
    return this;
  }

  /** The service starts in this boot of the machine, or in another one, and has journaled that. */
  boot(bootId: string): this {
    const stamp = { monoMs: this.nowMs, at: '2026-01-01T00:00:00.000Z', allRigs: [...this.site.rigs.keys()] };
    const started = { event: 'started', bootId, version: '0', armed: true, pid: 1 } as const;
    this.state = { ...this.state, memory: remember(copyOf(this.state.memory), started, stamp) };
    return this.restart();
  }

  /** The file is read anew, and says this. */
  reload(change: Partial<Site>): this {
    const after = { ...this.site, ...change };
    this.state = { ...this.state, ...readAnew(this.state, this.site, after, this.nowMs), fit: lookAnew(this.state.fit) };
    this.site = after;
    return this;
  }

  asked(kind: StepKind): string[] {
    return this.steps
      .filter(({ due }) => due.step.kind === kind && due.again !== true)
      .map(({ due }) => ('switch' in due.step ? due.step.switch : due.step.rig));
  }

  named<N extends Event['event']>(name: N): (Event & { event: N })[] {
    return this.events.flatMap(({ event }) => (event.event === name ? [event as Event & { event: N }] : []));
  }

  faults(): string[] {
    return this.named('fault').map((fault) => fault.code);
  }

  rig(id: RigId): RigState | undefined {
    return this.state.rigs.get(id);
  }

  supply(id: UpsId = 'rack'): SupplyState {
    return supplyOf(this.scene(), id);
  }

  scene(): Scene {
    return sceneOf(this.state, this.site, this.nowMs);
  }

  set(id: UpsId, change: Partial<UpsWords>): this {
    this.ups.set(id, { ...(this.ups.get(id) ?? { words: 'OL' }), ...change });
    return this;
  }

  world(id: RigId, change: Partial<RigWorld>): this {
    this.rigs.set(id, { ...(this.rigs.get(id) ?? { hashing: true, fed: true }), ...change });
    return this;
  }

  #carry(due: DueStep): void {
    const { step } = due;
    this.steps.push({ atMs: this.nowMs, due });
    const done = 'switch' in step ? this.#move(step) : this.#order(step);
    const atMs = this.nowMs;
    this.#waiting.push({ kind: 'began', step, atMs }, { kind: 'settled', step, outcome: done, beganAtMs: atMs, atMs });
  }

  #move(step: Step & { kind: 'cut' | 'feed' }): typeof DONE {
    if (this.stuck.has(step.switch)) return failed('timeout', `${step.switch} did not answer`);
    for (const id of step.rigs) this.world(id, step.kind === 'cut' ? { fed: false, hashing: false } : { fed: true });
    return DONE;
  }

  #order(step: Step & { rig: RigId }): typeof DONE {
    const one = this.rigs.get(step.rig);
    if (one === undefined || !one.fed || one.silent) return failed('unreachable', `${step.rig} did not answer`);
    if (one.refusesKey) return failed('unauthorized', `${step.rig} refused the key`);
    if (step.kind === 'limit') return this.#limit(step, one);
    if (!one.stubborn) this.world(step.rig, { hashing: step.kind === 'resume' });
    return DONE;
  }

  #limit({ rig: id, watts, was }: Step & { kind: 'limit' }, { limits }: RigWorld): typeof DONE {
    if (limits === 'refused') return failed('refused', `${id} takes no limit`);
    if (limits === 'lost') return failed('timeout', `${id} did not answer in time`);
    if (limits === 'clamped' && watts !== null) {
      this.world(id, { limitWatts: watts + 300 });
      return failed('refused', `${id} keeps to ${watts + 300} W`);
    }
    if (limits !== 'in vain') this.world(id, watts === null ? { limitWatts: undefined, limitTold: was } : { limitWatts: watts });
    return limits === 'unanswered' ? failed('timeout', `${id} did not answer in time`) : DONE;
  }

  #lookAtUpses(): Input[] {
    return [...this.ups].map(([id, words]) => {
      const outcome = words.silent ? failed('timeout', `${id} did not answer`) : ok(readingOf(id, this.nowMs, this.#honest(id, words)));
      return { kind: 'ups', ups: id, atMs: this.nowMs, outcome };
    });
  }

  #look(): Input[] {
    const inputs = this.#lookAtUpses();
    for (const [id, one] of this.rigs) {
      const config = this.site.rigs.get(id);
      if (config === undefined || !config.can.read) continue;
      inputs.push({ kind: 'rig', rig: id, atMs: this.nowMs, outcome: this.#answer(config, one) });
    }
    return inputs;
  }

  /** Figures that the test did not give follow the world. */
  #honest(id: UpsId, words: UpsWords): UpsWords {
    const load = words.load ?? this.loadOf(id);
    const left = typeof words.charge === 'number' ? words.charge / 100 : 1;
    const runtime = words.runtime ?? Math.round((left * FULL_WATT_SECONDS) / Math.max(1, Number(load)));
    return { ...words, load, runtime: runtime === 'none' ? undefined : runtime };
  }

  /** W that a UPS carries in this world; a rig on two of them draws half from each. */
  loadOf(id: UpsId): number {
    let watts = HOUSE_WATTS;
    for (const [name, one] of this.rigs) {
      const { fed, hashing } = one;
      const config = this.site.rigs.get(name);
      if (config === undefined || !fed || !config.fedBy.includes(id)) continue;
      const on = config.fedBy.filter((supply) => this.ups.has(supply)).length;
      watts += (hashing ? wattsAt(config, one) : config.pausedWatts) / on;
    }
    return watts;
  }

  #answer(config: Rig, one: RigWorld): ReturnType<typeof ok<RigReading>> | ReturnType<typeof failed> {
    if (!one.fed || one.silent) return failed('unreachable', `${config.id} did not answer`);
    if (one.refusesKey) return failed('unauthorized', `${config.id} refused the key`);
    if (one.unread !== undefined) return failed(one.unread, `${config.id} told nothing that can be read`);
    const drawn = one.hashing ? wattsAt(config, one) : config.pausedWatts;
    const watts = one.noWatts ? {} : { watts: drawn, wattsFrom: 'measured' as const };
    const { uptimeSeconds, identity, identityAtMs, settings, settingsAtMs, shares: acceptedShares } = one;
    return ok({
      rig: config.id,
      takenAtMs: this.nowMs,
      state: one.hashing ? 'hashing' : one.starting ? 'starting' : 'paused',
      hashRate: one.hashing ? ((one.hashRate ?? 1e14) * wattsAt(config, one)) / (one.watts ?? config.watts) : 0,
      ...watts,
      ...known<Partial<RigReading>>({
        limit: limitTold(one),
        uptimeSeconds,
        identity,
        identityAtMs,
        settings,
        settingsAtMs,
        acceptedShares,
      }),
    });
  }
}

function limitTold({ limitUntold, limitWatts, limitTold: own = 'as its owner has it' }: RigWorld): string | undefined {
  if (limitUntold) return undefined;
  return limitWatts === undefined ? own : `${limitWatts} W`;
}

/** W while it hashes. */
function wattsAt(config: Rig, { watts = config.watts, limitWatts = watts }: RigWorld): number {
  return Math.min(watts, limitWatts);
}

export function readingOf(id: UpsId, takenAtMs: number, words: UpsWords) {
  const figures: UpsFigures = {
    ...(words.charge === undefined ? {} : { charge: words.charge }),
    ...(words.runtime === undefined ? {} : { runtime: words.runtime }),
    ...(words.load === undefined ? {} : { loadWatts: words.load }),
    ...(words.volts === undefined ? {} : { batteryVolts: words.volts }),
  };
  return {
    ups: id,
    takenAtMs,
    words: new Set(words.words.split(' ').filter((one) => one !== '')),
    figures,
    nameplate: words.nameplate ?? {},
  };
}
