// The scan: every address of a network is knocked at, gently. Many addresses at a time, one connection at a time per address,
// a bound on everything; what is found is then read once by its own driver, where that needs no password.
import { setMaxListeners } from 'node:events';
import type { Fault, Outcome } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { rigDriver } from '../rigs/registry.ts';
import { addressBook } from '../transports/address-book.ts';
import { type Knock, knock } from '../transports/knock.ts';
import { driverOf, type Family } from './families.ts';
import { type Confidence, type Identity, identify, type QuestionName } from './identify.ts';
import { type At, optionsFor } from './options.ts';
import { type Heard, isThere, nextQuestion, type Question, type ScanPorts, USUAL_PORTS } from './questions.ts';

/** Addresses that are asked at a time. */
const AT_A_TIME = 128;
const CONNECT_MS = 1_000;
/** For the second port of a machine that was not there at the first: the network knows by now whether it is. */
const CONNECT_AGAIN_MS = 500;
const ANSWER_MS = 2_000;
/** What is longer is a page, of which the begin says enough. */
const ANSWER_LIMIT = 64 * 1024;
const READ_MS = 8_000;

/** s that so many addresses at which nobody is take at most. */
export function emptySeconds(addresses: number): number {
  return (Math.ceil(addresses / AT_A_TIME) * (CONNECT_MS + CONNECT_AGAIN_MS)) / 1000;
}

export interface Found {
  readonly host: string;
  /** where it is not the one that its driver takes by itself */
  readonly port?: number;
  readonly family: Family;
  readonly confidence: Confidence;
  /** name of the driver that speaks to it; absent: there is none yet */
  readonly driver?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly mac?: string;
  /** what it told its driver, asked once */
  readonly reading?: RigReading;
  /** why its driver learnt nothing from it: mostly that it wants a password */
  readonly unread?: string;
  /** W that it said it draws now, where no driver read it */
  readonly watts?: number;
}

/** A machine that listens where miners do and is none that is known. */
export interface Stranger {
  readonly host: string;
  readonly say: string;
}

export interface ScanResult {
  readonly found: readonly Found[];
  readonly strangers: readonly Stranger[];
  /** addresses at which somebody is */
  readonly there: number;
  readonly looked: number;
  /** addresses that were not looked at before the end came */
  readonly left: number;
}

export interface ScanWish {
  readonly hosts: readonly string[];
  /** monotonic ms */
  readonly nowMs: () => number;
  /** ends it; what was found until then is given */
  readonly signal: AbortSignal;
  readonly ports?: ScanPorts;
  /** told after each address */
  readonly progress?: (state: { readonly looked: number; readonly of: number; readonly found: number }) => void;
}

interface Looked {
  readonly there: boolean;
  readonly found?: Found;
  readonly stranger?: Stranger;
}

/** In the order of the addresses. Never rejects. */
export async function scan(wish: ScanWish): Promise<ScanResult> {
  const { hosts, signal, progress } = wish;
  // Everybody who is asked listens to it.
  setMaxListeners(0, signal);
  const results = new Map<string, Looked>();
  let found = 0;
  const waiting = hosts.values();
  const lane = async (): Promise<void> => {
    for (const host of waiting) {
      if (signal.aborted) return;
      const looked = await lookAt(host, wish);
      // Broken off in the middle it may have been anybody.
      if (signal.aborted && looked.found === undefined) return;
      results.set(host, looked);
      if (looked.found !== undefined) found += 1;
      progress?.({ looked: results.size, of: hosts.length, found });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, hosts.length) }, lane));
  const ordered = hosts.flatMap((host) => results.get(host) ?? []);
  return {
    found: ordered.flatMap((one) => one.found ?? []),
    strangers: ordered.flatMap((one) => one.stranger ?? []),
    there: ordered.filter((one) => one.there).length,
    looked: results.size,
    left: hosts.length - results.size,
  };
}

