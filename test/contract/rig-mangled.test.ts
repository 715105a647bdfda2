// What comes back from a rig over a bad network, from a rig that is broken, or from somebody else, before every driver: a fault of a known
// kind within the deadline, or a reading that is no worse than the truth, and never that it is paused while it hashes. Seeded.

import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { type FakeRigKind, fakeRigs } from '../../src/fakes/registry.ts';
import { startWhatsminerFake } from '../../src/fakes/whatsminer-rig.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver, RigDriverKind } from '../../src/rigs/port.ts';
import { chance } from '../../src/sim/chance.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { MANGLES, type Mangle, type ManglingProxy, manglingProxy, TELLS_LESS, type Weather, type Wire } from '../support/mangling-proxy.ts';
import { closedPage, type RecordedRig, recordedRigs, serveRecorded } from '../support/recorded-rigs.ts';
import { kindOf, loginOf } from './rig-bench.ts';
import { rigKit } from './rig-driver.ts';

interface Closable {
  close(): Promise<void>;
}
type Open = <T extends Closable>(one: T) => T;

/** What a test has opened is closed behind it, the last first; for tests that run beside each other. */
async function closing(test: (open: Open) => Promise<void>): Promise<void> {
  const opened: Closable[] = [];
  try {
    await test((one) => {
      opened.push(one);
      return one;
    });
  } finally {
    for (const one of opened.reverse()) await one.close();
  }
}

/** ms that a question is given; a shell is a process each */
const DEADLINE_MS = 200;
const SHELL_DEADLINE_MS = 3_000;
/** ms of a test: half a dozen run beside each other */
const LONGEST_MS = 120_000;
/** ms beyond it in which it must have ended, on a machine that does other things as well */
const SLACK_MS = 2_000;
/** Of answers that are good JSON and lack something: what is not told is not known, and no pause. */
const SEEDS_OF_LESS = 6;
const AS_BYTES = ['cut', 'bits flipped'];
/** With a shell of its own for each question, fewer must do. */
const FEW = ['cut', 'bits flipped'];

/** What a terminal prints as it stands. */
const PLAIN = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,400}$/u;
const CODES = ['unreachable', 'timeout', 'garbled', 'refused', 'unauthorized', 'unsupported', 'not-asked'];

interface Before {
  readonly kind: RigDriverKind;
  readonly options: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly proxy: ManglingProxy;
  readonly deadlineMs: number;
}

function driverBefore({ kind, options, secrets }: Before): RigDriver {
  return kind.open({ host: '127.0.0.1', ...options }, rigKit('rig-1', secrets));
}

/** A question by its deadline, and what came of it as a sentence where it is not allowed. */
async function asked<T>(
  { what, deadlineMs }: { readonly what: string; readonly deadlineMs: number },
  ask: (signal: AbortSignal) => Promise<Outcome<T>> | undefined,
): Promise<Outcome<T> | undefined> {
  const began = performance.now();
  const outcome = await ask(AbortSignal.timeout(deadlineMs));
  const tookMs = performance.now() - began;
  if (tookMs > deadlineMs + SLACK_MS) throw new Error(`${what}: it ended after ${Math.round(tookMs)} ms`);
  if (outcome === undefined || outcome.ok) return outcome;
  if (!CODES.includes(outcome.fault.code) || !PLAIN.test(outcome.fault.detail)) {
    throw new Error(`${what}: no fault for a person: ${JSON.stringify(outcome.fault)}`);
  }
  return outcome;
}

function judged(what: string, reading: Outcome<RigReading> | undefined, hashes: boolean): void {
  if (reading === undefined || !reading.ok) return;
  const { state, watts = 0, hashRate = 0, uptimeSeconds = 0 } = reading.value;
  if (hashes && state === 'paused') throw new Error(`${what}: it is taken for paused, and it hashes: ${JSON.stringify(reading.value)}`);
  for (const figure of [watts, hashRate, uptimeSeconds]) {
    if (!Number.isFinite(figure) || figure < 0) throw new Error(`${what}: no figure: ${JSON.stringify(reading.value)}`);
  }
}

function wireOf({ family, over }: FakeRigKind): Wire {
  if (over === 'ssh') return 'stand-in';
  return ['luxos', 'sealminer', 'avalon', 'cgminer', 'teamredminer', 'whatsminer'].includes(family) ? 'bare' : 'http';
}

