// The words of Braiins OS before its REST API: GraphQL (21.09 to 25.05) and port 4028. Neither has a word for paused, so
// that is told from two figures at once.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { rpmsIn, within } from './braiins.ts';
import { type Answerer, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf, parsed } from './json.ts';
import { hashRateOf, measureOf, type Row, stateAwake, textOf, wordOf } from './rows-4028.ts';

export const GRAPHQL = '/graphql';

/** Everything of one look. */
export const GRAPHQL_LOOK =
  '{bos{info{version{full}} uptime{durationS}} bosminer{info{fans{rpm} summary{power{approxConsumptionW limitW}} ' +
  'workSolver{realHashrate{mhs5S} childSolvers{temperatures{name degreesC}}}}}}';
export const GRAPHQL_POOLS = '{bosminer{config{... on BosminerConfig{groups{pools{url user}}}}}}';
export const GRAPHQL_STOP = 'mutation{bosminer{stop{... on VoidResult{void}}}}';
export const GRAPHQL_START = 'mutation{bosminer{start{... on VoidResult{void}}}}';
export const GRAPHQL_REBOOT = 'mutation{bos{reboot{... on VoidResult{void}}}}';
export const GRAPHQL_LIMIT =
  'mutation($limit:Int!){bosminer{config{updateAutotuning(input:{powerTarget:$limit},apply:true){... on AutotuningOut{autotuning{powerTarget enabled}}}}}}';

/** The body of a question. */
export function graphqlBody(query: string, variables?: Readonly<Record<string, number>>): string {
  return JSON.stringify(variables === undefined ? { query } : { query, variables });
}

/** In the words that clients in the field use; what JSON escapes in a text, GraphQL escapes alike. */
export function graphqlLogin(username: string, password: string): string {
  const [user, secret] = [JSON.stringify(username), JSON.stringify(password)];
  return graphqlBody(`mutation{auth{login(username:${user},password:${secret}){... on VoidResult{void}}}}`);
}

/** The cookies that go with every question, where the login agreed. */
export function cookieIn({ status, body, cookies = [] }: HttpAnswer): Readonly<Record<string, string>> | undefined {
  const agreed = status === 200 && within(objectOf(parsed(body)), 'data', 'auth', 'login')?.has('void') === true;
  const kept = cookies.flatMap((cookie) => cookie.split(';')[0]?.trim() ?? []).filter((one) => /^[\x21-\x7e]{1,4096}$/.test(one));
  return agreed && kept.length > 0 ? { cookie: kept.join('; ') } : undefined;
}

/** Whether it wants a login: by its status, or in words beside no data. */
export function graphqlWantsLogin({ status, body }: HttpAnswer): boolean {
  if (status === 401 || status === 403) return true;
  const said = objectOf(parsed(body));
  const errors = said?.get('errors');
  if (!Array.isArray(errors) || objectOf(said?.get('data')) !== undefined) return false;
  return errors.some((one: unknown) => /auth|log(ged)? ?in|permission|forbidden/i.test(textOf(objectOf(one), 'message') ?? ''));
}

/** Whether who gave this answer to a look speaks GraphQL at all. */
export function isGraphql({ status, body, challenges = [] }: HttpAnswer): boolean {
  const said = objectOf(parsed(body));
  if (status === 401 || status === 403) return challenges.length === 0 && said !== undefined;
  return status === 200 && (within(said, 'data', 'bos') !== undefined || Array.isArray(said?.get('errors')));
}

/** The member `data` of a good answer. */
export function dataIn(answer: HttpAnswer, from: Answerer): Outcome<Row> {
  if (answer.status === 404 || answer.status === 405) {
    return failed('unsupported', `${from.where} speaks no GraphQL any more: is this really ${from.who}?`, 'later');
  }
  if (answer.status !== 200) return failed('refused', `${from.where} refused it (HTTP ${answer.status}): see its page, and restart it`);
  const found = objectIn(answer, from);
  if (!found.ok) return found;
  const data = within(found.value, 'data');
  return data === undefined ? failed('refused', `${from.where} gives no data: its miner process may not run; see its page`) : ok(data);
}

/** A yes has its own type, and `void` in it; a no has another, and nothing that was asked for. */
export function voidIn(answer: HttpAnswer, path: readonly string[], from: Answerer): Outcome {
  const data = dataIn(answer, from);
  if (!data.ok) return data;
  if (within(data.value, ...path)?.has('void') === true) return ok(undefined);
  return failed('refused', `${from.where} does not agree to ${path.join(' ')}: see its page`);
}

