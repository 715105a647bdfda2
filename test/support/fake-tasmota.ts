// A plug under Tasmota on 127.0.0.1, old enough to take a relay that it has not for its first.
import type { IncomingMessage } from 'node:http';
import { FakePlug, type PlugReply } from './fake-plug.ts';

export interface FakeTasmotaTraits {
  readonly relays?: number;
  readonly password?: string;
  /** whether a wrong password is told by its status too */
  readonly says401?: boolean;
  readonly words?: readonly [on: string, off: string];
}

export class FakeTasmota extends FakePlug {
  readonly #traits: FakeTasmotaTraits;

  static start(traits: FakeTasmotaTraits = {}): Promise<FakeTasmota> {
    return new FakeTasmota(traits).open();
  }

  private constructor(traits: FakeTasmotaTraits) {
    super(traits.relays ?? 1);
    this.#traits = traits;
  }

  protected reply(_request: IncomingMessage, { pathname, searchParams }: URL): PlugReply {
    const { password, says401 = false, words = ['ON', 'OFF'] } = this.#traits;
    if (pathname !== '/cm') return { status: 404 };
    if (password !== undefined && (searchParams.get('user') !== 'admin' || searchParams.get('password') !== password)) {
      return { status: says401 ? 401 : 200, json: { WARNING: 'Need user=<username>&password=<password>' } };
    }
    const [, number, turn] = /^power(\d*)(?: (on|off))?$/i.exec(searchParams.get('cmnd') ?? '') ?? [];
    if (number === undefined) return { status: 200, json: { Command: 'Unknown' } };
    const asked = Number(number || 1);
    const relay = asked > this.outputs.length ? 1 : asked;
    if (turn !== undefined) this.move(relay - 1, turn.toLowerCase() === 'on');
    const name = this.outputs.length === 1 ? 'POWER' : `POWER${relay}`;
    return { status: 200, json: { [name]: words[this.outputs[relay - 1] === true ? 0 : 1] } };
  }
}