const traits = { id: 'rig-1', watts: 1_060, hashRate: 110e12, pausedWatts: 25 } as const;
const nowMs = (): number => performance.now();

/** A rig that is played and hashes on whatever it is told, behind the proxy. */
async function beforeFake(open: Open, kind: FakeRigKind, api?: 'v2' | 'v3'): Promise<Before> {
  const wire = api === 'v3' ? 'frames' : wireOf(kind);
  const rig = new SimRig(traits, nowMs);
  rig.behave({ refuses: true });
  const fake = open(await (api === undefined ? kind.start({ rig, nowMs }) : startWhatsminerFake({ rig, nowMs, has: api })));
  const port = api === 'v3' ? (fake as { readonly framedPort?: number }).framedPort : fake.port;
  const proxy = open(await manglingProxy(() => port ?? 0, wire));
  const { options = {}, secrets = new Map() } = loginOf(kind);
  const deadlineMs = kind.over === 'ssh' ? SHELL_DEADLINE_MS : DEADLINE_MS;
  const own = { ...options, ...('options' in fake && fake.options), ...(api !== undefined && { api }) };
  if (api === 'v3')
    return {
      kind: kindOf(kind.family),
      options: { ...own, framedPort: proxy.port },
      secrets: new Map([['secret', 'notsuper']]),
      proxy,
      deadlineMs,
    };
  return { kind: kindOf(kind.family), options: { ...own, port: proxy.port }, secrets, proxy, deadlineMs };
}

async function beforeRecorded(open: Open, rig: RecordedRig): Promise<Before> {
  const server = open(await serveRecorded(rig));
  const proxy = open(await manglingProxy(() => server.port, rig.wire));
  const page = rig.refusesLogin && open(await closedPage());
  const options = { ...rig.options, ...(page && { port: page.port }), [rig.portOption ?? 'port']: proxy.port };
  return { kind: kindOf(rig.family), options, secrets: rig.secrets ?? new Map(), proxy, deadlineMs: DEADLINE_MS };
}

/** Whether it is read at all through good weather, and hashes. */
async function hashesBefore(before: Before): Promise<boolean> {
  const driver = driverBefore(before);
  const reading = await driver.read?.(AbortSignal.timeout(5_000));
  await driver.close();
  if (!reading?.ok) throw new Error(`it is not read at all: ${reading?.fault.detail}`);
  return reading.value.state !== 'paused';
}

/** A driver that has read it well, then reads and orders through this weather, and reads it well again. */
async function through(before: Before, what: string, weather: Weather, hashes: boolean): Promise<void> {
  const driver = driverBefore(before);
  before.proxy.be(undefined);
  await driver.read?.(AbortSignal.timeout(5_000));
  before.proxy.be(weather);
  judged(`${what}, read`, await asked({ what: `${what}, read`, deadlineMs: before.deadlineMs }, (signal) => driver.read?.(signal)), hashes);
  await asked({ what: `${what}, pause`, deadlineMs: before.deadlineMs }, (signal) => driver.pause?.(signal));
  judged(
    `${what}, read behind a pause`,
    await asked({ what: `${what}, read behind a pause`, deadlineMs: before.deadlineMs }, (signal) => driver.read?.(signal)),
    hashes,
  );
  before.proxy.be(undefined);
  await driver.close();
  // Whom it has met in bad weather first is known no better.
  const fresh = driverBefore(before);
  before.proxy.be(weather);
  judged(
    `${what}, first read`,
    await asked({ what: `${what}, first read`, deadlineMs: before.deadlineMs }, (signal) => fresh.read?.(signal)),
    hashes,
  );
  before.proxy.be(undefined);
  await fresh.close();
}

/** Each way to be changed with its length put right; some as bytes. */
function waysOf(few: boolean): readonly { readonly how: string; readonly mangle: Mangle; readonly whole: boolean }[] {
  const all = [...MANGLES].map(([how, mangle]) => ({ how, mangle }));
  const some = (names: readonly string[]) => all.filter(({ how }) => names.includes(how));
  if (few) return some(FEW).map((one) => ({ ...one, whole: true }));
  return [...all.map((one) => ({ ...one, whole: true })), ...some(AS_BYTES).map((one) => ({ ...one, whole: false }))];
}