async function lookAt(host: string, wish: ScanWish): Promise<Looked> {
  const heard = {
    answers: new Map<QuestionName, Uint8Array>(),
    ports: new Map<keyof ScanPorts, Knock['kind']>(),
    asked: new Set<QuestionName>(),
  };
  for (let question = nextQuestion(heard); question !== undefined && !wish.signal.aborted; question = nextQuestion(heard)) {
    const outcome = await put(question, { host, wish, again: heard.ports.size > 0 && !isThere(heard) });
    heard.asked.add(question.name);
    // One that drips is not asked again.
    heard.ports.set(question.port, outcome.kind === 'answered' && outcome.late ? 'silent' : outcome.kind);
    if (outcome.kind === 'answered') heard.answers.set(question.name, outcome.bytes);
  }
  const identity = identify(heard.answers);
  if (identity !== undefined) return { there: true, found: await readBy(host, identity, wish) };
  const stranger = strangerAt(host, heard);
  return { there: isThere(heard), ...(stranger !== undefined && { stranger }) };
}

function put(
  question: Question,
  { host, wish, again }: { readonly host: string; readonly wish: ScanWish; readonly again: boolean },
): Promise<Knock> {
  return knock({
    address: host,
    port: (wish.ports ?? USUAL_PORTS)[question.port],
    payload: question.payload(host),
    connectMs: again ? CONNECT_AGAIN_MS : CONNECT_MS,
    answerMs: ANSWER_MS,
    limit: ANSWER_LIMIT,
    isWhole: question.isWhole,
    signal: wish.signal,
  });
}

/** Only port 4028 says that a miner may be there: web servers are in every home. */
function strangerAt(host: string, { ports }: Heard): Stranger | undefined {
  const miner = ports.get('miner');
  if (miner === 'silent') return { host, say: 'listens on 4028 and answers nothing: does its api-allow name this machine?' };
  return miner === 'answered' ? { host, say: 'answers on 4028 in words that are not known' } : undefined;
}

/** One reading by its driver, without any password: it shows that the two understand each other, and what the rig draws. */
async function readBy(host: string, identity: Identity, wish: ScanWish): Promise<Found> {
  const { watts, by: _, ...who } = identity;
  const driver = driverOf(who.family);
  const port = portOf(identity, wish.ports);
  const found: Found = { host, ...who, ...(port !== undefined && { port }), ...(driver !== undefined && { driver }) };
  const untold = { ...found, ...(watts !== undefined && { watts }) };
  const outcome = driver === undefined ? undefined : await readOnce(driver, { host, ...(port !== undefined && { port }) }, wish);
  if (outcome === undefined) return untold;
  return outcome.ok ? withReading(found, outcome.value) : { ...untold, unread: unreadOf(driver, outcome.fault) };
}

/** Its driver would have a file mended that nobody has named yet. */
function unreadOf(driver: string | undefined, { code, detail }: Fault): string {
  const hasLogin = rigDriver(driver ?? '')?.secretFiles !== undefined;
  return code === 'unauthorized' && hasLogin ? 'tells nothing more without a login, and a scan tries none' : detail;
}

/** Undefined where the driver wants more than can be known, or reads nothing. A secret that it wants it does not get, so none is tried. */
async function readOnce(driver: string, at: At, { nowMs, signal }: ScanWish): Promise<Outcome<RigReading> | undefined> {
  const kind = rigDriver(driver);
  const options = kind === undefined ? undefined : optionsFor(kind, at, 'not-known')?.options;
  if (kind === undefined || options === undefined) return undefined;
  const addresses = addressBook(() => Promise.reject(new Error('addresses only')));
  const rig = kind.open(options, { rig: 'scan', nowMs, addresses, secrets: new Map() });
  try {
    return await rig.read?.(AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]));
  } finally {
    await rig.close();
  }
}

function withReading(found: Found, reading: RigReading): Found {
  const mac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(reading.identity ?? '') ? reading.identity?.toLowerCase() : undefined;
  const firmware = found.firmware ?? reading.firmware;
  return { ...found, reading, ...(firmware !== undefined && { firmware }), ...(found.mac === undefined && mac !== undefined && { mac }) };
}

const ON_THE_WEB: readonly Family[] = [
  'antminer',
  'antminer-old',
  'vnish',
  'braiins',
  'axeos',
  'nerdqaxe',
  'mara',
  'elphapex',
  'goldshell',
  'iceriver',
];

/** xmrig has no port of its own; others only where a test has them. */
function portOf({ family, by }: Identity, ports: ScanPorts | undefined): number | undefined {
  if (family === 'xmrig') return (ports ?? USUAL_PORTS)[by === 'xmrig' ? 'xmrig' : 'second'];
  if (family === 'trex') return ports?.trex;
  if (family === 'auradine') return ports?.second;
  return ON_THE_WEB.includes(family) ? ports?.web : ports?.miner;
}
