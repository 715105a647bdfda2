// md5-crypt, the `$1$` hash of old password files, which one family of miners makes its keys from. Not in Node's library. Pure.
// A thousand rounds of MD5, 1 to 3 ms: once a token, never once an order.
import * as crypto from 'node:crypto';

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
  const digest = Buffer.alloc(DIGEST_BYTES);
  digest.write(md5(Buffer.concat([word, MAGIC, grain, ...tailOf(word, grain)])), 'latin1');
  // One buffer for all rounds, for they are many.
  const message = Buffer.alloc(DIGEST_BYTES + 2 * word.length + grain.length);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    let end = (odd ? word : digest).copy(message);
    if (round % 3 !== 0) end += grain.copy(message, end);
    if (round % 7 !== 0) end += word.copy(message, end);
    end += (odd ? digest : word).copy(message, end);
    digest.write(md5(message.subarray(0, end)), 'latin1');
  }
  return lettersOf(digest);
}

/** What its first message ends with: as many bytes of another hash as the password has, then a byte for each bit of that number. */
function tailOf(word: Buffer, grain: Buffer): readonly Buffer[] {
  const other = Buffer.from(md5(Buffer.concat([word, grain, word])), 'latin1');
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

/** Sixteen characters of one byte each. Since Node 20.12 there is a way for it that makes no object a call; it takes a small part of the time. */
function md5(bytes: Uint8Array): string {
  if (crypto.hash === undefined) return crypto.createHash('md5').update(bytes).digest('binary');
  return crypto.hash('md5', bytes, 'binary');
}
