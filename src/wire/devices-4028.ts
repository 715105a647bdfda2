// The devices behind port 4028 of cgminer and what took over its API: each is read, disabled and enabled by its number. What
// several families of rigs share; the socket is the transport's work.
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { measureOf, type Pace, type Row, stateAwake, textOf, wholeOf } from './rows-4028.ts';
import { type Answer4028, agreed, type Talk4028 } from './socket4028.ts';

const KINDS = ['ASC', 'PGA', 'GPU'] as const;

export interface Device4028 {
  readonly kind: (typeof KINDS)[number];
  readonly index: number;
  /** as the miner says; undefined where it does not */
  readonly enabled: boolean | undefined;
  readonly row: Row;
}

/** cgminer 4.11.1's answer to `devs` when it has none. */
const NO_DEVICES = 10;
/** The warning "GPU must be restarted first", which is no yes. */
const RESTART_FIRST = 4;
/** Enabled devices at 0 H/s for no longer than this are taken to be starting. */
const STARTING_SECONDS = 120;
/** °C; a device that is hotter is no more */
const HOTTEST = 150;

export async function devicesOf(talk: Talk4028): Promise<Outcome<readonly Device4028[]>> {
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

function deviceOf(row: Row): Device4028 | undefined {
  for (const kind of KINDS) {
    const index = wholeOf(row, kind);
    if (index !== undefined) return { kind, index, enabled: enabledIn(row), row };
  }
  return undefined;
}

function enabledIn(row: Row): boolean | undefined {
  const word = textOf(row, 'Enabled');
  return word === 'Y' ? true : word === 'N' ? false : undefined;
}

/** Paused: it shows devices, and says of each that it is disabled. A miner without devices says nothing of its watts. */
export function stateOfDevices(devices: readonly Device4028[], pace: Pace): RigReading['state'] {
  if (devices.length === 0) return 'unknown';
  return devices.every((device) => device.enabled === false) ? 'paused' : stateAwake(pace, STARTING_SECONDS);
}

/** Names the enabled devices where the owner runs only some, so that a resume leaves the others as he had them. */
export function modeOfDevices(devices: readonly Device4028[]): string | undefined {
  const enabled = devices.filter((device) => device.enabled);
  return enabled.length === 0 || enabled.length === devices.length ? undefined : enabled.map(nameOf).join(' ');
}

/** °C of the hottest of them; 0 stands for no sensor. Undefined where none tells. */
export function hottestOfDevices(devices: readonly Device4028[]): number | undefined {
  const warm = devices.flatMap(({ row }) => measureOf(row, 'Temperature', HOTTEST) ?? []).filter((celsius) => celsius > 0);
  return warm.length === 0 ? undefined : Math.max(...warm);
}

function nameOf({ kind, index }: Device4028): string {
  return `${kind}${index}`;
}

/** `advice` ends a sentence for who may give no orders: how to let this machine give them. */
export function disableAll(talk: Talk4028, advice: string): Promise<Outcome> {
  return setAll(talk, { verb: 'disable', which: ({ enabled }) => enabled !== false, advice });
}

/** Those of the mode that a reading gave; all where it gave none. */
export function enableAll(talk: Talk4028, mode: string | undefined, advice: string): Promise<Outcome> {
  const wanted = mode === undefined ? undefined : new Set(mode.split(' '));
  const which = (device: Device4028): boolean => device.enabled !== true && (wanted?.has(nameOf(device)) ?? true);
  return setAll(talk, { verb: 'enable', which, advice });
}

interface Setting {
  readonly verb: 'disable' | 'enable';
  readonly which: (device: Device4028) => boolean;
  readonly advice: string;
}

/** Goes on after a device that refuses, so that the others at least obey; not after a miner that is gone or forbids it. */
async function setAll(talk: Talk4028, { verb, which, advice }: Setting): Promise<Outcome> {
  const { where } = talk;
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  if (devices.value.length === 0) return failed('refused', `${where}: shows no device to ${verb}`, 'later');
  let outcome: Outcome = DONE;
  for (const device of devices.value.filter(which)) {
    const command = `${device.kind.toLowerCase()}${verb}`;
    const done = carriedOut(await talk.ask(command, String(device.index)), { where, command: `${command} ${device.index}` });
    if (done.ok) continue;
    if (outcome.ok) outcome = { ok: false, fault: advised(done.fault, advice) };
    if (done.fault.code !== 'refused') break;
  }
  return outcome;
}

function carriedOut(answer: Outcome<Answer4028>, asked: { readonly where: string; readonly command: string }): Outcome {
  const done = agreed(answer, asked);
  if (!done.ok) return done;
  if (done.value.letter !== 'W' || done.value.code !== RESTART_FIRST) return DONE;
  return failed('refused', `${asked.where}: ${asked.command}: this card hangs: restart the miner`, 'later');
}

/** The same fault, with what to do about missing rights. */
export function advised(fault: Fault, advice: string): Fault {
  return fault.code === 'unauthorized' ? { ...fault, detail: `${fault.detail}; ${advice}` } : fault;
}
