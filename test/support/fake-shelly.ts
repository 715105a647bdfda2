// A Shelly on 127.0.0.1: the first generation with its plain paths and Basic, a later one with its RPC and Digest.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FakePlug, type PlugReply } from './fake-plug.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface FakeShellyTraits {
  readonly generation?: 1 | 2;
  readonly outputs?: number;
  readonly password?: string;
}

export class FakeShelly extends FakePlug {
  readonly generation: 1 | 2;
  readonly password: string | undefined;
  /** of the second generation, why its outputs do not close */
  errors: string[] = [];
  /** asks for Basic, whatever it is */
  greedy = false;
  #nonce = 0;
  #highestCount = 0;

  static start(traits: FakeShellyTraits = {}): Promise<FakeShelly> {
    return new FakeShelly(traits).open();
  }

  private constructor({ generation = 2, outputs = 1, password }: FakeShellyTraits) {
    super(outputs);
    this.generation = generation;
    this.password = password;
  }

  /** As after an hour: the nonce given before counts no more. */
  age(): void {
    this.#nonce += 1;
    this.#highestCount = 0;
  }

  protected reply(request: IncomingMessage, url: URL): PlugReply {
    const auth = this.password !== undefined;
    if (url.pathname === '/shelly') {
      return { status: 200, json: this.generation === 1 ? { type: 'SHPLG-S', auth } : { gen: 2, id: 'shellyplus2pm-0123', auth_en: auth } };
    }
    const refused = this.#refusal(request);
    if (refused !== undefined) return refused;
    return this.generation === 1 ? this.#first(url) : this.#later(url);
  }

  #first({ pathname, searchParams }: URL): PlugReply {
    const output = Number(/^\/relay\/(\d)$/.exec(pathname)?.[1] ?? Number.NaN);
    if (this.outputs[output] === undefined) return { status: 404 };
    const turn = searchParams.get('turn');
    if (turn !== null) this.move(output, turn === 'on');
    return { status: 200, json: { ison: this.outputs[output], has_timer: false } };
  }

  #later({ pathname, searchParams }: URL): PlugReply {
    const output = Number(searchParams.get('id'));
    const was = this.outputs[output];
    if (was === undefined) return { status: 500, json: { code: -105, message: `Argument 'id', value ${output} not found!` } };
    if (pathname === '/rpc/Switch.GetStatus') return { status: 200, json: { id: output, output: was, apower: 0, errors: this.errors } };
    if (pathname !== '/rpc/Switch.Set') return { status: 404, json: { code: 404, message: 'No handler' } };
    this.move(output, searchParams.get('on') === 'true');
    return { status: 200, json: { was_on: was } };
  }

  #refusal({ method = '', url = '', headers }: IncomingMessage): PlugReply | undefined {
    if (this.password === undefined) return undefined;
    const said = headers.authorization ?? '';
    if (this.generation === 1 || this.greedy) {
      const good = said === `Basic ${Buffer.from(`admin:${this.password}`).toString('base64')}`;
      return good ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="SHPLG-S"' } };
    }
    const nonce = `${0x60dc_2c69 + this.#nonce}`;
    const field = (name: string): string => new RegExp(`\\b${name}="?([^",]+)`).exec(said)?.[1] ?? '';
    const who = sha256(`admin:shellyplus2pm-0123:${this.password}`);
    const what = sha256(`${method}:${url}`);
    const expected = sha256(`${who}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${what}`);
    const count = Number.parseInt(field('nc'), 16);
    // A count that was there before is an order that somebody has listened to and plays again.
    if (field('response') === expected && field('uri') === url && count > this.#highestCount) {
      this.#highestCount = count;
      return undefined;
    }
    const stale = said !== '' && field('nonce') !== nonce ? ', stale=true' : '';
    const challenge = `Digest qop="auth", realm="shellyplus2pm-0123", nonce="${nonce}", algorithm=SHA-256${stale}`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  }
}
