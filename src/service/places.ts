// Many rigs to be asked at once, without the loop standing still meanwhile: so many conversations are under way at a time,
// orders ahead of readings, so that answers come in handfuls and the first rigs are paused while the last still wait. Whoever
// takes long gives his place away and goes on: a rig that is wedged delays no other.
import { failed, type Outcome } from '../model/outcome.ts';

/** Conversations under way at a time. */
export const PLACES = 64;
/** Then its place is free for the next; those of a rig on a network of its own take some 10 ms. */
const HELD_MS = 50;
/** So many begin in one turn of the loop, in which their answers meet again: each is some 1 ms of work from here to its end. */
export const A_TURN = 8;

const NOT_ASKED = failed('not-asked', 'not asked, for so many others were asked before it');

type Begin = (leave: () => void) => void;

export class Places {
  readonly #orders: Begin[] = [];
  readonly #looks: Begin[] = [];
  #free = PLACES;
  /** in this turn of the loop */
  #begun = 0;
  readonly #heldMs: number;

  /** `heldMs`: ms after which a place is free for the next, whatever becomes of the conversation. */
  constructor(heldMs = HELD_MS) {
    this.#heldMs = heldMs;
  }

  /** Begins `talk` when there is a place for it; gives what it gives, or `not-asked` where `signal` aborts before. */
  async take<T>(urgent: boolean, signal: AbortSignal, talk: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    if (signal.aborted) return NOT_ASKED;
    const leave = await this.#place(urgent ? this.#orders : this.#looks, signal);
    if (leave === undefined) return NOT_ASKED;
    const over = setTimeout(leave, this.#heldMs).unref();
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
    if (this.#mayBegin()) return Promise.resolve(this.#taken());
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

  #mayBegin(): boolean {
    return this.#free > 0 && this.#begun < A_TURN;
  }

  #beginNext(): void {
    while (this.#mayBegin()) {
      const next = this.#orders.shift() ?? this.#looks.shift();
      if (next === undefined) return;
      next(this.#taken());
    }
  }

  /** A place, and how to leave it; left twice is left once. */
  #taken(): () => void {
    this.#free -= 1;
    if (this.#begun === 0) setImmediate(() => this.#nextTurn());
    this.#begun += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#free += 1;
      this.#beginNext();
    };
  }

  #nextTurn(): void {
    this.#begun = 0;
    this.#beginNext();
  }
}
