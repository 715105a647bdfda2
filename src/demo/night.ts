// The night itself, scene by scene: it moves the mains, kills the service, and waits for what is to come true. Whether it
// came true as it should is for claims.ts to judge.
import { controlClient } from '../control/client.ts';
import type { Clock } from '../host/port.ts';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { Marks, Span } from './claims.ts';
import type { EmbeddedSite } from './embedded-site.ts';
import type { Sentence } from './narration.ts';
import type { Screen } from './screen.ts';
import { ServiceProcess } from './service-process.ts';
import { RIGS } from './settings.ts';
import { Spectator } from './spectator.ts';

export interface NightOptions {
  readonly site: EmbeddedSite;
  readonly screen: Screen;
  readonly clock: Clock;
  readonly configFile: string;
  /** ends the night early */
  readonly signal: AbortSignal;
}

/** Seconds of the night that are the director's own. */
const CALM = 4;
const BLIP = 2;
const AFTER_BLIP = 3;
const OUTAGE = 42;
const WITHOUT_SERVICE = 1.2;
const RELAPSE = 4;
const LAST_LOOK = 1.5;
/** Rigs dark when the service is killed. */
const DARK_AT_KILL = 3;
const LOOK_MS = 250;
/** What is waited for comes within this, or the demo has failed; a Pi with a slow card has its time. */
const PATIENCE = { start: 30, shed: 40, restart: 20, return: 60 } as const;

export class Night {
  readonly startMs: number;
  readonly #options: NightOptions;
  readonly #spectator: Spectator;
  #service: ServiceProcess | undefined;
  #scene = 'the service starts';
  #killed = false;

