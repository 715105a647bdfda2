// A simulated rig with the mouth of LuxOS: its sessions, its curtailment and its readings on a socket of 127.0.0.1.

import type { SimRig, SimRigOrder } from '../sim/rig.ts';
import type { Reply4028, Request4028 } from '../wire/serve-4028.ts';
import { macOf } from './number-of-name.ts';
import { poolRow } from './owners-pool.ts';
import { type Mouth4028, type RigServer4028, serveRig4028 } from './server-4028.ts';

export interface LuxosFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, for the life of sessions; best the rig's own */
  readonly nowMs: () => number;
  /** whether `power` comes from a meter in its power supply. Default true; else it is the model of the running profile. */
  readonly meter?: boolean;
  /** whether its thermal management chooses its profile. Default false. */
  readonly atm?: boolean;
  /** whether this machine may give orders. Default true. */
  readonly mayOrder?: boolean;
  /** somebody else is logged on, and never leaves. Default false. */
  readonly sessionHeld?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface LuxosFake extends RigServer4028 {
  /** the profile that it runs */
  profile(): string;
  /** Its owner chooses another. */
  choose(profile: string): void;
  /** Somebody else logs on, and stays for 60 s, as every idle session. Returns his session's id. */
  occupy(): string;
}

const IDLE_MS = 60_000;
/** By name, the part of the watts of the first. */
const PROFILES: readonly (readonly [string, number])[] = [
  ['default', 1],
  ['485MHz', 0.84],
  ['390MHz', 0.6],
  ['+1', 1.15],
];

/** What sits where, as its model has it. */
const SENSORS = {
  TopLeft: { Label: 'Board Exhaust (top)', Position: [0, 0] },
  TopRight: { Label: 'Board Intake (top)', Position: [0, 1] },
  BottomLeft: { Label: 'Board Exhaust (bottom)', Position: [1, 0] },
  BottomRight: { Label: 'Board Intake (bottom)', Position: [1, 1] },
};

export async function startLuxosFake(options: LuxosFakeOptions): Promise<LuxosFake> {
  const mouth = new LuxosMouth(options);
  return {
    ...(await serveRig4028(options.rig, mouth, options.port)),
    profile: () => mouth.profile,
    choose: (profile) => {
      mouth.own = profile;
    },
    occupy: () => mouth.sessions.occupy(),
  };
}

/** One session at a time, each dying of 60 s without use. */
class Sessions {
  readonly #nowMs: () => number;
  #inForce: { readonly id: string; endsAtMs: number } | undefined;
  #count = 0;

