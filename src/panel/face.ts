// The light and the buzzer together: what completed ticks show is turned into patterns, and the patterns into levels. Nothing here is
// done in the tick itself, and without ticks the light goes dark.
import { messageOf } from '../model/outcome.ts';
import type { StatusView } from '../model/view.ts';
import { DEAD_AFTER_MS, type Ear, faultsOf, hear, hushed, lightAt, type Meaning, meaningOf, NEW_EAR, type Patterns } from './patterns.ts';

export interface FaceKit {
  /** what people are shown; asked a few times a second at most */
  readonly view: () => StatusView;
  /** monotonic ms */
  readonly nowMs: () => number;
  /** calls `act` after `ms`, once; the returned function calls it off */
  readonly after: (ms: number, act: () => void) => () => void;
  readonly light?: { show(on: boolean): void } | undefined;
  readonly buzzer?: { show(on: boolean): void } | undefined;
  readonly lights: Patterns;
  readonly sounds: Patterns;
  /** from one sound to the next */
  readonly leastMs: number;
  /** what is shown has changed; at most once in 5 s */
  readonly onShown: (meaning: Meaning) => void;
  /** what is shown cannot be told any more, by a mistake of ours: the light stays dark from here */
  readonly onBug: (say: string) => void;
}

/** To look costs a view of the whole site, and ticks may come fast. */
const LOOK_EVERY_MS = 200;
const SHOWN_EVERY_MS = 5_000;

export class Face {
  readonly #kit: FaceKit;
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #meaning: Meaning | undefined;
  #sinceMs = 0;
  #told: Meaning | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #ear: Ear = NEW_EAR;
  #lookDue: (() => void) | undefined;
  #changeDue: (() => void) | undefined;
  #soundDue: (() => void) | undefined;
  #closed = false;

  constructor(kit: FaceKit) {
    this.#kit = kit;
  }

  /** A tick is over. Cheap; the rest is done after it. */
  ticked(): void {
    if (this.#closed) return;
    const { nowMs, after } = this.#kit;
    this.#tickedAtMs = nowMs();
    this.#lookDue ??= after(Math.max(this.#lookedAtMs + LOOK_EVERY_MS - this.#tickedAtMs, 0), () => {
      this.#lookDue = undefined;
      this.#look();
    });
  }

  /** A person has seen it: no sound until something new is wrong. */
  hush(): void {
    this.#ear = hushed(this.#ear);
    this.#soundDue?.();
    this.#soundDue = undefined;
    this.#kit.buzzer?.show(false);
  }

  close(): void {
    this.#closed = true;
    for (const callOff of [this.#lookDue, this.#changeDue, this.#soundDue]) callOff?.();
  }

  #look(): void {
    const nowMs = this.#kit.nowMs();
    this.#lookedAtMs = nowMs;
    try {
      const view = this.#kit.view();
      this.#mean(meaningOf(view), nowMs);
      this.#listen(meaningOf(view), faultsOf(view), nowMs);
    } catch (error) {
      this.close();
      this.#kit.light?.show(false);
      this.#kit.buzzer?.show(false);
      this.#kit.onBug(messageOf(error));
    }
  }

  #mean(meaning: Meaning, nowMs: number): void {
    if (this.#told !== meaning && nowMs - this.#toldAtMs >= SHOWN_EVERY_MS) {
      this.#told = meaning;
      this.#toldAtMs = nowMs;
      this.#kit.onShown(meaning);
    }
    const wasDark = this.#changeDue === undefined;
    if (meaning === this.#meaning && !wasDark) return;
    this.#meaning = meaning;
    this.#sinceMs = nowMs;
    this.#changeDue?.();
    this.#shine();
  }

  #shine(): void {
    const { nowMs, after, light } = this.#kit;
    this.#changeDue = undefined;
    if (this.#meaning === undefined || light === undefined) return;
    const deadInMs = this.#tickedAtMs + DEAD_AFTER_MS - nowMs();
    if (deadInMs <= 0) return light.show(false);
    const { on, changesInMs } = lightAt(this.#kit.lights[this.#meaning], nowMs() - this.#sinceMs);
    light.show(on);
    this.#changeDue = after(Math.min(changesInMs, deadInMs), () => this.#shine());
  }

  #listen(meaning: Meaning, faults: ReadonlySet<string>, nowMs: number): void {
    const { ear, sound } = hear(this.#ear, { meaning, faults, nowMs, leastMs: this.#kit.leastMs, sounds: this.#kit.sounds });
    this.#ear = ear;
    if (sound !== undefined) this.#sound(sound, 0);
  }

  #sound(pattern: readonly number[], place: number): void {
    const ms = pattern[place];
    this.#kit.buzzer?.show(ms !== undefined && place % 2 === 0);
    this.#soundDue = ms === undefined ? undefined : this.#kit.after(ms, () => this.#sound(pattern, place + 1));
  }
}
