// The socket of a miner on 127.0.0.1: serves one connection at a time, reads once, answers once, closes. An idle
// connection blocks all others, as on the real ones. What it says is the work of the fakes that use it.
import { createServer, type Socket } from 'node:net';
import type { SimRig, SimRigQuirks } from '../sim/rig.ts';
import { decodeRequest4028, encodeReply4028, type Reply4028, type Request4028 } from '../wire/serve-4028.ts';
import { listen } from './listen.ts';
import { pageText } from './page.ts';

export interface Server4028Options {
  /** whether anybody is there; where not, connections are broken off at once */
  readonly answers: () => boolean;
  /** seconds until it answers, or `never`: the connection then stays open in silence, and blocks */
  readonly delaySeconds: () => number | 'never';
  /** one request in, one answer out, NUL included */
  readonly reply: (request: string) => string;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface Server4028 {
  readonly port: number;
  close(): Promise<void>;
}

/** Connections that wait their turn; more are broken off, as by a short kernel queue. */
const QUEUE_LIMIT = 64;

export async function serve4028(options: Server4028Options): Promise<Server4028> {
  const queue: Socket[] = [];
  const open = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();

  const next = (): void => {
    const socket = queue[0];
    if (socket === undefined) return;
    if (!options.answers()) {
      socket.resetAndDestroy();
      return;
    }
    // It reads once: what comes in a second segment is never seen.
    socket.once('data', (chunk) => answer(socket, chunk.toString('utf8')));
  };

  const answer = (socket: Socket, request: string): void => {
    const text = options.reply(request);
    const seconds = options.delaySeconds();
    if (seconds === 'never') return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      socket.end(text);
    }, seconds * 1000);
    timers.add(timer);
  };

  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      const at = queue.indexOf(socket);
      if (at >= 0) queue.splice(at, 1);
      if (at === 0) next();
    });
    if (queue.length >= QUEUE_LIMIT) socket.resetAndDestroy();
    else if (queue.push(socket) === 1) next();
  });

  return {
    port: await listen(server, options.port),
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** What is left of an answer on its way: all of it, half of it, or nothing, as the rig is told to behave. */
export function onItsWay(say: () => string, { losesAnswers, garbles, page, breaksJson }: SimRigQuirks): string {
  if (page !== undefined) return pageText(page);
  const whole = breaksJson === true ? brokenJson(say()) : say();
  if (losesAnswers) return '';
  return garbles ? whole.slice(0, whole.length / 2) : whole;
}

/** No comma between two objects, one too many at the end, and NULs: as several firmwares write it. */
function brokenJson(text: string): string {
  if (!text.startsWith('{')) return text;
  return `${text.replace(/\0$/, '').replaceAll('},{', '}{').slice(0, -1)},}\n\0\0`;
}

export interface Mouth4028 {
  /** the text of `Description` */
  readonly who: string;
  say(request: Request4028): Reply4028;
}

export interface RigServer4028 extends Server4028 {
  /** every command that it understood, oldest first, with its parameters: `ascdisable 0` */
  readonly asked: readonly string[];
}

const ASKED_LIMIT = 10_000;

/** A simulated rig on a socket; `mouth` speaks its family's words. Port 0: the system chooses one. */
export async function serveRig4028(rig: SimRig, mouth: Mouth4028, port = 0): Promise<RigServer4028> {
  const asked: string[] = [];
  const answer = (text: string): Reply4028 => {
    const request = decodeRequest4028(text);
    if ('code' in request) {
      return { letter: 'E', code: request.code, message: request.code === 23 ? 'Invalid JSON' : "Missing JSON 'command'" };
    }
    if (asked.length < ASKED_LIMIT) asked.push([request.command, ...request.parameters].join(' '));
    return mouth.say(request);
  };
  const server = await serve4028({
    answers: () => rig.look().answers,
    delaySeconds: () => (rig.quirks.hangs ? 'never' : (rig.quirks.answerSeconds ?? 0)),
    reply: (text) => onItsWay(() => encodeReply4028(answer(text), mouth.who), rig.quirks),
    port,
  });
  return { ...server, asked };
}
