// A contact as it behaves in time: it falls to rest when nobody drives it, may be welded, slow or out of reach, and
// keeps the time of every edge.
import type { Clock } from '../host/port.ts';
import { DONE, failed, ok } from '../model/outcome.ts';
import type { Switch } from '../switches/port.ts';

export interface SimSwitchTraits {
  readonly id: string;
  /** what its rigs are while the coil has no current; default fed */
  readonly atRest?: 'fed' | 'cut';
  /** whether its position can be read back; default true */
  readonly canRead?: boolean;
}

/** How it misbehaves; all may be turned on and off while it runs. */
export interface SimSwitchQuirks {
  /** the coil moves and says so, the contact stays where it is */
  readonly welded?: boolean;
  /** seconds from the order to the edge */
  readonly moveSeconds?: number;
  /** answers every order with an error and does nothing */
  readonly refuses?: boolean;
  /** nobody is there */
  readonly unreachable?: boolean;
  /** takes an order, never answers, and does nothing */
  readonly hangs?: boolean;
}

export interface SimEdge {
  readonly atMs: number;
  readonly switch: string;
  readonly to: 'fed' | 'cut';
  /** `rest`: nobody drove the coil any more; `reset`: the board came to itself with its rigs fed */
  readonly by: 'order' | 'rest' | 'reset';
  /** W that hung on the contact when it moved */
  readonly watts: number;
}

/** What a contact is wired to. */
export interface SimWiring {
  /** W that hang on it now */
  readonly watts: () => number;
  /** called after each edge of the coil, whether or not the contact followed */
  readonly edge: (edge: SimEdge) => void;
}

/** Edges kept; the oldest go first. */
const EDGE_LIMIT = 10_000;

export class SimSwitch {
  readonly traits: SimSwitchTraits;
  readonly #nowMs: () => number;
  readonly #wiring: SimWiring;
  readonly #edges: SimEdge[] = [];
  #coil: 'fed' | 'cut';
  #contact: 'fed' | 'cut';
  #quirks: SimSwitchQuirks = {};
  #returns = 0;

  constructor(traits: SimSwitchTraits, nowMs: () => number, wiring: SimWiring) {
    this.traits = traits;
    this.#nowMs = nowMs;
    this.#wiring = wiring;
    this.#coil = traits.atRest ?? 'fed';
    this.#contact = this.#coil;
  }

  /** Every edge of the coil, oldest first: what was switched, whether or not the contact followed. */
  get edges(): readonly SimEdge[] {
    return this.#edges;
  }

  /** What its rigs are, in truth. */
  get contact(): 'fed' | 'cut' {
    return this.#contact;
  }

  /** What a read-back of the line shows: the coil, for nobody sees the contact. */
  get coil(): 'fed' | 'cut' {
    return this.#coil;
  }

  get quirks(): SimSwitchQuirks {
    return this.#quirks;
  }

  misbehave(quirks: SimSwitchQuirks): void {
    this.#quirks = { ...this.#quirks, ...quirks };
  }

  set(to: 'fed' | 'cut'): void {
    this.#drive(to, 'order');
  }

  /** The controller is dead or reset: the coil loses its current. */
  letGo(): void {
    this.#drive(this.traits.atRest ?? 'fed', 'rest');
  }

  /** How often its board has been away. */
  get returns(): number {
    return this.#returns;
  }

  /** The board resets, and comes back with every output fed. */
  reset(): void {
    this.#returns += 1;
    this.#drive('fed', 'reset');
  }

  /** Exactly these from here on. */
  behave(quirks: SimSwitchQuirks): void {
    this.#quirks = quirks;
  }

  #drive(to: 'fed' | 'cut', by: SimEdge['by']): void {
    if (to === this.#coil) return;
    // Asked first: what happened up to now happened with the contact as it was.
    const atMs = this.#nowMs();
    this.#coil = to;
    const edge = { atMs, switch: this.traits.id, to, by, watts: this.#wiring.watts() };
    if (this.#edges.length >= EDGE_LIMIT) this.#edges.shift();
    this.#edges.push(edge);
    if (!this.#quirks.welded) this.#contact = to;
    this.#wiring.edge(edge);
  }
}

/** The driver of a simulated contact. */
export function simSwitchDriver(contact: SimSwitch, clock: Clock): Switch {
  const { id } = contact.traits;
  const set: Switch['set'] = async (want, signal) => {
    const { unreachable, hangs, refuses, moveSeconds } = contact.quirks;
    if (signal.aborted) return failed('timeout', `switch ${id} was not asked: no time left`);
    if (unreachable) return failed('unreachable', `switch ${id} cannot be reached`);
    if (refuses) return failed('refused', `switch ${id} refused to be ${want}`);
    if (hangs) await clock.sleep(Number.POSITIVE_INFINITY, signal);
    else if (moveSeconds) await clock.sleep(moveSeconds * 1000, signal);
    if (signal.aborted) return failed('timeout', `switch ${id} did not answer in time`);
    contact.set(want);
    return DONE;
  };
  const gone = failed('unreachable', `switch ${id} cannot be reached`);
  if (contact.traits.canRead === false) return { set, probe: async () => (contact.quirks.unreachable ? gone : ok(contact.returns)) };
  return { set, read: async () => (contact.quirks.unreachable ? gone : ok(contact.coil)) };
}
