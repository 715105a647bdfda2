// Anything that runs cgminer or bfgminer: USB sticks, old rigs, GPU rigs. A pause disables each device, a resume enables
// it; neither outlives a restart of the miner. It tells no watts and has no identity.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { askTcp } from '../transports/tcp.ts';
import { deviceLane } from '../transports/tcp-lane.ts';
import { hashRateOf, measureOf, type Row, textOf, wholeOf } from '../wire/rows-4028.ts';
import { type Answer4028, agreed, encode4028, understood } from '../wire/socket4028.ts';
import { deviceHost, devicePort, type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

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

type Ask = (command: string, signal: AbortSignal, parameter?: string) => Promise<Outcome<Answer4028>>;

interface Talk {
  readonly ask: Ask;
  readonly where: string;
  readonly signal: AbortSignal;
}

const UPTIME_LIMIT_SECONDS = 1e9;
/** Enabled devices at 0 H/s for no longer than this are taken to be starting. */
const STARTING_SECONDS = 120;
/** cgminer 4.11.1's answer to `devs` when it has none. */
const NO_DEVICES = 10;

function cgminerRig({ host, port }: z.infer<typeof options>, kit: RigKit): RigDriver {
  const where = `${host}:${port}`;
  const lane = deviceLane(where);
  kit.addresses.refresh(host);
  const ask: Ask = async (command, signal, parameter) => {
    const payload = encode4028(command, parameter);
    return understood(await askTcp({ host, port, addresses: kit.addresses, payload, signal }), { where, command });
  };
  return {
    read: (signal) => lane.run({ signal, urgent: false, work: (own) => look({ ask, where, kit, signal: own }) }),
    pause: (signal) => lane.run({ signal, urgent: true, work: (own) => pauseAll({ ask, where, signal: own }) }),
    resume: (mode, signal) => lane.run({ signal, urgent: true, work: (own) => resumeAll({ ask, where, mode, signal: own }) }),
    mayOrder: (signal) => lane.run({ signal, urgent: false, work: (own) => mayOrder({ ask, where, signal: own }) }),
    close: () => lane.close(),
  };
}

/** Two short connections in turn; only the first must succeed, for it holds the state. */
async function look({ ask, where, kit, signal }: Talk & { readonly kit: RigKit }): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const devices = await devicesOf({ ask, where, signal });
  if (!devices.ok) return devices;
  const summary = agreed(await ask('summary', signal), { where, command: 'summary' });
  const row = summary.ok ? summary.value.rows('SUMMARY')[0] : undefined;
  const hashRate = hashRateOf(row);
  const uptimeSeconds = measureOf(row, 'Elapsed', UPTIME_LIMIT_SECONDS);
  const state = stateOf({ devices: devices.value, hashRate, uptimeSeconds });
  const firmware = summary.ok ? summary.value.description : undefined;
  const mode = modeOf(devices.value);
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, { hashRate, uptimeSeconds, firmware, mode }));
}

interface Device {
  readonly kind: 'ASC' | 'PGA' | 'GPU';
  readonly index: number;
  /** as the miner says; undefined where it does not */
  readonly enabled: boolean | undefined;
}

const KINDS = ['ASC', 'PGA', 'GPU'] as const;

async function devicesOf({ ask, where, signal }: Talk): Promise<Outcome<readonly Device[]>> {
  const answer = await ask('devs', signal);
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

interface Facts {
  readonly devices: readonly Device[];
  readonly hashRate: number | undefined;
  readonly uptimeSeconds: number | undefined;
}

/** Paused: it shows devices, and says of each that it is disabled. A miner without devices says nothing of its watts. */
function stateOf({ devices, hashRate, uptimeSeconds }: Facts): RigReading['state'] {
  if (devices.length === 0) return 'unknown';
  if (devices.every((device) => device.enabled === false)) return 'paused';
  if (hashRate !== undefined && hashRate > 0) return 'hashing';
  return hashRate === 0 && uptimeSeconds !== undefined && uptimeSeconds < STARTING_SECONDS ? 'starting' : 'unknown';
}

/** Names the enabled devices where the owner runs only some, so that a resume leaves the others as he had them. */
function modeOf(devices: readonly Device[]): string | undefined {
  const enabled = devices.filter((device) => device.enabled);
  return enabled.length === 0 || enabled.length === devices.length ? undefined : enabled.map(nameOf).join(' ');
}

function nameOf({ kind, index }: Device): string {
  return `${kind}${index}`;
}

async function pauseAll(talk: Talk): Promise<Outcome> {
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  if (devices.value.length === 0) return failed('refused', `${talk.where}: shows no device to pause`, 'later');
  const running = devices.value.filter((device) => device.enabled !== false);
  return setAll({ ...talk, devices: running, verb: 'disable' });
}

async function resumeAll(talk: Talk & { readonly mode: string | undefined }): Promise<Outcome> {
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  if (devices.value.length === 0) return failed('refused', `${talk.where}: shows no device to resume`, 'later');
  const wanted = talk.mode === undefined ? undefined : new Set(talk.mode.split(' '));
  const still = devices.value.filter((device) => device.enabled !== true && (wanted?.has(nameOf(device)) ?? true));
  return setAll({ ...talk, devices: still, verb: 'enable' });
}

/** Goes on after a device that refuses, so that the others at least obey; not after a miner that is gone or forbids it. */
async function setAll(order: Talk & { readonly devices: readonly Device[]; readonly verb: 'disable' | 'enable' }): Promise<Outcome> {
  const { ask, where, signal, devices, verb } = order;
  let outcome: Outcome = DONE;
  for (const device of devices) {
    const command = `${device.kind.toLowerCase()}${verb}`;
    const done = agreed(await ask(command, signal, String(device.index)), { where, command: `${command} ${device.index}` });
    if (done.ok) continue;
    if (outcome.ok) outcome = { ok: false, fault: advised(done.fault) };
    if (done.fault.code !== 'refused') break;
  }
  return outcome;
}

async function mayOrder({ ask, where, signal }: Talk): Promise<Outcome> {
  const answer = agreed(await ask('privileged', signal), { where, command: 'privileged' });
  return answer.ok ? DONE : { ok: false, fault: advised(answer.fault) };
}

function advised(fault: Fault): Fault {
  if (fault.code !== 'unauthorized') return fault;
  return { ...fault, detail: `${fault.detail}; add W: and the address of this machine to api-allow of the miner and restart it` };
}
