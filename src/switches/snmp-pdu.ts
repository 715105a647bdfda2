// Switched outlets of a PDU over SNMP, each kind by its own table of objects. What was set is read back until it is so: some
// outlets are delayed, and a datagram may be lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DONE, type Fault, type FaultCode, failed, type Outcome, ok } from '../model/outcome.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { loadNetSnmp, type SnmpIdentity, type SnmpLibrary } from '../transports/net-snmp.ts';
import { SnmpDevice, type SnmpTurn } from '../transports/snmp-device.ts';
import { outletName, outletOid, outletOn, type PduMib, type PduMibName, pduMib, pduMibs } from '../wire/snmp-pdus.ts';
import { OutletDirectory } from './pdu/names.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';

const names = pduMibs.map(({ name }) => name) as unknown as readonly [PduMibName, ...PduMibName[]];
/** What may stand behind the colon of a switch. */
const CHANNEL = /^[a-z0-9-]{1,32}$/;
const nameless = pduMibs.filter((mib) => !('names' in mib) || mib.names === undefined).map(({ name }) => name);
const believed = pduMibs.filter(({ sure }) => sure === 'believed').map(({ name }) => name);

/** RFC 3414: no shorter secret makes a key. */
const LEAST_SECRET = 8;

export const snmpPduOptions = z
  .strictObject({
    host: deviceHost.describe('address of the PDU'),
    port: devicePort(161).describe('UDP port of its agent'),
    mib: z
      .enum(names)
      .describe(`which objects it has: see its MIB. Not from the vendor's own papers, so try them first: ${believed.join(', ')}`),
    outlets: z
      .array(z.int().min(1, 'outlets are counted from 1').max(96))
      .max(48)
      .refine((outlets) => new Set(outlets).size === outlets.length, 'an outlet stands here twice')
      .default([])
      .describe('the outlets that are used, by the numbers printed on it: pdu:1, pdu:2 …'),
    named: z
      .record(z.string().regex(CHANNEL, 'a channel is a-z, 0-9 and -, as in pdu:ash'), z.string().min(1).max(64))
      .refine((named) => Object.keys(named).length <= 48, 'more than 48 outlets')
      .refine((named) => new Set(Object.values(named)).size === Object.keys(named).length, 'an outlet stands here twice')
      .default({})
      .describe(`outlets by the names they bear on the PDU: named: { ash: S19 left } gives pdu:ash. Not with ${nameless.join(', ')}`),
    unit: z.int().min(1).max(64).default(1).describe('which PDU of a chain, where mib counts them (raritan)'),
    version: z
      .enum(['v1', 'v2c', 'v3'])
      .default('v2c')
      .describe('v3: encrypted, with username, passwordFile and keyFile; the others show the community to the wire'),
    username: userName.optional().describe('v3: its user'),
    passwordFile: secretFile.describe('file with the community that may write; v3: with the password that proves who we are'),
    keyFile: secretFile.optional().describe('v3: file with the password that encrypts'),
    authProtocol: z.enum(['md5', 'sha', 'sha256', 'sha512']).default('sha').describe('v3: how we prove who we are'),
    privProtocol: z
      .enum(['des', 'aes', 'aes256b', 'aes256r'])
      .default('aes')
      .describe('v3: how it is encrypted; aes256r: as on Cisco, aes256b: as in the draft'),
  })
  .superRefine(({ version, username, keyFile, outlets, named, mib }, context) => {
    const wrong = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    const channels = Object.keys(named);
    if (outlets.length + channels.length === 0) wrong('outlets', 'no outlet is used: give outlets or named');
    const twice = channels.find((channel) => outlets.map(String).includes(channel));
    if (twice !== undefined) wrong('named', `"${twice}" is in outlets already: choose another name for this channel`);
    if (channels.length > 0 && pduMib(mib)?.names === undefined) wrong('named', `the outlets of ${mib} bear no names: use outlets`);
    if (version === 'v3' && username === undefined) wrong('username', 'v3 wants a username');
    if (version === 'v3' && keyFile === undefined) wrong('keyFile', 'v3 wants a keyFile: without it nothing is encrypted');
    if (version !== 'v3' && username !== undefined) wrong('username', `${version} knows no users; say version: v3`);
    if (version !== 'v3' && keyFile !== undefined) wrong('keyFile', `${version} encrypts nothing; say version: v3`);
  });

