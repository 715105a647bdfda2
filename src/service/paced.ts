// Many rigs asked at once, without the loop standing still meanwhile: of all that is to be asked a handful is begun in each
// turn of the event loop, orders ahead of readings. Nothing waits for an answer of another rig, so one that is wedged delays
// nobody.
import type { RigDriver } from '../rigs/port.ts';

/**
 * Conversations begun in one turn of the loop. Each costs some 0.25 ms, and a tick is not to be late by 50; of fewer at a time
 * the ticks between the turns would cost more than the orders.
 */
export const IN_ONE_TURN = 100;

export class Pace {
  readonly #orders: (() => void)[] = [];
  readonly #looks: (() => void)[] = [];
  #going = false;

  /** Resolves when it may begin. */
  turn(urgent: boolean): Promise<void> {
    return new Promise((resolve) => {
      (urgent ? this.#orders : this.#looks).push(resolve);
      if (this.#going) return;
      this.#going = true;
      setImmediate(() => this.#begin());
    });
  }

  #begin(): void {
    for (let begun = 0; begun < IN_ONE_TURN; begun++) {
      const next = this.#orders.shift() ?? this.#looks.shift();
      if (next === undefined) {
        this.#going = false;
        return;
      }
      next();
    }
    setImmediate(() => this.#begin());
  }
}

/** The same rig, whose conversations begin in their turn. What it can not do stays absent. */
export function paced(rig: RigDriver, pace: Pace): RigDriver {
  const { read, pause, resume, halt, limitWatts, reboot } = rig;
  const order = async <T>(give: () => Promise<T>): Promise<T> => {
    await pace.turn(true);
    return give();
  };
  return {
    ...rig,
    ...(read !== undefined && {
      read: async (signal) => {
        await pace.turn(false);
        return read.call(rig, signal);
      },
    }),
    ...(pause !== undefined && { pause: (signal) => order(() => pause.call(rig, signal)) }),
    ...(resume !== undefined && { resume: (mode, signal) => order(() => resume.call(rig, mode, signal)) }),
    ...(halt !== undefined && { halt: (signal) => order(() => halt.call(rig, signal)) }),
    ...(limitWatts !== undefined && { limitWatts: (watts, signal) => order(() => limitWatts.call(rig, watts, signal)) }),
    ...(reboot !== undefined && { reboot: (signal) => order(() => reboot.call(rig, signal)) }),
  };
}
