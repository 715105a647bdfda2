// A NUT connection over node-nut 1.0.3: its start, send and events, and the socket behind them. What the library lacks is
// added here: a deadline, a bound, and an end at the first byte that nobody asked for.
import Nut from 'node-nut';
import { type Fault, failed, type Outcome, ok } from '../../model/outcome.ts';
import { REPLY_LIMIT } from '../../wire/nut.ts';
import { CONNECT_DEADLINE_MS, KEEP_ALIVE_MS, type NutEars, type NutTarget, type NutTransport } from './transport.ts';

type NutClass = new (port: number, address: string) => Nut;

/** `client` is there for the test that another release of the library is refused. */
export function openNodeNut(target: NutTarget, ears: NutEars, client: NutClass = Nut): Promise<Outcome<NutTransport>> {
  return new Promise((resolve) => {
    const nut = new client(target.port, target.address);
    const connection = new NodeNutConnection(nut, (fault) => {
      clearTimeout(timer);
      // Before it was open the fault is the answer to opening; resolving twice does no harm.
      resolve({ ok: false, fault });
      ears.onEnd(fault);
    });
    const timer = setTimeout(
      () => connection.fail(failed('timeout', `no connection within ${CONNECT_DEADLINE_MS / 1000} s; is the host up?`).fault),
      CONNECT_DEADLINE_MS,
    );
    nut.on('ready', () => {
      clearTimeout(timer);
      resolve(ok(connection));
    });
    connection.start(ears.onText);
  });
}

class NodeNutConnection implements NutTransport {
  readonly #nut: Nut;
  readonly #onEnd: (fault: Fault) => void;
  #onText: (text: string) => void = () => undefined;
  #inFlight = false;
  #characters = 0;
  #over = false;

  constructor(nut: Nut, onEnd: (fault: Fault) => void) {
    this.#nut = nut;
    this.#onEnd = onEnd;
  }

  /** Listeners stand before the socket is made: an `error` that nobody hears would end the process. */
  start(onText: (text: string) => void): void {
    this.#onText = onText;
    this.#nut.on('error', (error: Error) => this.fail(failed('unreachable', sentenceOf(error)).fault));
    this.#nut.on('close', () => this.fail(failed('unreachable', 'the server closed the connection').fault));
    try {
      this.#nut.start();
    } catch (error) {
      this.fail(failed('unreachable', sentenceOf(error), 'never').fault);
      return;
    }
    const socket = this.#nut._client;
    if (typeof socket?.destroy !== 'function') {
      this.fail(failed('unsupported', 'node-nut is not release 1.0.3: install exactly what package-lock.json names').fault);
      return;
    }
    // The library asks for ascii, which drops the eighth bit and makes line ends of letters.
    socket.setEncoding('utf8');
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.prependListener('data', (text: string) => this.#count(text.length));
  }

  send(line: string): void {
    if (this.#over) return;
    this.#inFlight = true;
    this.#characters = 0;
    this.#nut.status = 'idle';
    this.#nut.send(line, this.#onText);
  }

  settled(): void {
    this.#inFlight = false;
    this.#nut.status = 'idle';
    this.#nut.parseFunc = undefined;
  }

  end(): void {
    this.#over = true;
    this.#inFlight = false;
    this.#nut.parseFunc = () => undefined;
    this.#nut.dataInBuff = '';
    this.#nut._client?.destroy?.();
  }

  fail(fault: Fault): void {
    if (this.#over) return;
    this.end();
    this.#onEnd(fault);
  }

  /** Runs ahead of the library, which would take any amount and keep it. */
  #count(characters: number): void {
    this.#characters += characters;
    if (!this.#inFlight) {
      this.fail(failed('garbled', 'the server sent something that nobody asked for').fault);
    } else if (this.#characters > REPLY_LIMIT) {
      this.fail(failed('garbled', `the server sent more than ${REPLY_LIMIT / 1024} KiB in one reply`).fault);
    }
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start upsd, or see LISTEN in its upsd.conf',
  EHOSTUNREACH: 'no way to that host; look at cable, switch and address',
  ENETUNREACH: 'no way to that network; look at cable, switch and address',
  ECONNRESET: 'the server broke the connection',
  EPIPE: 'the server broke the connection',
  ETIMEDOUT: 'the connection went dead',
};

function sentenceOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  return SENTENCES[code] ?? `the connection failed (${code})`;
}
