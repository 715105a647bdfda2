// A NUT connection over node-nut 1.0.3: its start, send and events, and the socket behind them. What the library lacks is
// added here: a deadline, a bound, and an end at the first byte that nobody asked for.
import Nut from 'node-nut';
import { type Fault, failed, type Outcome, ok } from '../../model/outcome.ts';
import { REPLY_LIMIT } from '../../wire/nut.ts';
import { CLOSED, sentenceOf, TOO_MUCH, UNASKED } from './socket-faults.ts';
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
    this.#nut.on('close', () => this.fail(CLOSED));
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
    if (!this.#inFlight) this.fail(UNASKED);
    else if (this.#characters > REPLY_LIMIT) this.fail(TOO_MUCH);
  }
}
