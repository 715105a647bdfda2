// Anything that runs cgminer or bfgminer: USB sticks, old rigs, GPU rigs. A pause disables each device, a resume enables
// it; neither outlives a restart of the miner. It tells no watts and has no identity.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tcpDevice } from '../transports/tcp-device.ts';
import { type Pace, paceOf, type Row, stateAwake, textOf, wholeOf } from '../wire/rows-4028.ts';
import { agreed, Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the miner'),
  port: devicePort(4028).describe('its api-port'),
});

export const cgminer = rigDriverKind({
  name: 'cgminer',
  maturity: 'simulated',
  about: 'cgminer and bfgminer: disables and enables each device; wants W: for this machine in api-allow.',
  options,
  defaults: {
    // Devices stop within 1 s and start within 10; what the machine around them draws nobody says, so this is a guess.
    pausedWatts: 40,
    graceSeconds: 15,
    coolDownSeconds: 30,
    resumeMinutes: 0.2,
    restartMinutes: 3,
    pausePersists: false,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: cgminerRig,
});

/** Enabled devices at 0 H/s for no longer than this are taken to be starting. */
const STARTING_SECONDS = 120;
/** cgminer 4.11.1's answer to `devs` when it has none. */
const NO_DEVICES = 10;

function cgminerRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  return {
    read: (signal) => device.run({ signal, urgent: false, work: (own) => look(new Talk4028(device, own), kit) }),
    pause: (signal) => device.run({ signal, urgent: true, work: (own) => pauseAll(new Talk4028(device, own)) }),
    resume: (mode, signal) => device.run({ signal, urgent: true, work: (own) => resumeAll(new Talk4028(device, own), mode) }),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => mayOrder(new Talk4028(device, own)) }),
    close: () => device.close(),
  };
}

/** Two short connections in turn; only the first must succeed, for it holds the state. */
export async function look(talk: Talk4028, kit: RigKit): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  const summary = await talk.agree('summary');
  const pace = paceOf(summary.ok ? summary.value.rows('SUMMARY')[0] : undefined);
  const state = stateOf(devices.value, pace);
  const firmware = summary.ok ? summary.value.description : undefined;
  const mode = modeOf(devices.value);
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, { ...pace, firmware, mode }));
}

const KINDS = ['ASC', 'PGA', 'GPU'] as const;

interface Device {
  readonly kind: (typeof KINDS)[number];
  readonly index: number;
  /** as the miner says; undefined where it does not */
  readonly enabled: boolean | undefined;
}

async function devicesOf(talk: Talk4028): Promise<Outcome<readonly Device[]>> {
  const { where } = talk;
  const answer = await talk.ask('devs');
  if (answer.ok && answer.value.code === NO_DEVICES) return ok([]);
  const shown = agreed(answer, { where, command: 'devs' });
  if (!shown.ok) return shown;
  const rows = shown.value.rows('DEVS');
  const devices = rows.flatMap((row) => deviceOf(row) ?? []);
  // A row that cannot be read may be a device that hashes: with it missing, the rest would prove nothing.
  return devices.length === rows.length ? ok(devices) : failed('garbled', `${where}: devs: a device of an unknown kind`);
}

function deviceOf(row: Row): Device | undefined {
  for (const kind of KINDS) {
    const index = wholeOf(row, kind);
    if (index !== undefined) return { kind, index, enabled: enabledIn(row) };
  }
  return undefined;
}

function enabledIn(row: Row): boolean | undefined {
  const word = textOf(row, 'Enabled');
  return word === 'Y' ? true : word === 'N' ? false : undefined;
}

/** Paused: it shows devices, and says of each that it is disabled. A miner without devices says nothing of its watts. */
function stateOf(devices: readonly Device[], pace: Pace): RigReading['state'] {
  if (devices.length === 0) return 'unknown';
  return devices.every((device) => device.enabled === false) ? 'paused' : stateAwake(pace, STARTING_SECONDS);
}

/** Names the enabled devices where the owner runs only some, so that a resume leaves the others as he had them. */
function modeOf(devices: readonly Device[]): string | undefined {
  const enabled = devices.filter((device) => device.enabled);
  return enabled.length === 0 || enabled.length === devices.length ? undefined : enabled.map(nameOf).join(' ');
}

function nameOf({ kind, index }: Device): string {
  return `${kind}${index}`;
}

function pauseAll(talk: Talk4028): Promise<Outcome> {
  return setAll(talk, 'disable', ({ enabled }) => enabled !== false);
}

function resumeAll(talk: Talk4028, mode: string | undefined): Promise<Outcome> {
  const wanted = mode === undefined ? undefined : new Set(mode.split(' '));
  return setAll(talk, 'enable', (device) => device.enabled !== true && (wanted?.has(nameOf(device)) ?? true));
}

/** Goes on after a device that refuses, so that the others at least obey; not after a miner that is gone or forbids it. */
async function setAll(talk: Talk4028, verb: 'disable' | 'enable', which: (device: Device) => boolean): Promise<Outcome> {
  const { where } = talk;
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  if (devices.value.length === 0) return failed('refused', `${where}: shows no device to ${verb}`, 'later');
  let outcome: Outcome = DONE;
  for (const device of devices.value.filter(which)) {
    const command = `${device.kind.toLowerCase()}${verb}`;
    const done = agreed(await talk.ask(command, String(device.index)), { where, command: `${command} ${device.index}` });
    if (done.ok) continue;
    if (outcome.ok) outcome = { ok: false, fault: advised(done.fault) };
    if (done.fault.code !== 'refused') break;
  }
  return outcome;
}

async function mayOrder(talk: Talk4028): Promise<Outcome> {
  const answer = await talk.agree('privileged');
  return answer.ok ? DONE : { ok: false, fault: advised(answer.fault) };
}

function advised(fault: Fault): Fault {
  if (fault.code !== 'unauthorized') return fault;
  return { ...fault, detail: `${fault.detail}; add W: and the address of this machine to api-allow of the miner and restart it` };
}