  constructor(options: NightOptions) {
    this.#options = options;
    this.startMs = options.clock.monotonicMs();
    const { site } = options;
    this.#spectator = new Spectator({
      client: controlClient({ socket: site.endpoints.socket, actor: 'demo', answerMs: 2_000 }),
      wattsAtCut: (rig) => site.contactOrders.findLast((one) => one.rig === rig && one.to === 'cut')?.watts,
      tell: (sentence, atMs) => this.#tell(sentence, atMs),
    });
  }

  /** The end of the service's log. */
  get serviceSaid(): readonly string[] {
    return this.#service?.said ?? [];
  }

  /** The whole night; a fault says what was waited for in vain. */
  async run(): Promise<Outcome<Marks>> {
    const begun = await this.#begin();
    if (!begun.ok) return begun;
    const blip = await this.#blip();
    if (!blip.ok) return blip;
    const outage = await this.#outage();
    if (!outage.ok) return outage;
    const relapse = await this.#relapse();
    if (!relapse.ok) return relapse;
    const back = await this.#allBack();
    if (!back.ok) return back;
    return ok({ blip: blip.value, ...outage.value, relapse: relapse.value, endMs: this.#nowMs() });
  }

  /** Stops the service, whatever state it is in. */
  async stop(): Promise<void> {
    await this.#service?.stop();
  }

  /** For the very end of this process: no waiting. */
  killNow(): void {
    void this.#service?.kill();
  }

  async #begin(): Promise<Outcome> {
    this.#scene = 'calm: every rig hashes';
    this.#service = new ServiceProcess(this.#options.configFile);
    const { site } = this.#options;
    const calm = (): boolean => {
      const { status } = this.#spectator;
      return (
        this.#spectator.answers && status?.ready === true && site.hashing().length === RIGS.length && this.#isSeen('hashing', RIGS.length)
      );
    };
    const started = await this.#until('the service is ready', PATIENCE.start, calm);
    return started.ok ? this.#pass(Math.max(0, CALM - this.#seconds())) : started;
  }

  async #blip(): Promise<Outcome<Span>> {
    this.#scene = 'a blip';
    this.#say({ text: `the mains go, for ${BLIP} s`, tone: 'care' });
    const fromMs = this.#mains(false);
    const passed = await this.#pass(BLIP);
    const toMs = this.#mains(true);
    if (!passed.ok) return passed;
    this.#say({ text: 'the mains are back: nothing was moved', tone: 'good' });
    const after = await this.#pass(AFTER_BLIP);
    return after.ok ? ok({ fromMs, toMs }) : after;
  }

  async #outage(): Promise<Outcome<{ readonly outage: Span; readonly without: Span }>> {
    const { site } = this.#options;
    this.#scene = 'outage: the worst earners leave first';
    this.#say({ text: 'THE MAINS FAIL', tone: 'loud' });
    const fromMs = this.#mains(false);
    const cut = (): number => site.contactOrders.filter(({ to }) => to === 'cut').length;
    const shed = await this.#until(
      `${DARK_AT_KILL} rigs are dark`,
      PATIENCE.shed,
      () => cut() >= DARK_AT_KILL && this.#isSeen('dark', DARK_AT_KILL),
    );
    if (!shed.ok) return shed;
    const without = await this.#killAndRestart();
    if (!without.ok) return without;
    this.#scene = 'outage: the best keep hashing';
    const rest = await this.#pass(Math.max(0, OUTAGE - (this.#nowMs() - fromMs) / 1000));
    return rest.ok ? ok({ outage: { fromMs, toMs: this.#mains(true) }, without: without.value }) : rest;
  }

  async #killAndRestart(): Promise<Outcome<Span>> {
    const fromMs = this.#nowMs();
    this.#scene = 'kill -9 in mid-outage';
    this.#killed = true;
    this.#say({ text: `kill -9 ${this.#service?.pid ?? ''}: the service is gone, no switch moves`, tone: 'loud' });
    await this.#service?.kill();
    this.#spectator.forget();
    const gap = await this.#pass(WITHOUT_SERVICE);
    if (!gap.ok) return gap;
    this.#killed = false;
    this.#service = new ServiceProcess(this.#options.configFile);
    const back = await this.#until('the service knows again what is dark', PATIENCE.restart, () => this.#isSeen('dark', DARK_AT_KILL));
    if (!back.ok) return back;
    this.#say({ text: 'it knows from its journal what is dark, and goes on from there', tone: 'good' });
    return ok({ fromMs, toMs: this.#nowMs() });
  }

  async #relapse(): Promise<Outcome<Span>> {
    this.#scene = 'the mains are back, and must hold';
    this.#say({ text: 'THE MAINS ARE BACK', tone: 'good' });
    const before = this.#options.site.hashing().length;
    const begun = await this.#until('the return begins', PATIENCE.return, () => this.#options.site.hashing().length > before);
    if (!begun.ok) return begun;
    this.#scene = 'a second loss, in mid-return';
    this.#say({ text: `THE MAINS FAIL AGAIN, for ${RELAPSE} s: the return stops`, tone: 'loud' });
    const fromMs = this.#mains(false);
    const passed = await this.#pass(RELAPSE);
    const toMs = this.#mains(true);
    return passed.ok ? ok({ fromMs, toMs }) : passed;
  }

  async #allBack(): Promise<Outcome> {
    this.#scene = 'return: best first, one by one';
    this.#say({ text: 'THE MAINS ARE BACK: after a relapse they must hold for longer', tone: 'good' });
    const all = RIGS.length;
    const { site } = this.#options;
    const back = await this.#until(
      'every rig hashes again',
      PATIENCE.return,
      () => site.hashing().length === all && this.#isSeen('hashing', all),
    );
    if (!back.ok) return back;
    this.#scene = 'every rig hashes again';
    this.#say({ text: 'every rig hashes again', tone: 'good' });
    return this.#pass(LAST_LOOK);
  }

  /** Whether the service that runs now sees so many rigs in this phase. */
  #isSeen(phase: string, count: number): boolean {
    const seen = this.#spectator.status?.rigs.filter((rig) => rig.phase === phase).length ?? 0;
    return this.#spectator.answers && seen >= count;
  }

  #mains(present: boolean): number {
    this.#options.site.mains(present);
    return this.#nowMs();
  }

  /** The night goes on for so long. */
  #pass(seconds: number): Promise<Outcome> {
    const endMs = this.#nowMs() + seconds * 1000;
    return this.#until('time passes', seconds + 1, () => this.#nowMs() >= endMs);
  }

  async #until(what: string, withinSeconds: number, isSo: () => boolean): Promise<Outcome> {
    const { clock, signal } = this.#options;
    const endMs = this.#nowMs() + withinSeconds * 1000;
    for (;;) {
      if (signal.aborted) return failed('refused', 'it was interrupted', 'never');
      if (!this.#killed && this.#service?.alive !== true) return failed('unreachable', 'the service ended by itself');
      if (isSo()) return DONE;
      if (this.#nowMs() >= endMs) return failed('timeout', `not within ${withinSeconds} s: ${what}${this.#unready()}`);
      const next = this.#nowMs() + LOOK_MS;
      if (!this.#killed) await this.#spectator.look();
      this.#draw();
      await clock.sleep(Math.max(10, Math.min(next, endMs) - this.#nowMs()), signal);
    }
  }

  #unready(): string {
    const why = this.#spectator.status?.notReady ?? [];
    return why.length === 0 ? '' : `; the service says: ${why.join('; ')}`;
  }

  #draw(): void {
    const { status, plan, why } = this.#spectator;
    const service = this.#killed ? 'killed' : this.#spectator.answers ? 'running' : 'starting';
    this.#options.screen.draw({
      at: this.#seconds(),
      scene: this.#scene,
      service,
      ...(status === undefined ? {} : { status }),
      ...(plan === undefined ? {} : { plan }),
      why,
      coinOf: (id) => RIGS.find((rig) => rig.id === id)?.coin ?? '',
    });
  }

  #say(sentence: Sentence): void {
    this.#tell(sentence, this.#nowMs());
    this.#draw();
  }

  #tell(sentence: Sentence, atMs: number): void {
    this.#options.screen.tell({ at: Math.max(0, (atMs - this.startMs) / 1000), ...sentence });
  }

  #seconds(): number {
    return (this.#nowMs() - this.startMs) / 1000;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
