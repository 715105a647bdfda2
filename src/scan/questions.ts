// What is asked of an address, in which order, and when no more is asked. Reads only, no password, one connection at a time;
// who has said who he is is asked no more than what a configuration wants to know. Pure.
import type { KnockQuestion } from '../transports/knock.ts';
import { glanceAt, glanceRequest, isWholeGlance } from '../wire/http-glance.ts';
import { encode4028 } from '../wire/socket4028.ts';
import { type Answers, type Identity, identify, type QuestionName } from './identify.ts';

/** Where rigs answer; others only for tests. */
export interface ScanPorts {
  /** cgminer's API and its kin */
  readonly miner: number;
  readonly web: number;
  /** Whatsminer's API 3 */
  readonly framed: number;
  /** of the example in xmrig's documentation: it has none of its own */
  readonly xmrig: number;
  /** where xmrig is put as well, and where a Teraflux answers */
  readonly second: number;
  readonly trex: number;
}

export const USUAL_PORTS: ScanPorts = { miner: 4028, web: 80, framed: 4433, xmrig: 44_444, second: 8080, trex: 4067 };

type PortName = keyof ScanPorts;

/** What came of the questions so far. */
export interface Heard {
  readonly answers: Answers;
  /** of each port that was knocked at, what came of the last knock */
  readonly ports: ReadonlyMap<PortName, 'answered' | 'silent' | 'refused' | 'absent'>;
  readonly asked: ReadonlySet<QuestionName>;
}

export interface Question {
  readonly name: QuestionName;
  readonly port: PortName;
  readonly payload: (host: string) => string | Uint8Array;
  readonly isWhole: KnockQuestion['isWhole'];
}

interface Planned extends Question {
  readonly when: (heard: Heard, found: Identity | undefined) => boolean;
}

const NUL = 0;
const endsWithNul = (bytes: Uint8Array): boolean => bytes.includes(NUL) || isWholeGlance(bytes);

function miner(name: QuestionName, text: string, when: Planned['when']): Planned {
  return { name, port: 'miner', payload: () => text, isWhole: endsWithNul, when };
}

function web(name: QuestionName, path: string, when: Planned['when'], port: PortName = 'web'): Planned {
  return { name, port, payload: (host) => glanceRequest(host, path), isWhole: isWholeGlance, when };
}

/** The whole of one frame of Whatsminer's API 3. */
function isWholeFrame(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes.length >= 4 + Buffer.from(bytes).readUInt32LE(0);
}

function framed(text: string): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
}

const isSure = (found: Identity | undefined): boolean => found?.confidence === 'sure';
const open = (heard: Heard, port: PortName): boolean => heard.ports.get(port) === 'answered';

/** Whether a machine is there at all: it answered, or refused. */
export function isThere({ ports }: Heard): boolean {
  return [...ports.values()].some((what) => what !== 'absent');
}

/** What the web server says of itself is only asked for in more words where it might be a rig's. */
const mayTellMore = (heard: Heard, found: Identity | undefined): boolean => open(heard, 'web') && !isSure(found) && !isRouter(heard);

/** A login page of its own kind, which no rig has: what stands behind it is not ours to ask. */
function isRouter({ answers }: Heard): boolean {
  const home = answers.get('home');
  const glance = home === undefined ? undefined : glanceAt(home);
  return glance?.status === 401 && /^basic/i.test(glance.headers.get('www-authenticate') ?? '');
}

const PLAN: readonly Planned[] = [
  miner('version', encode4028('version'), () => true),
  miner('config', encode4028('config'), (_, found) => found?.family === 'luxos'),
  web('epic', '/summary', (_, found) => found?.family === 'epic', 'miner'),
  miner('stats', encode4028('stats'), (heard, found) => open(heard, 'miner') && (found === undefined || found.family === 'cgminer')),
  // Whatsminers of some versions know no `version`, and call themselves cgminer; everybody else says that he does not know this.
  miner(
    'get_version',
    JSON.stringify({ cmd: 'get_version' }),
    (heard, found) => open(heard, 'miner') && (found === undefined || found.family === 'whatsminer' || found.family === 'cgminer'),
  ),
  miner('get_miner_info', JSON.stringify({ cmd: 'get_miner_info' }), (_, found) => found?.family === 'whatsminer'),
  miner('devdetails', JSON.stringify({ cmd: 'devdetails' }), (_, found) => found?.family === 'whatsminer'),
  web('home', '/', (_, found) => !isSure(found)),
  web('system-info', '/api/system/info', mayTellMore),
  web('api-info', '/api/v1/info', (heard, found) => mayTellMore(heard, found) || found?.family === 'vnish'),
  web('api-status', '/api/v1/status', mayTellMore),
  web('cgi-info', '/cgi-bin/get_system_info.cgi', mayTellMore),
  web('miner-details', '/api/v1/miner/details', (heard, found) => mayTellMore(heard, found) || found?.family === 'braiins'),
  {
    name: 'get.device.info',
    port: 'framed',
    payload: () => framed(JSON.stringify({ cmd: 'get.device.info' })),
    isWhole: isWholeFrame,
    when: (heard, found) => isThere(heard) && (!isSure(found) || (found?.family === 'whatsminer' && found.model === undefined)),
  },
  web('xmrig', '/2/summary', (heard, found) => isThere(heard) && !isSure(found), 'xmrig'),
  web('xmrig-second', '/2/summary', (heard, found) => isThere(heard) && !isSure(found), 'second'),
  web('auradine', '/mode', (heard, found) => open(heard, 'second') && !isSure(found), 'second'),
  web('trex', '/summary', (heard, found) => isThere(heard) && !isSure(found), 'trex'),
];

/** What to ask next; undefined when enough is known, or nobody is there. */
export function nextQuestion(heard: Heard): Question | undefined {
  const found = identify(heard.answers);
  return PLAN.find((one) => !heard.asked.has(one.name) && mayAnswer(heard, one.port) && one.when(heard, found));
}

/** Not at a port where nobody listens, or where the last question was left without an answer. */
function mayAnswer({ ports }: Heard, port: PortName): boolean {
  return (ports.get(port) ?? 'answered') === 'answered';
}
