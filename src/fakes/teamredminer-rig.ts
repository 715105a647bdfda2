// A simulated rig with the mouth of TeamRedMiner on a socket of 127.0.0.1: AMD cards that are disabled and enabled one by one, by
// the part of sgminer's API that it has. Its rate is that of the last 30 s, so it stays for as long after a pause.
import type { SimRig } from '../sim/rig.ts';
import type { Reply4028, Request4028 } from '../wire/serve-4028.ts';
import { poolRow } from './owners-pool.ts';
import { type Mouth4028, type RigServer4028, serveRig4028 } from './server-4028.ts';

export interface TeamredminerFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** how many cards. Default 2. */
  readonly cards?: number;
  /** whether this machine may give orders. Default true. */
  readonly mayOrder?: boolean;
  /** whether it has the command `privileged`. Default false. */
  readonly tellsRights?: boolean;
  /** whether it tells the watts of its cards; versions before 0.8 do not. Default true. */
  readonly tellsWatts?: boolean;
  /** a card that hangs: it is not enabled again before the miner was restarted */
  readonly hangs?: number;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface TeamredminerFake extends RigServer4028 {
  /** the cards that are enabled now */
  readonly enabled: ReadonlySet<number>;
}

export async function startTeamredminerFake(options: TeamredminerFakeOptions): Promise<TeamredminerFake> {
  const mouth = new TeamredminerMouth(options);
  return { ...(await serveRig4028(options.rig, mouth, options.port)), enabled: mouth.enabled };
}

/** Over so long it counts its rate. */
const WINDOW_MS = 30_000;
/** W of a card that is disabled: it keeps its memory filled */
const DISABLED_WATTS = 22;

class TeamredminerMouth implements Mouth4028 {
  readonly who = 'TeamRedMiner 0.10.21';
  readonly enabled = new Set<number>();
  readonly #options: TeamredminerFakeOptions;
  readonly #rig: SimRig;
  readonly #cards: readonly number[];
  #lastHashed: { readonly atMs: number; readonly hashRate: number } | undefined;

  constructor(options: TeamredminerFakeOptions) {
    this.#options = options;
    this.#rig = options.rig;
    this.#cards = [...Array(options.cards ?? 2).keys()];
    if (!this.#rig.look().saysPaused) for (const card of this.#cards) this.enabled.add(card);
  }

  say({ command, parameters }: Request4028): Reply4028 {
    this.#follow();
    const isOrder = ['privileged', 'gpudisable', 'gpuenable'].includes(command);
    if (isOrder && this.#options.mayOrder === false) return no(45, `Access denied to '${command}' command`);
    switch (command) {
      case 'summary':
        return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [this.#summary()] } };
      case 'devs':
      case 'devs1':
        return this.#devs();
      case 'pools':
        return this.#pools();
      case 'privileged':
        return this.#options.tellsRights ? { letter: 'S', code: 46, message: 'Privileged access OK' } : no(14, 'Invalid command');
      case 'gpudisable':
        return this.#set(Number(parameters[0]), false);
      case 'gpuenable':
        return this.#set(Number(parameters[0]), true);
      default:
        return no(14, 'Invalid command');
    }
  }

  /** A miner that was restarted has every card enabled, for it forgets. */
  #follow(): void {
    const { saysPaused, hashRate } = this.#rig.look();
    if (hashRate > 0) this.#lastHashed = { atMs: this.#options.nowMs(), hashRate };
    if (saysPaused || this.enabled.size > 0) return;
    for (const card of this.#cards) this.enabled.add(card);
  }

  #rate(): number {
    const last = this.#lastHashed;
    return last !== undefined && this.#options.nowMs() - last.atMs < WINDOW_MS ? last.hashRate : 0;
  }

  #summary(): Readonly<Record<string, unknown>> {
    const rate = this.#rate();
    const { uptimeSeconds, shares } = this.#rig.look();
    return {
      Elapsed: Math.floor(uptimeSeconds),
      'MHS av': this.#rig.traits.hashRate / 1e6,
      'MHS 30s': rate / 1e6,
      'KHS av': this.#rig.traits.hashRate / 1e3,
      'KHS 30s': rate / 1e3,
      Accepted: 9 + shares,
    };
  }

  #devs(): Reply4028 {
    const { level, watts } = this.#rig.look();
    const rows = this.#cards.map((card) => {
      const enabled = this.enabled.has(card);
      const draws = enabled || level > 0 ? watts / this.#cards.length : DISABLED_WATTS;
      return {
        GPU: card,
        Enabled: enabled ? 'Y' : 'N',
        Status: card === this.#options.hangs ? 'Dead' : 'Alive',
        Temperature: enabled ? 61 + card : 44,
        'Fan Speed': enabled ? 2106 : 900,
        'Fan Percent': enabled ? 47 : 20,
        ...(this.#options.tellsWatts !== false && { 'GPU Power': Math.round(draws) }),
        'MHS av': this.#rig.traits.hashRate / 1e6 / this.#cards.length,
        'MHS 30s': this.#rate() / 1e6 / this.#cards.length,
      };
    });
    return { letter: 'S', code: 9, message: `${rows.length} GPU(s)`, sections: { DEVS: rows } };
  }

  #pools(): Reply4028 {
    const pool = { ...poolRow(this.#rig), Name: 'pool.invalid', Algorithm: 'kawpow' };
    return { letter: 'S', code: 7, message: '1 Pool(s)', sections: { POOLS: [pool] } };
  }

  #set(card: number, enable: boolean): Reply4028 {
    if (!this.#cards.includes(card)) return no(1, `Invalid GPU id ${card} - range is 0 - ${this.#cards.length - 1}`);
    if (this.enabled.has(card) === enable) {
      return { letter: 'I', code: enable ? 2 : 3, message: `GPU ${card} already ${enable ? 'enabled' : 'disabled'}` };
    }
    if (enable && card === this.#options.hangs) return { letter: 'W', code: 4, message: `GPU ${card} must be restarted first` };
    if (this.#refuses(card, enable)) return no(6, `GPU ${card} will not`);
    this.#turn(card, enable);
    return { letter: 'I', code: enable ? 5 : 28, message: `GPU ${card} sent ${enable ? 'enable' : 'disable'} message` };
  }

  #turn(card: number, enable: boolean): void {
    const { hangs, ignores } = this.#rig.quirks;
    if (hangs || ignores) return;
    if (enable) this.enabled.add(card);
    else this.enabled.delete(card);
  }

  /** The rig pauses with its last card, and resumes with the first. */
  #refuses(card: number, enable: boolean): boolean {
    const { saysPaused } = this.#rig.look();
    const left = [...this.enabled].filter((other) => other !== card).length + (enable ? 1 : 0);
    if ((left === 0) === saysPaused) return this.#rig.quirks.refuses === true;
    return this.#rig.order(saysPaused ? 'resume' : 'pause') === 'refused';
  }
}

function no(code: number, message: string): Reply4028 {
  return { letter: 'E', code, message };
}
