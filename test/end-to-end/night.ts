// One night: a real upsd, or a program, that is told what a simulated battery does under rigs that really draw, switches,
// and the built service between them. Everything has a folder and ports of its own, so that several nights may run beside each other.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from '@jest/globals';
import { realClock } from '../../src/host/clock.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import { SimUps, type SimUpsChange, type SimUpsQuirks } from '../../src/sim/ups.ts';
import { BuiltService, type Ended, type Launching, lastwatt, removeBuilt } from '../support/built-service.ts';
import { type Contacts, layContacts } from '../support/contact-program.ts';
import { ABSENT, available, type RealUpsd, startRealUpsd } from '../support/real-upsd.ts';
import { contactOf, EIGHT, Fleet, type FleetRig, type OrderHeard } from '../support/rig-fleet.ts';

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
  /** the UPS is read by a program of its owner; no upsd runs */
  readonly program?: true;
  /** more members of `ups.rack.nut` */
  readonly nut?: Readonly<Record<string, unknown>>;
  /** files beside the configuration, readable by the owner alone */
  readonly files?: Readonly<Record<string, string>>;
  /** what a rig is called in the configuration; default: its address */
  readonly hostOf?: (rig: string) => string;
  /** how the service is started, given the folder of the night; default: as it was built */
  readonly launching?: (folder: string) => Launching;
  /** told of each order as it reaches its rig, before the rig answers */
  readonly onOrder?: (order: OrderHeard) => void;
}

/** For jest: a night ends much sooner, or not at all. */
export const NIGHT_MS = 180_000;
export const GRACE_SECONDS = 4;
const BASE_WATTS = 60;
/** The battery is worked out, and told to upsd, so often. */
const PLAY_EVERY_MS = 200;
const LOOK_EVERY_MS = 20;
/** From empty to full; so that a return is not held up by the charge. */
const CHARGE_SECONDS = 30;
const STORY_LINES = 120;

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

/** Nights before a real upsd; where there is none they are skipped, with one line that says so. */
export function describeNights(what: string, nights: () => void): void {
  if (!available()) console.warn(`${what} before a real upsd ${ABSENT}`);
  (available() ? describe : describe.skip)(what, () => {
    afterAll(closeNights);
    nights();
  });
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
  readonly ups: SimUps;
  readonly service: BuiltService;
  /** stretches without mains, ms; the last may be open */
  readonly outages: { readonly fromMs: number; toMs: number }[] = [];
  readonly startedMs = realClock.monotonicMs();
  /** the battery gave out under the rigs */
  died = false;
  readonly #nut: RealUpsd | undefined;
  readonly #told: Map<string, string>;
  #playing = true;
  #turn: Promise<void> = Promise.resolve();
  #over = false;
  #player: Promise<void> = Promise.resolve();

  private constructor(
    setting: NightSetting,
    parts: Pick<Night, 'folder' | 'fleet' | 'contacts' | 'ups' | 'service'> & { readonly nut: RealUpsd | undefined },
  ) {
    this.setting = setting;
    this.folder = parts.folder;
    this.fleet = parts.fleet;
    this.contacts = parts.contacts;
    this.#nut = parts.nut;
    this.ups = parts.ups;
    this.service = parts.service;
    this.#told = new Map(parts.ups.variables());
  }

  /** Everything is there but the service. */
  static async open(setting: NightSetting): Promise<Night> {
    const folder = await mkdtemp(join(tmpdir(), 'lw-'));
    const fleet = await Fleet.start(setting.rigs ?? EIGHT, setting.onOrder);
    const contacts = await layContacts(folder, fleet.contacts, ({ contact, to, atMs }) => fleet.move(contact, to, atMs));
    const ups = upsFor(setting, fleet);
    const nut = setting.program ? undefined : await startRealUpsd({ rack: Object.fromEntries(ups.variables()) });
    await mkdir(join(folder, 'state'));
    for (const [name, text] of Object.entries(setting.files ?? {})) await writeFile(join(folder, name), text, { mode: 0o600 });
    const paths = { file: join(folder, 'lastwatt.yaml'), socket: join(folder, 's'), stateDir: join(folder, 'state') };
    const one = new Night(setting, { folder, fleet, contacts, nut, ups, service: new BuiltService(paths, setting.launching?.(folder)) });
    await one.configure();
    if (setting.program) await one.#print();
    one.#player = one.#play();
    return one;
  }

  get file(): string {
    return join(this.folder, 'lastwatt.yaml');
  }

  get nut(): RealUpsd {
    if (this.#nut === undefined) throw new Error('no upsd runs in this night');
    return this.#nut;
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
          ...(setting.program
            ? { command: ['/bin/cat', this.#printed], nominalWatts: this.ups.traits.nominalWatts }
            : { nut: { port: this.nut.port, name: 'rack', ...setting.nut } }),
          pollSeconds: { mains: 0.5, battery: 0.5 },
          baseWatts: BASE_WATTS,
        },
      },
      rigs: Object.fromEntries(
        fleet.rigs.map((rig) => [
          rig.id,
          {
            driver: 'luxos',
            host: setting.hostOf?.(rig.id) ?? '127.0.0.1',
            port: fleet.port(rig.id),
            fedBy: [rig.onMains ? 'mains' : 'rack'],
            cutBy: [contactOf(rig)],
            reward: { perDay: rig.perDay },
            watts: rig.watts,
            graceSeconds: GRACE_SECONDS,
            coolDownSeconds: 1,
          },
        ]),
      ),
      switches: Object.fromEntries(
        fleet.contacts.map((id) => {
          const argv = (verb: 'cut' | 'feed' | 'read'): readonly string[] => contacts.argv(id, verb);
          return [id, { driver: 'command', cut: argv('cut'), feed: argv('feed'), read: argv('read'), minOffSeconds: 1 }];
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

  /** The mains come or go; whoever asks for the UPS is told so when this resolves. Gives the moment just before. */
  async mains(present: boolean, quirks: SimUpsChange = {}): Promise<number> {
    const atMs = this.now();
    this.ups.mains(present);
    this.fleet.grid(present);
    if (Object.keys(quirks).length > 0) this.ups.misbehave(quirks);
    if (!present) this.outages.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
    await this.#tell();
    const last = this.outages.at(-1);
    if (present && last !== undefined) last.toMs = atMs;
    return atMs;
  }

  async misbehave(quirks: SimUpsChange): Promise<void> {
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
      await this.#nut?.stop();
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

  /** What the program prints. */
  get #printed(): string {
    return join(this.folder, 'ups.json');
  }

  async #print(): Promise<void> {
    const told = this.ups.variables();
    const figure = (name: string): number => Number(told.get(name));
    const state = {
      line: this.ups.onMains ? 'mains' : 'battery',
      chargePercent: figure('battery.charge'),
      runtimeSeconds: figure('battery.runtime'),
      loadWatts: figure('ups.realpower'),
    };
    await writeFile(`${this.#printed}.new`, JSON.stringify(state));
    await rename(`${this.#printed}.new`, this.#printed);
  }

  /** What has changed goes to upsd, or to where the program reads it, one telling after the other. */
  #tell(): Promise<void> {
    const told = this.#turn.then(async () => {
      const news = [...this.ups.variables()].filter(([name, value]) => this.#told.get(name) !== value);
      if (news.length === 0) return;
      await (this.#nut === undefined ? this.#print() : this.#nut.set('rack', Object.fromEntries(news)));
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
