// The local socket: HTTP with JSON for the people of one group. Hostile or broken clients cost themselves, never the tick:
// everything read is bounded, every wait has a deadline, a connection serves one request.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { actorOf } from './parse.ts';
import { ACTOR_HEADER, type ControlHandlers, MAX_BODY_BYTES } from './protocol.ts';
import { mistake, type Reply, routeOf } from './routes.ts';

export interface ControlLimits {
  /** connections at a time; one more is closed at once */
  readonly connections: number;
  /** from the connection to the last byte of the headers */
  readonly headersMs: number;
  /** from the connection to the last byte of the body */
  readonly requestMs: number;
  /** for the handler; `check` asks every device, each with its own deadline */
  readonly answerMs: number;
}

interface ControlOptions {
  readonly socket: string;
  readonly handlers: ControlHandlers;
  /** Told of a handler that threw, which is a bug, in one line. */
  readonly onBug?: (say: string) => void;
  readonly limits?: ControlLimits;
}

export interface Control {
  /** Takes no more requests, gives those under way a second, and removes the socket file. */
  close(): Promise<void>;
}

const LIMITS: ControlLimits = { connections: 32, headersMs: 5_000, requestMs: 10_000, answerMs: 75_000 };
/** Owner and group, nobody else: membership of the group is the permission. */
const MODE = 0o660;
const UMASK = 0o117;
/** `sun_path` of Linux holds 108 bytes with its NUL; a longer one would be cut short in silence. */
const LONGEST_PATH = 107;
const PROBE_MS = 1_000;
const LAST_WORDS_MS = 1_000;

/**
 * Listens. A socket file that a killed service left behind is replaced; one that answers, and anything that is no socket,
 * is left alone and is a `refused` fault. Never throws.
 */
export async function startControl(options: ControlOptions): Promise<Outcome<Control>> {
  const { socket } = options;
  if (Buffer.byteLength(socket) > LONGEST_PATH) {
    return failed('refused', `${socket}: a socket's path has at most ${LONGEST_PATH} bytes: choose a shorter socket:`, 'never');
  }
  const server = serverFor(options);
  let problem = await listen(server, socket);
  if (problem === 'EADDRINUSE') {
    const cleared = await clearStale(socket);
    if (!cleared.ok) return cleared;
    problem = await listen(server, socket);
  }
  if (problem !== undefined) {
    return failed('refused', `cannot listen at ${socket} (${problem}): its directory must exist and be writable for this user`, 'never');
  }
  return ok({ close: () => close(server) });
}

function serverFor({ handlers: given, onBug, limits = LIMITS }: ControlOptions): Server {
  const handlers = inTurn(given);
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    maxHeaderSize: 8 * 1024,
  });
  server.maxConnections = limits.connections;
  // One request a connection: pipelined ones behind it are not even dispatched.
  server.maxRequestsPerSocket = 1;
  // Covers a client that does not read its answer.
  server.timeout = limits.answerMs + 5_000;
  server.on('request', (request, response) => {
    response.on('error', () => undefined);
    void serve(request, handlers, limits.answerMs)
      .catch((error: unknown) => {
        onBug?.(`control: ${request.method} ${request.url?.slice(0, 100)}: ${error instanceof Error ? error.message : 'not an Error'}`);
        return mistake(500, 'a defect in lastwatt; its log has the details: journalctl -u lastwatt');
      })
      .then((reply) => send(response, reply));
  });
  server.on('dropRequest', (_request, wire: Duplex) => wire.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, wire: Duplex) => hangUp(error, wire));
  server.on('error', () => undefined);
  return server;
}

/**
 * A check asks every device, a reload reads the whole file: of several callers each waits for the one before, so that no
 * device is asked by two at once and a crowd costs no more than one.
 */
function inTurn(handlers: ControlHandlers): ControlHandlers {
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(answer: () => Promise<T>): Promise<T> => {
    const mine = last.then(answer);
    last = mine.catch(() => undefined);
    return mine;
  };
  return { ...handlers, check: (rig) => next(() => handlers.check(rig)), reload: () => next(() => handlers.reload()) };
}

async function serve(request: IncomingMessage, handlers: ControlHandlers, answerMs: number): Promise<Reply> {
  const url = request.url ?? '';
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1));
  const method = request.method ?? '';
  const route = routeOf(method, path);
  if (typeof route !== 'function') return route;
  const body = await readBody(request);
  if (body === undefined) return mistake(413, `the body is over ${MAX_BODY_BYTES} bytes`);
  if (method === 'GET' && body !== '') return mistake(400, `GET ${path} takes no body`);
  const answer = Promise.resolve(route(handlers, { query, body, actor: actorOf(request.headers[ACTOR_HEADER]) }));
  return withDeadline(answer, answerMs);
}

/** Undefined when it is too long, or was broken off. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) return chunks.push(chunk);
      request.pause();
      return resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

async function withDeadline(answer: Promise<Reply>, ms: number): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Reply>((resolve) => {
    timer = setTimeout(() => resolve(mistake(503, `no answer within ${ms / 1000} s; try again`)), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function send(response: ServerResponse, { status, body, allow }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    connection: 'close',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(text);
}

/** What was not HTTP, or too slow, gets a reason while there is somebody to hear it. */
function hangUp(error: NodeJS.ErrnoException, wire: Duplex): void {
  wire.on('error', () => undefined);
  if (!wire.writable || error.code === 'ECONNRESET') {
    wire.destroy();
    return;
  }
  const [status, say] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'the request took too long']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'the headers are over 8 KiB']
        : ['400 Bad Request', 'this is not HTTP/1.1'];
  const text = `${JSON.stringify({ error: say })}\n`;
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`;
  wire.end(head + text, () => wire.destroy());
}

/** Undefined when it listens, else the code of what was in the way. */
function listen(server: Server, socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failedToListen = (error: NodeJS.ErrnoException): void => resolve(codeOf(error));
    server.once('error', failedToListen);
    server.once('listening', () => {
      server.off('error', failedToListen);
      try {
        chmodSync(socket, MODE);
        resolve(undefined);
      } catch (error) {
        server.close();
        resolve(codeOf(error));
      }
    });
    // The file comes into being inside this call, so nobody meets it with a wider mode.
    const before = process.umask(UMASK);
    try {
      server.listen(socket);
    } catch (error) {
      resolve(codeOf(error));
    } finally {
      process.umask(before);
    }
  });
}

/** After SIGKILL the file stays and nobody answers: only then may it go. */
async function clearStale(socket: string): Promise<Outcome> {
  try {
    if (!lstatSync(socket).isSocket())
      return failed('refused', `${socket} is there and is no socket: move it away, or choose another socket:`, 'never');
    if ((await probe(socket)) !== 'ECONNREFUSED') return failed('refused', `${socket} answers: another lastwattd runs there`, 'never');
    unlinkSync(socket);
    return ok(undefined);
  } catch (error) {
    // Gone in between: the way is free, and a second `listen` tells if not.
    if (codeOf(error) === 'ENOENT') return ok(undefined);
    return failed('refused', `${socket} was left by an earlier run and cannot be removed (${codeOf(error)})`, 'never');
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}

function probe(socket: string): Promise<string> {
  return new Promise((resolve) => {
    const wire = connect(socket);
    const settle = (found: string): void => {
      wire.destroy();
      resolve(found);
    };
    wire.setTimeout(PROBE_MS, () => settle('silent'));
    wire.on('connect', () => settle('answers'));
    wire.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'error'));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
