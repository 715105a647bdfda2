// md5-crypt, the `$1$` hash of old password files, which one family of miners makes its keys from. Not in Node's library. Pure.
// About 1 ms a call, for it is a thousand rounds of MD5: once a token, never once an order.
import { createHash } from 'node:crypto';

/** In this order; not that of base64. */
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MAGIC = Buffer.from('$1$');
/** The algorithm looks at no more of it. */
const SALT_LIMIT = 8;
const ROUNDS = 1_000;
const DIGEST_BYTES = 16;

/** The hash part alone, what stands behind the last `$`: 22 characters. Only the first 8 bytes of `salt` count. */
export function md5Crypt(password: string, salt: string): string {
  const word = Buffer.from(password);
  const grain = Buffer.from(salt).subarray(0, SALT_LIMIT);
  let digest = md5([word, MAGIC, grain, ...tailOf(word, grain)]);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? word : digest];
    if (round % 3 !== 0) parts.push(grain);
    if (round % 7 !== 0) parts.push(word);
    parts.push(odd ? digest : word);
    digest = md5(parts);
  }
  return lettersOf(digest);
}

/** What its first message ends with: as many bytes of another hash as the password has, then a byte for each bit of that number. */
function tailOf(word: Buffer, grain: Buffer): readonly Buffer[] {
  const other = md5([word, grain, word]);
  const parts: Buffer[] = [];
  for (let left = word.length; left > 0; left -= DIGEST_BYTES) parts.push(other.subarray(0, Math.min(DIGEST_BYTES, left)));
  for (let bits = word.length; bits > 0; bits >>= 1) parts.push(bits % 2 === 1 ? Buffer.of(0) : word.subarray(0, 1));
  return parts;
}

/** Which bytes of the digest make each group of four letters. */
const TRIPLES: readonly (readonly [number, number, number])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
];

function lettersOf(digest: Buffer): string {
  const groups = TRIPLES.map(([a, b, c]) => letters((digest.readUInt8(a) << 16) | (digest.readUInt8(b) << 8) | digest.readUInt8(c), 4));
  return groups.join('') + letters(digest.readUInt8(11), 2);
}

/** The lowest six bits first. */
function letters(value: number, count: number): string {
  let text = '';
  for (let at = 0; at < count; at++) text += ALPHABET[(value >> (6 * at)) & 63];
  return text;
}

function md5(parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
