// A network between a driver and a rig that turns bad: what the rig answers comes cut, flipped, padded, as a drip, or not from the rig.
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../../src/fakes/listen.ts';
import { pageText } from '../../src/fakes/page.ts';
import type { Chance } from '../../src/sim/chance.ts';
import { frameIn, frameOf } from '../../src/wire/whatsminer-v3.ts';

/** What is done to the body of an answer, and what may come in its place. */
export type Mangle = (body: Buffer, chance: Chance) => Buffer;

const MIB = 1024 * 1024;

function spliced(body: Buffer, at: number, ...more: readonly Buffer[]): Buffer {
  return Buffer.concat([body.subarray(0, at), ...more, body.subarray(at)]);
}

const somewhere = (body: Buffer, chance: Chance): number => chance.below(body.length + 1);

/** By their names; each changes an answer, or takes its place. */
export const MANGLES: ReadonlyMap<string, Mangle> = new Map<string, Mangle>([
  ['cut', (body, chance) => body.subarray(0, chance.below(Math.max(1, body.length)))],
  [
    'bits flipped',
    (body, chance) => {
      const changed = Buffer.from(body);
      for (let flips = chance.between(1, 6); flips > 0 && changed.length > 0; flips -= 1) {
        const at = chance.below(changed.length);
        changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
      }
      return changed;
    },
  ],
  ['an end and a beginning in it', (body, chance) => spliced(body, somewhere(body, chance), Buffer.from('}{'))],
  ['NULs in it', (body, chance) => spliced(body, somewhere(body, chance), Buffer.alloc(chance.between(1, 32)))],
  ['a mebibyte of blanks in it', (body, chance) => spliced(body, somewhere(body, chance), Buffer.alloc(MIB, ' '))],
  ['twice', (body) => Buffer.concat([body, body])],
  ['a piece missing', (body, chance) => missing(body, chance)],
  ['nothing', () => Buffer.alloc(0)],
]);

type Parent = Record<string, unknown> | unknown[];

function parentsIn(value: unknown): readonly Parent[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Parent;
  return [parent, ...Object.values(parent).flatMap(parentsIn)].filter((one) => Object.keys(one).length > 0);
}

/** JSON that is good and tells less: members are missing, or null, or empty. What is no JSON stays as it is. */
export const TELLS_LESS: Mangle = (body, chance) => {
  const end = body.at(-1) === 0 ? body.subarray(-1) : Buffer.alloc(0);
  let value: unknown;
  try {
    value = JSON.parse(body.subarray(0, body.length - end.length).toString('utf8'));
  } catch {
    return body;
  }
  for (let left = chance.between(1, 4); left > 0; left -= 1) {
    const parent = chance.pick(parentsIn(value));
    const key = chance.pick(Object.keys(parent ?? {}));
    if (parent === undefined || key === undefined) break;
    if (chance.happens(0.4)) (parent as Record<string, unknown>)[key] = chance.pick([null, '', [], {}]);
    else if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }
  return Buffer.concat([Buffer.from(JSON.stringify(value)), end]);
};

function missing(body: Buffer, chance: Chance): Buffer {
  const [one, other] = [somewhere(body, chance), somewhere(body, chance)];
  return Buffer.concat([body.subarray(0, Math.min(one, other)), body.subarray(Math.max(one, other))]);
}

/** How the answers of a family lie on the wire. */
export type Wire = 'http' | 'bare' | 'frames' | 'stand-in';

export interface Mood {
  readonly mangle: Mangle;
  readonly chance: Chance;
  /** of an answer: whether it is the one */
  readonly share: number;
  /** whether its length is put right, so that it is a whole answer of another content; else its bytes are what is mangled */
  readonly whole: boolean;
}

export type Weather = Mood | 'drip' | 'login' | { readonly elsewhere: number } | undefined;

export interface ManglingProxy {
  readonly port: number;
  /** From the next answer on. */
  be(weather: Weather): void;
  close(): Promise<void>;
}

/** ms of silence behind which an answer that does not tell its length counts as whole */
const WHOLE_MS = 15;
const DRIP_MS = 20;

