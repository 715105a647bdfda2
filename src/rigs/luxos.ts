// Rigs under LuxOS (Antminer S9 to S21), over its cgminer-like socket. A pause is `curtail sleep`: boards and the output
// of the power supply go dark, the control board stays up, and only `wakeup` ends it, a power cut does not.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tcpDevice } from '../transports/tcp-device.ts';
import { flagOf, measureOf, type Pace, paceOf, type Row, stateAwake, textOf, wordOf } from '../wire/rows-4028.ts';
import { type Answer4028, agreed, Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API'),
});

export const luxos = rigDriverKind({
  name: 'luxos',
  maturity: 'simulated',
  about: 'Antminers under LuxOS: sleeps and wakes through its API on port 4028.',
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
  can: { read: true, pause: true, resume: true, halt: false },
  open: luxosRig,
});

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;

function luxosRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const order = (want: Want, signal: AbortSignal): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => curtail(new Talk4028(device, own), want) });
  return {
    read: (signal) => device.run({ signal, urgent: false, work: (own) => look(new Talk4028(device, own), kit) }),
    pause: (signal) => order('sleep', signal),
    resume: (_mode, signal) => order('wakeup', signal),
    close: () => device.close(),
  };
}

/** Three short connections in turn; only the first must succeed, for it holds the state. */
export async function look(talk: Talk4028, kit: RigKit): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const config = await talk.agree('config');
  if (!config.ok) return config;
  const settings = config.value.rows('CONFIG')[0];
  if (settings === undefined) return failed('garbled', `${talk.where}: config: the answer holds no CONFIG`);
  const pace = paceOf(await rowOfAnswer(talk.ask('summary'), 'SUMMARY'));
  const power = await rowOfAnswer(talk.ask('power'), 'POWER');
  const state = stateOf(settings, pace, power);
  return ok(
    rigReading(
      { rig: kit.rig, takenAtMs, state },
      {
        ...wattsOf({ power, state, hashRate: pace.hashRate }),
        ...pace,
        mode: wordOf(settings, 'Profile'),
        identity: wordOf(settings, 'MACAddr') ?? wordOf(settings, 'SerialNumber'),
        firmware: config.value.description,
      },
    ),
  );
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
    outcome = await curtailOnce(talk, want);
    if (outcome.ok || outcome.fault.code !== 'refused') return outcome;
    const config = await talk.agree('config');
    if (config.ok && curtailMode(config.value.rows('CONFIG')[0]) === (want === 'sleep' ? 'sleep' : 'none')) return DONE;
  }
  return outcome;
}

async function curtailOnce(talk: Talk4028, want: Want): Promise<Outcome> {
  const session = await openSession(talk);
  if (!session.ok) return session;
  const { id, ours } = session.value;
  const answer = await talk.ask('curtail', `${id},${want}`);
  // One that we do not end would stand in everybody's way for 60 s; whether the rig agrees changes nothing for us.
  if (ours && answer.ok) await talk.ask('logoff', id);
  const done = agreed(answer, { where: talk.where, command: `curtail ${want}` });
  return done.ok ? DONE : failed(done.fault.code, done.fault.detail.replaceAll(id, '(session)'), done.fault.retry);
}

interface Session {
  /** never in a log or a fault */
  readonly id: string;
  /** opened by us, so ended by us */
  readonly ours: boolean;
}

/**
 * A session is a lock, not a password: a rig has one at a time. Where somebody holds it (code 402) we use his at once and
 * leave it to him, rather than wait 60 s for its end with the battery running down.
 */
async function openSession(talk: Talk4028): Promise<Outcome<Session>> {
  const { where } = talk;
  const fresh = await talk.ask('logon');
  if (!fresh.ok) return fresh;
  const id = sessionIn(fresh.value);
  if (id !== undefined) return ok({ id, ours: true });
  const refusal = agreed(fresh, { where, command: 'logon' });
  if (!refusal.ok && refusal.fault.code !== 'refused') return refusal;
  const held = await talk.ask('session');
  if (!held.ok) return held;
  const theirs = sessionIn(held.value);
  if (theirs !== undefined) return ok({ id: theirs, ours: false });
  return failed('refused', `${where}: logon: refused (code ${fresh.value.code ?? 'none'}), and no session of somebody else to use`);
}

function sessionIn(answer: Answer4028): string | undefined {
  const id = textOf(answer.rows('SESSION')[0], 'SessionID');
  // It goes into a comma-separated parameter: nothing but a plain word may.
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}
