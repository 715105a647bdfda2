// A NUT connection over node:tls: STARTTLS in clear, then the server's certificate, and only then whatever a session has to
// say. What does not go exactly so ends the connection; there is no way back to clear text.
import { constants } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { type Fault, failed, type Outcome, ok } from '../../model/outcome.ts';
import { REPLY_LIMIT, ReplyReader } from '../../wire/nut.ts';
import { handshakeFault, IN_CLEAR, noTls, UNREAD } from './certificate-faults.ts';
import { CLOSED, sentenceOf, TOO_MUCH, UNASKED } from './socket-faults.ts';
import { CONNECT_DEADLINE_MS, KEEP_ALIVE_MS, type NutEars, type NutTarget, type NutTransport } from './transport.ts';

export interface NutTrust {
  /** as configured; the certificate must name it: an address among its IP names, a name among its DNS names */
  readonly host: string;
  /** PEM of those whose signature counts; absent: nobody's does */
  readonly certificates: string | undefined;
}

export function openStartTls(trust: NutTrust, target: NutTarget, ears: NutEars): Promise<Outcome<NutTransport>> {
  return new Promise((resolve) => {
    const connection = new StartTlsConnection(trust, ears.onText, (fault) => {
      clearTimeout(timer);
      // Before it was open the fault is the answer to opening; resolving twice does no harm.
      resolve({ ok: false, fault });
      ears.onEnd(fault);
    });
    const timer = setTimeout(() => connection.late(), CONNECT_DEADLINE_MS);
    connection.start(target, () => {
      clearTimeout(timer);
      resolve(ok(connection));
    });
  });
}

class StartTlsConnection implements NutTransport {
  readonly #trust: NutTrust;
  readonly #onText: (text: string) => void;
  readonly #onEnd: (fault: Fault) => void;
  #plain: Socket | undefined;
  #secure: TLSSocket | undefined;
  #isConnected = false;
  #inFlight = false;
  #characters = 0;
  /** of the reply in flight, what does not end with a line end yet */
  #rest = '';
  #over = false;

  constructor(trust: NutTrust, onText: (text: string) => void, onEnd: (fault: Fault) => void) {
    this.#trust = trust;
    this.#onText = onText;
    this.#onEnd = onEnd;
  }

  start({ address, port }: NutTarget, onReady: () => void): void {
    try {
      this.#plain = connect({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    } catch (error) {
      this.fail(failed('unreachable', sentenceOf(error), 'never').fault);
      return;
    }
    this.#plain.on('error', (error) => this.fail(failed('unreachable', sentenceOf(error)).fault));
    this.#plain.on('close', () => this.fail(CLOSED));
    this.#plain.once('connect', () => this.#askForTls(onReady));
  }

  send(line: string): void {
    if (this.#over) return;
    this.#inFlight = true;
    this.#characters = 0;
    this.#rest = '';
    this.#secure?.write(`${line}\n`);
  }

  settled(): void {
    this.#inFlight = false;
  }

  end(): void {
    this.#over = true;
    this.#inFlight = false;
    this.#rest = '';
    this.#secure?.destroy();
    this.#plain?.destroy();
  }

  fail(fault: Fault): void {
    if (this.#over) return;
    this.end();
    this.#onEnd(fault);
  }

  late(): void {
    const within = `within ${CONNECT_DEADLINE_MS / 1000} s`;
    const say = this.#isConnected
      ? `its certificate was not seen ${within}: the server took the connection and went no further; restart upsd`
      : `no connection ${within}; is the host up?`;
    this.fail(failed('timeout', say).fault);
  }

  #askForTls(onReady: () => void): void {
    this.#isConnected = true;
    const reader = new ReplyReader(['STARTTLS']);
    const hear = (bytes: Buffer): void => {
      if (this.#over) return;
      const answer = reader.take(bytes.toString('latin1'));
      if (answer === undefined) return;
      // Whoever can write to the wire could put words of his own behind the consent, to be read as if they had come encrypted.
      if (!answer.ok) return this.fail(IN_CLEAR);
      if (answer.value.kind === 'error') return this.fail(noTls(answer.value.code));
      if (answer.value.kind !== 'line' || answer.value.words.join(' ') !== 'OK STARTTLS') return this.fail(IN_CLEAR);
      this.#plain?.off('data', hear);
      this.#shakeHands(onReady);
    };
    this.#plain?.on('data', hear);
    this.#plain?.write('STARTTLS\n');
  }

  #shakeHands(onReady: () => void): void {
    const { host, certificates } = this.#trust;
    // Node takes an empty list of authorities for its own built-in one.
    if (this.#plain === undefined || !certificates?.includes('-----BEGIN CERTIFICATE-----')) return this.fail(UNREAD);
    // Of `fe80::1%eth0` a certificate can only name the address.
    const named = isIP(host) === 0 ? host : host.replace(/%.*$/, '');
    let secure: TLSSocket;
    try {
      secure = tlsConnect({
        socket: this.#plain,
        ca: certificates,
        rejectUnauthorized: true,
        checkServerIdentity: (_asked, certificate) => checkServerIdentity(named, certificate),
        minVersion: 'TLSv1.2',
        // Who it is was settled once; a second handshake on the same connection would not come by here.
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
        ...(isIP(host) === 0 && { servername: host }),
      });
    } catch (error) {
      return this.fail(handshakeFault(error, named));
    }
    this.#secure = secure;
    let isTrusted = false;
    secure.on('error', (error) => this.fail(isTrusted ? failed('unreachable', sentenceOf(error)).fault : handshakeFault(error, named)));
    secure.on('close', () => this.fail(CLOSED));
    secure.once('secureConnect', () => {
      if (this.#over) return;
      if (!secure.authorized) return this.fail(handshakeFault(secure.authorizationError, named));
      isTrusted = true;
      secure.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
      onReady();
    });
  }

  #hear(text: string): void {
    if (this.#over) return;
    this.#characters += text.length;
    if (!this.#inFlight) return this.fail(UNASKED);
    if (this.#characters > REPLY_LIMIT) return this.fail(TOO_MUCH);
    this.#rest += text;
    if (!text.endsWith('\n')) return;
    const whole = this.#rest;
    this.#rest = '';
    this.#onText(whole);
  }
}
