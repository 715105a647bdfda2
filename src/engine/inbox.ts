// Everything heard since the last tick: bounded, keeps the newest reading of each device, never drops a command or an
// outcome.
import type { Input } from '../model/input.ts';

/** Outcomes and commands beyond this can only be a bug; more are refused. */
const MOST_ORDERED = 10_000;

export class Inbox {
  readonly #wake: () => void;
  #readings = new Map<string, Input>();
  #ordered: Input[] = [];

  /** `wake` is called when something urgent has come in. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** False when it is full. */
  put(input: Input, urgency: 'urgent' | 'calm'): boolean {
    const key = keyOf(input);
    if (key !== undefined) {
      this.#readings.set(key, input);
    } else {
      if (this.#ordered.length >= MOST_ORDERED) return false;
      this.#ordered.push(input);
    }
    if (urgency === 'urgent') this.#wake();
    return true;
  }

  /** Outcomes and commands first, in the order they came; then the newest look at each device. */
  drain(): readonly Input[] {
    const inputs = [...this.#ordered, ...this.#readings.values()];
    this.#ordered = [];
    this.#readings = new Map();
    return inputs;
  }
}

function keyOf(input: Input): string | undefined {
  if (input.kind === 'ups') return `ups ${input.ups}`;
  if (input.kind === 'rig') return `rig ${input.rig}`;
  if (input.kind === 'coin') return `coin ${input.coin}`;
  if (input.kind === 'plan') return `plan ${input.ups}`;
  if (input.kind === 'input') return `input ${input.input}`;
  return input.kind === 'switch' ? `switch ${input.switch}` : undefined;
}
