// What both APIs of a Whatsminer do for its driver, and how a refused login is kept from becoming a storm of them.
import type { Fault, Outcome } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { PowerMode, Standing } from '../wire/whatsminer.ts';

/** One of its two APIs. Every method is to be called within a turn of the rig's lane, and never rejects. */
export interface WhatsminerApi {
  /** whether this API is there at all; moves nothing */
  answers(signal: AbortSignal): Promise<Outcome>;
  /** Also keeps warm what an order will want, so that a pause is one request. */
  look(signal: AbortSignal): Promise<Outcome<RigReading>>;
  /** what its owner set, as prints; undefined: it tells nothing of it */
  settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>>;
  standing(signal: AbortSignal): Promise<Outcome<Standing>>;
  /** the rig's word only */
  run(want: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome>;
  setMode(mode: PowerMode, signal: AbortSignal): Promise<Outcome>;
  setLimit(watts: number, signal: AbortSignal): Promise<Outcome>;
  reboot(signal: AbortSignal): Promise<Outcome>;
  locate(on: boolean, signal: AbortSignal): Promise<Outcome>;
  mayOrder(signal: AbortSignal): Promise<Outcome>;
}

/** Who we are to it; without a password nothing is ordered, and reading goes on. */
export interface WhatsminerLogin {
  readonly username: string;
  readonly password: string | undefined;
  /** ends a sentence that says that a password is wanted */
  readonly without: string;
}

/** ms in which nothing is ordered after it refused the password: more tries would not make it right. */
const HELD_MS = 5 * 60_000;

/** Remembers that the login was refused. */
export class LoginHold {
  readonly #nowMs: () => number;
  #refused: { readonly fault: Fault; readonly untilMs: number } | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The refusal that is still in force. */
  get fault(): Fault | undefined {
    if (this.#refused !== undefined && this.#nowMs() >= this.#refused.untilMs) this.#refused = undefined;
    return this.#refused?.fault;
  }

  refuse(fault: Fault): void {
    this.#refused = { fault, untilMs: this.#nowMs() + HELD_MS };
  }
}
