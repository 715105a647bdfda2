// Rigs under LuxOS (Antminer S9 to S21), over its cgminer-like socket. A pause is `curtail sleep`: boards and the output
// of the power supply go dark, the control board stays up, and only `wakeup` ends it, a power cut does not.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { tcpDevice } from '../transports/tcp-device.ts';
import { type LuxosHeat, luxosFans, luxosHeat } from '../wire/luxos.ts';
import { poolsAsked } from '../wire/pools.ts';
import { flagOf, measureOf, type Pace, paceOf, type Row, stateAwake, textOf, wordOf } from '../wire/rows-4028.ts';
import { type Answer4028, Talk4028 } from '../wire/socket4028.ts';
import { limitByProfile, ownProfileIn } from './luxos-profiles.ts';
import { ordered } from './luxos-session.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API'),
});

export const luxos = rigDriverKind({
  name: 'luxos',
  maturity: 'simulated',
  about: 'Antminers under LuxOS: sleeps and wakes through its API on port 4028, and is limited by its profiles.',
  options,
  defaults: {
    // The vendor names 25 W asleep, reached within 5 s; the rest of the grace is for a second try.
    pausedWatts: 25,
    graceSeconds: 30,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    // Its usual ramp; the fast one (`mode=unsafe`) ages the chips and is never used.
    resumeMinutes: 2,
    restartMinutes: 8,
    pausePersists: true,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false, limit: true },
  open: luxosRig,
});

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;
/** ms that a look waits at most for what it is whole without */
const BESIDE_MS = 2_000;
/** Nothing is decided by them, and each is a connection more to a miner that serves one at a time. */
const BESIDE_EVERY_MS = 60_000;

/** What no order hangs on. */
type Beside = LuxosHeat & { readonly fansRpm: RigReading['fansRpm'] | undefined };

function luxosRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const beside = askedBeside(kit);
  const order = (want: Want, signal: AbortSignal): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => curtail(new Talk4028(device, own), want) });
  const driver: RigDriver = {
    read: (signal, brief) =>
      device.run({ signal, urgent: brief !== undefined, work: (own) => look(new Talk4028(device, own), kit, { beside, brief }) }),
    pause: (signal) => order('sleep', signal),
    resume: (_mode, signal) => order('wakeup', signal),
    limitWatts: (watts, was, signal) =>
      device.run({ signal, urgent: true, work: (own) => limitByProfile(new Talk4028(device, own), watts, was) }),
    close: () => device.close(),
  };
  const ask = (signal: AbortSignal): ReturnType<typeof poolsAsked> =>
    device.run({ signal, urgent: false, work: (own) => poolsAsked(new Talk4028(device, own)) });
  return tellingSettings(driver, { nowMs: kit.nowMs, ask });
}

/** How it is looked at: `beside` holds what two of the questions told, from one look to the next; a brief one does not put them. */
interface Manner {
  readonly beside: AskedSeldom<Beside>;
  readonly brief: 'brief' | undefined;
}

/** Three short connections in turn, and two more each minute; only the first must succeed, for it holds the state. */
export async function look(
  talk: Talk4028,
  kit: RigKit,
  { beside, brief }: Manner = { beside: askedBeside(kit), brief: undefined },
): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const config = await talk.agree('config');
  if (!config.ok) {
    beside.forget();
    return config;
  }
  const settings = config.value.rows('CONFIG')[0];
  if (settings === undefined) return failed('garbled', `${talk.where}: config: the answer holds no CONFIG`);
  const pace = paceOf(await rowOfAnswer(talk.ask('summary'), 'SUMMARY'));
  const power = await rowOfAnswer(talk.ask('power'), 'POWER');
  const state = stateOf(settings, pace, power);
  const seldom = brief === undefined ? await beside.get(pace.uptimeSeconds, () => besideOf(talk)) : beside.known(pace.uptimeSeconds);
  return ok(
    rigReading(
      { rig: kit.rig, takenAtMs, state },
      {
        ...wattsOf({ power, state, hashRate: pace.hashRate }),
        ...pace,
        algorithm: 'sha256',
        ...seldom?.is,
        mode: wordOf(settings, 'Profile'),
        identity: wordOf(settings, 'MACAddr') ?? wordOf(settings, 'SerialNumber'),
        firmware: config.value.description,
        limit: ownProfileIn(settings),
      },
    ),
  );
}

