// Numato boards: lines of ASCII, given back as they are heard, and a prompt behind each answer.
import { failed, type Outcome, ok } from '../model/outcome.ts';

/** Relays above the ninth have letters. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUV';
const PROMPT = '>';
const SHOWN = 40;

export const NUMATO_MOST = DIGITS.length;

/** Without the carriage return that ends it; relays count from 0. */
export function numatoOrder(relay: number, coil: boolean): string {
  return `relay ${coil ? 'on' : 'off'} ${DIGITS[relay] ?? '?'}`;
}

export const NUMATO_ASK_ALL = 'relay readall';

export function numatoBytes(command: string): Uint8Array {
  return Buffer.from(`${command}\r`, 'latin1');
}

/** What stands between our command, given back, and the prompt; undefined while more must come. */
export function numatoAnswer(bytes: Uint8Array, command: string): Outcome<string> | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.lastIndexOf(PROMPT);
  if (end < 0 || text.slice(end + 1).trim() !== '') return undefined;
  const lines = text
    .slice(0, end)
    .split(/[\r\n>]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const own = lines.lastIndexOf(command);
  // A prompt that was owed to somebody else.
  if (own < 0 && lines.length === 0) return undefined;
  if (own < 0) return failed('garbled', `gave back ${JSON.stringify(lines.join(' ').slice(0, SHOWN))} instead of "${command}"`);
  return ok(lines.slice(own + 1).join(' '));
}

/** The coils by the hexadecimal number that `relay readall` gives, relay 0 lowest. */
export function numatoCoils(answer: string, channels: number): Outcome<readonly boolean[]> {
  const bits = /^[0-9a-f]{1,8}$/i.test(answer) ? Number.parseInt(answer, 16) : Number.NaN;
  if (!(bits < 2 ** channels)) {
    return failed(
      'garbled',
      `told its state as ${JSON.stringify(answer.slice(0, SHOWN))}: it is another board, or has more than ${channels} relays`,
    );
  }
  return ok(Array.from({ length: channels }, (_, relay) => Math.floor(bits / 2 ** relay) % 2 === 1));
}
