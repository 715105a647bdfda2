// The NUT protocol: a line to words, a reply to an answer, and a session of replies to what the gate lets through.
import { admitReading, type Sample } from '../../../src/core/gate.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { UpsReading } from '../../../src/model/ups.ts';
import { type Chance, chance as chanceBy } from '../../../src/sim/chance.ts';
import { NutSession } from '../../../src/transports/nut-session/session.ts';
import type { NutEars, NutTransport } from '../../../src/transports/nut-session/transport.ts';
import { NutLook } from '../../../src/ups/nut-look.ts';
import { encodeLine, type NutAnswer, quoted, REPLY_LIMIT, ReplyReader, splitWords, WORD_LIMIT } from '../../../src/wire/nut.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, hashOf, MIB, must, mustBeShowable, mustEqual, partsOf, textOf } from '../parser.ts';

const TOKENS = [
  ...['OL', 'OB', 'LB', 'FSD', 'CHRG', 'DISCHRG', 'BYPASS', 'OFF', 'CAL', 'TEST', 'WAIT', 'ALARM', 'OVER', 'RB', 'NOTOB', 'OLB'],
  ...[
    'VAR rack ',
    'BEGIN LIST VAR rack',
    'END LIST VAR rack',
    'ERR DATA-STALE',
    'ERR ',
    'OK',
    'OK TRACKING ',
    '\\"',
    '\\\\',
    '\\#',
    '" "',
    ' ""',
  ],
  ...['ups.status', 'battery.charge', 'battery.runtime', 'ups.load', 'ups.realpower', 'device.type', '__proto__', 'constructor', 'length'],
];
/** Of a line, and so of a name or a value. */
const LINE_LIMIT = 4_096;
const LINE: Grain = { tokens: TOKENS, cutAt: ' ', most: LINE_LIMIT };
const REPLY: Grain = { tokens: TOKENS, cutAt: '\n', most: REPLY_LIMIT };

export const nutLine = fuzzParser<readonly string[] | undefined>({
  name: 'nut-line',
  about: 'one NUT line to words',
  allocates: () => MIB,
  make: (chance, corpus) => mutated(chance, corpus, LINE),
  read: (input) => splitWords(textOf(input)),
  judge: (input, words) => {
    const line = textOf(input);
    for (const word of words ?? []) must(!/\p{Cc}/u.test(word), 'a word holds a control character');
    must((words ?? []).join('').length <= line.length, 'more characters came out than went in');
    // Any text at all goes through quotes as one word.
    mustEqual(splitWords(quoted(line)), [line.replace(/\p{Cc}/gu, '\ufffd')], 'quoted and split again');
    const sendable = (words ?? []).filter((word) => word.length <= WORD_LIMIT);
    const sent = encodeLine(sendable);
    must(sent.ok, 'words that came in cannot go out');
    mustEqual(splitWords(sent.value), sendable, 'written and split again');
  },
});

const LONGEST_REQUEST = 600;
const LINE_FEED = 0x0a;

/** The first line of the input is the request, the rest is what the server says to it. */
function askedAndSaid(input: Uint8Array): { readonly asked: readonly string[]; readonly said: string } {
  const text = textOf(input);
  const end = text.indexOf('\n');
  return { asked: (end < 0 ? text : text.slice(0, end)).split(' '), said: end < 0 ? '' : text.slice(end + 1) };
}

export const nutReply = fuzzParser<Outcome<NutAnswer> | undefined>({
  name: 'nut-reply',
  about: 'the reply to one NUT request',
  allocates: () => MIB,
  make: (chance, corpus) => {
    const input = mutated(chance, corpus, REPLY);
    // The request is ours, and mostly whole.
    const end = input.indexOf(LINE_FEED);
    if (chance.happens(0.1) && end >= 0 && end < LONGEST_REQUEST) return input;
    const request = (
      Buffer.from(chance.pick(corpus) ?? [])
        .toString('latin1')
        .split('\n')[0] ?? ''
    ).concat('\n');
    const text = Buffer.from(input).toString('latin1');
    return Buffer.from(request + text.slice(text.indexOf('\n') + 1), 'latin1');
  },
  read: (input) => {
    const { asked, said } = askedAndSaid(input);
    return new ReplyReader(asked).take(said);
  },
  judge: (input, outcome) => {
    const { asked, said } = askedAndSaid(input);
    sameInPieces(asked, said, outcome, chanceBy(hashOf(input), 'pieces'));
    if (outcome === undefined) return;
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 100, 'the fault');
    const answer = outcome.value;
    if (answer.kind === 'error') return must(said.replaceAll('\\', '').includes(answer.code), 'an error code that was never sent');
    const lines = said.split('\n').length - 1;
    const rows = answer.kind === 'rows' ? answer.rows : [answer.words];
    must(lines === (answer.kind === 'rows' ? rows.length + 2 : 1), `${rows.length} rows of ${lines} lines`);
    const words = rows.flat();
    must(
      words.every((word) => word.length <= LINE_LIMIT && !/\p{Cc}/u.test(word)),
      'a word too long, or with a control character',
    );
    if (asked[0] === 'LIST') mustEqual(new ReplyReader(asked).take(listOf(asked, rows)), outcome, 'written and read again');
  },
});

function listOf([, ...about]: readonly string[], rows: readonly (readonly string[])[]): string {
  const list = ['LIST', ...about].map(quoted).join(' ');
  const row = (words: readonly string[]): string => [...about, ...words].map(quoted).join(' ');
  return `${[`BEGIN ${list}`, ...rows.map(row), `END ${list}`].join('\n')}\n`;
}

