// One short look at one port of one address: connect, one write, read what comes, close. Never waits long, never asks twice,
// and tells a host that is not there from one that keeps silent.
import { connect } from 'node:net';

export interface KnockQuestion {
  readonly address: string;
  readonly port: number;
  readonly payload: string | Uint8Array;
  /** ms until there is a connection */
  readonly connectMs: number;
  /** ms from connected to the end of the answer */
  readonly answerMs: number;
  /** bytes that are read; what is longer is cut there */
  readonly limit: number;
  /** whether all of the answer is there; else it is read to its end */
  readonly isWhole: (bytes: Uint8Array) => boolean;
  readonly signal: AbortSignal;
}

export type Knock =
  /** some bytes came; `late`: and not the end of them in time */
  | { readonly kind: 'answered'; readonly bytes: Uint8Array; readonly late: boolean }
  /** a connection, and no word in time or before it was closed */
  | { readonly kind: 'silent' }
  /** somebody is there, and nobody on this port */
  | { readonly kind: 'refused' }
  /** no connection in time, or no such machine */
  | { readonly kind: 'absent' };

const SILENT: Knock = { kind: 'silent' };
const ABSENT: Knock = { kind: 'absent' };

/** Settles within `connectMs` and `answerMs`, or at once when `signal` aborts; never rejects. */
export function knock(question: KnockQuestion): Promise<Knock> {
  const { address, port, payload, connectMs, answerMs, limit, isWhole, signal } = question;
  if (signal.aborted) return Promise.resolve(ABSENT);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let connected = false;
    const socket = connect({ host: address, port, noDelay: true });
    const settle = (outcome: Knock): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const heard = (late: boolean): Knock =>
      bytes > 0 ? { kind: 'answered', bytes: Buffer.concat(chunks).subarray(0, limit), late } : SILENT;
    const over = (late: boolean): void => settle(connected ? heard(late) : ABSENT);
    const onAbort = (): void => over(true);
    let timer = setTimeout(over, connectMs, true);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      connected = true;
      clearTimeout(timer);
      timer = setTimeout(over, answerMs, true);
      socket.write(payload);
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= limit || isWhole(Buffer.concat(chunks))) over(false);
    });
    socket.on('end', () => over(false));
    // Stays on after settling, so that a late error has somebody to hear it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) over(false);
      else settle(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' ? { kind: 'refused' } : ABSENT);
    });
    socket.on('close', () => over(false));
  });
}
