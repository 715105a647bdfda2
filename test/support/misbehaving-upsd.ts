// A NUT server on loopback that answers exactly what a test tells it to, however wrong, byte by byte where wanted.
import { createServer, type Socket } from 'node:net';
import { listen } from '../../src/fakes/listen.ts';
import type { Identity } from './certificates.ts';
import { serveStartTls } from './starttls-server.ts';

export interface MisbehavingUpsd {
  readonly port: number;
  /** every line that came, over all connections */
  readonly heard: readonly string[];
  /** connections that are open */
  readonly open: () => number;
  /** bytes that the clients' sockets have swallowed so far */
  readonly swallowed: () => number;
  close(): Promise<void>;
}

export interface Manners {
  readonly onConnect?: (socket: Socket) => void;
  readonly onLine?: (line: string, socket: Socket) => void;
}

/** With an identity, after a STARTTLS as it should be; its manners are then those over the encrypted way. */
export async function misbehavingUpsd(manners: Manners, identity?: Identity): Promise<MisbehavingUpsd> {
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const converse = (socket: Socket): void => {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        heard.push(line);
        manners.onLine?.(line, socket);
      }
    });
    manners.onConnect?.(socket);
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.setNoDelay(true).on('error', () => undefined);
    if (identity === undefined) converse(socket);
    else serveStartTls(socket, identity, converse);
  });
  return {
    port: await listen(server),
    heard,
    open: () => sockets.filter((socket) => !socket.destroyed).length,
    swallowed: () => sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Sends a text in pieces of `size` bytes, `everyMs` apart; 0 means as fast as they go, each in a packet of its own. */
export async function drip(socket: Socket, text: string, { size = 1, everyMs = 0 } = {}): Promise<void> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length && !socket.destroyed; from += size) {
    socket.write(bytes.subarray(from, from + size));
    await new Promise((resolve) => (everyMs > 0 ? setTimeout(resolve, everyMs) : setImmediate(resolve)));
  }
}

/** Writes `piece` again and again, as fast as the client takes it, until it is gone or `limitBytes` are out. */
export function flood(socket: Socket, piece: string, limitBytes: number): void {
  let sent = 0;
  const more = (): void => {
    while (!socket.destroyed && sent < limitBytes) {
      sent += piece.length;
      if (!socket.write(piece)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}
