// Tells people what ticks brought about: after the tick, and of much some at a time, for the words of a large fleet take
// longer than the tick itself.
import type { Event } from '../model/event.ts';
import { eventWords, isAlarm } from './words.ts';
import type { World } from './world.ts';

/** So many are told before others get their turn. */
const SLICE_EVENTS = 64;
/** Some shed of the largest fleets; what comes on top of it the journal tells, and alarms all the same. */
const MOST_WAITING = 20_000;

/** To whom it is told; a reload may change both. */
export interface Listeners extends Pick<World, 'clock' | 'log' | 'alarmist'> {
  /** of the site */
  readonly name: string;
}

export class Teller {
  readonly #listeners: () => Listeners;
  #waiting: Event[] = [];
  #telling: Promise<void> | undefined;

  constructor(listeners: () => Listeners) {
    this.#listeners = listeners;
  }

  /** Returns at once; the first words come when who called is done, and all in the order of the events. */
  tell(events: readonly Event[]): void {
    const room = MOST_WAITING - this.#waiting.length;
    this.#waiting.push(...events.slice(0, room), ...events.slice(room).filter(isAlarm));
    if (this.#waiting.length > 0) this.#telling ??= Promise.resolve().then(() => this.#run());
  }

  /** When all is told. */
  async told(): Promise<void> {
    await this.#telling;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#say(this.#waiting.splice(0, SLICE_EVENTS));
      if (this.#waiting.length === 0) break;
      await this.#listeners().clock.sleep(0);
    }
    this.#telling = undefined;
  }

  #say(events: readonly Event[]): void {
    const { log, alarmist, name } = this.#listeners();
    for (const event of events) {
      const { level, text } = eventWords(event);
      log.write(level, text, { event: event.event });
      if (isAlarm(event)) alarmist.tell({ site: name, say: text, ...event });
    }
  }
}
