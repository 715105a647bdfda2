// A simulated rig with the mouth of xmrig 6.26.0 on a port of 127.0.0.1: its summary, and pause, resume and stop by JSON-RPC.
import type { SimRig } from '../sim/rig.ts';
import { digitsOf } from './number-of-name.ts';
import { poolsOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface XmrigFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** its --http-access-token; absent: it was given none */
  readonly token?: string;
  /** started without --http-no-restricted. Default: where it has no token. */
  readonly restricted?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface XmrigFake extends RigServerHttp {
  /** the methods that it was asked for by JSON-RPC, oldest first */
  readonly methods: readonly string[];
  /** its pools and threads, which nobody but its owner changes */
  readonly config: Readonly<Record<string, unknown>>;
  /** Runs on the battery of the computer now, or does no longer: it then pauses by itself, and a resume has no effect. */
  battery(on: boolean): void;
  /** Started anew with this token, or with none. */
  restart(token: string | undefined): void;
}

/** Over so long it counts its rate. */
const WINDOW_MS = 10_000;
const METHODS_LIMIT = 10_000;

export async function startXmrigFake(options: XmrigFakeOptions): Promise<XmrigFake> {
  const mouth = new XmrigMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return {
    ...server,
    methods: mouth.methods,
    get config() {
      return mouth.config;
    },
    battery: (on) => mouth.battery(on),
    restart: (token) => mouth.restart(token),
  };
}

function status(code: number, error: string): HttpReply {
  return { status: code, json: { status: code, error } };
}

class XmrigMouth implements MouthHttp {
  readonly methods: string[] = [];
  config: Readonly<Record<string, unknown>> = { pools: [{ url: 'pool.example:3333', user: 'x' }], cpu: { 'max-threads-hint': 75 } };
  readonly #rig: SimRig;
  readonly #nowMs: () => number;
  readonly #mayRestrict: boolean | undefined;
  #token: string | undefined;
  #onBattery = false;
  #lastHashed: { readonly atMs: number; readonly hashRate: number } | undefined;

  constructor({ rig, nowMs, token, restricted }: XmrigFakeOptions) {
    this.#rig = rig;
    this.#nowMs = nowMs;
    this.#token = token;
    this.#mayRestrict = restricted;
  }

  battery(on: boolean): void {
    this.#onBattery = on;
    this.#see();
    this.#rig.order(on ? 'pause' : 'resume');
  }

  restart(token: string | undefined): void {
    this.#token = token;
  }

  /** In the order in which xmrig looks at a request. */
  say(asked: HttpAsked): HttpReply {
    const { method, path } = asked;
    this.#see();
    if (!['GET', 'POST', 'PUT', 'DELETE'].includes(method)) return status(405, 'METHOD_NOT_ALLOWED');
    const refused = this.#refusal(asked.headers.authorization);
    if (refused !== undefined) return refused;
    if (method === 'GET') return this.#show(path);
    if (this.#restricted() || this.#rig.quirks.locked) return status(403, 'FORBIDDEN');
    if (asked.headers['content-type'] !== 'application/json') return status(415, 'UNSUPPORTED_MEDIA_TYPE');
    if (method === 'PUT' && path === '/2/config') {
      this.config = JSON.parse(asked.body) as Readonly<Record<string, unknown>>;
      return { status: 204, text: '' };
    }
    return method === 'POST' && path === '/json_rpc' ? { status: 200, json: this.#rpc(asked.body) } : status(404, 'NOT_FOUND');
  }

  #show(path: string): HttpReply {
    if (path === '/2/summary') return { status: 200, json: this.#summary() };
    if (path !== '/2/config') return status(404, 'NOT_FOUND');
    if (this.#restricted()) return status(403, 'FORBIDDEN');
    return { status: 200, json: { ...this.config, pools: poolsOf(this.#rig, this.config['pools']) } };
  }

  #restricted(): boolean {
    return this.#mayRestrict ?? this.#token === undefined;
  }

  #refusal(authorization: string | undefined): HttpReply | undefined {
    if (authorization === undefined) {
      return this.#token !== undefined || !this.#restricted() ? status(401, 'UNAUTHORIZED') : undefined;
    }
    if (this.#token === undefined) return status(401, 'UNAUTHORIZED');
    return authorization === `Bearer ${this.#token}` ? undefined : status(403, 'FORBIDDEN');
  }

  /** Its rate is that of the last 10 s in which it hashed, so it stays for as long after a pause. */
  #see(): void {
    const { hashRate } = this.#rig.look();
    if (hashRate > 0) this.#lastHashed = { atMs: this.#nowMs(), hashRate };
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { saysPaused, uptimeSeconds, shares } = this.#rig.look();
    const last = this.#lastHashed;
    const rate = last !== undefined && this.#nowMs() - last.atMs < WINDOW_MS ? last.hashRate : null;
    return {
      id: `a1b2c3d4${digitsOf(this.#rig.traits.id)}`,
      worker_id: this.#rig.traits.id,
      uptime: Math.floor(uptimeSeconds),
      restricted: this.#restricted(),
      algo: 'rx/0',
      version: '6.26.0',
      kind: 'miner',
      paused: saysPaused,
      results: { shares_good: 18 + shares, shares_total: 19 + shares },
      // The averages over a minute and a quarter of an hour stay high after a pause.
      hashrate: { total: [rate, this.#rig.traits.hashRate, this.#rig.traits.hashRate], highest: this.#rig.traits.hashRate },
    };
  }

  #rpc(body: string): Readonly<Record<string, unknown>> {
    const method = methodIn(body);
    if (method !== undefined && this.methods.length < METHODS_LIMIT) this.methods.push(method);
    if (method !== 'pause' && method !== 'resume' && method !== 'stop') return failure(-32601, 'Method not found');
    if (method === 'resume' && this.#onBattery) return DONE;
    if (method === 'stop') this.#rig.misbehave({ willNotWake: true });
    const answer = this.#rig.order(method === 'resume' ? 'resume' : 'pause');
    return answer === 'refused' ? failure(-32603, 'Internal error') : DONE;
  }
}

const DONE = { result: { status: 'OK' }, jsonrpc: '2.0', id: 1 };

function failure(code: number, message: string): Readonly<Record<string, unknown>> {
  return { error: { code, message }, jsonrpc: '2.0', id: 1 };
}

function methodIn(body: string): string | undefined {
  try {
    const { method } = JSON.parse(body) as { readonly method?: unknown };
    return typeof method === 'string' ? method : undefined;
  } catch {
    return undefined;
  }
}
