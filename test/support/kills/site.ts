// The site under fire: rigs, contacts and a NUT server in this process, the built service in one of its own, which is
// killed by its pid and started again. What happened is kept for the judge.
import { readFileSync, watch } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeUpsd } from '../../../src/fakes/upsd.ts';
import { realClock } from '../../../src/host/clock.ts';
import type { JournalRecord } from '../../../src/host/port.ts';
import { SimUps } from '../../../src/sim/ups.ts';
import { BuiltService } from '../built-service.ts';
import { type Contacts, layContacts } from '../contact-program.ts';
import { type RealUpsd, startRealUpsd } from '../real-upsd.ts';
import { contactOf, Fleet, type OrderHeard } from '../rig-fleet.ts';
import type { KillDraw, MomentKind } from './draw.ts';
import { isDue, type Order } from './judge.ts';

export interface SiteSetting {
  readonly upsd: 'fake' | 'real';
  /** main.js of the service; absent: as built for the tests */
  readonly main?: string;
}

/** One run of the service. */
export interface Life {
  readonly spawnedMs: number;
  readonly pid: number | undefined;
  /** its first tick, by its journal */
  tickedMs?: number;
  killed?: MomentKind;
}

const BASE_WATTS = 60;
const PLAY_EVERY_MS = 100;
const LOOK_EVERY_MS = 10;
const CHARGE_SECONDS = 4;

export class KillSite {
  readonly draw: KillDraw;
  readonly folder: string;
  readonly fleet: Fleet;
  readonly contacts: Contacts;
  readonly ups: SimUps;
  readonly service: BuiltService;
  readonly lives: Life[] = [];
  readonly orders: Order[] = [];
  readonly outages: { readonly fromMs: number; toMs: number }[] = [];
  readonly #ears: Ears;
  readonly #close: () => Promise<void>;
  #over = false;
  #player: Promise<void> = Promise.resolve();

  private constructor(
    draw: KillDraw,
    parts: Pick<KillSite, 'folder' | 'fleet' | 'contacts' | 'ups' | 'service'>,
    ears: Ears,
    close: () => Promise<void>,
  ) {
    this.draw = draw;
    this.folder = parts.folder;
    this.fleet = parts.fleet;
    this.contacts = parts.contacts;
    this.ups = parts.ups;
    this.service = parts.service;
    this.#ears = ears;
    this.#close = close;
  }

  static async open(draw: KillDraw, setting: SiteSetting): Promise<KillSite> {
    const folder = await mkdtemp(join(await quickDisk(), 'kills-'));
    const ears = new Ears();
    const fleet = await Fleet.start(draw.rigs, (order) => ears.order(order));
    const contacts = await layContacts(folder, fleet.contacts, ({ contact, to, atMs }) => {
      fleet.move(contact, to, atMs);
      ears.edge();
    });
    const watts = fleet.plateWatts + BASE_WATTS;
    const battery = { carries: { watts, minutes: draw.carriesSeconds / 60 }, chargeHours: CHARGE_SECONDS / 3600 };
    const ups = new SimUps(
      { id: 'rack', battery, nominalWatts: Math.ceil(1.2 * watts), chargeLow: 2, runtimeLow: 2 },
      realClock.monotonicMs,
    );
    ups.load(watts);
    const upsd = await openUpsd(ups, setting.upsd);
    await mkdir(join(folder, 'state'));
    const paths = { file: join(folder, 'lastwatt.yaml'), socket: join(folder, 's'), stateDir: join(folder, 'state') };
    const service = new BuiltService(paths, setting.main === undefined ? {} : { main: setting.main });
    await writeFile(paths.file, JSON.stringify(configOf(draw, fleet, contacts, upsd.port)));
    const close = async (): Promise<void> => {
      await Promise.all([contacts.stop(), fleet.stop(), upsd.close()]);
      await rm(folder, { recursive: true, force: true });
    };
    const site = new KillSite(draw, { folder, fleet, contacts, ups, service }, ears, close);
    ears.onOrder = (order) => site.#hear(order);
    site.#player = site.#play(upsd.tell);
    return site;
  }

  now(): number {
    return realClock.monotonicMs();
  }

  get life(): Life | undefined {
    return this.lives.at(-1);
  }

  async launch(): Promise<void> {
    const spawnedMs = this.now();
    await this.service.launch();
    this.lives.push({ spawnedMs, pid: this.service.pid });
  }

  /** What the draw has in store for the rigs, or nothing. */
  misbehave(on: boolean): void {
    for (const [id, quirks] of this.draw.quirks) {
      const healed = { lies: false, refuses: false, hangs: false, answerSeconds: 0, pauseSeconds: this.fleet.pauseSeconds(id) };
      this.fleet.misbehave(id, on ? quirks : healed);
    }
  }

  mains(present: boolean): void {
    const atMs = this.now();
    this.ups.mains(present);
    const last = this.outages.at(-1);
    if (present && last !== undefined) last.toMs = atMs;
    if (!present) this.outages.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
    this.ups.misbehave({ lowBattery: undefined });
  }

  lowBattery(): void {
    this.ups.misbehave({ lowBattery: 'early' });
  }

  /** Whether the present life has ticked; its journal is asked. */
  async ticked(): Promise<boolean> {
    const { life } = this;
    if (life === undefined) return false;
    if (life.tickedMs !== undefined) return true;
    const begun = (await this.service.journal()).findLast(({ event, pid }) => event === 'started' && pid === life.pid);
    if (begun !== undefined && begun.monoMs >= life.spawnedMs) life.tickedMs = begun.monoMs;
    return life.tickedMs !== undefined;
  }

