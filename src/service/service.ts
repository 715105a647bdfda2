// lastwattd as one object: lock, journal, devices, engine, socket, panel, schedules; and the reload.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inClear } from '../config/appraise.ts';
import { changes, reloadBlockers } from '../config/change.ts';
import type { Config } from '../config/config.ts';
import { explain, explainInALine, type Loaded, loadConfig } from '../config/load.ts';
import type { ControlHandlers } from '../control/protocol.ts';
import { type Control, startControl } from '../control/server.ts';
import { Engine } from '../engine/engine.ts';
import { recall } from '../engine/recall.ts';
import { realClock } from '../host/clock.ts';
import { openJournal } from '../host/journal-file.ts';
import { type JournalWatch, roomFor, watchJournal } from '../host/journal-watch.ts';
import { type Lock, takeLock } from '../host/lock.ts';
import type { OpenLog } from '../host/log.ts';
import type { Alarmist, Journal, Supervisor } from '../host/port.ts';
import { type Schedules, startSchedules } from '../host/schedules.ts';
import { systemdSupervisor } from '../host/supervisor.ts';
import { type WallSync, watchWallSync } from '../host/wall-sync.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { StatusView } from '../model/view.ts';
import { Recorder } from '../outages/recorder.ts';
import { OUTAGES, outageStore } from '../outages/store.ts';
import { type AddressBook, addressBook, type Resolve } from '../transports/address-book.ts';
import type { GpioHost } from '../transports/gpio-lines.ts';
import { type SerialLines, serialLines } from '../transports/serial-lines.ts';
import { byHand, type HandKit } from './by-hand.ts';
import { checkDevices } from './check.ts';
import { type Devices, resolveName } from './devices.ts';
import { lastOrders } from './last-orders.ts';
import { startMarket } from './market.ts';
import { openPanel, type Panel } from './panel.ts';
import { alarmistOf, alsoTelling, bootId, isCalm, openAll, worldOf } from './parts.ts';
import { PlanThread } from './plan-thread.ts';
import { type SelfTestKit, testEach } from './self-test.ts';
import { unmovable, whyNotArmed } from './unmovable.ts';

/** Host names are looked up again so often, in calm only. */
const NAMES_EVERY_MS = 300_000;
const HELD_BACK =
  'is held back, for an outage is on, or a generator carries: the old one stays in force until mains has returned; a restart takes it up at once, and moves nothing by itself';
const OLD_STAYS = 'the old one stays in force';
/** How often a reload that is held back looks whether mains has returned. */
const HELD_BACK_MS = 1_000;

export interface ServiceKit {
  readonly log: OpenLog;
  readonly version: string;
  /** absent: this machine's resolver */
  readonly resolve?: Resolve;
  /** what the panel stands on; absent: this machine's lines */
  readonly gpio?: GpioHost;
}

interface Parts {
  config: Config;
  devices: Devices;
  /** as old as the service: a reload while the resolver is gone loses no address */
  readonly addresses: AddressBook;
  /** as old as the service: at a reload the new boards take over the lines of the old */
  readonly serial: SerialLines;
  readonly lock: Lock;
  readonly journal: Journal;
  readonly wallSync: WallSync;
  alarmist: Alarmist;
  readonly supervisor: Supervisor;
  readonly searcher: PlanThread;
  readonly engine: Engine;
  readonly recorder: Recorder;
}

export class Service {
  readonly #kit: ServiceKit;
  readonly #parts: Parts;
  #control: Control | undefined;
  #panel: Panel | undefined;
  #schedules: Schedules | undefined;
  #market: Schedules | undefined;
  #names: NodeJS.Timeout | undefined;
  #watch: JournalWatch | undefined;
  /** why the journal does not get to the card */
  #unwritten: string | undefined;
  #reloads: Promise<void> = Promise.resolve();
  #heldBack: NodeJS.Timeout | undefined;
  readonly #end = new AbortController();

  private constructor(kit: ServiceKit, parts: Parts) {
    this.#kit = kit;
    this.#parts = parts;
  }

