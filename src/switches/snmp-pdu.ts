// Switched outlets of a PDU over SNMP, each kind by its own table of objects. What was set is read back until it is so: some
// outlets are delayed, and a datagram may be lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DONE, type Fault, type FaultCode, failed, type Outcome, ok } from '../model/outcome.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { loadNetSnmp, type SnmpIdentity, type SnmpLibrary } from '../transports/net-snmp.ts';
import { SnmpDevice, type SnmpTurn } from '../transports/snmp-device.ts';
import { outletOid, outletOn, type PduMib, type PduMibName, pduMib, pduMibs } from '../wire/snmp-pdus.ts';
import { type Board, boardOf, type SwitchKit, switchDriverKind } from './port.ts';

const names = pduMibs.map(({ name }) => name) as unknown as readonly [PduMibName, ...PduMibName[]];
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
      .min(1)
      .max(48)
      .refine((outlets) => new Set(outlets).size === outlets.length, 'an outlet stands here twice')
      .describe('the outlets that are used, by the numbers printed on it: pdu:1, pdu:2 …'),
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
  .superRefine(({ version, username, keyFile }, context) => {
    const wrong = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
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
  channels: ({ outlets }) => outlets.map(String),
  holds: true,
  canRead: () => true,
  way: ({ host, passwordFile, keyFile }) => ({ host, secretFiles: keyFile === undefined ? [passwordFile] : [passwordFile, keyFile] }),
  wiring: ({ host, port, mib, unit }, channel) =>
    `${host}:${port} ${mib} outlet ${pduMib(mib)?.byUnit === true ? `${unit}.` : ''}${channel}`,
  open: (options, kit) => openSnmpPdu(options, kit, () => loadNetSnmp()),
});

/** With a library of the caller's choice, which is loaded at once, so that the first step does not wait for it. */
export function openSnmpPdu(options: SnmpPduOptions, kit: SwitchKit, load: () => Promise<Outcome<SnmpLibrary>>): Board {
  const { host, port, outlets } = options;
  const device = new SnmpDevice({
    host,
    port,
    addresses: kit.addresses,
    contacts: outlets.length,
    loading: load(),
    ...identityOf(options, kit),
  });
  const contacts = new Map(
    outlets.map((outlet) => {
      const contact = new PduOutlet(device, options, outlet);
      return [
        String(outlet),
        {
          set: (want: 'fed' | 'cut', signal: AbortSignal) => contact.set(want === 'fed', signal),
          read: async (signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> => {
            const on = await contact.isOn({ signal, urgent: false });
            return on.ok ? ok(on.value ? 'fed' : 'cut') : on;
          },
        },
      ];
    }),
  );
  return boardOf(kit.board, contacts, () => device.close());
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

class PduOutlet {
  readonly #device: SnmpDevice;
  readonly #mib: PduMib;
  readonly #outlet: number;
  readonly #control: string;
  readonly #state: string;

  constructor(device: SnmpDevice, options: SnmpPduOptions, outlet: number) {
    const mib = pduMib(options.mib);
    if (mib === undefined) throw new Error(`no table for mib ${options.mib}`);
    const address = { outlet, unit: options.unit };
    this.#device = device;
    this.#mib = mib;
    this.#outlet = outlet;
    this.#control = outletOid(mib.control, mib, address);
    this.#state = outletOid(mib.state, mib, address);
  }

  async isOn(turn: SnmpTurn): Promise<Outcome<boolean>> {
    const value = await this.#device.get(this.#state, turn);
    if (!value.ok) return value;
    const on = outletOn(value.value, this.#mib);
    if (on !== undefined) return ok(on);
    const say = `says ${value.value} of outlet ${this.#outlet}, which in ${this.#mib.name} is neither on nor off`;
    return failed('garbled', `${this.#device.where} ${say}`);
  }

  /** Set once, and again only where neither the answer nor a look tells that it was heard. */
  async set(on: boolean, signal: AbortSignal): Promise<Outcome> {
    const turn = { signal, urgent: true };
    const tell = (): Promise<Outcome> => this.#device.set(this.#control, this.#mib.set[on ? 'on' : 'off'], { ...turn, first: !on });
    let told = await tell();
    while (!isFinal(told)) {
      const seen = await this.isOn(turn);
      if (seen.ok && seen.value === on) return DONE;
      if (isFinal(seen)) return seen;
      if (!(await sleep(LOOK_AGAIN_MS, true, { signal }).catch(() => false))) return told.ok ? this.#late(seen) : told;
      if (!told.ok) told = await tell();
    }
    return told;
  }

  #late(seen: Outcome<boolean>): Outcome<never> {
    const what = seen.ok ? `outlet ${this.#outlet} is still ${seen.value ? 'on' : 'off'}` : seen.fault.detail;
    return failed('timeout', `${this.#device.where} agreed, and ${what}: is a delay set for it, or a lock?`);
  }
}

function isFinal(outcome: Outcome<unknown>): outcome is { ok: false; fault: Fault } {
  return !outcome.ok && FINAL.has(outcome.fault.code);
}