/** What an older firmware tells in one look; each absent where it does not. */
export interface OlderLook {
  /** H/s, over 5 s */
  readonly hashRate: number | undefined;
  /** W, from the data of its tuner: no meter */
  readonly watts: number | undefined;
  /** W that its tuner keeps to */
  readonly target?: number | undefined;
  /** of its system or of its miner */
  readonly uptimeSeconds: number | undefined;
  /** of its miner alone */
  readonly minerSeconds?: number | undefined;
  readonly temperatureC: number | undefined;
  readonly boardTemperatureC: number | undefined;
  readonly fansRpm: readonly number[] | undefined;
  readonly firmware: string | undefined;
}

/** MH/s */
const MEGAHASH_LIMIT = 1e12;
const WATTS_LIMIT = 20_000;
const UPTIME_LIMIT_SECONDS = 1e9;
const CELSIUS_LIMIT = 200;
const BOARDS_LIMIT = 16;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, BOARDS_LIMIT) : []);

function hottest(rows: readonly (Row | undefined)[], key: string): number | undefined {
  // It writes 0 for a sensor that was not read yet.
  const told = rows.flatMap((row) => measureOf(row, key, CELSIUS_LIMIT) ?? []).filter((one) => one > 0);
  return told.length === 0 ? undefined : Math.max(...told);
}

/** From the data of `GRAPHQL_LOOK`. */
export function graphqlLookIn(data: Row): OlderLook {
  const info = within(data, 'bosminer', 'info');
  const solver = within(info, 'workSolver');
  const power = within(info, 'summary', 'power');
  const megahash = measureOf(within(solver, 'realHashrate'), 'mhs5S', MEGAHASH_LIMIT);
  const sensors = listOf(solver?.get('childSolvers'))
    .flatMap((board) => listOf(objectOf(board)?.get('temperatures')))
    .map(objectOf);
  const named = (name: string): readonly (Row | undefined)[] => sensors.filter((one) => textOf(one, 'name') === name);
  const version = wordOf(within(data, 'bos', 'info', 'version'), 'full');
  return {
    hashRate: megahash === undefined ? undefined : megahash * 1e6,
    watts: measureOf(power, 'approxConsumptionW', WATTS_LIMIT),
    target: measureOf(power, 'limitW', WATTS_LIMIT),
    uptimeSeconds: measureOf(within(data, 'bos', 'uptime'), 'durationS', UPTIME_LIMIT_SECONDS),
    temperatureC: hottest(named('Max Chip'), 'degreesC'),
    boardTemperatureC: hottest(named('Max Board'), 'degreesC'),
    fansRpm: rpmsIn(info?.get('fans'), 'rpm'),
    firmware: version === undefined ? undefined : `Braiins OS ${version}`,
  };
}

export interface SocketRows {
  readonly summary: Row | undefined;
  readonly tuner: Row | undefined;
  readonly fans: readonly Row[];
  readonly temps: readonly Row[];
  readonly firmware: string | undefined;
}

/** From the answers of port 4028. */
export function socketLookIn({ summary, tuner, fans, temps, firmware }: SocketRows): OlderLook {
  const elapsed = measureOf(summary, 'Elapsed', UPTIME_LIMIT_SECONDS);
  return {
    hashRate: hashRateOf(summary),
    watts: measureOf(tuner, 'ApproximateMinerPowerConsumption', WATTS_LIMIT),
    uptimeSeconds: elapsed,
    minerSeconds: elapsed,
    temperatureC: hottest(temps, 'Chip'),
    boardTemperatureC: hottest(temps, 'Board'),
    fansRpm: rpmsIn(
      fans.map((row) => ({ rpm: row.get('RPM') })),
      'rpm',
    ),
    firmware,
  };
}

/** Whether a row of `VERSION` is of its miner: `BOSminer`, `BOSminer+`, `BOSer`. */
export function isBosminer(row: Row | undefined): boolean {
  return [...(row?.keys() ?? [])].some((key) => /^bos(miner|er)/i.test(key));
}

/** At or below this, W, its tuner takes no board to be lit. */
const DARK_WATTS = 100;
const STARTING_SECONDS = 900;

/**
 * Paused: no hash in 5 s, and its tuner counts no board that draws. While its miner starts that looks the same: so only of
 * one that has run for long, or behind a pause of ours that it has taken since.
 */
export function olderState(
  { hashRate, watts, uptimeSeconds, minerSeconds = 0 }: Pick<OlderLook, 'hashRate' | 'watts' | 'uptimeSeconds' | 'minerSeconds'>,
  pausedSinceStart: boolean,
): 'hashing' | 'paused' | 'starting' | 'unknown' {
  const dark = hashRate === 0 && watts !== undefined && watts <= DARK_WATTS;
  if (dark && (minerSeconds >= STARTING_SECONDS || pausedSinceStart)) return 'paused';
  return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
}