  /** Waits for the world to become so; false where it does not in time. */
  async becomes(isTrue: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
    const deadline = this.now() + withinMs;
    while (!(await isTrue())) {
      if (this.now() > deadline) return false;
      await realClock.sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  /** Calls `then` in the moment of the `nth` order, edge or write of the journal from now on; gives the way to call it off. */
  atThe(kind: 'order' | 'edge' | 'record', nth: number, then: () => void): () => void {
    let left = nth;
    const one = (): void => {
      left -= 1;
      if (left === 0) then();
    };
    if (kind !== 'record') return this.#ears.listen(kind, one);
    const watcher = watch(this.#journal, one);
    watcher.on('error', () => undefined);
    return () => watcher.close();
  }

  /** Every record on the disk, oldest first. */
  async records(): Promise<readonly JournalRecord[]> {
    const names = (await readdir(join(this.folder, 'state'))).filter((name) => name.endsWith('.jsonl'));
    const records: JournalRecord[] = [];
    for (const name of names) {
      const lines = (await readFile(join(this.folder, 'state', name), 'utf8')).split('\n').slice(0, -1);
      for (const line of lines) records.push(JSON.parse(line));
    }
    return names.length > 1 ? records.sort((a, b) => a.seq - b.seq) : records;
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.service.kill();
    await this.#player;
    await this.#close();
  }

  get #journal(): string {
    return join(this.folder, 'state', 'journal.jsonl');
  }

  #hear({ rig, what, atMs, was }: OrderHeard): void {
    const contraryMs = this.orders.findLast((one) => one.rig === rig && one.what !== what)?.atMs ?? 0;
    const lines = readFileSync(this.#journal, 'utf8').split('\n').slice(0, -1);
    const onDisk = lines.some((line) => {
      const record: JournalRecord = JSON.parse(line);
      return record.monoMs > contraryMs && isDue(record, what, rig);
    });
    this.orders.push({ rig, what, atMs, was, onDisk });
  }

  async #play(tell: () => Promise<void>): Promise<void> {
    while (!this.#over) {
      this.ups.load(BASE_WATTS + this.fleet.watts);
      await tell();
      await realClock.sleep(PLAY_EVERY_MS);
    }
  }
}

/** Who is told of an order or an edge in the moment that it happens. */
class Ears {
  onOrder: (order: OrderHeard) => void = () => undefined;
  readonly #listeners = { order: new Set<() => void>(), edge: new Set<() => void>() };

  order(order: OrderHeard): void {
    this.onOrder(order);
    for (const listener of this.#listeners.order) listener();
  }

  edge(): void {
    for (const listener of this.#listeners.edge) listener();
  }

  listen(kind: 'order' | 'edge', listener: () => void): () => void {
    this.#listeners[kind].add(listener);
    return () => this.#listeners[kind].delete(listener);
  }
}

interface Upsd {
  readonly port: number;
  tell(): Promise<void>;
  close(): Promise<void>;
}

async function openUpsd(ups: SimUps, kind: 'fake' | 'real'): Promise<Upsd> {
  if (kind === 'fake') {
    const fake = await FakeUpsd.start({ names: ['rack'], variablesOf: () => ups.variables() });
    return { port: fake.port, tell: async () => undefined, close: () => fake.close() };
  }
  const real: RealUpsd = await startRealUpsd({ rack: Object.fromEntries(ups.variables()) });
  const told = new Map<string, string>();
  return {
    port: real.port,
    tell: async () => {
      const news = [...ups.variables()].filter(([name, value]) => told.get(name) !== value);
      if (news.length > 0) await real.set('rack', Object.fromEntries(news));
      for (const [name, value] of news) told.set(name, value);
    },
    close: () => real.stop(),
  };
}

/** In memory where there is such a place: a kill leaves the kernel's cache alone, so a card would only make it slower. */
async function quickDisk(): Promise<string> {
  return access('/dev/shm').then(
    () => '/dev/shm',
    () => tmpdir(),
  );
}

function configOf(draw: KillDraw, fleet: Fleet, contacts: Contacts, port: number): object {
  const { graceSeconds, coolDownSeconds, cutPaused, shedBelowSeconds } = draw;
  const rigs = fleet.rigs.map((rig) => [
    rig.id,
    {
      driver: 'luxos',
      host: '127.0.0.1',
      port: fleet.port(rig.id),
      fedBy: ['rack'],
      cutBy: [contactOf(rig)],
      reward: { perDay: rig.perDay },
      watts: rig.watts,
      graceSeconds,
      coolDownSeconds,
    },
  ]);
  const switches = fleet.contacts.map((id) => {
    const argv = (verb: 'cut' | 'feed' | 'read'): readonly string[] => contacts.argv(id, verb);
    return [id, { driver: 'command', cut: argv('cut'), feed: argv('feed'), read: argv('read'), minOffSeconds: 0.5 }];
  });
  return {
    site: { name: 'barn', controllerFedBy: ['rack'], networkFedBy: ['rack'] },
    stateDir: 'state',
    socket: 's',
    armed: true,
    ups: { rack: { nut: { port, name: 'rack' }, pollSeconds: { mains: 0.2, battery: 0.2 }, baseWatts: BASE_WATTS } },
    rigs: Object.fromEntries(rigs),
    switches: Object.fromEntries(switches),
    policy: { shedBelowSeconds, cutBelowSeconds: 5, cutPaused, ignoreBlipsSeconds: 0.5 },
    restore: { mainsHeldSeconds: 0.5, staggerSeconds: 0.2 },
  };
}
