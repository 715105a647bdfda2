// Many rigs to be asked at once, without the loop standing still meanwhile: so many conversations are under way at a time,
// orders ahead of readings, so that answers come in handfuls and the first rigs are paused while the last still wait. Whoever
// takes long gives his place away and goes on: a rig that is wedged delays no other.
import { failed, type Outcome } from '../model/outcome.ts';
import type { RigDriver } from '../rigs/port.ts';

/** Conversations under way at a time; each costs some 1 ms of CPU, and a tick is not to be late by 50. */
export const PLACES = 64;
/** Then its place is free for the next; those of a rig on a network of its own take some 10 ms. */
const HELD_MS = 50;

const NOT_ASKED = failed('not-asked', 'not asked, for so many others were asked before it');

type Begin = (leave: () => void) => void;

export class Places {
  readonly #orders: Begin[] = [];
  readonly #looks: Begin[] = [];
  #free = PLACES;

  /** Begins `talk` when there is a place for it; gives what it gives, or `not-asked` where `signal` aborts before. */
  async take<T>(urgent: boolean, signal: AbortSignal, talk: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    if (signal.aborted) return NOT_ASKED;
    const leave = await this.#place(urgent ? this.#orders : this.#looks, signal);
    if (leave === undefined) return NOT_ASKED;
    const over = setTimeout(leave, HELD_MS);
    try {
      // Its time may have ended in the moment in which it was given the place.
      if (signal.aborted) return NOT_ASKED;
      return await talk();
    } finally {
      clearTimeout(over);
      leave();
    }
  }

  #place(queue: Begin[], signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.#free > 0) return Promise.resolve(this.#taken());
    return new Promise((resolve) => {
      const begin: Begin = (leave) => {
        signal.removeEventListener('abort', giveUp);
        resolve(leave);
      };
      const giveUp = (): void => {
        const at = queue.indexOf(begin);
        if (at >= 0) queue.splice(at, 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(begin);
    });
  }

  /** A place, and how to leave it; left twice is left once. */
  #taken(): () => void {
    this.#free -= 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#free += 1;
      const next = this.#orders.shift() ?? this.#looks.shift();
      next?.(this.#taken());
    };
  }
}

/** The same rig, whose conversations begin when there is a place for them. What it can not do stays absent. */
export function inPlaces(rig: RigDriver, places: Places): RigDriver {
  const { read, pause, resume, halt, limitWatts, reboot } = rig;
  return {
    ...rig,
    ...(read !== undefined && { read: (signal) => places.take(false, signal, () => read.call(rig, signal)) }),
    ...(pause !== undefined && { pause: (signal) => places.take(true, signal, () => pause.call(rig, signal)) }),
    ...(resume !== undefined && { resume: (mode, signal) => places.take(true, signal, () => resume.call(rig, mode, signal)) }),
    ...(halt !== undefined && { halt: (signal) => places.take(true, signal, () => halt.call(rig, signal)) }),
    ...(limitWatts !== undefined && {
      limitWatts: (watts, was, signal) => places.take(true, signal, () => limitWatts.call(rig, watts, was, signal)),
    }),
    ...(reboot !== undefined && { reboot: (signal) => places.take(true, signal, () => reboot.call(rig, signal)) }),
  };
}
