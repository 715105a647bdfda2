// Benches for the suite of rig drivers: simulated rigs behind the fakes of their families, and mouths that do not behave.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../src/fakes/listen.ts';
import type { FakeRigKind } from '../../src/fakes/registry.ts';
import type { RigDriver, RigDriverKind } from '../../src/rigs/port.ts';
import { rigDriver } from '../../src/rigs/registry.ts';
import { optionsFor } from '../../src/scan/options.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { type Mouth, type RigFamily, rigKit } from './rig-driver.ts';

export interface TcpBench<Fake> {
  readonly rig: SimRig;
  readonly fake: Fake;
  readonly driver: RigDriver;
  /** that of another process */
  another(): RigDriver;
  /** Time goes by for rig, fake and driver; for the driver that of the clock on the wall too. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

/** What its driver wants beside host and port. */
export interface Login {
  readonly options?: Readonly<Record<string, unknown>>;
  /** by the name of their files */
  readonly secrets?: ReadonlyMap<string, string>;
}

/** What lets the driver of a family in at its fake. */
export function loginOf({ family, usualPort: port, login, options }: FakeRigKind): Login {
  if (login === undefined) return { options: { ...options } };
  const option = login.option ?? optionsFor(kindOf(family), { host: '127.0.0.1', port }, 'secret')?.secret?.option;
  if (option === undefined) throw new Error(`the driver of ${family} takes no secret`);
  const { username, password } = login;
  return {
    options: { ...options, [option]: 'secret', ...(username !== undefined && { username }) },
    secrets: new Map([['secret', password]]),
  };
}

/** The family of that name; throws where there is none. */
export function kindOf(name: string): RigDriverKind {
  const kind = rigDriver(name);
  if (kind === undefined) throw new Error(`no rig driver is named ${name}`);
  return kind;
}

/** A driver of `kind` before a simulated rig with the mouth that `start` gives it. */
export async function tcpBench<
  Fake extends { readonly port: number; readonly options?: Readonly<Record<string, unknown>>; close(): Promise<void> },
>(
  kind: RigDriverKind,
  traits: SimRigTraits,
  start: (rig: SimRig, nowMs: () => number) => Promise<Fake>,
  login: Login = {},
): Promise<TcpBench<Fake>> {
  let now = 0;
  const nowMs = (): number => now;
  const rig = new SimRig(traits, nowMs);
  const fake = await start(rig, nowMs);
  const kit = rigKit('rig-1', login.secrets);
  const at = { host: '127.0.0.1', port: fake.port, ...login.options, ...fake.options };
  const another = (): RigDriver => kind.open(at, { ...kit, nowMs: () => kit.nowMs() + now });
  const driver = another();
  return {
    rig,
    fake,
    driver,
    another,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    close: async () => {
      await driver.close();
      await fake.close();
    },
  };
}

/** The bench of a family that is reached by host and port, for `describeRigDriver`. */
export function familyBench(
  name: string,
  traits: Partial<SimRigTraits>,
  start: (rig: SimRig, nowMs: () => number) => Promise<{ port: number; close(): Promise<void> }>,
  login: Login = {},
): RigFamily['bench'] {
  return async () => {
    const bench = await tcpBench(kindOf(name), { id: 'rig-1', hashRate: 110e12, watts: 3250, ...traits }, start, login);
    return {
      ...bench,
      standsStill: () => bench.rig.look().level === 0,
      refuse: () => bench.rig.misbehave({ refuses: true }),
      meddle: () => bench.rig.misbehave({ changesPools: true }),
    };
  };
}

/** How a family's answers go over the wire, where they are not bare text. */
export interface Wrapping {
  /** an answer of these bytes */
  readonly wrap: (bytes: Uint8Array) => Uint8Array;
  /** what comes before a body that drips or has no end */
  readonly before: string;
}

/** As the body of a good answer, whatever was asked. */
export const asHttp: Wrapping = {
  wrap: (body) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  },
  before: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n',
};

const BARE: Wrapping = { wrap: (bytes) => bytes, before: '' };

/** A driver of the family `name` before a mouth on a socket. */
export async function against(
  name: string,
  mouth: Mouth,
  { wrapping = BARE, login = {} }: { readonly wrapping?: Wrapping; readonly login?: Login } = {},
): Promise<{ readonly driver: RigDriver; close(): Promise<void> }> {
  const { port, close } = await tcpMouth(mouth instanceof Uint8Array ? wrapping.wrap(mouth) : mouth, wrapping.before);
  return { driver: kindOf(name).open({ host: '127.0.0.1', port, ...login.options }, rigKit('rig-1', login.secrets)), close };
}

/** A socket on 127.0.0.1 with a mouth; for families on TCP. `before` comes first where it drips or floods. */
export async function tcpMouth(mouth: Mouth, before = ''): Promise<{ readonly port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.once('data', () => {
      if (mouth instanceof Uint8Array) {
        socket.end(mouth);
        return;
      }
      if (mouth !== 'silent' && before !== '') socket.write(before);
      if (mouth === 'flooding') flood(socket);
      else if (mouth === 'dripping') timers.add(setInterval(() => socket.write('{'), 1_000));
    });
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const timer of timers) clearInterval(timer);
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  if (mouth === 'nobody') await close();
  return { port, close: mouth === 'nobody' ? () => Promise.resolve() : close };
}

function flood(socket: Socket): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** A folder of its own, and its removal. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'rig-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
