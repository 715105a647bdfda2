// What can go wrong with a connection to upsd whatever carries it, and the sentence that a person gets to read.
import { codeOf, type Fault, failed } from '../../model/outcome.ts';
import { REPLY_LIMIT } from '../../wire/nut.ts';

export const UNASKED: Fault = failed('garbled', 'the server sent something that nobody asked for').fault;
export const TOO_MUCH: Fault = failed('garbled', `the server sent more than ${REPLY_LIMIT / 1024} KiB in one reply`).fault;
export const CLOSED: Fault = failed('unreachable', 'the server closed the connection').fault;

const SENTENCES = new Map<string, string>([
  ['ECONNREFUSED', 'nothing listens there; start upsd, or see LISTEN in its upsd.conf'],
  ['EHOSTUNREACH', 'no way to that host; look at cable, switch and address'],
  ['ENETUNREACH', 'no way to that network; look at cable, switch and address'],
  ['ECONNRESET', 'the server broke the connection'],
  ['EPIPE', 'the server broke the connection'],
  ['ETIMEDOUT', 'the connection went dead'],
]);

export function sentenceOf(error: unknown): string {
  const code = codeOf(error) ?? 'error';
  return SENTENCES.get(code) ?? `the connection failed (${code})`;
}
