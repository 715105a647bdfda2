// The one who asks on a Modbus RTU bus: one question at a time, its answer checked against it, silence kept between, and an
// answer that comes late is never taken for that to the next question.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { SerialLine } from './serial-line.ts';
import type { SerialWire } from './serial-wire.ts';

/** A question and how its answer is told from other bytes; wire/modbus.ts makes them. */
export interface ModbusQuestion {
  readonly unit: number;
  readonly frame: Uint8Array;
  /** whether its answer is the same bytes again */
  readonly mirrored: boolean;
  answerIn(bytes: Uint8Array, echoes: boolean): Heard | undefined;
  insteadOfAnswer(bytes: Uint8Array): string | undefined;
}

type Heard =
  | { readonly kind: 'answer'; readonly data: Uint8Array; readonly echoed: boolean }
  | { readonly kind: 'exception'; readonly code: number; readonly name: string };

export interface ModbusTiming {
  /** ms that an answer is waited for; so long again nothing is asked after one that did not come */
  readonly answerMs: number;
  /** ms of silence between two frames */
  readonly gapMs: number;
}

/** Bits of one character on the line, with start, parity and stop. */
const CHARACTER_BITS = 11;
const FRAME_GAP_CHARACTERS = 3.5;
const LEAST_GAP_MS = 10;
/** Answers take 300 to 500 ms at most at 9600 baud, 1 s at 2400 (hardware.md 2.3). */
const SLOW_BELOW_BAUD = 9_600;

export function modbusTiming(baudRate: number): ModbusTiming {
  const gapMs = Math.max(LEAST_GAP_MS, Math.ceil((FRAME_GAP_CHARACTERS * CHARACTER_BITS * 1000) / baudRate));
  return { answerMs: baudRate < SLOW_BELOW_BAUD ? 1_000 : 400, gapMs };
}

/** Puts a question while the bus is ours: gives the data of the answer. */
export type Ask = (question: ModbusQuestion) => Promise<Outcome<Uint8Array>>;

export interface ModbusTurn<T> {
  readonly signal: AbortSignal;
  readonly urgent: boolean;
  /** it cuts, and goes ahead of all that waits */
  readonly first?: boolean;
  readonly work: (ask: Ask) => Promise<Outcome<T>>;
}

/** A turn on the bus; a question under way is always heard out first. Never rejects unless the work does. */
export function onModbus<T>(line: SerialLine, timing: ModbusTiming, { work, ...turn }: ModbusTurn<T>): Promise<Outcome<T>> {
  return line.run({
    ...turn,
    whole: true,
    work: (wire, signal) => work((request) => ask({ wire, device: line.device, timing, request, signal })),
  });
}

interface Exchange {
  readonly wire: SerialWire;
  readonly device: string;
  readonly timing: ModbusTiming;
  readonly request: ModbusQuestion;
  readonly signal: AbortSignal;
}

async function ask(question: Exchange): Promise<Outcome<Uint8Array>> {
  const { wire, timing, request, signal } = question;
  const quiet = await silence(question);
  if (!quiet.ok) return quiet;
  const sent = await wire.send(request.frame, signal);
  // Until an answer is here, one is owed.
  wire.quietUntilMs = performance.now() + 2 * timing.answerMs;
  if (!sent.ok) return sent;
  const heard = await wire.hear({
    withinMs: timing.answerMs,
    signal,
    read: (bytes) => {
      const found = request.answerIn(bytes, wire.echoes === true);
      return found === undefined ? undefined : ok(found);
    },
    late: (bytes) => nothingFor(question, bytes),
  });
  if (!heard.ok) {
    wire.quietUntilMs = performance.now() + timing.answerMs;
    return heard;
  }
  wire.quietUntilMs = performance.now() + timing.gapMs;
  const answer = heard.value;
  if (answer.kind === 'exception') return refusalOf(question, answer);
  // Only an answer that differs from its question shows whether the question came back first.
  if (!request.mirrored) wire.echoes = answer.echoed;
  return ok(answer.data);
}

/**
 * Waits until no answer is owed and nobody speaks, but not for ever. Whether somebody spoke is looked at once more after the flush,
 * which lets through what this process had not been told yet.
 */
async function silence(question: Exchange): Promise<Outcome> {
  const { wire, timing, signal } = question;
  const latestMs = Math.max(wire.quietUntilMs, performance.now()) + timing.answerMs;
  const waitMs = (): number => Math.min(Math.max(wire.quietUntilMs, wire.heardAtMs + timing.gapMs), latestMs) - performance.now();
  for (;;) {
    const restMs = waitMs();
    if (restMs > 0) await wire.rest(restMs, signal);
    if (signal.aborted) return failed('timeout', `${nameOf(question)} was not asked: no time left`);
    const flushed = await wire.flush();
    if (!flushed.ok || waitMs() <= 0) return flushed;
  }
}

function nothingFor(question: Exchange, bytes: Uint8Array): Outcome<never> {
  const instead = question.request.insteadOfAnswer(bytes);
  const name = nameOf(question);
  if (instead === undefined) {
    return failed('timeout', `${name} does not answer: look at its supply, its address, its baud rate, and whether A and B are swapped`);
  }
  return failed('garbled', `${name}: ${instead}; look at the wiring of the bus, its termination, and for two boards of one address`);
}

function refusalOf(question: Exchange, { code, name }: Heard & { readonly kind: 'exception' }): Outcome<never> {
  const say = `${nameOf(question)} refuses: ${name}`;
  if (code <= 3) return failed('unsupported', `${say}; it is another board, or has fewer channels than the file says`, 'later');
  return failed('refused', `${say}; power-cycle the board if that stays`);
}

const nameOf = ({ device, request }: Exchange): string => `unit ${request.unit} on ${device}`;
