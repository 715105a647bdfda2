// From a configuration to open devices: every source, rig and switch behind its port. Claims no output line and moves
// nothing; what needs a secret reads it here.
import { lookup } from 'node:dns/promises';
import { dirname } from 'node:path';
import type { Config, NutWay } from '../config/config.ts';
import { readSecret } from '../config/secret.ts';
import type { Clock } from '../host/port.ts';
import type { RigId, SwitchId, UpsId } from '../model/id.ts';
import type { RigDriver } from '../rigs/port.ts';
import { rigDriver } from '../rigs/registry.ts';
import type { Board, Switch } from '../switches/port.ts';
import { switchDriver } from '../switches/registry.ts';
import { type AddressBook, addressBook } from '../transports/address-book.ts';
import { commandSource } from '../ups/command.ts';
import { nutSource } from '../ups/nut.ts';
import type { UpsSource } from '../ups/port.ts';

export interface Devices {
  readonly ups: ReadonlyMap<UpsId, UpsSource>;
  readonly rigs: ReadonlyMap<RigId, RigDriver>;
  readonly switches: ReadonlyMap<SwitchId, Switch>;
  readonly answerMs: ReadonlyMap<RigId, number>;
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
}

export const resolveName = async (host: string): Promise<string> => (await lookup(host)).address;

export async function openDevices(config: Config, kit: DeviceKit): Promise<Devices> {
  const addresses = kit.addresses ?? addressBook(resolveName);
  const troubles: string[] = [];
  const ups = await openSupplies(config, kit, { addresses, troubles });
  const { rigs, answerMs, names } = openRigs(config, kit, addresses);
  const { boards, switches } = openBoards(config);
  const hosts = [...names, ...[...config.ups.values()].flatMap((way) => (way.kind === 'nut' ? [way.host] : []))];
  return {
    ups,
    rigs,
    switches,
    answerMs,
    addresses,
    names: hosts,
    troubles,
    close: async () => {
      const all = [...ups.values(), ...rigs.values(), ...boards];
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

async function openSupplies(
  config: Config,
  kit: DeviceKit,
  way: { readonly addresses: AddressBook; readonly troubles: string[] },
): Promise<Map<UpsId, UpsSource>> {
  const nowMs = kit.clock.monotonicMs;
  const sources = new Map<UpsId, UpsSource>();
  for (const [id, source] of config.ups) {
    if (source.kind === 'command') {
      sources.set(id, commandSource({ ups: id, argv: source.argv }, { nowMs }));
      continue;
    }
    const password = await passwordOf(config, source, kit, way.troubles);
    const { kind: _, passwordFile: __, ...rest } = source;
    const options = { ups: id, ...rest, ...(password === undefined ? {} : { password }) };
    sources.set(id, nutSource(options, { nowMs, random: Math.random, addresses: way.addresses }));
  }
  return sources;
}

async function passwordOf(config: Config, way: NutWay, kit: DeviceKit, troubles: string[]): Promise<string | undefined> {
  if (way.passwordFile === undefined) return undefined;
  const secret = await readSecret(dirname(config.file), way.passwordFile);
  if (!secret.ok) {
    troubles.push(secret.fault.detail);
    return undefined;
  }
  kit.hide(secret.value);
  return secret.value;
}

function openRigs(
  config: Config,
  kit: DeviceKit,
  addresses: AddressBook,
): { rigs: Map<RigId, RigDriver>; answerMs: Map<RigId, number>; names: string[] } {
  const rigs = new Map<RigId, RigDriver>();
  const answerMs = new Map<RigId, number>();
  const names: string[] = [];
  for (const [id, { driver, options, host }] of config.rigs) {
    const kind = rigDriver(driver);
    if (kind === undefined) continue;
    rigs.set(id, kind.open(options, { rig: id, nowMs: kit.clock.monotonicMs, addresses }));
    answerMs.set(id, kind.defaults.answerSeconds * 1000);
    if (host !== undefined) names.push(host);
  }
  return { rigs, answerMs, names };
}

function openBoards(config: Config): { boards: Board[]; switches: Map<SwitchId, Switch> } {
  const boards: Board[] = [];
  const switches = new Map<SwitchId, Switch>();
  for (const [name, { driver, options, atRest, channels }] of config.boards) {
    const board = switchDriver(driver)?.open(options, { board: name, atRest });
    if (board === undefined) continue;
    boards.push(board);
    for (const channel of channels) switches.set(channel === '' ? name : `${name}:${channel}`, board.channel(channel));
  }
  return { boards, switches };
}
