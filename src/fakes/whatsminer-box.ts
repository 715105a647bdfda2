// A simulated Whatsminer behind both of its mouths: what it remembers, whom it obeys, and what it is told to do.
import type { SimRig, SimRigOrder } from '../sim/rig.ts';

export interface WhatsminerBoxOptions {
  readonly rig: SimRig;
  /** monotonic ms, for the life of tokens; best the rig's own */
  readonly nowMs: () => number;
  /** of its user admin, for API 2. Default `notadmin`. */
  readonly adminPassword?: string;
  /** of its account super, for API 3. Default `notsuper`. */
  readonly superPassword?: string;
  /** whether its API was switched on and its factory password changed. Default true. */
  readonly open?: boolean;
}

/** Unix s that its clock shows at the start: not those of whoever asks. */
const CLOCK = 1_700_000_000;

export class WhatsminerBox {
  readonly rig: SimRig;
  readonly nowMs: () => number;
  adminPassword: string;
  superPassword: string;
  open: boolean;
  mode: 'low' | 'normal' | 'high' = 'normal';
  limitWatts = 3_600;
  led: unknown = 'auto';
  /** what nobody is to touch */
  pools: readonly string[] = ['stratum+tcp://pool.example:3333'];
  fans: Readonly<Record<string, number>> = { 'fan-poweroff-cool': 0, 'fan-zero-speed': 0, 'fan-temp-offset': 0 };
  /** every order that was obeyed, oldest first: `power_off`, `limit 2800` */
  readonly obeyed: string[] = [];
  /** times that its mining was started anew for a setting */
  restarts = 0;

  constructor({ rig, nowMs, adminPassword = 'notadmin', superPassword = 'notsuper', open = true }: WhatsminerBoxOptions) {
    this.rig = rig;
    this.nowMs = nowMs;
    this.adminPassword = adminPassword;
    this.superPassword = superPassword;
    this.open = open;
  }

  /** unix s */
  get clock(): number {
    return CLOCK + Math.floor(this.nowMs() / 1000);
  }

  get mac(): string {
    let mixed = 0x811c9dc5;
    for (const letter of this.rig.traits.id) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    const bytes = [2, 0, mixed >>> 24, (mixed >>> 16) & 255, (mixed >>> 8) & 255, mixed & 255];
    return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  }

  /** Stops or starts its mining. False: it will not. */
  run(order: SimRigOrder): boolean {
    const answer = this.rig.order(order);
    if (answer === 'done' || answer === 'lost') this.obeyed.push(order);
    return answer !== 'refused';
  }

  /** A setting that starts its mining anew. False: it will not. */
  set(what: { readonly mode: WhatsminerBox['mode'] } | { readonly limitWatts: number }): boolean {
    if (this.rig.quirks.refuses === true) return false;
    if ('mode' in what) this.mode = what.mode;
    else this.limitWatts = what.limitWatts;
    this.restarts++;
    this.obeyed.push('mode' in what ? `mode ${what.mode}` : `limit ${what.limitWatts}`);
    return true;
  }

  reboot(): void {
    this.obeyed.push('reboot');
    this.rig.reboot();
  }

  blink(led: unknown): void {
    this.led = led;
    this.obeyed.push('led');
  }
}
