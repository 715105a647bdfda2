// Rigs that answer as real ones once did, by the recordings beside this checkout, where those are there: a question gets the answer whose
// command it names.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { listen } from '../../src/fakes/listen.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import { frameIn, frameOf } from '../../src/wire/whatsminer-v3.ts';
import type { Wire } from './mangling-proxy.ts';

const FOLDER = '../shared/data/miners';

export interface RecordedRig {
  /** as the driver is named */
  readonly family: string;
  readonly folder: string;
  /** of several machines in one folder: how the names of its files begin */
  readonly of: string;
  readonly wire: Wire;
  /** of its driver, beside host and the port */
  readonly options?: Readonly<Record<string, unknown>>;
  /** the option that takes the port; absent: port */
  readonly portOption?: string;
  readonly secrets?: ReadonlyMap<string, string>;
  /** its page takes no login: it is read by its other API, which the recordings are of */
  readonly refusesLogin?: true;
  /** what no recording has and it cannot do without, by what a question holds */
  readonly more?: readonly (readonly [RegExp, string])[];
}

const LOGIN = { options: { passwordFile: 'secret' }, secrets: new Map([['secret', 'x']]) };
/** As its owner has it, at work: nobody has recorded it. */
const BITMAIN_CONF =
  '{"pools":[{"url":"stratum+tcp://pool.invalid","user":"u","pass":"x"}],"bitmain-fan-ctrl":false,"bitmain-fan-pwm":"100","bitmain-work-mode":"0","bitmain-freq-level":"100"}';
const LOGIN_REPLY = '{"STATUS":[{"STATUS":"S","Code":1,"Msg":"x"}],"Token":[{"Token":"abc"}]}';

const ALL: readonly RecordedRig[] = [
  { family: 'antminer', folder: 'antminer-stock', of: 's19pro-2022', wire: 'bare', ...LOGIN, portOption: 'apiPort', refusesLogin: true },
  { family: 'antminer', folder: 'antminer-stock', of: 's21-2025', wire: 'http', ...LOGIN, more: [[/get_miner_conf/, BITMAIN_CONF]] },
  { family: 'luxos', folder: 'luxos', of: 's19kpro-2025.4', wire: 'bare' },
  { family: 'sealminer', folder: 'sealminer', of: '2025', wire: 'bare' },
  { family: 'avalon', folder: 'avalon', of: 'a1246-working', wire: 'bare' },
  { family: 'avalon', folder: 'avalon', of: 'avalonq', wire: 'bare' },
  { family: 'axeos', folder: 'bitaxe', of: 'bitaxe-401', wire: 'http' },
  {
    family: 'braiins',
    folder: 'braiins-rest',
    of: 's21pro-26.04',
    wire: 'http',
    ...LOGIN,
    more: [[/auth\/login/, '{"token":"abcdefghijabcdefghij","timeout_s":3600}']],
  },
  { family: 'braiins', folder: 'braiins-graphql', of: '25.03', wire: 'http', ...LOGIN },
  { family: 'cgminer', folder: 'cgminer', of: 'cgminer-4.11.1-nodevice', wire: 'bare' },
  { family: 'elphapex', folder: 'elphapex', of: 'dg-home1', wire: 'http', ...LOGIN },
  { family: 'epic', folder: 'epic', of: 'powerplay', wire: 'http', ...LOGIN },
  { family: 'auradine', folder: 'auradine', of: 'fluxos', wire: 'http', ...LOGIN, more: [[/token/, LOGIN_REPLY]] },
  { family: 'whatsminer', folder: 'whatsminer-v2', of: 'v2', wire: 'bare', ...v('v2') },
  { family: 'whatsminer', folder: 'whatsminer-v3', of: 'm60s.v3', wire: 'frames', ...v('v3'), portOption: 'framedPort' },
  { family: 'xmrig', folder: 'xmrig', of: 'xmrig-6.26.0', wire: 'http', ...LOGIN },
];

function v(api: 'v2' | 'v3'): Pick<RecordedRig, 'options' | 'secrets'> {
  return { options: { ...LOGIN.options, api }, secrets: LOGIN.secrets };
}

