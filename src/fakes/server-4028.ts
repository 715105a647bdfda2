// The socket of a miner on 127.0.0.1: serves one connection at a time, reads once, answers once, closes. An idle
// connection blocks all others, as on the real ones. What it says is the work of the fakes that use it.
import { createServer, type Socket } from 'node:net';

export interface Server4028Options {
  /** 0 or absent: the system chooses */
  readonly port?: number;
  /** whether anybody is there; where not, connections are broken off at once */
  readonly answers: () => boolean;
  /** seconds until it answers, or `never`: the connection then stays open in silence, and blocks */
  readonly delaySeconds: () => number | 'never';
  /** one request in, one answer out, NUL included */
  readonly reply: (request: string) => string;
}

export interface Server4028 {
  readonly host: '127.0.0.1';
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

  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

  return {
    host: '127.0.0.1',
    port,
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