export async function manglingProxy(target: () => number, wire: Wire): Promise<ManglingProxy> {
  const open = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let weather: Weather;

  const tell = (client: Socket, answer: Buffer): void => {
    if (weather === undefined) client.end(answer);
    else if (weather === 'drip') drip(client, answer);
    else client.end(changed(answer, weather, wire));
  };
  const drip = (client: Socket, answer: Buffer): void => {
    let at = 0;
    const timer = setInterval(() => {
      if (client.destroyed || at >= answer.length) clearInterval(timer);
      else client.write(answer.subarray(at, ++at));
    }, DRIP_MS);
    timers.add(timer);
    client.on('close', () => clearInterval(timer));
  };

  const server = createServer((client) => {
    const rig = connect(target(), '127.0.0.1');
    for (const socket of [client, rig]) {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    const heard: Buffer[] = [];
    let wait: NodeJS.Timeout | undefined;
    const whole = (): void => {
      clearTimeout(wait);
      if (heard.length > 0) tell(client, Buffer.concat(heard.splice(0)));
      else client.destroy();
      rig.destroy();
    };
    client.on('data', (asked) => rig.write(asked)).on('close', () => rig.destroy());
    rig.on('data', (chunk) => {
      heard.push(chunk);
      clearTimeout(wait);
      if (isWhole(Buffer.concat(heard), wire)) return whole();
      wait = setTimeout(whole, WHOLE_MS);
      timers.add(wait);
    });
    rig.on('end', whole).on('close', () => (heard.length > 0 ? whole() : undefined));
    rig.on('error', () => client.resetAndDestroy());
  });

  return {
    port: await listen(server),
    be: (next) => {
      weather = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Nobody need wait for what tells by itself that it is all there. */
function isWhole(answer: Buffer, wire: Wire): boolean {
  if (wire === 'frames') return typeof frameIn(answer) === 'object';
  const at = wire === 'http' ? answer.indexOf(HEAD_END) : -1;
  if (at < 0) return false;
  const head = answer.subarray(0, at).toString('latin1');
  if (/^transfer-encoding:\s*chunked/im.test(head)) return answer.subarray(at).toString('latin1').endsWith(`\r\n0${HEAD_END}`);
  const [, length] = /^content-length:\s*(\d+)/im.exec(head) ?? [];
  return length !== undefined && answer.length - at - HEAD_END.length >= Number(length);
}

function changed(answer: Buffer, weather: Exclude<Weather, undefined | 'drip'>, wire: Wire): Buffer {
  if (weather === 'login') return foreign(pageText('login'), wire);
  if ('elsewhere' in weather) return foreign(pageText('elsewhere').replace('127.0.0.1:9/', `127.0.0.1:${weather.elsewhere}/`), wire);
  const { mangle, chance, share, whole } = weather;
  if (!chance.happens(share)) return answer;
  return whole ? within(answer, wire, (body) => mangle(body, chance)) : mangle(answer, chance);
}

/** A page of the web in the place of an answer; over ssh it is what a shell prints. */
function foreign(page: string, wire: Wire): Buffer {
  return wire === 'stand-in' ? Buffer.from(JSON.stringify({ output: page, complaint: '', code: 0 })) : Buffer.from(page);
}

/** The same message with another body; bytes that are no whole message are the body. */
function within(answer: Buffer, wire: Wire, mangle: (body: Buffer) => Buffer): Buffer {
  if (wire === 'http') return withinHttp(answer, mangle);
  if (wire === 'frames') {
    const frame = frameIn(answer);
    return typeof frame === 'object' ? Buffer.from(frameOf(mangle(Buffer.from(frame.body)).toString('utf8'))) : mangle(answer);
  }
  if (wire === 'stand-in') return withinShell(answer, mangle);
  return mangle(answer);
}

const HEAD_END = '\r\n\r\n';

function withinHttp(answer: Buffer, mangle: (body: Buffer) => Buffer): Buffer {
  const at = answer.indexOf(HEAD_END);
  if (at < 0) return mangle(answer);
  const head = answer.subarray(0, at).toString('latin1');
  const given = answer.subarray(at + HEAD_END.length);
  const body = mangle(/^transfer-encoding:\s*chunked/im.test(head) ? unchunked(given) : given);
  const lines = head.split('\r\n').filter((line) => !/^(transfer-encoding|content-length|connection):/i.test(line));
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\ncontent-length: ${body.length}\r\nconnection: close${HEAD_END}`, 'latin1'),
    body,
  ]);
}

function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < body.length) {
    const line = body.indexOf('\r\n', at);
    const length = line < 0 ? 0 : Number.parseInt(body.subarray(at, line).toString('latin1'), 16);
    if (!(length > 0)) break;
    pieces.push(body.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return Buffer.concat(pieces);
}

function withinShell(answer: Buffer, mangle: (body: Buffer) => Buffer): Buffer {
  try {
    const end = JSON.parse(answer.toString('utf8')) as { readonly output: string };
    return Buffer.from(JSON.stringify({ ...end, output: mangle(Buffer.from(end.output)).toString('latin1') }));
  } catch {
    return mangle(answer);
  }
}
