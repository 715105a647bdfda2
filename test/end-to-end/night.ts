// One night: a real upsd that is told what a simulated battery does under rigs that really draw, switches, and the built
// service between them. Everything has a folder and ports of its own, so that several nights may run beside each other.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../src/host/clock.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import { SimUps, type SimUpsQuirks } from '../../src/sim/ups.ts';
import { BuiltService, type Ended, lastwatt, removeBuilt } from '../support/built-service.ts';
import { type Contacts, layContacts } from '../support/contact-program.ts';
import { type RealUpsd, startRealUpsd } from '../support/real-upsd.ts';
import { EIGHT, Fleet, type FleetRig } from '../support/rig-fleet.ts';

export interface NightSetting {
  readonly rigs?: readonly FleetRig[];
  /** seconds that the full battery carries all rigs */
  readonly carriesSeconds: number;
  readonly shedBelowSeconds?: number;
  readonly cutBelowSeconds?: number;
  /** default auto */
  readonly cutPaused?: 'always';
  readonly quirks?: SimUpsQuirks;
  readonly armed?: boolean;
  /** more members of `ups.rack.nut` */
  readonly nut?: Readonly<Record<string, unknown>>;
  /** files beside the configuration, readable by the owner alone */
  readonly files?: Readonly<Record<string, string>>;
}

export const GRACE_SECONDS = 4;
const BASE_WATTS = 60;
/** The battery is worked out, and told to upsd, so often. */
const PLAY_EVERY_MS = 200;
const LOOK_EVERY_MS = 20;
/** From empty to full; so that a return is not held up by the charge. */
const CHARGE_SECONDS = 30;
const STORY_LINES = 120;

/** As `SimUps.misbehave` takes them: undefined takes one back. */
type Quirks = Parameters<SimUps['misbehave']>[0];

const nights = new Set<Night>();
// Every program of every night ends with this process, each by a listener of its own.
process.setMaxListeners(64);

/** Runs one night and puts everything away, however it ends. What went wrong is told with the journal's last lines. */
export async function night(setting: NightSetting, play: (night: Night) => Promise<void>): Promise<void> {
  const one = await Night.open(setting);
  nights.add(one);
  try {
    await play(one);
  } catch (error) {
    const story = await one.story();
    if (error instanceof Error) error.message = `${error.message}\n${story}`;
    throw error;
  } finally {
    nights.delete(one);
    await one.close();
  }
}

/** For afterAll: nights that their tests have left behind, and the programs where they were built for these. */
export async function closeNights(): Promise<void> {
  await Promise.all([...nights].map((one) => one.close()));
  await removeBuilt();
}

export class Night {
  readonly setting: NightSetting;
  readonly folder: string;
  readonly fleet: Fleet;
  readonly contacts: Contacts;
  readonly nut: RealUpsd;
  readonly ups: SimUps;
  readonly service: BuiltService;
  /** stretches without mains, ms; the last may be open */
  readonly outages: { readonly fromMs: number; toMs: number }[] = [];
  readonly startedMs = realClock.monotonicMs();
  /** the battery gave out under the rigs */
  died = false;
  #told = new Map<string, string>();
  #playing = true;
  #turn: Promise<void> = Promise.resolve();
  #over = false;
  #player: Promise<void> = Promise.resolve();

  private constructor(
    setting: NightSetting,
    parts: Pick<Night, 'folder' | 'fleet' | 'contacts' | 'nut' | 'ups'> & { readonly service: BuiltService },
  ) {
    this.setting = setting;
    this.folder = parts.folder;
    this.fleet = parts.fleet;
    this.contacts = parts.contacts;
    this.nut = parts.nut;
    this.ups = parts.ups;
    this.service = parts.service;
    this.#told = new Map(parts.ups.variables());
  }

  /** Everything is there but the service. */
  static async open(setting: NightSetting): Promise<Night> {
    const folder = await mkdtemp(join(tmpdir(), 'lw-'));
    const fleet = await Fleet.start(setting.rigs ?? EIGHT);
    const contacts = await layContacts(
      folder,
      fleet.bestFirst.map((id) => `k-${id}`),
      ({ contact, to, atMs }) => fleet.power(contact.slice(2), to, atMs),
    );
    const ups = upsFor(setting, fleet);
    const nut = await startRealUpsd({ rack: Object.fromEntries(ups.variables()) });
    await mkdir(join(folder, 'state'));
    for (const [name, text] of Object.entries(setting.files ?? {})) await writeFile(join(folder, name), text, { mode: 0o600 });
    const paths = { file: join(folder, 'lastwatt.yaml'), socket: join(folder, 's'), stateDir: join(folder, 'state') };
    const one = new Night(setting, { folder, fleet, contacts, nut, ups, service: new BuiltService(paths) });
    await one.configure();
    one.#player = one.#play();
    return one;
  }