/** However the text is cut, the answer is the same; only what is surplus may come too late to be seen. */
function sameInPieces(asked: readonly string[], said: string, whole: Outcome<NutAnswer> | undefined, chance: Chance): void {
  const reader = new ReplyReader(asked);
  let seen: Outcome<NutAnswer> | undefined;
  for (let at = 0; at < said.length && seen === undefined; ) {
    const length = 1 + chance.below(chance.happens(0.3) ? 4 : 400);
    seen = reader.take(said.slice(at, at + length));
    at += length;
  }
  const surplus = whole?.ok === false && whole.fault.detail.includes('more than it was asked for');
  // Which of several faults is met first depends on the pieces.
  const bothFail = seen?.ok === false && whole?.ok === false;
  if (!surplus && !bothFail) mustEqual(seen, whole, 'read in pieces');
}

interface Heard {
  readonly readings: readonly Outcome<UpsReading>[];
  readonly samples: readonly Sample[];
  /** what the server said to all that was asked */
  readonly said: string;
  readonly aliveAfterFault: boolean;
  readonly sentAfterEnd: boolean;
}

/** A server that has one part of the input for each question, in turn, and then nothing. */
class ScriptedUpsd implements NutTransport {
  readonly #parts: string[];
  readonly #ears: NutEars;
  readonly #silence: () => void;
  said = '';
  sentAfterEnd = false;
  #over = false;
  #inFlight = false;

  constructor(parts: readonly string[], ears: NutEars, silence: () => void) {
    this.#parts = [...parts];
    this.#ears = ears;
    this.#silence = silence;
  }

  send(): void {
    if (this.#over) this.sentAfterEnd = true;
    this.#inFlight = true;
    const part = this.#parts.shift() ?? '';
    this.said += part;
    // Pieces that end with a line end, as node-nut gives them.
    for (const line of part.split('\n').slice(0, -1)) {
      if (this.#over) return;
      if (!this.#inFlight) return this.#ears.onEnd({ code: 'garbled', retry: 'soon', detail: 'nobody asked for it' });
      this.#ears.onText(`${line}\n`);
    }
    if (this.#inFlight && !this.#over) this.#silence();
  }

  settled(): void {
    this.#inFlight = false;
  }

  end(): void {
    this.#over = true;
  }
}

/** Three looks: everything, then the figures that move, then whatever the second made of it. */
async function listen(input: Uint8Array): Promise<Heard> {
  const parts = partsOf(input).map(textOf);
  let poll = new AbortController();
  let upsd: ScriptedUpsd | undefined;
  const opened = await NutSession.open(
    (_target, ears) => {
      upsd = new ScriptedUpsd(parts, ears, () => poll.abort());
      return Promise.resolve({ ok: true, value: upsd });
    },
    { address: '127.0.0.1', port: 3493 },
    () => undefined,
  );
  if (!opened.ok) throw new Error('it did not open');
  const session = opened.value;
  let nowMs = 0;
  const look = new NutLook({ ups: 'rack', name: 'rack', nowMs: () => nowMs });
  const readings: Outcome<UpsReading>[] = [];
  const samples: Sample[] = [];
  let aliveAfterFault = false;
  for (let times = 0; times < 3; times += 1) {
    nowMs += 2_000;
    poll = new AbortController();
    const reading = await look.read(session, poll.signal);
    readings.push(reading);
    if (reading.ok) samples.push(admitReading(reading.value, { rigsDraw: times === 1, ...(times === 2 ? { nominalWatts: 2_700 } : {}) }));
    else if (['garbled', 'timeout'].includes(reading.fault.code) && session.alive) aliveAfterFault = true;
  }
  session.end();
  return { readings, samples, said: upsd?.said ?? '', aliveAfterFault, sentAfterEnd: upsd?.sentAfterEnd ?? false };
}

export const nutSession = fuzzParser<Heard>({
  name: 'nut-session',
  about: 'three looks at a UPS, through session and gate',
  // Up to 18 replies, each within the MiB.
  allocates: (bytes) => Math.max(MIB, 64 * bytes),
  make: (chance, corpus) => mutated(chance, corpus, REPLY),
  read: listen,
  judge: (_input, { readings, samples, said, aliveAfterFault, sentAfterEnd }) => {
    must(!aliveAfterFault, 'the session goes on after an answer that was garbled or late');
    must(!sentAfterEnd, 'something was sent on a connection that had ended');
    for (const reading of readings) if (!reading.ok) mustBeShowable(reading.fault.detail, 200, 'the fault');
    for (const sample of samples) trueTo(said.replaceAll('\\', ''), sample);
  },
});

/** No word, no fact: whatever is read must have been said. */
function trueTo(said: string, sample: Sample): void {
  if (sample.line === 'battery') must(said.includes('OB'), 'on battery, and nobody said OB');
  if (sample.line === 'mains') must(said.includes('OL') || said.includes('BYPASS'), 'on mains, and nobody said OL');
  if (sample.line === 'off') must(said.includes('OFF'), 'off, and nobody said OFF');
  if (sample.lowBattery) must(said.includes('LB'), 'low battery, and nobody said LB');
  if (sample.forced) must(said.includes('FSD'), 'forced shutdown, and nobody said FSD');
  within(sample.chargePercent, 0, 100, 'charge');
  within(sample.runtimeSeconds, 0, 21_600, 'runtime');
  within(sample.loadPercent, 0, 200, 'load percent');
  within(sample.loadWatts, 0, 1e13, 'load watts');
  for (const { found, why } of sample.rejected) mustBeShowable(`${found} ${why}`, 100, 'what the gate says');
}

function within(value: number | undefined, least: number, most: number, what: string): void {
  must(value === undefined || (value >= least && value <= most), `${what} ${value} outside ${least}..${most}`);
}
