// The server's end of STARTTLS, for fakes: one line in clear, then TLS, then whatever the fake has to say over it.
import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { listen } from '../../src/fakes/listen.ts';
import type { Identity } from './certificates.ts';

/** Waits for the line STARTTLS, consents, and hands over the encrypted way once the client has taken the certificate. */
export function serveStartTls(socket: Socket, identity: Identity, onSecure: (secure: TLSSocket) => void): void {
  let line = '';
  const hear = (bytes: Buffer): void => {
    line += bytes.toString('latin1');
    if (!line.endsWith('\n')) return;
    socket.off('data', hear);
    if (line !== 'STARTTLS\n') return void socket.end('ERR ACCESS-DENIED\n');
    socket.write('OK STARTTLS\n');
    shakeHands(socket, identity, onSecure);
  };
  socket.on('data', hear).on('error', () => undefined);
}

/** TLS from the next byte on. */
export function shakeHands(socket: Socket, identity: Identity, onSecure: (secure: TLSSocket) => void): void {
  const secureContext = createSecureContext({ cert: identity.certificate, key: identity.key });
  const secure = new TLSSocket(socket, { isServer: true, secureContext });
  secure.on('error', () => undefined).once('secure', () => onSecure(secure));
}

export interface TlsFront {
  readonly port: number;
  /** clients whose handshake was completed so far */
  readonly admitted: () => number;
  /** From the next connection on it shows another certificate; those that stand are broken, as by a restart of the server. */
  swap(identity: Identity): void;
  close(): Promise<void>;
}

/** Stands before a NUT server that speaks in clear, and serves it over TLS alone. */
export async function tlsFront(port: number, identity: Identity): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  let shown = identity;
  let admitted = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on('close', () => sockets.delete(socket));
    serveStartTls(socket, shown, (secure) => {
      admitted += 1;
      const inner = connect(port, '127.0.0.1');
      inner.on('error', () => secure.destroy()).on('close', () => secure.destroy());
      secure.on('close', () => inner.destroy());
      inner.pipe(secure).pipe(inner);
    });
  });
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: await listen(server),
    admitted: () => admitted,
    swap: (other) => {
      shown = other;
      breakAll();
    },
    close: () => {
      breakAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