/** Those that are there. */
export const recordedRigs: readonly RecordedRig[] = ALL.filter(({ folder }) => existsSync(join(FOLDER, folder)));

export interface RecordedServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveRecorded(rig: RecordedRig): Promise<RecordedServer> {
  const answer = answersOf(rig);
  if (rig.wire === 'http') return serveHttp(answer);
  if (rig.wire === 'frames') return serveFrames(answer);
  return serve4028({
    answers: () => true,
    delaySeconds: () => 0,
    reply: (asked) => `${answer(asked) ?? '{"STATUS":[{"STATUS":"E","Code":14,"Msg":"Invalid command"}],"id":1}'}\0`,
  });
}

const plain = (text: string): string => text.replace(/[^a-z0-9]+/gi, '_').toLowerCase();

function answersOf({ folder, of, more = [] }: RecordedRig): (asked: string) => string | undefined {
  const files = readdirSync(join(FOLDER, folder)).filter((name) => name.startsWith(of) && name.endsWith('.json'));
  // The longest name first: `miner_status_summary` before `summary`.
  const named = files
    .map((name) => ({
      name,
      command: plain(
        name
          .slice(of.length)
          .replace(/(\.rpc|\.cgi)?\.json$/, '')
          .split('.')
          .at(-1) ?? '',
      ),
    }))
    .sort((one, other) => other.command.length - one.command.length);
  const transcripts = files.filter((name) => name.endsWith('.transcript.json')).flatMap((name) => transcriptIn(join(FOLDER, folder, name)));
  const parts = files.filter((name) => name.startsWith(`${of}.gql_`));
  return (asked) => {
    if (parts.length > 0 && asked.includes('graphql')) return asPutTogether(parts.map((name) => join(FOLDER, folder, name)));
    const line = transcripts.find(({ word }) => plain(asked).includes(word));
    if (line !== undefined) return line.said;
    const [, said] = more.find(([pattern]) => pattern.test(asked)) ?? [];
    const found = said === undefined ? named.find(({ command }) => plain(asked).includes(command)) : undefined;
    return found === undefined ? said : readFileSync(join(FOLDER, folder, found.name), 'utf8');
  };
}

/** What was asked and answered in turn: each good answer, by the command or the method that was asked for. */
function transcriptIn(file: string): readonly { readonly word: string; readonly said: string }[] {
  const lines = JSON.parse(readFileSync(file, 'utf8')) as readonly {
    readonly request: string;
    readonly status?: number;
    readonly response_text?: string;
    readonly body?: unknown;
  }[];
  return lines.flatMap(({ request, status = 200, response_text: text, body }) => {
    const [pair] = /"(?:command|method)":"[^"]+"/.exec(request) ?? [];
    return pair === undefined || status !== 200 ? [] : [{ word: plain(pair), said: (text ?? JSON.stringify(body)).replace(/\0$/, '') }];
  });
}

/** The answers to several questions which its driver puts as one. */
function asPutTogether(files: readonly string[]): string {
  const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as unknown);
  return JSON.stringify(all.reduce(merged));
}

function merged(one: unknown, other: unknown): unknown {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null || Array.isArray(one)) return other;
  const both: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) both[key] = key in both ? merged(both[key], value) : value;
  return both;
}

/** A page that takes no login. */
export function closedPage(): Promise<RecordedServer> {
  return serveHttp(() => undefined, 401);
}

async function serveHttp(answer: (asked: string) => string | undefined, otherwise = 404): Promise<RecordedServer> {
  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const text = answer(`${request.method} ${request.url} ${body}`);
      response.writeHead(text === undefined ? otherwise : 200, { 'content-type': 'application/json' });
      response.end(text ?? 'no such page');
    });
  });
  const port = await listen(server);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serveFrames(answer: (asked: string) => string | undefined): Promise<RecordedServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    let heard = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const frame = frameIn(heard);
      if (typeof frame !== 'object') return;
      heard = Buffer.alloc(0);
      socket.end(frameOf(answer(Buffer.from(frame.body).toString('utf8')) ?? '{"code":-2,"msg":"invalid command","desc":""}'));
    });
  });
  const port = await listen(server);
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
