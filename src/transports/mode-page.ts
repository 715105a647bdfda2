// The page of a rig whose work mode is part of a configuration that it takes back as a whole: read, written back with another
// mode, and looked at again, for some agree and do nothing. Its answer may be late, and the rig is read meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import type { Challenge } from '../wire/http-auth.ts';
import { deviceLane, type Lane } from './device-lane.ts';
import type { HttpDevice, HttpQuestion } from './http-device.ts';

/** As the firmware counts or names it. */
type Mode = number | string;

/** What is known of its configuration. */
export interface ModeConf<M extends Mode> {
  /** what it is set to; absent where this build does not say */
  readonly mode?: M;
  /** why it must not be written back, as the end of a sentence */
  readonly unfit?: string;
}

/** The mode to set, from the one it is in; undefined: none. */
export type ModeChange<M extends Mode> = (now: M | undefined) => M | undefined;

export interface ModeWriting<M extends Mode, C extends ModeConf<M>> {
  /** asks for the configuration, within a turn */
  readonly read: (signal: AbortSignal) => Promise<Outcome<C>>;
  /** the spellings of a write, to be tried in turn where one is agreed to and does nothing */
  readonly spellings: readonly ((conf: C, mode: M) => HttpQuestion)[];
  readonly agreed: (answer: HttpAnswer) => Outcome;
}

/** ms that nothing else is asked after a write was sent; by then it is answered, or taken and under way */
const ALONE_MS = 2_000;
/** ms that no login is tried after one was refused */
const REST_MS = 300_000;
/** ms that its miner may need to take up a write, in which its lists are empty whatever it does; 5 to 30 s were seen */
const RELOAD_MS = 30_000;
/** What leaves open whether an order was carried out. */
const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'timeout', 'garbled']);

/** Whether a fault leaves open whether the order was carried out. */
function isUnsure({ code }: Fault): boolean {
  return UNSURE.has(code);
}

/** What came of a write while it had the page alone, or the answer that is still on its way. */
type Begun<M extends Mode> =
  | { readonly outcome: Outcome | undefined }
  | { readonly mode: M; readonly answering: Promise<Outcome<HttpAnswer>> };

export class ModePage {
  readonly device: HttpDevice;
  readonly #nowMs: () => number;
  readonly #takes: readonly Challenge['scheme'][];
  /** Orders have a lane of their own around that of the page: while one waits for its late answer the rig can be read. */
  readonly #orders: Lane;
  /** the last login that was refused, and when, in monotonic ms */
  #refused: { readonly fault: Fault; readonly atMs: number } | undefined;

  /** monotonic ms of the last sign that a write was taken */
  #wroteAtMs: number | undefined;

  /** `takes`: the logins that such pages are known to ask for */
  constructor(device: HttpDevice, nowMs: () => number, takes: readonly Challenge['scheme'][] = ['digest']) {
    this.device = device;
    this.#nowMs = nowMs;
    this.#takes = takes;
    this.#orders = deviceLane(device.where);
  }

  /** Whether it may just be taking up what was written. */
  get reloads(): boolean {
    return this.#wroteAtMs !== undefined && this.#nowMs() - this.#wroteAtMs < RELOAD_MS;
  }

