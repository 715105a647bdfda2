// A simulated rig with the mouth of cgminer 4.11.1 on a socket of 127.0.0.1: devices that are disabled and enabled one by
// one. The rig pauses when its last device is disabled and resumes with the first that is enabled.
import type { SimRig } from '../sim/rig.ts';
import type { Reply4028, Request4028 } from '../wire/serve-4028.ts';
import { poolRow } from './owners-pool.ts';
import { type Mouth4028, type RigServer4028, serveRig4028 } from './server-4028.ts';

export interface CgminerFakeOptions {
  readonly rig: SimRig;
  /** what kind of devices it has: ASC (cgminer), PGA (bfgminer), GPU (old builds). Default ASC. */
  readonly kind?: 'ASC' | 'PGA' | 'GPU';
  /** how many. Default 2. */
  readonly devices?: number;
  /** whether `W:` and this machine stand in its api-allow. Default true. */
  readonly mayOrder?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface CgminerFake extends RigServer4028 {
  /** the devices that are enabled now */
  readonly enabled: ReadonlySet<number>;
}

export async function startCgminerFake(options: CgminerFakeOptions): Promise<CgminerFake> {
  const mouth = new CgminerMouth(options);
  return { ...(await serveRig4028(options.rig, mouth, options.port)), enabled: mouth.enabled };
}

class CgminerMouth implements Mouth4028 {
  readonly who = 'cgminer 4.11.1';
  readonly enabled = new Set<number>();
  readonly #rig: SimRig;
  readonly #kind: 'ASC' | 'PGA' | 'GPU';
  readonly #devices: readonly number[];
  readonly #mayOrder: boolean;

  constructor({ rig, kind = 'ASC', devices = 2, mayOrder = true }: CgminerFakeOptions) {
    this.#rig = rig;
    this.#kind = kind;
    this.#devices = [...Array(devices).keys()];
    this.#mayOrder = mayOrder;
    if (!rig.look().saysPaused) for (const index of this.#devices) this.enabled.add(index);
  }

  say({ command, parameters }: Request4028): Reply4028 {
    this.#follow();
    const word = this.#kind.toLowerCase();
    const orders = ['privileged', `${word}disable`, `${word}enable`];
    if (orders.includes(command) && !this.#mayOrder) return { letter: 'E', code: 45, message: `Access denied to '${command}' command` };
    switch (command) {
      case 'summary':
        return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [this.#summary()] } };
      case 'devs':
        return this.#devs();
      case 'pools':
        return { letter: 'S', code: 7, message: '1 Pool(s)', sections: { POOLS: [poolRow(this.#rig)] } };
      case 'privileged':
        return { letter: 'S', code: 46, message: 'Privileged access OK' };
      case `${word}disable`:
        return this.#set(Number(parameters[0]), false);
      case `${word}enable`:
        return this.#set(Number(parameters[0]), true);
      default:
        return { letter: 'E', code: 14, message: 'Invalid command' };
    }
  }

  /** A miner that was cut starts with every device enabled, for it forgets. */
  #follow(): void {
    if (this.#rig.look().saysPaused || this.enabled.size > 0) return;
    for (const index of this.#devices) this.enabled.add(index);
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds, shares } = this.#rig.look();
    return {
      Elapsed: Math.floor(uptimeSeconds),
      'MHS av': this.#rig.traits.hashRate / 1e6,
      'MHS 5s': (hashRate / 1e6).toFixed(2),
      Accepted: 9 + shares,
    };
  }

  #devs(): Reply4028 {
    if (this.#devices.length === 0) return { letter: 'E', code: 10, message: 'No ASCs' };
    const each = this.#rig.look().hashRate / 1e6 / this.#devices.length;
    const rows = this.#devices.map((index) => ({
      [this.#kind]: index,
      Enabled: this.enabled.has(index) ? 'Y' : 'N',
      Status: 'Alive',
      'MHS 5s': each,
    }));
    return { letter: 'S', code: 9, message: `${rows.length} device(s)`, sections: { DEVS: rows } };
  }

  #set(index: number, enable: boolean): Reply4028 {
    if (!this.#devices.includes(index)) return { letter: 'E', code: 105, message: `Invalid ${this.#kind} id ${index}` };
    const { saysPaused } = this.#rig.look();
    const after = new Set(this.enabled);
    if (enable) after.add(index);
    else after.delete(index);
    const pauses = after.size === 0 && !saysPaused;
    const resumes = after.size > 0 && saysPaused;
    const refused = pauses || resumes ? this.#rig.order(pauses ? 'pause' : 'resume') === 'refused' : this.#rig.quirks.refuses;
    if (refused) return { letter: 'E', code: 107, message: `${this.#kind} ${index} will not` };
    if (this.#rig.quirks.hangs) return { letter: 'E', code: 107, message: 'never said' };
    this.#turn(index, enable);
    return { letter: 'I', code: enable ? 108 : 106, message: `${this.#kind} ${index} set ${enable ? 'enabled' : 'disabled'}` };
  }

  #turn(index: number, enable: boolean): void {
    if (this.#rig.quirks.ignores) return;
    if (enable) this.enabled.add(index);
    else this.enabled.delete(index);
  }
}