  /** Everything open, the first tick done, READY sent. A fault where it may not or cannot run; nothing was moved then. */
  static async start(config: Config, kit: ServiceKit): Promise<Outcome<Service>> {
    const lock = await takeLock(config.stateDir);
    if (!lock.ok) return lock;
    let engine: Engine | undefined;
    let running: Service | undefined;
    const snapshot = (): readonly object[] => (engine === undefined ? [] : [engine.snapshot()]);
    const wallSync = await watchWallSync({ clock: realClock, calm: () => engine === undefined || isCalm(engine.status()) });
    const clock = { ...realClock, wallIsSet: wallSync.isSet };
    const opened = await openJournal({ dir: config.stateDir, clock, snapshot });
    if (!opened.ok) {
      await wallSync.close();
      await lock.value.release();
      return opened;
    }
    const { journal, records, report } = opened.value;
    const { memory, skipped } = recall(records, [...config.site.rigs.keys()]);
    for (const say of skipped) kit.log.write('warning', `journal: ${say} was not understood and is skipped`);
    const addresses = addressBook(kit.resolve ?? resolveName);
    const serial = serialLines();
    const boot = await bootId();
    const lastOrder = lastOrders(memory, { site: config.site, bootId: boot });
    const devices = await openAll(config, { log: kit.log, addresses, serial, lastOrder });
    const systemd = systemdSupervisor({ env: process.env, nowMs: realClock.monotonicMs, log: kit.log });
    const supervisor = alsoTelling(systemd, () => {
      if (running !== undefined) running.#panel?.ticked();
    });
    const alarmist = alarmistOf(config, kit.log);
    const searcher = new PlanThread(kit.log);
    const world = worldOf(devices, { journal, supervisor, alarmist, searcher, log: kit.log });
    const store = outageStore(join(config.stateDir, OUTAGES));
    const recorder = new Recorder({ clock, log: kit.log, store, version: kit.version });
    const overhear: Recorder['ticked'] = (tick) => recorder.ticked(tick);
    engine = new Engine({ world, site: config.site, memory, bootId: boot, version: kit.version, pid: process.pid, overhear });
    const house = { lock: lock.value, journal, wallSync, alarmist, supervisor, searcher };
    const parts = { config, devices, addresses, serial, ...house, engine, recorder };
    const service = new Service(kit, parts);
    running = service;
    if (report.say !== undefined) service.#note(report.say);
    const begun = await service.#begin();
    if (!begun.ok) {
      await service.stop('a fault at the start');
      return begun;
    }
    return ok(service);
  }

  /** Stops cleanly and moves no switch. */
  async stop(signal: string): Promise<void> {
    this.#end.abort();
    clearInterval(this.#names);
    clearInterval(this.#heldBack);
    await this.#reloads;
    const { engine, recorder, devices, journal, wallSync, lock, alarmist, supervisor, searcher } = this.#parts;
    void this.#schedules?.close();
    void this.#market?.close();
    void wallSync.close();
    await this.#watch?.stop();
    await engine.stop(signal);
    supervisor.stopping();
    await Promise.all([
      recorder.close(),
      this.#control?.close(),
      this.#panel?.close(),
      devices.close(),
      alarmist.close(),
      searcher.close(),
    ]);
    await journal.close();
    await lock.release();
  }

  /**
   * Rereads the file. A bad one, or one that would forget what is down, changes nothing; one that comes in an outage waits
   * until mains has returned. One reload at a time.
   */
  reload(): Promise<void> {
    this.#reloads = this.#reloads.then(() => this.#reload());
    return this.#reloads;
  }

  async #reload(): Promise<void> {
    if (this.#end.signal.aborted) return;
    const { config, engine, supervisor } = this.#parts;
    supervisor.reloading();
    const loaded = await loadConfig(config.file);
    if (!loaded.ok) {
      const { head, mistakes } = this.#mistaken(loaded);
      for (const mistake of mistakes) this.#kit.log.write('error', mistake.trim());
      this.#note(`reload: ${head}`);
    } else if (!isCalm(engine.status())) this.#holdBack();
    else await this.#adopt(loaded.config);
    supervisor.ready(this.#statusWords());
  }

  /** The file is read afresh once mains has returned: it may have changed by then. */
  #holdBack(): void {
    const { config, engine } = this.#parts;
    this.#note(`reload: ${config.file} ${HELD_BACK}`);
    this.#heldBack ??= setInterval(() => {
      if (!isCalm(engine.status())) return;
      clearInterval(this.#heldBack);
      this.#heldBack = undefined;
      void this.reload();
    }, HELD_BACK_MS).unref();
  }

  async #adopt(after: Config): Promise<void> {
    const { config, engine, journal, supervisor, searcher, addresses, serial, ...old } = this.#parts;
    const { log } = this.#kit;
    const refusal = this.#refusalOf(after);
    if (refusal !== undefined) return this.#note(`reload: ${refusal}`);
    const { memory } = engine.state;
    const lastOrder = lastOrders(memory, { site: after.site, bootId: memory.bootId ?? '' });
    const devices = await openAll(after, { log, addresses, serial, lastOrder });
    const alarmist = isDeepStrictEqual(config.onAlarm, after.onAlarm) ? old.alarmist : alarmistOf(after, log);
    searcher.prepareFor(after.site);
    await engine.adopt(worldOf(devices, { journal, supervisor, alarmist, searcher, log }), after.site);
    await old.devices.close();
    if (alarmist !== old.alarmist) void old.alarmist.close();
    Object.assign(this.#parts, { config: after, devices, alarmist });
    await this.#reopen(config);
    const said = changes(config, after);
    this.#note(`reloaded: ${said.length === 0 ? 'nothing changed' : said.join('; ')}`);
  }

  #refusalOf(after: Config): string | undefined {
    const { config, engine } = this.#parts;
    const blockers = reloadBlockers(config, after, engine.mustStay());
    return blockers.length === 0 ? undefined : `${config.file} is not taken up, ${OLD_STAYS}: ${blockers.join('; ')}`;
  }