  get file(): string {
    return join(this.folder, 'lastwatt.yaml');
  }

  now(): number {
    return realClock.monotonicMs();
  }

  /** Writes the file; JSON is YAML. */
  async configure(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { fleet, contacts, setting } = this;
    const { shedBelowSeconds = 20, cutBelowSeconds = 8, cutPaused = 'auto' } = setting;
    const config = {
      site: { name: 'barn', controllerFedBy: ['rack'], networkFedBy: ['rack'] },
      stateDir: 'state',
      socket: 's',
      armed: setting.armed ?? true,
      ups: {
        rack: {
          nut: { port: this.nut.port, name: 'rack', ...setting.nut },
          pollSeconds: { mains: 0.5, battery: 0.5 },
          baseWatts: BASE_WATTS,
        },
      },
      rigs: Object.fromEntries(
        fleet.rigs.map(({ id, watts, perDay }) => [
          id,
          {
            driver: 'luxos',
            host: '127.0.0.1',
            port: fleet.port(id),
            fedBy: ['rack'],
            cutBy: [`k-${id}`],
            reward: { perDay },
            watts,
            graceSeconds: GRACE_SECONDS,
            coolDownSeconds: 1,
          },
        ]),
      ),
      switches: Object.fromEntries(
        fleet.bestFirst.map((id) => {
          const argv = (verb: 'cut' | 'feed' | 'read'): readonly string[] => contacts.argv(`k-${id}`, verb);
          return [`k-${id}`, { driver: 'command', cut: argv('cut'), feed: argv('feed'), read: argv('read'), minOffSeconds: 1 }];
        }),
      ),
      policy: { shedBelowSeconds, cutBelowSeconds, cutPaused, ignoreBlipsSeconds: 2 },
      restore: { mainsHeldSeconds: 2, staggerSeconds: 1 },
      ...more,
    };
    await writeFile(this.file, JSON.stringify(config, null, 2));
  }

  /** The service runs, hears its UPS on mains and has seen every rig hash. */
  async begin(): Promise<void> {
    await this.service.launch();
    await this.until('the service has seen every rig hash on mains', async () => {
      const status = await this.service.status();
      return status !== undefined && status.ups[0]?.line === 'mains' && status.rigs.every(({ phase }) => phase === 'hashing');
    });
  }

  /** The mains come or go; upsd says so when this resolves. Gives the moment just before. */
  async mains(present: boolean, quirks: Quirks = {}): Promise<number> {
    const atMs = this.now();
    this.ups.mains(present);
    if (Object.keys(quirks).length > 0) this.ups.misbehave(quirks);
    if (!present) this.outages.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
    await this.#tell();
    const last = this.outages.at(-1);
    if (present && last !== undefined) last.toMs = atMs;
    return atMs;
  }

  async misbehave(quirks: Quirks): Promise<void> {
    this.ups.misbehave(quirks);
    await this.#tell();
  }

  /** The UPS says low battery from now on; resolves when every rig is dark. Gives the moment just before. */
  async lastStand(withinSeconds = 15): Promise<number> {
    const atMs = this.now();
    await this.misbehave({ lowBattery: 'early' });
    await this.until('everything is dark', () => this.fleet.allDark, withinSeconds);
    await this.misbehave({ lowBattery: undefined });
    return atMs;
  }

  /** The mains are back; resolves when every rig hashes at full speed. Gives the moment that they came. */
  async allReturn(withinSeconds = 90): Promise<number> {
    const atMs = await this.mains(true);
    await this.until('every rig hashes again', () => this.fleet.allHashing, withinSeconds);
    return atMs;
  }

  /** The battery goes on, and upsd is told nothing of it: for the time that it can't take anything. */
  async silently(work: () => Promise<void>): Promise<void> {
    this.#playing = false;
    await this.#turn;
    try {
      await work();
    } finally {
      this.#playing = true;
    }
    await this.#tell();
  }

