// The embedded site: a NUT server, rigs on sockets of 127.0.0.1 and contacts in files, fed from one simulated battery in
// real time. It keeps its own logs, and they are what the demo's claims are held against.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCgminerFake } from '../fakes/cgminer-rig.ts';
import { startLuxosFake } from '../fakes/luxos-rig.ts';
import { FakeUpsd } from '../fakes/upsd.ts';
import { SimRig, type SimRigAnswer, type SimRigOrder } from '../sim/rig.ts';
import { SimUps } from '../sim/ups.ts';
import { Tally } from './receipt.ts';
import { type DemoRig, type Endpoints, HOUSE_WATTS, RIGS, rigTraits, UPS, UPS_TRAITS } from './settings.ts';

/** Something that was asked of a rig, by the rig's own log. */
export interface RigOrder {
  readonly atMs: number;
  readonly rig: string;
  readonly what: SimRigOrder;
  readonly answer: SimRigAnswer;
}

/** Something that was asked of a contact, by the contact's own log. */
export interface ContactOrder {
  readonly atMs: number;
  /** the rig behind it */
  readonly rig: string;
  readonly to: 'fed' | 'cut';
  readonly was: 'fed' | 'cut';
  /** W that the rig drew at that moment */
  readonly watts: number;
}

export interface SiteOptions {
  /** an empty folder */
  readonly folder: string;
  /** monotonic ms */
  readonly nowMs: () => number;
}

/** How often the contacts are looked at, and loads and earnings brought up to date. */
const STEP_MS = 50;

export class EmbeddedSite {
  readonly ups: SimUps;
  readonly rigs: ReadonlyMap<string, SimRig>;
  readonly contactOrders: ContactOrder[] = [];
  readonly tally = new Tally();
  readonly #options: SiteOptions;
  readonly #open: { close(): Promise<void> }[] = [];
  #endpoints: Endpoints | undefined;
  #timer: NodeJS.Timeout | undefined;
  #atMs: number;

  private constructor(options: SiteOptions) {
    this.#options = options;
    this.#atMs = options.nowMs();
    this.ups = new SimUps(UPS_TRAITS, options.nowMs);
    this.rigs = new Map(RIGS.map((rig) => [rig.id, simRig(rig, options.nowMs)]));
  }

  /** Rejects where the folder cannot be written or no port can be had; nothing is left open then. */
  static async start(options: SiteOptions): Promise<EmbeddedSite> {
    const site = new EmbeddedSite(options);
    try {
      await site.#begin();
      return site;
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  get endpoints(): Endpoints {
    if (this.#endpoints === undefined) throw new Error('the site has not begun');
    return this.#endpoints;
  }

  /** The mains at the input of the UPS come or go. */
  mains(present: boolean): void {
    this.#step();
    this.ups.mains(present);
  }

  /** Rigs at full speed. */
  hashing(): readonly string[] {
    return [...this.rigs].filter(([, rig]) => rig.look().level > 0.99).map(([id]) => id);
  }

  /** What was asked of the rigs, oldest first. */
  get rigOrders(): readonly RigOrder[] {
    const all = [...this.rigs].flatMap(([rig, { log }]) =>
      log.flatMap(({ atMs, what, answer }) =>
        what === 'pause' || what === 'resume' ? [{ atMs, rig, what, answer: answer ?? 'silent' }] : [],
      ),
    );
    return all.sort((a, b) => a.atMs - b.atMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open.splice(0).map((one) => one.close()));
  }

  async #begin(): Promise<void> {
    const { folder, nowMs } = this.#options;
    const upsd = await FakeUpsd.start({ names: [UPS], variablesOf: () => this.ups.variables() });
    this.#open.push(upsd);
    const rigPorts = new Map<string, number>();
    for (const { id, driver } of RIGS) {
      const rig = this.#rig(id);
      const fake = driver === 'luxos' ? await startLuxosFake({ rig, nowMs }) : await startCgminerFake({ rig });
      this.#open.push(fake);
      rigPorts.set(id, fake.port);
    }
    const contactFile = (rig: string): string => join(folder, `contact-${rig}`);
    for (const { id } of RIGS) await writeFile(contactFile(id), 'fed\n');
    this.#endpoints = {
      upsdPort: upsd.port,
      rigPorts,
      contactFile,
      stateDir: join(folder, 'state'),
      socket: join(folder, 'lastwatt.sock'),
    };
    this.#step();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  #rig(id: string): SimRig {
    const rig = this.rigs.get(id);
    if (rig === undefined) throw new Error(`${id} is no rig of the demo`);
    return rig;
  }

  #step(): void {
    const nowMs = this.#options.nowMs();
    this.tally.add((nowMs - this.#atMs) / 1000, (id) => this.#rig(id).look().level, { depth: this.ups.depth, live: this.ups.live });
    this.#atMs = nowMs;
    for (const { id } of RIGS) this.#followContact(id, nowMs);
    const watts = [...this.rigs.values()].reduce((sum, rig) => sum + rig.look().watts, HOUSE_WATTS);
    this.ups.load(watts);
  }

  #followContact(id: string, atMs: number): void {
    const rig = this.#rig(id);
    const orders = ordersIn(this.endpoints.contactFile(id));
    const known = this.contactOrders.filter((one) => one.rig === id);
    let was = known.at(-1)?.to ?? 'fed';
    // The first line is where the contact stood at the start; nobody asked for it.
    for (const to of orders.slice(1 + known.length)) {
      this.contactOrders.push({ atMs, rig: id, to, was, watts: rig.look().watts });
      was = to;
    }
    if (was === 'fed' && this.ups.live) rig.feed();
    else rig.cut();
  }
}

function simRig(rig: DemoRig, nowMs: () => number): SimRig {
  const made = new SimRig(rigTraits(rig), nowMs);
  if (rig.lies) made.misbehave({ lies: true });
  return made;
}

function ordersIn(file: string): readonly ('fed' | 'cut')[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line): line is 'fed' | 'cut' => line === 'fed' || line === 'cut');
}
