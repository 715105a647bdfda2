// TeamRedMiner on a computer with AMD cards, over its sgminer-like API: a pause disables each card, a resume enables it; neither
// outlives a restart of the miner. A paused card keeps its memory filled, and draws more than an idle one.
import { z } from 'zod';
import { DONE, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { tcpDevice } from '../transports/tcp-device.ts';
import {
  advised,
  type Device4028,
  devicesOf,
  disableAll,
  enableAll,
  hottestOfDevices,
  modeOfDevices,
  stateOfDevices,
} from '../wire/devices-4028.ts';
import { poolsAsked } from '../wire/pools.ts';
import { hashRateOf, measureOf, paceOf, wordOf } from '../wire/rows-4028.ts';
import { Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the computer it runs on; TeamRedMiner wants --api_listen=0.0.0.0:4028 to be reached'),
  port: devicePort(4028).describe('port of its --api_listen'),
});

export const teamredminer = rigDriverKind({
  name: 'teamredminer',
  maturity: 'simulated',
  about:
    'TeamRedMiner on AMD cards: disables and enables each card. Its watts are those of the cards alone: measure watts and pausedWatts.',
  options,
  defaults: {
    // Six cards that keep their memory filled, at 25 W, and a computer that idles; what it is for yours only a meter says.
    pausedWatts: 200,
    // Cards stand still within 1 to 3 s, and its rate of 30 s shows it only once those are over.
    graceSeconds: 45,
    coolDownSeconds: 15,
    // 5 to 20 s to its full rate.
    resumeMinutes: 0.5,
    restartMinutes: 4,
    pausePersists: false,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: teamredminerRig,
});

const ADVICE = 'let the address of this machine give orders (W:) at the API of the miner, and restart it';
/** W; a disabled card that is said to draw more does not stand still */
const STILL_WATTS = 100;
/** W of one card */
const CARD_WATTS_LIMIT = 2_000;
/** ms for which its algorithm holds: it changes with a restart alone */
const ALGORITHM_MS = 600_000;

/** What holds from one look to the next. */
interface Remembered {
  algorithm?: { readonly is: string; readonly askedAtMs: number } | undefined;
}

function teamredminerRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const remembered: Remembered = {};
  const order = (signal: AbortSignal, work: (talk: Talk4028) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => work(new Talk4028(device, own)) });
  const driver: RigDriver = {
    read: (signal, brief) =>
      device.run({ signal, urgent: brief !== undefined, work: (own) => look(new Talk4028(device, own), kit, remembered) }),
    pause: (signal) => order(signal, (talk) => disableAll(talk, ADVICE)),
    resume: (mode, signal) => order(signal, (talk) => enableAll(talk, mode, ADVICE)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => mayOrder(new Talk4028(device, own)) }),
    close: () => device.close(),
  };
  const ask = (signal: AbortSignal): ReturnType<typeof poolsAsked> =>
    device.run({ signal, urgent: false, work: (own) => poolsAsked(new Talk4028(device, own)) });
  return tellingSettings(driver, { nowMs: kit.nowMs, ask });
}

/** Short connections in turn; only the first must succeed, for it holds the state. */
export async function look(talk: Talk4028, kit: RigKit, remembered: Remembered = {}): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const cards = await devicesOf(talk);
  if (!cards.ok) return cards;
  const { state, ...rest } = await seenAt(talk, cards.value);
  const { algorithm } = remembered;
  if (algorithm === undefined || takenAtMs - algorithm.askedAtMs >= ALGORITHM_MS) {
    const is = await algorithmOf(talk);
    remembered.algorithm = is === undefined ? undefined : { is, askedAtMs: takenAtMs };
  }
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, { ...rest, algorithm: remembered.algorithm?.is }));
}

type Seen = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'watts' | 'wattsFrom' | 'temperatureC' | 'fansRpm' | 'uptimeSeconds' | 'mode' | 'firmware']:
    | RigReading[K]
    | undefined;
};

async function seenAt(talk: Talk4028, cards: readonly Device4028[]): Promise<Seen> {
  const summary = await talk.agree('summary');
  const told = paceOf(summary.ok ? summary.value.rows('SUMMARY')[0] : undefined);
  const pace = { ...told, hashRate: told.hashRate ?? summed(cards.map(({ row }) => hashRateOf(row))) };
  // By the sensors of the cards: less than what the plug gives.
  const watts = cards.map(({ row }) => measureOf(row, 'GPU Power', CARD_WATTS_LIMIT));
  const total = summed(watts);
  const words = stateOfDevices(cards, pace);
  const draws = watts.some((figure) => figure !== undefined && figure >= STILL_WATTS);
  const fansRpm = cards.flatMap(({ row }) => measureOf(row, 'Fan Speed', 30_000) ?? []);
  return {
    state: words === 'paused' && draws ? 'unknown' : words,
    ...pace,
    watts: total,
    wattsFrom: total === undefined ? undefined : 'estimated',
    temperatureC: hottestOfDevices(cards),
    fansRpm: fansRpm.length === 0 ? undefined : fansRpm,
    mode: modeOfDevices(cards),
    firmware: summary.ok ? summary.value.description : undefined,
  };
}

/** Undefined where one of them is, and where there are none. */
function summed(figures: readonly (number | undefined)[]): number | undefined {
  if (figures.length === 0) return undefined;
  return figures.reduce((sum, figure) => (sum === undefined || figure === undefined ? undefined : sum + figure), 0);
}

/** That of its first pool. */
async function algorithmOf(talk: Talk4028): Promise<string | undefined> {
  const pools = await talk.agree('pools');
  const word = pools.ok ? wordOf(pools.value.rows('POOLS')[0], 'Algorithm')?.toLowerCase() : undefined;
  return word !== undefined && /^[a-z0-9/_-]{1,32}$/.test(word) ? word : undefined;
}

/** It knows only part of the commands of sgminer: where it has no word for rights, whoever reaches it may give orders. */
async function mayOrder(talk: Talk4028): Promise<Outcome> {
  const answer = await talk.agree('privileged');
  if (answer.ok) return DONE;
  if (answer.fault.code !== 'unsupported') return { ok: false, fault: advised(answer.fault, ADVICE) };
  const devices = await devicesOf(talk);
  return devices.ok ? DONE : devices;
}
