// A whole site in virtual time: mains, UPSes, contacts and rigs that feed on one another, the world that an engine is
// given to act on them, and the truth that nobody on the site can see. Nothing ticks: whenever somebody looks, what
// happened since the last look is worked out.
import type { World } from '../engine/world.ts';
import type { Clock, Journal } from '../host/port.ts';
import { type GeneratorId, MAINS, type RigId, type SupplyId, type SwitchId, type UpsId } from '../model/id.ts';
import { failed, type Outcome } from '../model/outcome.ts';
import type { Site } from '../model/site.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { UpsSource } from '../ups/port.ts';
import { VirtualClock } from './clock.ts';
import { Leash, type SimHost, simHost } from './host.ts';
import { SimJournal } from './journal.ts';
import type { SimPlace } from './place.ts';
import { SimRig } from './rig.ts';
import { simRigDriver } from './rig-driver.ts';
import type { SitePart } from './site-settings.ts';
import { type SimEdge, SimSwitch, type SimWiring, simSwitchDriver } from './switch.ts';
import { SimTransfer } from './transfer.ts';
import { SimUps } from './ups.ts';
import { simUpsSource } from './ups-source.ts';

/** As a test or a night writes a site: `new SimSite(placeOf(options))`. */
export type SimSiteOptions = SitePart;

/** What stands between the engine and the devices; the least there can be, where a night does not say. */
export interface SimWires {
  readonly source: (ups: SimUps, clock: Clock) => UpsSource;
  readonly driver: (rig: SimRig, clock: Clock) => RigDriver;
}

export interface SimSiteKit {
  readonly wires?: SimWires | undefined;
  readonly safeSeq?: () => number;
}

const NO_WIRES: SimWires = {
  source: (ups, clock) => simUpsSource(ups, clock, { commands: [] }),
  driver: (rig, clock) => simRigDriver(rig, clock),
};

/** An order as it left the engine; what came of it stands in the rig's own log. */
export interface SimSiteOrder extends Circumstances {
  readonly atMs: number;
  readonly rig: RigId;
  /** `unlimit`: as before any limit */
  readonly what: 'pause' | 'resume' | 'limit' | 'unlimit';
}

/** `draws`: W of each rig behind the contact in the moment before. */
export type SimSiteEdge = SimEdge & Circumstances & { readonly draws: ReadonlyMap<RigId, number> };

/** The truth of a moment, for the judges alone. */
interface Circumstances {
  /** the last record that no power cut could take away any more */
  readonly safeSeq: number;
  /** s that each UPS would last with the load of this moment; those on mains are not named */
  readonly lasts: ReadonlyMap<UpsId, number>;
  /** percent in each battery, in truth */
  readonly charges: ReadonlyMap<UpsId, number>;
}

/** Orders and edges kept; the oldest go first. */
const KEPT = 100_000;
/** On battery the loads are looked at this often; on mains less matters. */
const STEP_MS = { battery: 1_000, mains: 5_000 } as const;
/** Less would be lost in the rounding of large times, and time would stand still. */
const LEAST_STEP_MS = 0.001;

function isAtWork(rig: SimRig): boolean {
  const { level, mostLevel } = rig.look();
  return level > 0.5 * mostLevel;
}

/** Where a rig is plugged in. */
interface Plug {
  readonly id: RigId;
  readonly rig: SimRig;
  readonly perDay: number;
  readonly lines: readonly { readonly supply: SupplyId; readonly contacts: readonly SwitchId[] }[];
  /** so far */
  earned: number;
}

export class SimSite {
  readonly site: Site;
  readonly clock: VirtualClock;
  readonly journal: SimJournal;
  readonly host: SimHost;
  readonly ups: ReadonlyMap<UpsId, SimUps>;
  readonly rigs: ReadonlyMap<RigId, SimRig>;
  readonly switches: ReadonlyMap<SwitchId, SimSwitch>;
  readonly transfers: ReadonlyMap<GeneratorId, SimTransfer>;
  readonly #baseWatts: ReadonlyMap<UpsId, number>;
  readonly #orders: SimSiteOrder[] = [];
  readonly #edges: SimSiteEdge[] = [];
  readonly #plugs: readonly Plug[];
  readonly #wires: SimWires;
  readonly #safeSeq: () => number;
  readonly #secondFeeds = new Set<RigId>();
  /** without the mains of its own side, by itself or with the grid */
  readonly #cutOff = new Set<UpsId>();
  #network = true;
  #server = true;
  #grid = true;
  #cursorMs: number;
  #advancing = false;
  #leash = new Leash();
  #bootedMs = 0;