  /** A look; an order goes ahead of it, and a brief one, for which an order waits, ahead of the others. */
  look<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome<T>>, brief?: 'brief'): Promise<Outcome<T>> {
    return this.device.run({ signal, urgent: brief !== undefined, work });
  }

  order(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#orders.run({ signal, urgent: true, work });
  }

  /** An order that is answered soon: until then nothing else is asked. */
  orderAlone(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.order(signal, (own) => this.inTurn(own, work));
  }

  /** Within an order: ahead of the looks, and alone. */
  inTurn<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.device.run({ signal, urgent: true, work });
  }

  /** A login that was refused is not tried again for some minutes: the next would be too. */
  async ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const left = this.#refused === undefined ? 0 : this.#refused.atMs + REST_MS - this.#nowMs();
    if (this.#refused !== undefined && left > 0) {
      return failed(
        'unauthorized',
        `${this.#refused.fault.detail} (it is tried again in ${Math.ceil(left / 60_000)} min, or after a reload)`,
      );
    }
    const answer = await this.device.ask({ ...question, takes: this.#takes }, signal);
    if (answer.ok) this.#refused = undefined;
    else if (answer.fault.code === 'unauthorized') this.#refused = { fault: answer.fault, atMs: this.#nowMs() };
    return answer;
  }

  /** An order of which the rig may die before it answers: `silent`, where it was put and then no answer came that can be read. */
  async askLast(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer | 'silent'>> {
    let put = false;
    const told = (is: boolean): void => {
      put = is;
    };
    const said = await this.ask({ ...question, put: told }, signal);
    return said.ok || !put || signal.aborted || !isUnsure(said.fault) ? said : ok('silent');
  }

  /** `to` gives the mode to set from the one it is in; undefined: nothing to do. Within an order. */
  async change<M extends Mode, C extends ModeConf<M>>(
    to: ModeChange<M>,
    writing: ModeWriting<M, C>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    for (const spelling of writing.spellings) {
      const outcome = await this.#attempt({ to, spelling }, writing, signal);
      if (outcome !== undefined) return outcome;
    }
    return failed('refused', `${this.device.where} agreed, and its work mode is as before: set it on its page once, and see what it says`);
  }

  writable({ unfit }: ModeConf<Mode>): Outcome {
    if (unfit === undefined) return DONE;
    return failed(
      'refused',
      `${this.device.where}: its configuration is not written back, for ${unfit}: look at the pools on its page`,
      'later',
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.#orders.close(), this.device.close()]);
  }

  /**
   * One write; undefined where it agreed and did nothing. The answer may take 21 s and the rig is to be read meanwhile: the
   * turn on the page ends before it, once the write was surely sent.
   */
  async #attempt<M extends Mode, C extends ModeConf<M>>(
    { to, spelling }: { readonly to: ModeChange<M>; readonly spelling: (conf: C, mode: M) => HttpQuestion },
    writing: ModeWriting<M, C>,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const begun = await this.inTurn(signal, async (own): Promise<Outcome<Begun<M>>> => {
      const conf = await writing.read(own);
      if (!conf.ok) return conf;
      const mode = to(conf.value.mode);
      if (mode === undefined) return ok({ outcome: DONE });
      const writable = this.writable(conf.value);
      if (!writable.ok) return writable;
      this.#wroteAtMs = this.#nowMs();
      const answering = this.ask(spelling(conf.value, mode), signal);
      const quick = await Promise.race([answering, sleep(ALONE_MS, undefined, { ref: false })]);
      return ok(quick === undefined ? { mode, answering } : { outcome: await this.#weighed({ answer: quick, mode }, writing, own) });
    });
    if (!begun.ok) return begun;
    if (!('answering' in begun.value)) return begun.value.outcome;
    const { mode, answering } = begun.value;
    const answer = await answering;
    const weighed = await this.inTurn(signal, async (own) => ok({ outcome: await this.#weighed({ answer, mode }, writing, own) }));
    if (weighed.ok) return weighed.value.outcome;
    // Only the look behind it was not to be had: of the write its own answer tells.
    return answer.ok ? writing.agreed(answer.value) : answer;
  }

  /** Its word is nothing: some builds agree and do nothing. Where the mode can't be seen, as while it reloads, its word must do. */
  async #weighed<M extends Mode, C extends ModeConf<M>>(
    { answer, mode }: { readonly answer: Outcome<HttpAnswer>; readonly mode: M },
    { read, agreed }: ModeWriting<M, C>,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const said = answer.ok ? agreed(answer.value) : answer;
    if (!said.ok && !isUnsure(said.fault)) return said;
    this.#wroteAtMs = this.#nowMs();
    const seen = await read(signal);
    const now = seen.ok ? seen.value.mode : undefined;
    if (now === mode) return DONE;
    return said.ok && now !== undefined ? undefined : said;
  }
}