  /** Waits for the world to become so; what it waits for is in the error where it does not. */
  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinSeconds = 30): Promise<void> {
    const deadline = this.now() + withinSeconds * 1000;
    while (!(await isTrue())) {
      if (this.died) throw new Error(`the battery gave out under the rigs, while waiting until ${what}`);
      if (this.now() > deadline) throw new Error(`not within ${withinSeconds} s: ${what}`);
      await realClock.sleep(LOOK_EVERY_MS);
    }
  }

  /** The first record of an event at or after `sinceMs` that fits. */
  async recorded(
    event: string,
    fits: (record: JournalRecord) => boolean = () => true,
    { sinceMs = 0, withinSeconds = 10 } = {},
  ): Promise<JournalRecord> {
    let found: JournalRecord | undefined;
    await this.until(
      `the journal tells of ${event}`,
      async () => {
        found = (await this.service.journal()).find((record) => record.event === event && record.monoMs >= sinceMs && fits(record));
        return found !== undefined;
      },
      withinSeconds,
    );
    if (found === undefined) throw new Error(`no ${event}`);
    return found;
  }

  cli(...argv: string[]): Promise<Ended> {
    return lastwatt('--config', this.file, ...argv);
  }

  /** Orders to rigs and moves of switches, of all kinds. */
  get deeds(): number {
    const orders = this.fleet.bestFirst.flatMap((id) => this.fleet.log(id).filter(({ what }) => what === 'pause' || what === 'resume'));
    return orders.length + this.contacts.edges.length;
  }

  async story(): Promise<string> {
    const seconds = (ms: number): string => ((ms - this.startedMs) / 1000).toFixed(2).padStart(7);
    const told = (await this.service.journal()).map(({ monoMs, event, v: _, seq: __, at: ___, sum: ____, ...rest }) => ({
      ms: monoMs,
      say: `journal ${event} ${JSON.stringify(rest)}`,
    }));
    const orders = this.fleet.bestFirst.flatMap((id) =>
      this.fleet.log(id).map(({ atMs, what, answer }) => ({ ms: atMs, say: `rig ${id} ${what} ${answer ?? ''}` })),
    );
    const edges = this.contacts.edges.map(({ atMs, contact, from, to }) => ({ ms: atMs, say: `contact ${contact} ${from} -> ${to}` }));
    const lines = [...told, ...orders, ...edges].sort((a, b) => a.ms - b.ms).map(({ ms, say }) => `${seconds(ms)} ${say}`);
    return [...lines.slice(-STORY_LINES), this.service.output.slice(-1500)].join('\n');
  }

  /** Every process ends, whatever else goes wrong. */
  async close(): Promise<void> {
    this.#over = true;
    await this.service.kill();
    try {
      await Promise.all([this.#player, this.contacts.stop(), this.fleet.stop()]);
    } finally {
      await this.nut.stop();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async #play(): Promise<void> {
    while (!this.#over) {
      this.ups.load(BASE_WATTS + this.fleet.watts);
      if (!this.ups.live) this.died = true;
      // What does not get through now is told at the next turn.
      if (this.#playing) await this.#tell().catch(() => undefined);
      await realClock.sleep(PLAY_EVERY_MS);
    }
  }

  /** What has changed goes to upsd, one telling after the other. */
  #tell(): Promise<void> {
    const told = this.#turn.then(async () => {
      const news = [...this.ups.variables()].filter(([name, value]) => this.#told.get(name) !== value);
      if (news.length === 0) return;
      await this.nut.set('rack', Object.fromEntries(news));
      for (const [name, value] of news) this.#told.set(name, value);
    });
    this.#turn = told.catch(() => undefined);
    return told;
  }
}

function upsFor({ carriesSeconds, quirks }: NightSetting, fleet: Fleet): SimUps {
  const watts = fleet.plateWatts + BASE_WATTS;
  const battery = { carries: { watts, minutes: carriesSeconds / 60 }, chargeHours: CHARGE_SECONDS / 3600 };
  // It has carried these rigs for a while, so that a runtime that lags has something to lag behind.
  let sinceMs = -60_000;
  const traits = { id: 'rack', battery, nominalWatts: Math.ceil(watts * 1.2), chargeLow: 2, runtimeLow: 2 };
  const ups = new SimUps(traits, () => realClock.monotonicMs() + sinceMs);
  ups.load(BASE_WATTS + fleet.watts);
  sinceMs = 0;
  if (quirks !== undefined) ups.misbehave(quirks);
  return ups;
}