const askedBeside = ({ nowMs }: RigKit): AskedSeldom<Beside> => new AskedSeldom(nowMs, BESIDE_EVERY_MS);

/** Not told is held as long as told: firmware without these questions is not asked them at each look. Undefined where the look was broken off. */
async function besideOf(looking: Talk4028): Promise<Beside | undefined> {
  const talk = looking.until(AbortSignal.timeout(BESIDE_MS));
  const temps = await talk.agree('temps');
  const fans = await talk.agree('fans');
  if (looking.isOver) return undefined;
  return {
    ...luxosHeat(temps.ok ? temps.value.rows('TEMPS') : [], temps.ok ? temps.value.rows('METADATA')[0] : undefined),
    fansRpm: luxosFans(fans.ok ? fans.value.rows('FANS') : []),
  };
}

async function rowOfAnswer(asking: Promise<Outcome<Answer4028>>, section: string): Promise<Row | undefined> {
  const answer = await asking;
  return answer.ok ? answer.value.rows(section)[0] : undefined;
}

/**
 * In its own words: asleep counts once the power supply's output is dark too, and where it told a rate or watts beside: its word alone
 * proves nothing. Awake at 0 H/s is no word of its own: it may be starting, or have lost its pool and draw full power.
 */
function stateOf(settings: Row, pace: Pace, power: Row | undefined): RigReading['state'] {
  switch (curtailMode(settings)) {
    case 'sleep':
      if (pace.hashRate === undefined && measureOf(power, 'Watts', WATTS_LIMIT) === undefined) return 'unknown';
      return flagOf(settings, 'IsPowerSupplyOn') === true ? 'unknown' : 'paused';
    case 'none':
      return stateAwake(pace, STARTING_SECONDS);
    default:
      return 'unknown';
  }
}

function curtailMode(settings: Row | undefined): string | undefined {
  return textOf(settings, 'CurtailMode')?.toLowerCase();
}

/**
 * `PSU` true: a meter in the power supply. Else a model of the running profile, which says nothing of a rig that stands
 * still: neither its 0 (the control board draws some 25 W) nor the profile's watts while everything else says asleep.
 */
function wattsOf(seen: {
  power: Row | undefined;
  state: RigReading['state'];
  hashRate: number | undefined;
}): Pick<RigReading, 'watts' | 'wattsFrom'> {
  const watts = measureOf(seen.power, 'Watts', WATTS_LIMIT);
  if (watts === undefined) return {};
  if (flagOf(seen.power, 'PSU') === true) return { watts, wattsFrom: 'measured' };
  const standsStill = seen.state === 'paused' && seen.hashRate === 0;
  return watts === 0 || standsStill ? {} : { watts, wattsFrom: 'estimated' };
}

type Want = 'sleep' | 'wakeup';

/** A borrowed session may end between two requests, and one that stood in the way may be gone: so twice. */
const ROUNDS = 2;

async function curtail(talk: Talk4028, want: Want): Promise<Outcome> {
  let outcome: Outcome = DONE;
  for (let round = 0; round < ROUNDS; round++) {
    const done = await ordered(talk, 'curtail', want);
    outcome = done.ok ? DONE : done;
    if (outcome.ok || outcome.fault.code !== 'refused') return outcome;
    const config = await talk.agree('config');
    if (config.ok && curtailMode(config.value.rows('CONFIG')[0]) === (want === 'sleep' ? 'sleep' : 'none')) return DONE;
  }
  return outcome;
}
