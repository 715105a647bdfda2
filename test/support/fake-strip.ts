// A strip of outlets behind a fake upsd: its driver is told at once, moves the outlets, and upsd hears of it at the next look.
import { FakeUpsd } from '../../src/fakes/upsd.ts';

export const OUTLETS = { username: 'outlets', password: 'a#b "c" \\d' } as const;

export interface FakeStripTraits {
  readonly outlets?: number;
  /** how it is told: instant commands, or a variable with words of this kind */
  readonly by?: 'commands' | readonly [on: string, off: string];
  /** whether it has outlet.N.status; the variable that is set tells as well */
  readonly tellsStatus?: boolean;
}

export class FakeStrip {
  readonly upsd: FakeUpsd;
  /** his rights in upsd.users */
  readonly user: { instcmds: string[]; maySet: boolean };
  readonly outlets: Map<number, boolean>;
  moves = 0;
  /** requests that upsd answers with what was before an outlet moved */
  looksBehind = 0;
  /** its driver says yes and does nothing */
  locked = false;
  /** said of every outlet in place of on and off */
  says: string | undefined;
  #seen: Map<number, boolean>;
  #behind = 0;

  static async start(traits: FakeStripTraits = {}): Promise<FakeStrip> {
    let strip: FakeStrip | undefined;
    const user = { password: OUTLETS.password, instcmds: ['ALL'], maySet: true };
    const upsd = await FakeUpsd.start({
      names: ['strip'],
      users: { [OUTLETS.username]: user },
      variablesOf: () => strip?.variables() ?? new Map(),
      onInstantCommand: (_ups, command) => strip?.command(command) ?? false,
      onSet: (_ups, variable, value) => strip?.assign(variable, value) ?? false,
    });
    strip = new FakeStrip(upsd, user, traits);
    return strip;
  }

  readonly #traits: FakeStripTraits;

  private constructor(upsd: FakeUpsd, user: FakeStrip['user'], traits: FakeStripTraits) {
    this.upsd = upsd;
    this.user = user;
    this.#traits = traits;
    this.outlets = new Map(Array.from({ length: traits.outlets ?? 2 }, (_, place) => [place + 1, true]));
    this.#seen = new Map(this.outlets);
  }

  variables(): ReadonlyMap<string, string> {
    const { by = 'commands', tellsStatus = true } = this.#traits;
    const values = new Map([['ups.status', 'OL']]);
    if (this.#behind > 0) this.#behind -= 1;
    else this.#seen = new Map(this.outlets);
    for (const [outlet, on] of this.#seen) {
      if (tellsStatus) values.set(`outlet.${outlet}.status`, this.says ?? (on ? 'on' : 'off'));
      if (by !== 'commands') values.set(`outlet.${outlet}.switch`, by[on ? 0 : 1]);
    }
    return values;
  }

  command(command: string): boolean {
    const [, outlet, word] = /^outlet\.(\d+)\.load\.(on|off)$/.exec(command) ?? [];
    if ((this.#traits.by ?? 'commands') !== 'commands' || !this.outlets.has(Number(outlet))) return false;
    this.#move(Number(outlet), word === 'on');
    return true;
  }

  assign(variable: string, value: string): boolean {
    const { by = 'commands' } = this.#traits;
    const outlet = Number(/^outlet\.(\d+)\.switch$/.exec(variable)?.[1]);
    if (by === 'commands' || !by.includes(value) || !this.outlets.has(outlet)) return false;
    this.#move(outlet, value === by[0]);
    return true;
  }

  #move(outlet: number, on: boolean): void {
    if (this.locked || this.outlets.get(outlet) === on) return;
    this.outlets.set(outlet, on);
    this.moves += 1;
    this.#behind = this.looksBehind;
  }
}