  /** What a reload would come to now. Nothing is done: whoever asks decides. A file with mistakes is refused, in an outage, too. */
  async #foreseeReload(): Promise<Outcome<readonly string[]>> {
    const { config, engine } = this.#parts;
    const loaded = await loadConfig(config.file);
    if (!loaded.ok) return failed('refused', explainInALine(config.file, loaded, OLD_STAYS));
    if (!isCalm(engine.status())) return ok([`${config.file} ${HELD_BACK}`]);
    const refusal = this.#refusalOf(loaded.config);
    if (refusal !== undefined) return failed('refused', refusal);
    const said = changes(config, loaded.config);
    return ok(said.length === 0 ? ['nothing would change'] : said);
  }

  #mistaken(loaded: Loaded & { readonly ok: false }): { readonly head: string; readonly mistakes: readonly string[] } {
    const [head = '', ...mistakes] = explain(this.#parts.config.file, loaded, OLD_STAYS).split('\n');
    return { head: `${head}; they are listed by: lastwatt check --offline`, mistakes };
  }

  /** What the file opens beside the devices. */
  async #reopen(before: Config): Promise<void> {
    const { panel, schedules, coins } = this.#parts.config;
    if (!isDeepStrictEqual(before.coins, coins)) {
      await this.#market?.close();
      this.#startMarket();
    }
    if (!isDeepStrictEqual(before.panel, panel)) {
      await this.#panel?.close();
      await this.#openPanel();
    }
    if (!isDeepStrictEqual(before.schedules, schedules)) {
      await this.#schedules?.close();
      this.#startSchedules();
    }
  }

  /** To the log and the journal, as whoever reloads is told nothing by systemd. */
  #note(say: string): void {
    this.#parts.engine.report([{ event: 'noted', say }]);
  }

  async #begin(): Promise<Outcome> {
    const { config, engine, supervisor, searcher } = this.#parts;
    searcher.prepareFor(config.site);
    await engine.start();
    // Wiring that stops rigs with the Pi, and a file that differs from what a person said, are told at every start.
    for (const note of engine.status().notes) this.#kit.log.write('notice', note);
    for (const { about, say } of inClear(config)) this.#kit.log.write('warning', `${about}: ${say}`);
    const control = await startControl({
      socket: config.socket,
      handlers: this.#handlers(),
      onBug: (say) => this.#kit.log.write('error', say),
    });
    if (!control.ok) return control;
    this.#control = control.value;
    await this.#openPanel();
    this.#startSchedules();
    this.#startMarket();
    this.#watchJournal();
    this.#names = setInterval(() => this.#lookUpNames(), NAMES_EVERY_MS).unref();
    supervisor.ready(this.#statusWords());
    this.#tellUnmovable();
    return ok(undefined);
  }

  /** Once, in its own time: a start waits for no device. */
  #tellUnmovable(): void {
    void unmovable(this.#parts.devices.switches).then((held) => {
      for (const say of held) {
        this.#kit.log.write('error', say);
        this.#note(`could not be moved: ${say}`);
      }
    });
  }

  #watchJournal(): void {
    const { config, engine, journal } = this.#parts;
    const code = 'journal-not-written';
    this.#watch = watchJournal({
      journal,
      clock: realClock,
      room: () => roomFor(config.stateDir),
      tell: (trouble) => {
        this.#unwritten = trouble;
        engine.report([trouble === undefined ? { event: 'fault-cleared', code } : { event: 'fault', code, say: trouble }]);
      },
    });
  }

  /** As the engine has it; a journal that is not written is in the way of every return. */
  #status(): StatusView {
    const status = this.#parts.engine.status();
    return this.#unwritten === undefined ? status : { ...status, ready: false, notReady: [...status.notReady, this.#unwritten] };
  }

  #statusWords(): string {
    return this.#parts.engine.status().armed ? 'armed' : 'disarmed: it decides and journals, and does nothing by itself';
  }

  #lookUpNames(): void {
    const { devices, engine } = this.#parts;
    if (isCalm(engine.status())) for (const name of devices.names) devices.addresses.refresh(name);
  }

  async #openPanel(): Promise<void> {
    const { config, engine } = this.#parts;
    const { gpio: host } = this.#kit;
    this.#panel = await openPanel(config.panel, { engine, status: () => this.#status(), signal: this.#end.signal, ...(host && { host }) });
  }

  #startSchedules(): void {
    const { config, engine, wallSync } = this.#parts;
    const kit: SelfTestKit = {
      clock: realClock,
      ups: () => this.#parts.devices.ups,
      status: () => engine.status(),
      note: (say) => this.#note(say),
      end: this.#end.signal,
    };
    const started = startSchedules(config.schedules, () => testEach(kit), { log: this.#kit.log, wallIsSet: wallSync.isSet });
    if (started.ok) this.#schedules = started.value;
    else this.#kit.log.write('error', started.fault.detail);
  }

  #startMarket(): void {
    const { config, engine, wallSync } = this.#parts;
    this.#market = startMarket(config.coins, {
      clock: realClock,
      log: this.#kit.log,
      wallIsSet: wallSync.isSet,
      version: this.#kit.version,
      state: () => engine.state,
      calm: () => isCalm(engine.status()),
      tell: (input) => engine.heard(input),
    });
  }

  #handKit(): HandKit {
    const { engine, devices } = this.#parts;
    return {
      clock: realClock,
      site: engine.site,
      rigs: devices.rigs,
      status: () => engine.status(),
      state: () => engine.state,
      note: (say) => this.#note(say),
    };
  }

  #handlers(): ControlHandlers {
    const { engine, journal, supervisor } = this.#parts;
    return {
      status: () => this.#status(),
      plan: () => engine.plan(),
      why: (rig) => {
        const why = engine.why(rig);
        return why === undefined
          ? failed('refused', `${rig}: no such rig; there are: ${[...engine.site.rigs.keys()].join(', ')}`)
          : ok(why);
      },
      journal: (query) => journal.tail(query),
      check: (rig) => checkDevices(this.#parts.config, this.#parts.devices, { rig, known: engine.state }),
      reload: () => this.#foreseeReload(),
      hand: (wish, actor) => byHand(this.#handKit(), wish, actor),
      command: async (command, actor) => {
        const refused = command.kind === 'arm' ? await whyNotArmed(this.#parts.devices.switches) : undefined;
        if (refused !== undefined) return { ok: false, refused };
        const answer = await engine.submit(command, 'cli', actor);
        supervisor.status(this.#statusWords());
        return answer;
      },
    };
  }
}
