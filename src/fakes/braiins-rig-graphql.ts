// The GraphQL of a simulated rig under an older Braiins OS: reads for everybody, changes for whoever brings its cookie.
import type { BraiinsRig } from './braiins-rig.ts';
import { poolOf } from './owners-pool.ts';
import type { HttpAsked, HttpReply, MouthHttp } from './server-http.ts';

const LEAST_TARGET = 1_500;

interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export class BraiinsGraphqlMouth implements MouthHttp {
  readonly #state: BraiinsRig;
  #session: string | undefined;
  #count = 0;

  constructor(state: BraiinsRig) {
    this.#state = state;
  }

  say({ method, path, body, headers }: HttpAsked): HttpReply {
    if (`${method} ${path}` !== 'POST /graphql') return { status: 404, text: '<html>404 Not Found</html>' };
    const asked = questionIn(body);
    if (asked === undefined) return { status: 400, json: { errors: [{ message: 'expected a query' }] } };
    if (asked.query.includes('auth{login')) return this.#login(asked.query);
    if (asked.query.includes('BosminerConfig')) return { status: 200, json: { data: this.#config() } };
    if (!asked.query.startsWith('mutation')) return { status: 200, json: { data: this.#look() } };
    const known = this.#session !== undefined && headers.cookie?.includes(`session_id=${this.#session}`) === true;
    if (!known) return { status: 200, json: { data: null, errors: [{ message: 'Unauthorized: log in first' }] } };
    return this.#change(asked);
  }

  #login(query: string): HttpReply {
    const [, username, password] = /login\(username:("(?:[^"\\]|\\.)*"),password:("(?:[^"\\]|\\.)*")\)/.exec(query) ?? [];
    const right = username === '"root"' && password !== undefined && JSON.parse(password) === this.#state.password;
    if (!right) return { status: 200, json: { data: { auth: { login: {} } } } };
    this.#count++;
    this.#session = `s${this.#count}0a1b2c`;
    const cookie = `session_id=${this.#session}; Path=/; HttpOnly`;
    return { status: 200, json: { data: { auth: { login: { void: null } } } }, headers: { 'set-cookie': [cookie] } };
  }

  #change({ query, variables }: Question): HttpReply {
    const { rig } = this.#state;
    if (query.includes('reboot')) {
      rig.reboot();
      return { status: 200, json: { data: { bos: { reboot: { void: null } } } } };
    }
    if (query.includes('updateAutotuning')) return this.#setTarget(variables['limit']);
    const word = query.includes('bosminer{stop') ? 'stop' : query.includes('bosminer{start') ? 'start' : undefined;
    if (word === undefined) return { status: 200, json: { data: null, errors: [{ message: 'Unknown field' }] } };
    const done = rig.order(word === 'stop' ? 'pause' : 'resume') === 'done';
    if (done && !rig.quirks.ignores) this.#state.stopped = word === 'stop';
    return { status: 200, json: { data: { bosminer: { [word]: done ? { void: null } : {} } } } };
  }

  #setTarget(limit: unknown): HttpReply {
    const good = typeof limit === 'number' && limit >= LEAST_TARGET;
    if (good) this.#state.target = limit;
    const updated = good ? { autotuning: { enabled: true, powerTarget: limit } } : {};
    return { status: 200, json: { data: { bosminer: { config: { updateAutotuning: updated } } } } };
  }

  #config(): Readonly<Record<string, unknown>> {
    const { rig, settings } = this.#state;
    return { bosminer: { config: { groups: [{ pools: settings.pools.map((url) => ({ url: poolOf(rig, url), user: 'farm.worker' })) }] } } };
  }

  #look(): Readonly<Record<string, unknown>> {
    const { rig, stopped, target } = this.#state;
    const { hashRate, level, saysWatts, uptimeSeconds } = rig.look();
    const bos = { info: { version: { full: '2025-02-02-0-0badcafe-25.01-plus' } }, uptime: { durationS: Math.floor(uptimeSeconds) } };
    if (stopped) return { bos, bosminer: { info: null } };
    const board = (chip: number, pcb: number): unknown => ({
      temperatures: [
        { name: 'Max Board', degreesC: pcb },
        { name: 'Max Chip', degreesC: chip },
      ],
    });
    const info = {
      fans: [{ rpm: 6_100 }, { rpm: 6_130 }],
      summary: { power: { approxConsumptionW: level === 0 ? 0 : Math.round(saysWatts), limitW: target ?? null } },
      workSolver: { realHashrate: { mhs5S: hashRate / 1e6 }, childSolvers: [board(74.5, 59), board(72, 60.5)] },
    };
    return { bos, bosminer: { info } };
  }
}

function questionIn(body: string): Question | undefined {
  try {
    const { query, variables } = JSON.parse(body) as { readonly query?: unknown; readonly variables?: object };
    return typeof query === 'string' ? { query, variables: { ...variables } } : undefined;
  } catch {
    return undefined;
  }
}
