// A simulated rig with the mouths of Braiins OS on 127.0.0.1: the REST API of 25.07 and later with its tokens, the GraphQL
// before it with its cookie, and port 4028 beside either, or alone.
import type { SimRig } from '../sim/rig.ts';
import type { Reply4028, Request4028 } from '../wire/serve-4028.ts';
import { BraiinsGraphqlMouth } from './braiins-rig-graphql.ts';
import { BraiinsRestMouth } from './braiins-rig-rest.ts';
import { poolRow } from './owners-pool.ts';
import { serveRig4028 } from './server-4028.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

/** What it is, behind all of its mouths. */
export interface BraiinsRig {
  readonly rig: SimRig;
  /** monotonic ms, for the life of tokens; best the rig's own */
  readonly nowMs: () => number;
  /** of root */
  readonly password: string;
  /** W that its tuner keeps to; absent: it is tuned to something else */
  target: number | undefined;
  /** its miner process does not run: its fans go at full speed */
  stopped: boolean;
  blinks: boolean;
  /** of which nothing may ever be changed */
  readonly settings: { readonly pools: readonly string[]; readonly fans: string };
}

export interface BraiinsFakeOptions {
  readonly rig: SimRig;
  readonly nowMs: () => number;
  /** what its page speaks: rest (25.07 and later), graphql (before), nothing (long before). Default rest. */
  readonly speaks?: 'rest' | 'graphql' | 'nothing';
  /** of root. Default `pass word`. */
  readonly password?: string;
  /** Whether port 4028 is open. Default true. */
  readonly api?: boolean;
  /** whether that knows `pause`. Default true. */
  readonly apiPauses?: boolean;
  /** Default 3500; undefined: it is tuned to something else */
  readonly target?: number | undefined;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface BraiinsFake extends RigServerHttp {
  /** undefined where it is not open */
  readonly apiPort: number | undefined;
  /** what port 4028 was asked */
  readonly apiAsked: readonly string[];
  readonly state: BraiinsRig;
  /** Another firmware is put on it. */
  update(speaks: 'rest' | 'graphql' | 'nothing'): void;
  /** The page answers 502, as while the rest of it starts. */
  pageIsUp(up: boolean): void;
}

export async function startBraiinsFake(options: BraiinsFakeOptions): Promise<BraiinsFake> {
  const { rig, nowMs, password = 'pass word', api = true, apiPauses = true, port } = options;
  const target = 'target' in options ? options.target : 3500;
  const settings = { pools: ['stratum+tcp://pool.example:3333'], fans: 'auto 60' };
  const state: BraiinsRig = { rig, nowMs, password, target, stopped: false, blinks: false, settings };
  const page = new Page(state, options.speaks ?? 'rest');
  const http = await serveRigHttp(rig, page, port);
  const mouth = { who: 'BOSer boser-buildroot 0.1.0', say: (asked: Request4028) => said4028(state, asked, apiPauses) };
  const socket = api ? await serveRig4028(rig, mouth) : undefined;
  return {
    ...http,
    apiPort: socket?.port,
    apiAsked: socket?.asked ?? [],
    state,
    update: (speaks) => page.become(speaks),
    pageIsUp: (up) => {
      page.up = up;
    },
    close: async () => {
      await http.close();
      await socket?.close();
    },
  };
}

const FIRST_PAGE = '<!DOCTYPE html><html><head><title>Braiins OS</title></head><body></body></html>';

class Page implements MouthHttp {
  up = true;
  readonly #state: BraiinsRig;
  #mouth: MouthHttp;

  constructor(state: BraiinsRig, speaks: 'rest' | 'graphql' | 'nothing') {
    this.#state = state;
    this.#mouth = this.#speaking(speaks);
  }

  become(speaks: 'rest' | 'graphql' | 'nothing'): void {
    this.#mouth = this.#speaking(speaks);
  }

  say(asked: HttpAsked): HttpReply {
    return this.up ? this.#mouth.say(asked) : { status: 502, text: '<html>Bad Gateway</html>' };
  }

  #speaking(speaks: 'rest' | 'graphql' | 'nothing'): MouthHttp {
    if (speaks === 'rest') return new BraiinsRestMouth(this.#state);
    if (speaks === 'graphql') return new BraiinsGraphqlMouth(this.#state);
    // The page of the very old ones answers everything with itself.
    return { say: ({ path }) => (path === '/' ? { status: 200, text: FIRST_PAGE } : { status: 404, text: FIRST_PAGE }) };
  }
}

function said4028({ rig, stopped, settings }: BraiinsRig, { command }: Request4028, pauses: boolean): Reply4028 {
  if (stopped) return { letter: 'E', code: 1, message: 'BOSminer is not running' };
  const { hashRate, level, saysWatts, uptimeSeconds, saysPaused } = rig.look();
  switch (command) {
    case 'version':
      return { letter: 'S', code: 22, message: 'BOSer versions', sections: { VERSION: [{ API: '3.7', BOSer: 'boser-buildroot 0.1.0' }] } };
    case 'summary': {
      // The averages stay high for long: whoever reads them for the present is found out.
      const full = rig.traits.hashRate / 1e6;
      const row = { Elapsed: Math.floor(uptimeSeconds), 'MHS 5s': hashRate / 1e6, 'MHS 1m': full, 'MHS 15m': full, 'MHS av': full };
      return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [row] } };
    }
    case 'tunerstatus': {
      const row = { ApproximateMinerPowerConsumption: level === 0 ? 0 : Math.round(saysWatts), PowerLimit: 3500 };
      return { letter: 'S', code: 201, message: 'Tuner Status', sections: { TUNERSTATUS: [row] } };
    }
    case 'pools':
      return { letter: 'S', code: 7, message: 'Pools', sections: { POOLS: settings.pools.map((url) => poolRow(rig, url)) } };
    case 'fans':
      return {
        letter: 'S',
        code: 202,
        message: '2 Fan(s)',
        sections: {
          FANS: [
            { ID: 0, RPM: 4_200 },
            { ID: 1, RPM: 4_260 },
          ],
        },
      };
    case 'temps':
      return {
        letter: 'S',
        code: 203,
        message: 'Temps',
        sections: {
          TEMPS: [
            { Board: 58.5, Chip: 74, ID: 6 },
            { Board: 60, Chip: 0, ID: 7 },
          ],
        },
      };
    case 'pause':
    case 'resume': {
      if (!pauses) return { letter: 'E', code: 14, message: 'Invalid command' };
      const already = saysPaused === (command === 'pause');
      const answer = rig.order(command);
      if (answer === 'refused' || answer === 'locked') return { letter: 'E', code: 45, message: `Access denied to '${command}' command` };
      if (already) return { letter: 'E', code: 221, message: `Already ${command}d` };
      return { letter: 'S', code: 220, message: 'Done' };
    }
    default:
      return { letter: 'E', code: 14, message: 'Invalid command' };
  }
}