async function throughAll(before: Before, name: string, { few = false }: { readonly few?: boolean } = {}): Promise<void> {
  const hashes = await hashesBefore(before);
  for (const { how, mangle, whole } of waysOf(few)) {
    const what = `${name}, ${how}, ${whole ? 'whole' : 'as bytes'}`;
    await through(before, what, { mangle, chance: chance(1, what), share: 0.5, whole }, hashes);
  }
  for (let seed = 1; seed <= (few ? 0 : SEEDS_OF_LESS); seed += 1) {
    const what = `${name}, telling less, seed ${seed}`;
    await read(before, { what, weather: { mangle: TELLS_LESS, chance: chance(seed, what), share: 0.6, whole: true }, hashes });
  }
  await through(before, `${name}, a login page`, 'login', hashes);
}

/** A driver that has read it well, and reads it again through this weather. */
async function read(before: Before, how: { readonly what: string; readonly weather: Weather; readonly hashes: boolean }): Promise<void> {
  const { what, weather, hashes } = how;
  const driver = driverBefore(before);
  await driver.read?.(AbortSignal.timeout(5_000));
  before.proxy.be(weather);
  for (let times = 0; times < 3; times += 1) {
    const reading = await asked({ what, deadlineMs: before.deadlineMs }, (signal) => driver.read?.(signal));
    judged(what, reading, hashes);
  }
  before.proxy.be(undefined);
  await driver.close();
}

const apiOf = ({ family }: FakeRigKind): 'v2' | undefined => (family === 'whatsminer' ? 'v2' : undefined);
const PLAYED = fakeRigs.map((kind) => [kind.family, kind] as const);

describe('answers that come changed', () => {
  it.concurrent.each(PLAYED)(
    'from a rig that is played: %s',
    (family, kind) =>
      closing(async (open) => {
        await throughAll(await beforeFake(open, kind, apiOf(kind)), family, { few: kind.over === 'ssh' });
      }),
    LONGEST_MS,
  );

  it.concurrent('from a rig that is played: whatsminer over API 3', () =>
    closing(async (open) => {
      const kind = fakeRigs.find(({ family }) => family === 'whatsminer');
      if (kind === undefined) throw new Error('it is not played');
      await throughAll(await beforeFake(open, kind, 'v3'), 'whatsminer over API 3');
    }));

  for (const rig of recordedRigs) {
    it.concurrent(
      `as they were recorded: ${rig.family}, ${rig.of}`,
      () => closing(async (open) => throughAll(await beforeRecorded(open, rig), `${rig.family} ${rig.of}`)),
      LONGEST_MS,
    );
  }
});

it.concurrent.each(PLAYED)('answers that come a byte at a time end by the deadline: %s', (family, kind) =>
  closing(async (open) => {
    const before = await beforeFake(open, kind, apiOf(kind));
    const driver = open(driverBefore(before));
    before.proxy.be('drip');
    judged(family, await asked({ what: `${family}, dripping`, deadlineMs: before.deadlineMs }, (signal) => driver.read?.(signal)), true);
    await asked({ what: `${family}, dripping, pause`, deadlineMs: before.deadlineMs }, (signal) => driver.pause?.(signal));
  }),
);

it.concurrent.each(PLAYED)('answers that send us elsewhere are not followed: %s', (family, kind) =>
  closing(async (open) => {
    let met = 0;
    const trap = createServer((socket) => {
      met += 1;
      socket.destroy();
    });
    const port = await listen(trap);
    open({ close: () => new Promise<void>((resolve) => trap.close(() => resolve())) });
    const before = await beforeFake(open, kind, apiOf(kind));
    const driver = open(driverBefore(before));
    await driver.read?.(AbortSignal.timeout(5_000));
    before.proxy.be({ elsewhere: port });
    const reading = await asked({ what: `${family}, elsewhere`, deadlineMs: before.deadlineMs }, (signal) => driver.read?.(signal));
    expect(reading?.ok).toBe(false);
    expect(
      (await asked({ what: `${family}, elsewhere, pause`, deadlineMs: before.deadlineMs }, (signal) => driver.pause?.(signal)))?.ok,
    ).toBe(false);
    expect(met).toBe(0);
  }),
);
