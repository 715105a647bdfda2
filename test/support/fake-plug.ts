// What the fakes of plugs on HTTP have in common: outputs that remember how often they moved, and the ways a web server on
// 127.0.0.1 can go wrong.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listen } from '../../src/fakes/listen.ts';

export type PlugMood =
  | 'well'
  /** takes the question and gives no answer; what it was told it does not do */
  | 'stalls'
  | 'login-page'
  | 'redirects'
  | 'rubbish'
  | 'empty'
  | 'breaks-off'
  | 'floods'
  | 'no-http'
  | 'knows-nothing'
  /** agrees, and the contact stays */
  | 'locked';

export interface PlugReply {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export abstract class FakePlug {
  mood: PlugMood = 'well';
  /** every request, `GET /relay/0`, passwords included, oldest first */
  readonly heard: string[] = [];
  readonly outputs: boolean[];
  moves = 0;
  #server: Server | undefined;
  port = 0;

  protected constructor(outputs: number) {
    this.outputs = Array.from({ length: outputs }, () => true);
  }

  protected abstract reply(request: IncomingMessage, url: URL): PlugReply;

  async open(): Promise<this> {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.port = await listen(this.#server, this.port);
    return this;
  }

  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  move(output: number, on: boolean): void {
    if (this.mood === 'locked' || this.outputs[output] === on) return;
    this.outputs[output] = on;
    this.moves += 1;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.heard.push(`${request.method} ${request.url}`);
    const rude = RUDE[this.mood];
    if (rude !== undefined) return rude(response);
    const { status, json, headers } = this.reply(request, new URL(request.url ?? '/', 'http://plug'));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(json === undefined ? '' : JSON.stringify(json));
  }
}

const RUDE: Readonly<Partial<Record<PlugMood, (response: ServerResponse) => void>>> = {
  stalls: () => undefined,
  'login-page': (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><form>Password</form>'),
  redirects: (response) => void response.writeHead(302, { location: 'http://192.0.2.1/login' }).end(),
  rubbish: (response) => void response.writeHead(200).end('relay says hello'),
  empty: (response) => void response.writeHead(200).end(),
  'breaks-off': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"output":');
    response.socket?.end();
  },
  floods: (response) => void response.writeHead(200).end(JSON.stringify({ output: true, more: 'x'.repeat(100_000) })),
  'no-http': (response) => void response.socket?.end('220 smtp here\r\n'),
  'knows-nothing': (response) => void response.writeHead(404).end('Not Found'),
};