export type SnmpPduOptions = z.infer<typeof snmpPduOptions>;

export const snmpPdu = switchDriverKind({
  name: 'snmp-pdu',
  maturity: 'simulated',
  about: 'Switched outlets of a PDU over SNMP: APC, CyberPower, Raritan. Single outlets only, at once and never delayed.',
  options: snmpPduOptions,
  channels: ({ outlets, named }) => [...outlets.map(String), ...Object.keys(named)],
  holds: true,
  canRead: () => true,
  way: ({ host, passwordFile, keyFile }) => ({ host, secretFiles: keyFile === undefined ? [passwordFile] : [passwordFile, keyFile] }),
  wiring: ({ host, port, mib, unit, named }, channel) => {
    const name = named[channel];
    const outlet = name === undefined ? channel : JSON.stringify(name);
    return `${host}:${port} ${mib} outlet ${pduMib(mib)?.byUnit === true ? `${unit}.` : ''}${outlet}`;
  },
  open: (options, kit) => openSnmpPdu(options, kit, () => loadNetSnmp()),
});

/** With a library of the caller's choice, which is loaded at once, so that the first step does not wait for it. */
export function openSnmpPdu(options: SnmpPduOptions, kit: SwitchKit, load: () => Promise<Outcome<SnmpLibrary>>): Board {
  const { host, port, outlets, named, unit } = options;
  const mib = pduMib(options.mib);
  if (mib === undefined) throw new Error(`no table for mib ${options.mib}`);
  const device = new SnmpDevice({
    host,
    port,
    addresses: kit.addresses,
    contacts: outlets.length + Object.keys(named).length,
    loading: load(),
    ...identityOf(options, kit),
  });
  const directory = new OutletDirectory({ device, mib, unit, nowMs: kit.nowMs });
  const finders: [string, Finder][] = [
    ...outlets.map((outlet): [string, Finder] => [String(outlet), byNumber(outlet)]),
    ...Object.entries(named).map(([channel, name]): [string, Finder] => [channel, new ByName({ device, mib, unit, directory, name })]),
  ];
  const contacts = new Map(finders.map(([channel, finder]) => [channel, contactOf(new PduOutlet({ device, mib, unit, finder }))]));
  return boardOf(kit.board, contacts, () => device.close());
}

function contactOf(outlet: PduOutlet): Switch {
  return {
    set: (want, signal) => outlet.set(want === 'fed', signal),
    read: async (signal) => {
      const on = await outlet.isOn({ signal, urgent: false });
      return on.ok ? ok(on.value ? 'fed' : 'cut') : on;
    },
  };
}

function identityOf(options: SnmpPduOptions, kit: SwitchKit): { readonly identity: SnmpIdentity | undefined; readonly without: string } {
  const { version, username, passwordFile, keyFile, authProtocol, privProtocol } = options;
  const password = kit.secrets.get(passwordFile);
  if (password === undefined) return { identity: undefined, without: 'the file of passwordFile could not be read; mend it and reload' };
  if (version !== 'v3') return { identity: { version, community: password }, without: '' };
  const key = keyFile === undefined ? undefined : kit.secrets.get(keyFile);
  if (key === undefined) return { identity: undefined, without: 'the file of keyFile could not be read; mend it and reload' };
  if (password.length < LEAST_SECRET || key.length < LEAST_SECRET) {
    return {
      identity: undefined,
      without: `SNMP v3 takes no password or key under ${LEAST_SECRET} characters: set longer ones there and in the files`,
    };
  }
  return { identity: { version, username: username ?? '', authProtocol, password, privProtocol, key }, without: '' };
}

/** ms between two looks at an outlet that was told to move */
const LOOK_AGAIN_MS = 250;
/** What no second try mends. */
const FINAL: ReadonlySet<FaultCode> = new Set(['unauthorized', 'unsupported', 'refused']);

/** Which outlet is meant, now. */
interface Finder {
  find(turn: SnmpTurn): Promise<Outcome<number>>;
}