  constructor(nowMs: () => number, held: boolean) {
    this.#nowMs = nowMs;
    if (!held) return;
    this.occupy();
    if (this.#inForce !== undefined) this.#inForce.endsAtMs = Number.POSITIVE_INFINITY;
  }

  inForce(): string | undefined {
    if (this.#inForce !== undefined && this.#nowMs() >= this.#inForce.endsAtMs) this.#inForce = undefined;
    return this.#inForce?.id;
  }

  /** Undefined where somebody holds one. */
  open(): string | undefined {
    return this.inForce() === undefined ? this.occupy() : undefined;
  }

  occupy(): string {
    this.#count++;
    const id = `s${this.#count.toString(36).padStart(7, 'yJN2nlj')}`;
    this.#inForce = { id, endsAtMs: this.#nowMs() + IDLE_MS };
    return id;
  }

  /** Whether `id` is in force; using it keeps it alive. */
  use(id: string | undefined): boolean {
    if (id === undefined || this.inForce() !== id || this.#inForce === undefined) return false;
    this.#inForce.endsAtMs = Math.max(this.#inForce.endsAtMs, this.#nowMs() + IDLE_MS);
    return true;
  }

  end(): void {
    this.#inForce = undefined;
  }
}

/** What such a rig says, whoever holds the socket. */
export class LuxosMouth implements Mouth4028 {
  readonly who = 'LUXminer 2025.4.8.220305';
  readonly sessions: Sessions;
  readonly #rig: SimRig;
  readonly #meter: boolean;
  readonly #mayOrder: boolean;
  readonly #atm: boolean;
  /** of its owner */
  own = 'default';

  constructor({ rig, nowMs, meter = true, mayOrder = true, atm = false, sessionHeld = false }: LuxosFakeOptions) {
    this.sessions = new Sessions(nowMs, sessionHeld);
    this.#rig = rig;
    this.#meter = meter;
    this.#mayOrder = mayOrder;
    this.#atm = atm;
  }

  say({ command, parameters }: Request4028): Reply4028 {
    const reading = this.#read(command);
    if (reading !== undefined) return reading;
    const order = this.#orders.get(command);
    if (order === undefined) return { letter: 'E', code: 14, message: 'Invalid command' };
    if (!this.#mayOrder) return { letter: 'E', code: 45, message: `Access denied to '${command}' command` };
    return order(parameters);
  }

  readonly #orders: ReadonlyMap<string, (parameters: readonly string[]) => Reply4028> = new Map([
    ['logon', () => this.#logon()],
    ['logoff', ([id]: readonly string[]) => this.#logoff(id)],
    ['profileset', ([id, name]: readonly string[]) => this.#setProfile(id, name)],
    ['curtail', ([id, word]: readonly string[]) => this.#curtail(id, word)],
  ]);

  #read(command: string): Reply4028 | undefined {
    switch (command) {
      case 'config':
        return { letter: 'S', code: 33, message: 'LUXminer config', sections: { CONFIG: [this.#config()] } };
      case 'summary':
        return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [this.#summary()] } };
      case 'power':
        return { letter: 'S', code: 311, message: 'Power usage', sections: { POWER: [this.#power()] } };
      case 'temps':
        return { letter: 'S', code: 201, message: '3 Temp(s)', sections: { TEMPS: this.#temps(), METADATA: [SENSORS] } };
      case 'fans':
        return { letter: 'S', code: 202, message: '4 Fan(s)', sections: { FANS: this.#fans() } };
      case 'pools':
        return { letter: 'S', code: 7, message: '1 Pool(s)', sections: { POOLS: [poolRow(this.#rig)] } };
      case 'profiles':
        return { letter: 'S', code: 327, message: 'Profiles', sections: { PROFILES: this.#profiles() } };
      case 'session': {
        const id = this.sessions.inForce();
        return { letter: 'S', code: 317, message: 'Session information', sections: { SESSION: [{ SessionID: id ?? '' }] } };
      }
      default:
        return undefined;
    }
  }

  #config(): Readonly<Record<string, unknown>> {
    const { saysPaused } = this.#rig.look();
    return {
      CurtailMode: saysPaused ? 'Sleep' : 'None',
      IsPowerSupplyOn: !saysPaused,
      MACAddr: macOf(this.#rig.traits.id),
      Model: 'Antminer S19k Pro',
      Profile: this.profile,
      IsAtmEnabled: this.#atm,
      SystemStatus: 'Normal',
    };
  }

  /** The rig remembers it, whoever speaks for it. */
  get profile(): string {
    const { limitWatts } = this.#rig.look();
    const { watts } = this.#rig.traits;
    return PROFILES.find(([, part]) => part !== 1 && part * watts === limitWatts)?.[0] ?? this.own;
  }

  /** Its own, and those below it in steps. */
  #profiles(): readonly Readonly<Record<string, unknown>>[] {
    const { watts, hashRate } = this.#rig.traits;
    return PROFILES.map(([name, part]) => ({
      'Profile Name': name,
      Watts: Math.round(watts * part),
      Hashrate: (hashRate * part) / 1e12,
      Frequency: Math.round(545 * part),
      IsTuned: name === 'default',
    }));
  }

  #setProfile(id: string | undefined, name: string | undefined): Reply4028 {
    if (!this.sessions.use(id)) return { letter: 'E', code: 402, message: `Session ${id} is not active` };
    const part = PROFILES.find(([one]) => one === name)?.[1];
    if (name === undefined || part === undefined) return { letter: 'E', code: 330, message: 'Invalid profile' };
    const { watts } = this.#rig.traits;
    if (this.#rig.limit(part === 1 ? undefined : part * watts, undefined) === 'refused')
      return { letter: 'E', code: 331, message: `Profile refused in session ${id}` };
    return { letter: 'S', code: 328, message: 'Profile set', sections: { PROFILE: [{ Profile: name }] } };
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds, shares } = this.#rig.look();
    // The average goes on long after a pause, as on the real ones: whoever reads it for the present is found out.
    const full = this.#rig.traits.hashRate / 1e9;
    return { Elapsed: Math.floor(uptimeSeconds), 'GHS 5s': hashRate / 1e9, 'GHS av': full, Accepted: 1483 + shares };
  }

  #power(): Readonly<Record<string, unknown>> {
    const { saysWatts } = this.#rig.look();
    return { PSU: this.#meter, Watts: Math.round(this.#meter ? saysWatts : this.#rig.traits.watts) };
  }

  /** Boards without power tell 0. */
  #temps(): readonly Readonly<Record<string, unknown>>[] {
    const [exhaust, intake] = this.#rig.look().level === 0 ? [0, 0] : [47, 34];
    return [0, 1, 2].map((board) => ({
      ID: board,
      TEMP: board,
      TopLeft: exhaust,
      TopRight: intake,
      BottomLeft: exhaust + board,
      BottomRight: intake,
    }));
  }

  #fans(): readonly Readonly<Record<string, unknown>>[] {
    return [1_920, 1_920, 2_340, 2_340].map((rpm, place) => ({ FAN: `FAN${place + 1}`, ID: place, RPM: rpm, Speed: 20 }));
  }

  #logon(): Reply4028 {
    const id = this.sessions.open();
    if (id === undefined) return { letter: 'E', code: 402, message: 'Another session is active' };
    return { letter: 'S', code: 316, message: 'Session created', sections: { SESSION: [{ SessionID: id }] } };
  }

  #logoff(id: string | undefined): Reply4028 {
    if (!this.sessions.use(id)) return { letter: 'E', code: 402, message: `Session ${id} is not active` };
    this.sessions.end();
    return { letter: 'S', code: 318, message: 'Session terminated' };
  }

  #curtail(id: string | undefined, word: string | undefined): Reply4028 {
    if (!this.sessions.use(id)) return { letter: 'E', code: 402, message: `Session ${id} is not active` };
    const order: SimRigOrder | undefined = word === 'sleep' ? 'pause' : word === 'wakeup' ? 'resume' : undefined;
    if (order === undefined) return { letter: 'E', code: 336, message: 'Invalid curtailment action' };
    const already = this.#rig.look().saysPaused === (order === 'pause');
    if (this.#rig.order(order) === 'refused') return { letter: 'E', code: 337, message: `Curtailment refused in session ${id}` };
    if (already) return { letter: 'E', code: 338, message: `Already in ${word} mode` };
    const action = word === 'sleep' ? 'sleep mode' : 'wake up';
    return { letter: 'S', code: 335, message: 'Curtailment command sent', sections: { CURTAIL: [{ Action: action }] } };
  }
}
