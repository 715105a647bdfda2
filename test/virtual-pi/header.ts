// The header as the world sees it: levels read from the simulated lines all the time, what people do to a line, and the kernel's
// own trace of every write, which no pulse is too short for.
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { realClock } from '../../src/host/clock.ts';
import { BUTTON, RELAYS, type Relay } from './site-file.ts';

const HEADER = '/run/header';
const TRACE = '/sys/kernel/tracing/trace';
const SAMPLE_MS = 50;
/** Header and decoy together. */
const LINES = 54 + 32;

export interface Edge {
  readonly relay: Relay;
  readonly level: 0 | 1;
  /** monotonic ms */
  readonly atMs: number;
}

export interface Write {
  /** number of the line on the chip of the header; negative or above 53: on another chip */
  readonly gpio: number;
  /** a level that was driven, or the direction that the line was given */
  readonly what: 'set 0' | 'set 1' | 'in' | 'out';
  /** monotonic ms */
  readonly atMs: number;
  readonly by: string;
}

export class Header {
  /** what was seen of the relays by looking, oldest first */
  readonly edges: Edge[] = [];
  readonly #files: ReadonlyMap<number, number>;
  readonly #levels = new Map<number, 0 | 1>();
  readonly #base = Number(readFileSync('/run/header-base', 'utf8'));
  readonly #timer: NodeJS.Timeout;
  #onEdge: (edge: Edge) => void = () => undefined;

  constructor() {
    this.#files = new Map([...RELAYS.map(({ gpio }) => gpio), BUTTON].map((gpio) => [gpio, openSync(this.#line(gpio, 'value'), 'r')]));
    for (const { gpio } of RELAYS) this.#levels.set(gpio, this.level(gpio));
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  onEdge(tell: (edge: Edge) => void): void {
    this.#onEdge = tell;
  }

  level(gpio: number): 0 | 1 {
    const file = this.#files.get(gpio);
    if (file === undefined) return readFileSync(this.#line(gpio, 'value'), 'utf8').startsWith('1') ? 1 : 0;
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, 0);
    return byte.toString() === '1' ? 1 : 0;
  }

  isCut(contact: string): boolean {
    const relay = RELAYS.find((one) => one.contact === contact);
    return relay !== undefined && this.level(relay.gpio) === relay.cutLevel;
  }

  get allFed(): boolean {
    return RELAYS.every(({ contact }) => !this.isCut(contact));
  }

  get allCut(): boolean {
    return RELAYS.every(({ contact }) => this.isCut(contact));
  }

  press(down: boolean): void {
    writeFileSync(this.#line(BUTTON, 'pull'), down ? 'pull-down' : 'pull-up');
  }

  /** Every write to a line of any chip since the machine was started, but for those of the button. */
  writes(): readonly Write[] {
    const found: Write[] = [];
    for (const line of readFileSync(TRACE, 'utf8').split('\n')) {
      const match = /^\s*(.+?)-(\d+)\s+\[\d+\]\s+\S+\s+(\d+\.\d+): gpio_(?:value|direction): +(\d+) +(set [01]|in|out)/.exec(line);
      if (match === null) continue;
      const [, name = '', pid = '', seconds = '', number = '', what = ''] = match;
      const gpio = Number(number) - this.#base;
      if (gpio === BUTTON) continue;
      found.push({ gpio, what: what as Write['what'], atMs: Number(seconds) * 1000, by: `${name}-${pid}` });
    }
    return found;
  }

  writesOfRelays(sinceMs = 0): readonly Write[] {
    return this.writes().filter(({ gpio, atMs }) => atMs >= sinceMs && RELAYS.some((relay) => relay.gpio === gpio));
  }

  /** Whatever happened to a relay's line since then, by the kernel's record or by its level: in sentences. */
  touched(sinceMs: number, contacts = RELAYS.map(({ contact }) => contact)): readonly string[] {
    const of = RELAYS.filter(({ contact }) => contacts.includes(contact));
    const written = this.writesOfRelays(sinceMs)
      .filter(({ gpio }) => of.some((relay) => relay.gpio === gpio))
      .map(({ gpio, what, by }) => `gpio ${gpio} ${what} by ${by}`);
    const moved = this.edges
      .filter(({ atMs, relay }) => atMs >= sinceMs && of.includes(relay))
      .map(({ relay, level }) => `gpio ${relay.gpio} became ${level}`);
    return [...written, ...moved];
  }

  /** Writes to lines that are nobody's business here: of the decoy, and all others of the header. */
  strayWrites(): readonly Write[] {
    return this.writes().filter(({ gpio }) => gpio >= -LINES && gpio < LINES && !RELAYS.some((relay) => relay.gpio === gpio));
  }

  /** Moves that came too soon after another of the same relay, and lines that were let go: in sentences. */
  glitches(leastMs: number): readonly string[] {
    return RELAYS.flatMap((relay) => {
      const of = this.writesOfRelays().filter(({ gpio }) => gpio === relay.gpio);
      const released = of.filter(({ what }) => what === 'in').map(({ atMs, by }) => `gpio ${relay.gpio} let go at ${atMs} ms by ${by}`);
      const driven = of.filter(({ what }) => what.startsWith('set'));
      let level = `set ${1 - relay.cutLevel}`;
      let movedMs = Number.NEGATIVE_INFINITY;
      const quick: string[] = [];
      for (const { what, atMs, by } of driven) {
        if (what === level) continue;
        if (atMs - movedMs < leastMs)
          quick.push(`gpio ${relay.gpio} moved twice in ${Math.round(atMs - movedMs)} ms, at ${atMs} ms by ${by}`);
        level = what;
        movedMs = atMs;
      }
      return [...released, ...quick];
    });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const file of this.#files.values()) closeSync(file);
  }

  #sample(): void {
    for (const relay of RELAYS) {
      const level = this.level(relay.gpio);
      if (level === this.#levels.get(relay.gpio)) continue;
      this.#levels.set(relay.gpio, level);
      const edge = { relay, level, atMs: realClock.monotonicMs() };
      this.edges.push(edge);
      this.#onEdge(edge);
    }
  }

  #line(gpio: number, name: string): string {
    return `${HEADER}/sim_gpio${gpio}/${name}`;
  }
}
