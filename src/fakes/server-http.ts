// The web server of a miner on 127.0.0.1: one answer a request, given as late, as broken or as never as its simulated rig
// is told to. What it says is the work of the fakes that use it.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SimRig } from '../sim/rig.ts';
import { listen } from './listen.ts';
import { pageReply } from './page.ts';

export interface HttpAsked {
  readonly method: string;
  /** without its query */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  /** written as JSON; absent: `text` */
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** seconds that this answer takes beside what the rig is told to take */
  readonly afterSeconds?: number;
}

/** What such a rig says, whoever holds the socket. */
export interface MouthHttp {
  say(asked: HttpAsked): HttpReply;
}

export interface RigServerHttp {
  readonly port: number;
  /** every request, `POST /api/v1/mining/stop`, oldest first */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const ASKED_LIMIT = 10_000;
/** bytes of a body that are read */
const BODY_LIMIT = 64 * 1024;

/** A simulated rig behind a web server; `mouth` speaks its family's words. Port 0: the system chooses one. */
export async function serveRigHttp(rig: SimRig, mouth: MouthHttp, port = 0): Promise<RigServerHttp> {
  const asked: string[] = [];
  const timers = new Set<NodeJS.Timeout>();

  const answer = (request: HttpAsked, response: ServerResponse): void => {
    if (asked.length < ASKED_LIMIT) asked.push(`${request.method} ${request.path}`);
    // What it is told it does at once; only its answer is late, or lost.
    const { page } = rig.quirks;
    const reply: HttpReply = page === undefined ? mouth.say(request) : pageReply(page);
    if (rig.quirks.hangs) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (rig.quirks.losesAnswers) response.socket?.resetAndDestroy();
        else send(response, reply, rig.quirks.garbles === true);
      },
      ((rig.quirks.answerSeconds ?? 0) + (reply.afterSeconds ?? 0)) * 1000,
    );
    timers.add(timer);
  };

  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (!rig.look().answers) request.socket.resetAndDestroy();
    else bodyOf(request, (body) => answer({ ...lineOf(request), headers: request.headers, body }, response));
  });
  // Nobody is there: the connection breaks before a word is said.
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    if (!rig.look().answers) socket.resetAndDestroy();
  });

  return {
    port: await listen(server, port),
    asked,
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function lineOf(request: IncomingMessage): Pick<HttpAsked, 'method' | 'path' | 'query'> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://rig');
  return { method: request.method ?? 'GET', path: pathname, query: searchParams };
}

function bodyOf(request: IncomingMessage, then: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) request.socket.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => then(Buffer.concat(chunks).toString('utf8')));
}

function send(response: ServerResponse, { status, json, text, headers }: HttpReply, half: boolean): void {
  const body = json === undefined ? (text ?? '') : JSON.stringify(json);
  response.writeHead(status, { 'content-type': json === undefined ? 'text/html' : 'application/json', ...headers });
  response.end(half ? body.slice(0, Math.floor(body.length / 2)) : body);
}