  /** `safeSeq`: the last record that is on the card for good; default: all there are. */
  constructor(place: SimPlace, { wires = NO_WIRES, safeSeq = () => Number.POSITIVE_INFINITY }: SimSiteKit = {}) {
    this.#safeSeq = safeSeq;
    this.#wires = wires;
    this.clock = new VirtualClock(place.clock);
    this.#cursorMs = this.clock.monotonicMs();
    this.site = place.site;
    this.journal = new SimJournal(this.clock);
    this.host = simHost();
    const nowMs = (): number => this.#now();
    this.ups = new Map([...place.ups].map(([id, traits]) => [id, new SimUps(traits, nowMs)]));
    this.#baseWatts = place.houseWatts;
    this.rigs = new Map([...place.rigs].map(([id, traits]) => [id, new SimRig(traits, nowMs)]));
    this.#plugs = [...this.rigs].map(([id, rig]) => ({
      id,
      rig,
      perDay: this.site.rigs.get(id)?.reward?.perDay ?? 0,
      earned: 0,
      lines: (this.site.rigs.get(id)?.fedBy ?? []).map((supply) => ({ supply, contacts: this.#contactsOf(id, supply) })),
    }));
    for (const [id, quirks] of place.quirks ?? []) this.rigs.get(id)?.misbehave(quirks);
    const wiring = (id: SwitchId): SimWiring => ({
      watts: () => this.#wattsBehind(id),
      edge: (edge) => {
        const behind = [...this.site.rigs.values()].filter((rig) => rig.cutBy.includes(id));
        const draws = new Map(behind.map((rig) => [rig.id, this.watts(rig.id)]));
        keep(this.#edges, { ...edge, ...this.#circumstances(), draws });
        this.#power();
      },
    });
    this.switches = new Map([...this.site.switches.values()].map((one) => [one.id, new SimSwitch(one, nowMs, wiring(one.id))]));
    this.transfers = new Map((this.site.generators ?? []).map((one) => [one.id, new SimTransfer(one, this.clock)]));
    this.#power();
  }

  /** The world for the next engine, with a journal in memory; the one before is dead from here on. */
  boot(): World {
    this.release();
    return this.world(this.#leash.journal(this.journal));
  }

  /** The leash of the next engine; the one before is dead from here on. */
  release(): Leash {
    this.#leash.kill();
    this.#leash = new Leash(this.#bootedMs);
    return this.#leash;
  }

  /** The world for an engine on the present leash, with a journal of its own. */
  world(journal: Journal): World {
    const leash = this.#leash;
    const clock = leash.clock(this.clock);
    return {
      clock,
      journal,
      log: this.host.log,
      supervisor: this.host.supervisor,
      alarmist: this.host.alarmist,
      ups: new Map([...this.ups].map(([id, ups]) => [id, leash.ups(this.#sourceOf(ups, clock))])),
      rigs: new Map([...this.rigs].map(([id, rig]) => [id, leash.rig(this.#driverOf(id, rig, clock))])),
      switches: new Map([...this.switches].map(([id, contact]) => [id, leash.contact(simSwitchDriver(contact, clock))])),
      inputs: new Map([...this.transfers.values()].map((one) => [one.traits.carriesWhen, leash.input(one.contact())])),
    };
  }

  /** kill -9: no farewell, and no relay moves. What the journal had not made safe is lost. */
  kill(): void {
    this.#leash.kill();
    this.journal.crash();
  }

  /** The controller itself dies: as kill, and every contact falls to rest. The next boot counts its time anew. */
  killController(): void {
    this.kill();
    this.#bootedMs = this.clock.monotonicMs();
    for (const contact of this.switches.values()) contact.letGo();
  }

  /** The grid goes; with a name, only what comes to that UPS. */
  loseMains(ups?: UpsId): void {
    this.#setMains(false, ups);
  }

  returnMains(ups?: UpsId): void {
    this.#setMains(true, ups);
  }

  /** A generator carries what stands behind it, by its transfer switch; or does so no more. */
  carry(id: GeneratorId, carries: boolean): void {
    this.#now();
    const transfer = this.transfers.get(id);
    transfer?.move(carries);
    for (const ups of transfer?.traits.behind ?? []) this.ups.get(ups)?.mains(this.#hasInput(ups));
    this.#power();
  }

  /** The way to every rig is there, or not. */
  network(present: boolean): void {
    this.#network = present;
  }

  /** The server that tells of the UPSes is there, or not. */
  server(present: boolean): void {
    this.#server = present;
  }

  /** Somebody plugged the rig in past its contacts. */
  secondFeed(rig: RigId, present: boolean): void {
    this.#now();
    if (present) this.#secondFeeds.add(rig);
    else this.#secondFeeds.delete(rig);
    this.#power();
  }

  /** Whether a supply gives power now. */
  lives(supply: SupplyId): boolean {
    return supply === MAINS ? this.#grid : (this.ups.get(supply)?.live ?? false);
  }

  /** Rigs at more than half of the speed that their limit leaves them, in the order of the configuration. */
  hashing(): readonly RigId[] {
    return [...this.rigs].filter(([, rig]) => isAtWork(rig)).map(([id]) => id);
  }

  /** W drawn at the plug by this rig, in truth. */
  watts(rig: RigId): number {
    return this.rigs.get(rig)?.look().watts ?? 0;
  }

  /** What was asked of the rigs, in the order of the asking. */
  get orders(): readonly SimSiteOrder[] {
    return this.#orders;
  }

  /** What the contacts did, oldest first. */
  get edges(): readonly SimSiteEdge[] {
    return this.#edges;
  }

  /** What the rigs earned so far, in the site's currency, by what they truly hashed. */
  get earned(): number {
    this.#now();
    return this.#plugs.reduce((sum, { earned }) => sum + earned, 0);
  }

  #wattsBehind(contact: SwitchId): number {
    const behind = [...this.site.rigs.values()].filter((rig) => rig.cutBy.includes(contact));
    return behind.reduce((sum, rig) => sum + this.watts(rig.id), 0);
  }

  #circumstances(): Circumstances {
    const nowMs = this.clock.monotonicMs();
    const draining = [...this.ups].filter(([, ups]) => Number.isFinite(ups.endsAtMs));
    return {
      safeSeq: this.#safeSeq(),
      lasts: new Map(draining.map(([id, ups]) => [id, (ups.endsAtMs - nowMs) / 1000])),
      charges: new Map([...this.ups].map(([id, ups]) => [id, 100 * (1 - ups.depth)])),
    };
  }

  #sourceOf(ups: SimUps, clock: Clock): UpsSource {
    const source = this.#wires.source(ups, clock);
    const read: UpsSource['read'] = (signal) =>
      this.#server ? source.read(signal) : Promise.resolve(failed('unreachable', 'connection refused: nothing listens there'));
    return { ...source, read };
  }

  #driverOf(id: RigId, rig: SimRig, clock: Clock): RigDriver {
    const { read, pause, resume, limitWatts, close } = this.#wires.driver(rig, clock);
    if (this.site.rigs.get(id)?.can.read === false || read === undefined) return { close };
    const note = (what: SimSiteOrder['what']): void =>
      keep(this.#orders, { atMs: this.clock.monotonicMs(), rig: id, what, ...this.#circumstances() });
    const reach = <T>(ask: () => Promise<Outcome<T>>): Promise<Outcome<T>> =>
      this.#network ? ask() : Promise.resolve(failed('unreachable', `${id} cannot be reached: no route`));
    return {
      read: (signal, brief) => reach(() => read(signal, brief)),
      pause: (signal) => {
        note('pause');
        return reach(() => pause?.(signal) ?? Promise.resolve(failed('unsupported', 'no pause')));
      },
      resume: (mode, signal) => {
        note('resume');
        return reach(() => resume?.(mode, signal) ?? Promise.resolve(failed('unsupported', 'no resume')));
      },
      limitWatts: (watts, was, signal) => {
        note(watts === undefined ? 'unlimit' : 'limit');
        return reach(() => limitWatts?.(watts, was, signal) ?? Promise.resolve(failed('unsupported', 'no limit')));
      },
      close,
    };
  }

  #setMains(present: boolean, ups?: UpsId): void {
    this.#now();
    if (ups === undefined) this.#grid = present;
    else if (present) this.#cutOff.delete(ups);
    else this.#cutOff.add(ups);
    for (const [id, one] of this.ups) if (ups === undefined || ups === id) one.mains(this.#hasInput(id));
    this.#power();
  }

  /** The grid's, where its own way from it is there as well; or a generator's. */
  #hasInput(ups: UpsId): boolean {
    return (
      (this.#grid && !this.#cutOff.has(ups)) || [...this.transfers.values()].some((one) => one.carries && one.traits.behind.includes(ups))
    );
  }

  /** The present of the physics. Whoever asks for it brings the world up to date first. */
  #now(): number {
    const nowMs = this.clock.monotonicMs();
    if (this.#advancing || this.#cursorMs >= nowMs) return this.#cursorMs;
    this.#advancing = true;
    try {
      while (this.#cursorMs < nowMs) this.#step(nowMs);
    } finally {
      this.#advancing = false;
    }
    return this.#cursorMs;
  }

  /** Loads are taken as constant for one step; a UPS that dies within it ends it. */
  #step(nowMs: number): void {
    let draining = false;
    let endsMs = Number.POSITIVE_INFINITY;
    for (const one of this.ups.values()) {
      draining ||= !one.onMains && one.live;
      endsMs = Math.min(endsMs, one.endsAtMs);
    }
    const next = Math.min(nowMs, this.#cursorMs + (draining ? STEP_MS.battery : STEP_MS.mains), endsMs);
    const nextMs = Math.min(nowMs, Math.max(next, this.#cursorMs + LEAST_STEP_MS));
    this.#earn((nextMs - this.#cursorMs) / 86_400_000);
    this.#cursorMs = nextMs;
    this.#power();
  }

  #earn(days: number): void {
    for (const plug of this.#plugs) plug.earned += plug.perDay * plug.rig.look().level * days;
  }

  /** Who is fed follows from supplies and contacts; what each UPS carries follows from who is fed. */
  #power(): void {
    const carried = new Map<SupplyId, number>(this.#baseWatts);
    for (const plug of this.#plugs) {
      const { rig } = plug;
      const reaching = this.#suppliesReaching(plug);
      if (reaching.length > 0) rig.feed();
      else rig.cut();
      const { watts } = rig.look();
      for (const supply of reaching) carried.set(supply, (carried.get(supply) ?? 0) + watts / reaching.length);
    }
    for (const [id, one] of this.ups) one.load(carried.get(id) ?? 0);
  }

  /** A supply is kept from a rig when all the contacts that interrupt it are open. */
  #suppliesReaching({ id, lines }: Plug): readonly SupplyId[] {
    const reaching: SupplyId[] = [];
    for (const { supply, contacts } of lines) {
      if (!this.lives(supply)) continue;
      if (contacts.length === 0 || this.#secondFeeds.has(id) || contacts.some((name) => this.switches.get(name)?.contact === 'fed'))
        reaching.push(supply);
    }
    return reaching;
  }

  /** Those that stand between a supply and a rig. */
  #contactsOf(id: RigId, supply: SupplyId): readonly SwitchId[] {
    const between = this.site.rigs.get(id)?.cutBy ?? [];
    return between.filter((name) => (this.site.switches.get(name)?.interrupts ?? supply) === supply);
  }
}

function keep<T>(list: T[], item: T): void {
  if (list.length >= KEPT) list.shift();
  list.push(item);
}
