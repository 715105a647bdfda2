// What xmrig answers on HTTP: its summary, and its word to an order by JSON-RPC. Pure. As xmrig 6 does it.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type Answerer, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf } from './json.ts';
import { POOL_PLAIN, poolsIn } from './pools.ts';
import { measureOf, SHARES_LIMIT, stateAwake, textOf, wordOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';
import { forPeople } from './socket4028.ts';

/** What a summary says; each absent where it does not. */
export interface XmrigSeen {
  readonly state: RigReading['state'];
  /** H/s of the last 10 s in which it hashed: up to 10 s after a pause it is still what it was */
  readonly hashRate: number | undefined;
  readonly algorithm: string | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly acceptedShares: number | undefined;
  /** made of its MAC and its port, or chosen by its owner */
  readonly identity: string | undefined;
  readonly firmware: string | undefined;
}

export const SUMMARY_PATH = '/2/summary';
export const CONFIG_PATH = '/2/config';
export const RPC_PATH = '/json_rpc';

/** H/s; all of Monero is some 1e10, and other coins that it can hash are below 1e15 */
const HASH_RATE_LIMIT = 1e16;
const UPTIME_LIMIT_SECONDS = 1e9;
/** At 0 H/s for no longer than this it is taken to be starting: the dataset of RandomX takes up to a minute or two. */
const STARTING_SECONDS = 180;

/** The look in an answer of status 200; a fault where it is no summary of a miner. */
export function summaryIn(answer: HttpAnswer, from: Answerer): Outcome<XmrigSeen> {
  const body = objectIn(answer, from);
  if (!body.ok) return body;
  const summary = body.value;
  const kind = textOf(summary, 'kind');
  if (kind !== undefined && kind !== 'miner') {
    return failed('garbled', `${from.where} is a ${forPeople(kind, 20)} and no miner: name the miner itself`);
  }
  const rates = objectOf(summary.get('hashrate'));
  if (rates === undefined) return failed('garbled', `${from.where} answered no summary: is this really ${from.who}?`);
  const total: unknown = rates.get('total');
  // Null until it has hashed for 10 s, and after 10 s of none.
  const hashRate = Array.isArray(total) ? measureOf(new Map([['rate', total[0] as unknown]]), 'rate', HASH_RATE_LIMIT) : undefined;
  const uptimeSeconds = measureOf(summary, 'uptime', UPTIME_LIMIT_SECONDS);
  const version = wordOf(summary, 'version');
  return ok({
    state: stateIn(summary.get('paused'), hashRate, uptimeSeconds),
    hashRate,
    algorithm: algorithmIn(wordOf(summary, 'algo')),
    uptimeSeconds,
    acceptedShares: measureOf(objectOf(summary.get('results')), 'shares_good', SHARES_LIMIT),
    identity: identityIn(wordOf(summary, 'id')),
    firmware: version === undefined ? undefined : `xmrig ${version}`,
  });
}

/** Paused by its own word. Without a rate it may be starting, or have lost its pool. */
function stateIn(paused: unknown, hashRate: number | undefined, uptimeSeconds: number | undefined): XmrigSeen['state'] {
  if (paused === true) return 'paused';
  return paused === false ? stateAwake({ hashRate: hashRate ?? 0, uptimeSeconds }, STARTING_SECONDS) : 'unknown';
}

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^rx\//, 'randomx'],
  [/^cn(-\w+)?\//, 'cryptonight'],
  [/^argon2\//, 'argon2'],
];

/** rx/0 and its like in the words of the field; others as they are. */
function algorithmIn(word: string | undefined): string | undefined {
  if (word === undefined || !/^[a-z0-9/_-]{1,32}$/.test(word)) return undefined;
  return FAMILIES.find(([pattern]) => pattern.test(word))?.[1] ?? word;
}

function identityIn(word: string | undefined): string | undefined {
  return word !== undefined && /[^0]/.test(word) ? word : undefined;
}

/** Whose threads are clocks: what the owner lets it have of his processors and cards. */
const BACKENDS = ['cpu', 'opencl', 'cuda'];

/** What its owner set, of its configuration, in an answer of status 200. Nothing of it changes while xmrig runs, but by his hand. */
export function settingsIn(answer: HttpAnswer, from: Answerer): Outcome<RigSettings | undefined> {
  const body = objectIn(answer, from);
  if (!body.ok) return body;
  return ok(settingsPrint({ pools: poolsIn(body.value.get('pools'), POOL_PLAIN), clocks: valuesOf(body.value, BACKENDS) }));
}

/** The one write of an order. */
export function encodeRpc(method: string): string {
  return JSON.stringify({ method, id: 1 });
}

/** JSON-RPC's "Method not found". */
const NO_METHOD = -32601;

/** Its word to an order, in an answer of status 200: `done`, or `unknown` where it has no such method. */
export function rpcIn(answer: HttpAnswer, method: string, from: Answerer): Outcome<'done' | 'unknown'> {
  const body = objectIn(answer, from);
  if (!body.ok) return body;
  if (textOf(objectOf(body.value.get('result')), 'status') === 'OK') return ok('done');
  const error = objectOf(body.value.get('error'));
  if (error === undefined) return failed('garbled', `${from.where}: ${method}: neither done nor refused: is this really ${from.who}?`);
  const code = error.get('code');
  if (code === NO_METHOD) return ok('unknown');
  const said = forPeople(textOf(error, 'message') ?? '');
  return failed(
    'refused',
    `${from.where}: ${method}: it refused (${typeof code === 'number' ? code : 'no code'}${said === '' ? '' : `: ${said}`})`,
  );
}
