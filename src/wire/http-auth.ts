// Who we are to a device on HTTP: Basic (RFC 7617) and Digest (RFC 7616: MD5 and SHA-256, qop auth). Pure: chance and counting
// are the caller's.
import { createHash } from 'node:crypto';

export interface BasicChallenge {
  readonly scheme: 'basic';
}

export interface DigestChallenge {
  readonly scheme: 'digest';
  readonly algorithm: 'SHA-256' | 'MD5';
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** absent: the device knows only the older way without it (RFC 2069) */
  readonly qop?: 'auth';
  /** the nonce was too old, the password is not in question */
  readonly stale: boolean;
}

export type Challenge = BasicChallenge | DigestChallenge;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Headers and challenges of one answer; nobody honest has more. */
const CHALLENGE_LIMIT = 16;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** One parameter, or the name of a scheme. */
const PART = new RegExp(`[\\s,]*(${TOKEN})(?:[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]*)))?`, 'y');

/** The challenges in the values of `WWW-Authenticate` that can be answered, in the order of the device; others are left out. */
export function parseChallenges(values: readonly string[]): readonly Challenge[] {
  return values
    .slice(0, CHALLENGE_LIMIT)
    .flatMap(schemesIn)
    .slice(0, CHALLENGE_LIMIT)
    .flatMap(({ scheme, parameters }): readonly Challenge[] => {
      if (scheme === 'basic') return [{ scheme }];
      return scheme === 'digest' ? digestOf(parameters) : [];
    });
}

/** The one to answer: Digest with SHA-256 ahead of MD5 ahead of Basic, of the schemes that the caller takes. */
export function bestChallenge(offered: readonly Challenge[], takes: readonly Challenge['scheme'][]): Challenge | undefined {
  const rank = (one: Challenge): number => (one.scheme === 'basic' ? 2 : one.algorithm === 'SHA-256' ? 0 : 1);
  return offered.filter((one) => takes.includes(one.scheme)).sort((one, other) => rank(one) - rank(other))[0];
}

export interface DigestUse {
  readonly method: string;
  /** path and query, as in the request line */
  readonly uri: string;
  /** how often this nonce was used, this time included; from 1 */
  readonly count: number;
  /** ours, new for each request */
  readonly cnonce: string;
}

/** The value of `Authorization`. */
export function authorization(challenge: Challenge, credentials: Credentials, use: DigestUse): string {
  if (challenge.scheme === 'basic') {
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`;
  }
  return digestHeader(challenge, credentials, use);
}

function digestHeader(challenge: DigestChallenge, { username, password }: Credentials, use: DigestUse): string {
  const { algorithm, realm, nonce, opaque, qop } = challenge;
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text, 'utf8')
      .digest('hex');
  const count = use.count.toString(16).padStart(8, '0');
  const who = hash(`${username}:${realm}:${password}`);
  const what = hash(`${use.method}:${use.uri}`);
  const response = hash(qop === undefined ? `${who}:${nonce}:${what}` : `${who}:${nonce}:${count}:${use.cnonce}:${qop}:${what}`);
  return [
    `Digest username=${quoted(username)}, realm=${quoted(realm)}, nonce=${quoted(nonce)}, uri=${quoted(use.uri)}`,
    `algorithm=${algorithm}`,
    ...(qop === undefined ? [] : [`qop=${qop}, nc=${count}, cnonce=${quoted(use.cnonce)}`]),
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ].join(', ');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

interface Offer {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** The schemes of one header value with their parameters; it ends where it is no list of them. */
function schemesIn(value: string): readonly Offer[] {
  const offers: Offer[] = [];
  PART.lastIndex = 0;
  for (let part = PART.exec(value); part !== null; part = PART.exec(value)) {
    const [, name = '', text, word] = part;
    const given = text?.replace(/\\(.)/gs, '$1') ?? word;
    if (given === undefined) {
      if (offers.length >= CHALLENGE_LIMIT) return offers;
      offers.push({ scheme: name.toLowerCase(), parameters: new Map() });
    } else {
      offers.at(-1)?.parameters.set(name.toLowerCase(), given);
    }
  }
  return offers;
}

function digestOf(parameters: ReadonlyMap<string, string>): readonly DigestChallenge[] {
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  const opaque = parameters.get('opaque');
  const algorithm = algorithmOf(parameters.get('algorithm'));
  const offered = parameters.get('qop');
  const qops = offered?.split(/[\s,]+/).map((one) => one.toLowerCase());
  if (realm === undefined || nonce === undefined || algorithm === undefined) return [];
  // Nothing may come back in our own header that a header cannot hold.
  if ([realm, nonce, opaque ?? ''].some((text) => !isHeaderText(text))) return [];
  if (qops !== undefined && !qops.includes('auth')) return [];
  return [
    {
      scheme: 'digest',
      algorithm,
      realm,
      nonce,
      stale: parameters.get('stale')?.toLowerCase() === 'true',
      ...(opaque !== undefined && { opaque }),
      ...(qops !== undefined && { qop: 'auth' as const }),
    },
  ];
}

function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function algorithmOf(word: string | undefined): DigestChallenge['algorithm'] | undefined {
  if (word === undefined || word.toUpperCase() === 'MD5') return 'MD5';
  return word.toUpperCase() === 'SHA-256' ? 'SHA-256' : undefined;
}