function byNumber(outlet: number): Finder {
  return { find: async () => ok(outlet) };
}

interface Told {
  readonly device: SnmpDevice;
  readonly mib: PduMib;
  readonly unit: number;
}

interface NameKit extends Told {
  readonly directory: OutletDirectory;
  readonly name: string;
}

interface OutletKit extends Told {
  readonly finder: Finder;
}

/** Looks each time whether the outlet still bears its name: whoever moves the plugs renames the outlets, and says nothing to us. */
class ByName implements Finder {
  readonly #kit: NameKit;
  #found: number | undefined;

  constructor(kit: NameKit) {
    this.#kit = kit;
  }

  async find(turn: SnmpTurn): Promise<Outcome<number>> {
    const { device, mib, unit, directory, name } = this.#kit;
    if (this.#found !== undefined) {
      const told = await device.get([outletOid(mib.names ?? '', mib, { outlet: this.#found, unit })], turn);
      if (told.ok && outletName(told.value[0]) === name) return ok(this.#found);
      if (!told.ok && told.fault.code !== 'unsupported') return told;
      directory.forget();
    }
    const found = await directory.find(name, turn);
    this.#found = found.ok ? found.value : undefined;
    return found;
  }
}

class PduOutlet {
  readonly #kit: OutletKit;

  constructor(kit: OutletKit) {
    this.#kit = kit;
  }

  async isOn(turn: SnmpTurn): Promise<Outcome<boolean>> {
    const outlet = await this.#kit.finder.find(turn);
    return outlet.ok ? this.#isOn(outlet.value, turn) : outlet;
  }

  async set(on: boolean, signal: AbortSignal): Promise<Outcome> {
    const turn = { signal, urgent: true, first: !on };
    let outlet = await this.#kit.finder.find(turn);
    while (!outlet.ok && !isFinal(outlet) && (await pause(signal))) outlet = await this.#kit.finder.find(turn);
    return outlet.ok ? this.#set(outlet.value, on, signal) : outlet;
  }

  /** Set once, and again only where neither the answer nor a look tells that it was heard. */
  async #set(outlet: number, on: boolean, signal: AbortSignal): Promise<Outcome> {
    const { device, mib, unit } = this.#kit;
    const turn = { signal, urgent: true };
    const control = outletOid(mib.control, mib, { outlet, unit });
    const tell = (): Promise<Outcome> => device.set(control, mib.set[on ? 'on' : 'off'], { ...turn, first: !on });
    let told = await tell();
    while (!isFinal(told)) {
      const seen = await this.#isOn(outlet, turn);
      if (seen.ok && seen.value === on) return DONE;
      if (isFinal(seen)) return seen;
      if (!(await pause(signal))) return told.ok ? this.#late(outlet, seen) : told;
      if (!told.ok) told = await tell();
    }
    return told;
  }

  async #isOn(outlet: number, turn: SnmpTurn): Promise<Outcome<boolean>> {
    const { device, mib, unit } = this.#kit;
    const answer = await device.get([outletOid(mib.state, mib, { outlet, unit })], turn);
    if (!answer.ok) return answer;
    const [value] = answer.value;
    if (typeof value !== 'number') return failed('garbled', `${device.where} tells no number of outlet ${outlet}: is mib the right one?`);
    const on = outletOn(value, mib);
    if (on !== undefined) return ok(on);
    return failed('garbled', `${device.where} says ${value} of outlet ${outlet}, which in ${mib.name} is neither on nor off`);
  }

  #late(outlet: number, seen: Outcome<boolean>): Outcome<never> {
    const what = seen.ok ? `outlet ${outlet} is still ${seen.value ? 'on' : 'off'}` : seen.fault.detail;
    return failed('timeout', `${this.#kit.device.where} agreed, and ${what}: is a delay set for it, or a lock?`);
  }
}

/** False: there is no time left for it. */
function pause(signal: AbortSignal): Promise<boolean> {
  return sleep(LOOK_AGAIN_MS, true, { signal }).catch(() => false);
}

function isFinal(outcome: Outcome<unknown>): outcome is { ok: false; fault: Fault } {
  return !outcome.ok && FINAL.has(outcome.fault.code);
}
