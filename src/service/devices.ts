// From a configuration to open devices: every source, rig and switch behind its port. Claims no output line and moves
// nothing; what needs a secret reads it here.
import { lookup } from 'node:dns/promises';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { readSecret } from '../config/secret.ts';
import type { Clock } from '../host/port.ts';
import type { ContactInput } from '../inputs/port.ts';
import { inputDriver } from '../inputs/registry.ts';
import type { InputId, RigId, SwitchId, UpsId } from '../model/id.ts';
import { switchId } from '../model/id.ts';
import type { RigDriver } from '../rigs/port.ts';
import { rigDriver } from '../rigs/registry.ts';
import type { Board, LastOrder, Switch } from '../switches/port.ts';
import { switchDriver } from '../switches/registry.ts';
import { type AddressBook, addressBook } from '../transports/address-book.ts';
import { type SerialLines, serialLines } from '../transports/serial-lines.ts';
import { commandSource } from '../ups/command.ts';
import { nutSource } from '../ups/nut.ts';
import type { UpsSource } from '../ups/port.ts';
import { doubtingHalves } from './cut-short.ts';
import { Places } from './places.ts';

export interface Devices {
  readonly ups: ReadonlyMap<UpsId, UpsSource>;
  readonly rigs: ReadonlyMap<RigId, RigDriver>;
  readonly switches: ReadonlyMap<SwitchId, Switch>;
  readonly inputs: ReadonlyMap<InputId, ContactInput>;
  readonly answerMs: ReadonlyMap<RigId, number>;
  /** for whoever asks a rig */
  readonly places: Places;
  readonly addresses: AddressBook;
  /** host names, looked up again in calm */
  readonly names: readonly string[];
  /** secrets that could not be read, in sentences; the device then works as far as it can without */
  readonly troubles: readonly string[];
  /** Lets go of everything and leaves every contact as it is. */
  close(): Promise<void>;
}

export interface DeviceKit {
  readonly clock: Clock;
  /** told of each secret, so that no line ever shows it */
  readonly hide: (secret: string) => void;
  /** what is known of host names already; absent: nothing */
  readonly addresses?: AddressBook;
  /** what a contact was last told; absent: nothing is known of any */
  readonly lastOrder?: (id: SwitchId) => LastOrder | undefined;
  /** lines that others, who are about to close, still hold; absent: nobody does */
  readonly serial?: SerialLines;
}

export const resolveName = async (host: string): Promise<string> => (await lookup(host)).address;

export async function openDevices(config: Config, kit: DeviceKit): Promise<Devices> {
  const addresses = kit.addresses ?? addressBook(resolveName);
  const serial = kit.serial ?? serialLines();
  const troubles: string[] = [];
  const ups = await openSupplies(config, kit, { addresses, troubles });
  const { rigs, answerMs, names } = await openRigs(config, kit, { addresses, troubles });
  const { boards, switches, names: plugs } = await openBoards(config, kit, { addresses, serial, troubles });
  const inputs = openInputs(config, kit);
  const hosts = [...names, ...plugs, ...[...config.ups.values()].flatMap((way) => (way.kind === 'nut' ? [way.host] : []))];
  return {
    ups,
    rigs,
    switches,
    inputs,
    answerMs,
    places: new Places(),
    addresses,
    names: hosts,
    troubles,
    close: async () => {
      const all = [...ups.values(), ...rigs.values(), ...boards, ...inputs.values()];
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

/** What is shared by all that is opened, and where what went wrong is told. */
interface Errands {
  readonly addresses: AddressBook;
  readonly troubles: string[];
}

async function openSupplies(config: Config, kit: DeviceKit, way: Errands): Promise<Map<UpsId, UpsSource>> {
  const nowMs = kit.clock.monotonicMs;
  const sources = new Map<UpsId, UpsSource>();
  for (const [id, source] of config.ups) {
    if (source.kind === 'command') {
      sources.set(id, commandSource({ ups: id, argv: source.argv }, { nowMs }));
      continue;
    }
    const { kind: _, passwordFile, ...rest } = source;
    const password = passwordFile === undefined ? undefined : await secretIn(config, passwordFile, kit, way.troubles);
    const options = { ups: id, ...rest, ...(password === undefined ? {} : { password }) };
    sources.set(id, nutSource(options, { nowMs, random: Math.random, addresses: way.addresses }));
  }
  return sources;
}

async function secretIn(config: Config, file: string, kit: DeviceKit, troubles: string[]): Promise<string | undefined> {
  const secret = await readSecret(dirname(config.file), file);
  if (!secret.ok) {
    troubles.push(secret.fault.detail);
    return undefined;
  }
  kit.hide(secret.value);
  return secret.value;
}

async function secretsIn(
  config: Config,
  files: readonly string[],
  { kit, troubles }: { readonly kit: DeviceKit; readonly troubles: string[] },
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const file of files) {
    const secret = await secretIn(config, file, kit, troubles);
    if (secret !== undefined) secrets.set(file, secret);
  }
  return secrets;
}

async function openRigs(
  config: Config,
  kit: DeviceKit,
  way: Errands,
): Promise<{ rigs: Map<RigId, RigDriver>; answerMs: Map<RigId, number>; names: string[] }> {
  const rigs = new Map<RigId, RigDriver>();
  const answerMs = new Map<RigId, number>();
  const names: string[] = [];
  for (const [id, { driver, options, host, secretFiles }] of config.rigs) {
    const kind = rigDriver(driver);
    if (kind === undefined) continue;
    const secrets = await secretsIn(config, secretFiles ?? [], { kit, troubles: way.troubles });
    const rig = kind.open(options, { rig: id, nowMs: kit.clock.monotonicMs, addresses: way.addresses, secrets });
    rigs.set(id, doubtingHalves(rig));
    answerMs.set(id, kind.defaults.answerSeconds * 1000);
    if (host !== undefined) names.push(host);
  }
  return { rigs, answerMs, names };
}

async function openBoards(
  config: Config,
  kit: DeviceKit,
  way: Errands & { readonly serial: SerialLines },
): Promise<{ boards: Board[]; switches: Map<SwitchId, Switch>; names: string[] }> {
  const boards: Board[] = [];
  const switches = new Map<SwitchId, Switch>();
  const names: string[] = [];
  for (const [name, { driver, options, way: there, certificates, atRest, channels }] of config.boards) {
    const secrets = await secretsIn(config, there.secretFiles ?? [], { kit, troubles: way.troubles });
    const board = switchDriver(driver)?.open(options, {
      board: name,
      atRest,
      nowMs: kit.clock.monotonicMs,
      addresses: way.addresses,
      secrets,
      certificates,
      lastOrder: (channel) => kit.lastOrder?.(switchId(name, channel)),
      serial: way.serial,
    });
    if (board === undefined) continue;
    boards.push(board);
    if (there.host !== undefined) names.push(there.host);
    for (const channel of channels) switches.set(switchId(name, channel), board.channel(channel));
  }
  return { boards, switches, names };
}

function openInputs(config: Config, kit: DeviceKit): Map<InputId, ContactInput> {
  const inputs = new Map<InputId, ContactInput>();
  for (const [id, { driver, options }] of config.inputs) {
    const input = inputDriver(driver)?.open(options, { input: id, nowMs: kit.clock.monotonicMs });
    if (input !== undefined) inputs.set(id, input);
  }
  return inputs;
}
