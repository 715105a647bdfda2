// What the file alone can say of the site: nothing here is a mistake of the file, and all of it shows in an outage.
import { isIP } from 'node:net';
import type { RigId, UpsId } from '../model/id.ts';
import { splitSwitchId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Policy, Site, SiteUps } from '../model/site.ts';
import type { CheckItem } from '../model/view.ts';
import type { SwitchWay } from '../switches/port.ts';
import { switchDriver } from '../switches/registry.ts';
import type { Config, ConfiguredBoard } from './config.ts';
import { type OutputVolts, relayItems } from './relays.ts';

/** From the end of the graceful stops to the end of the primary's patience, s: room for the last writes. */
const HOST_SYNC_MARGIN_SECONDS = 3;

/**
 * In the order site, UPSes, rigs, switches. Figures that only the devices know (load, charge, low-battery points) are not looked
 * at, but for the volts that a UPS told.
 */
export function appraise(config: Config, told: OutputVolts = new Map()): readonly CheckItem[] {
  const { site } = config;
  return [
    ...siteItems(config),
    ...[...site.supplies.values()].flatMap((ups) => upsItems(config, ups)),
    ...[...site.rigs.values()].flatMap((rig) => rigItems(config, rig)),
    ...[...config.boards].flatMap((named) => [...relayItems(config, named, told), ...boardItems(site, named)]),
    ...panelItems(config),
  ];
}

/** A dark light is the one thing that a dead service shows. */
function panelItems({ panel: { led } }: Config): readonly CheckItem[] {
  const dark = Object.entries(led?.shows ?? {}).flatMap(([meaning, choice]) => (choice === 'off' ? [meaning] : []));
  if (dark.length === 0) return [];
  return [warn('panel', `the light is dark for ${dark.join(' and ')}, and so it is when the service is dead: nobody can tell them apart`)];
}

/** Of one rig, its switches and their boards; the site is no part of it. A rig that is none fails. */
export function appraiseRig(config: Config, id: RigId): readonly CheckItem[] {
  const rig = config.site.rigs.get(id);
  if (rig === undefined) return [{ verdict: 'fail', about: id, say: `no such rig; there are: ${[...config.site.rigs.keys()].join(', ')}` }];
  const boards = new Set(rig.cutBy.map((one) => splitSwitchId(one).board));
  return [
    ...rigItems(config, rig),
    ...[...config.boards]
      .filter(([name]) => boards.has(name))
      .flatMap((named) => [...relayItems(config, named, new Map()), ...boardItems(config.site, named)]),
  ];
}

function siteItems({ site }: Config): readonly CheckItem[] {
  const items: CheckItem[] = [];
  const names = [...site.supplies.keys()].join(', ');
  if (site.supplies.size === 0) return [warn('site', 'no UPS stands in the file: an outage is not seen, and nothing is taken down in one')];
  if (!site.controllerFedBy.some((name) => site.supplies.has(name))) {
    items.push(
      warn('site', `this machine hangs on mains and goes dark before it can act: put it on a UPS and say controllerFedBy: [${names}]`),
    );
  }
  const asked = [...site.rigs.values()].some((rig) => rig.can.pause && fedByUps(rig, site.supplies));
  if (asked && !site.networkFedBy.some((name) => site.supplies.has(name))) {
    items.push(
      warn(
        'site',
        `the network hangs on mains: in an outage no rig can be asked, only cut. Put its switches on a UPS and say networkFedBy: [${names}]`,
      ),
    );
  }
  return items;
}

function upsItems(config: Config, ups: SiteUps): readonly CheckItem[] {
  const rigs = [...config.site.rigs.values()].filter((rig) => rig.fedBy.includes(ups.id));
  const watts = rigs.reduce((sum, rig) => sum + rig.watts, 0) + (ups.baseWatts ?? 0);
  return [
    ...overload(ups, rigs, watts),
    ...tooSmall(config.site.policy, { ups, rigs, watts }),
    ...hostSync(ups, rigs),
    ...nutItems(config, ups),
  ];
}

function overload({ id, nominalWatts }: SiteUps, rigs: readonly Rig[], watts: number): readonly CheckItem[] {
  if (nominalWatts === undefined || rigs.length === 0) return [];
  if (watts <= nominalWatts)
    return [{ verdict: 'pass', about: id, say: `rigs draw ${amount(watts)} W of the ${amount(nominalWatts)} W it carries` }];
  const say = `rigs draw ${amount(watts)} W, it carries ${amount(nominalWatts)} W: at the first outage it drops everything. Give the big ones fedBy: [mains]`;
  return [{ verdict: 'fail', about: id, say }];
}

interface Carried {
  readonly ups: SiteUps;
  readonly rigs: readonly Rig[];
  readonly watts: number;
}

/** By the battery as it is declared: a stop that takes longer than all of it is never graceful, a floor above it is always reached. */
function tooSmall({ cutBelowSeconds }: Policy, { ups, rigs, watts }: Carried): readonly CheckItem[] {
  const seconds = declaredSeconds(ups, watts);
  if (seconds === undefined || rigs.length === 0) return [];
  const full = `full, its battery gives all rigs (${amount(watts)} W) ${amount(seconds)} s`;
  const slow = rigs.filter((rig) => rig.can.pause && rig.graceSeconds >= seconds);
  const items = slow.map(({ id, graceSeconds }): CheckItem => {
    return {
      verdict: 'fail',
      about: ups.id,
      say: `${full}, graceSeconds of ${id} is ${graceSeconds}: shorten it, or put less on this UPS`,
    };
  });
  if (typeof cutBelowSeconds !== 'number' || cutBelowSeconds < seconds) return items;
  return [
    ...items,
    {
      verdict: 'fail',
      about: ups.id,
      say: `${full}, cutBelowSeconds is ${cutBelowSeconds}: everything would go at once. Say auto, or a smaller one`,
    },
  ];
}

/** s of a full battery at `watts`, from its data sheet; undefined where none is declared. Between two lines of it straight, outside by equal energy. */
function declaredSeconds({ minutesAtWatts, batteryWh }: SiteUps, watts: number): number | undefined {
  if (watts <= 0) return undefined;
  if (minutesAtWatts === undefined) return batteryWh === undefined ? undefined : (batteryWh / watts) * 3600;
  const above = minutesAtWatts.find(([at]) => at >= watts);
  const below = minutesAtWatts.findLast(([at]) => at <= watts);
  if (above === undefined || below === undefined) {
    const [at, minutes] = above ?? below ?? [watts, 0];
    return ((minutes * at) / watts) * 60;
  }
  const share = above[0] === below[0] ? 0 : (watts - below[0]) / (above[0] - below[0]);
  return (below[1] + share * (above[1] - below[1])) * 60;
}

function hostSync({ id, role, hostSyncSeconds }: SiteUps, rigs: readonly Rig[]): readonly CheckItem[] {
  const patience = hostSyncSeconds - HOST_SYNC_MARGIN_SECONDS;
  const slow = rigs.filter((rig) => rig.can.pause && rig.graceSeconds > patience);
  if (role !== 'secondary' || slow.length === 0) return [];
  const longest = Math.max(...slow.map((rig) => rig.graceSeconds));
  const names = slow.map((rig) => rig.id).join(', ');
  const say = `at a forced shutdown the primary waits ${hostSyncSeconds} s, ${names} may take ${longest} s to pause: raise its HOSTSYNC and hostSyncSeconds to ${longest + HOST_SYNC_MARGIN_SECONDS}`;
  return [warn(id, say)];
}

function nutItems(config: Config, { id }: SiteUps): readonly CheckItem[] {
  const way = config.ups.get(id);
  if (way?.kind !== 'nut') return [];
  return [...nameItems(id, way.host), ...inClear(config).filter(({ about }) => about === id)];
}

/** The UPSes that are read over a network in clear, and switches that need not be; told at every start, too. */
export function inClear(config: Config): readonly CheckItem[] {
  return [...upsesInClear(config), ...[...config.boards].flatMap(([name, { way }]) => boardInClear(name, way))];
}

function boardInClear(name: string, { host, inClear: say }: SwitchWay): readonly CheckItem[] {
  if (host === undefined || say === undefined || isThisMachine(host)) return [];
  return [warn(name, `${host} is another machine and nothing on the way is encrypted: ${say}. Give it tls, or keep that network apart`)];
}

function upsesInClear(config: Config): readonly CheckItem[] {
  return [...config.ups].flatMap(([id, way]): CheckItem[] => {
    if (way.kind !== 'nut' || way.tls !== undefined || isThisMachine(way.host)) return [];
    const say = `${way.host} is another machine and nothing on the way is encrypted: who is on that network can pretend an outage. Give it nut.tls, or keep that network apart`;
    return [warn(id, say)];
  });
}

function isThisMachine(host: string): boolean {
  return /^(::1|localhost)$/i.test(host) || (isIP(host) === 4 && host.startsWith('127.'));
}

function nameItems(about: string, host: string): readonly CheckItem[] {
  if (isIP(host) !== 0) return [];
  return [
    warn(
      about,
      `${host} is a name: whoever resolves it must be alight too. Until it is known after a start nothing is reached; write the address`,
    ),
  ];
}

function rigItems(config: Config, rig: Rig): readonly CheckItem[] {
  const configured = config.rigs.get(rig.id);
  const items: CheckItem[] = [];
  if (configured?.host !== undefined) items.push(...nameItems(rig.id, configured.host));
  const safe = configured?.safeGraceSeconds ?? 0;
  if (rig.can.pause && rig.graceSeconds < safe) {
    items.push(
      warn(
        rig.id,
        `graceSeconds ${rig.graceSeconds} is shorter than the ${safe} s that ${rig.driver} may take: it could be cut while it hashes`,
      ),
    );
  }
  if (rig.reward === undefined) items.push(warn(rig.id, 'no reward is given: it ranks with the worst. Give perDay, or coin and hashrate'));
  if (fedByUps(rig, config.site.supplies)) items.push(...waysDown(config, rig));
  return items;
}

/** Two ways down are wanted, so that the failure of one is not the end of the battery. */
function waysDown({ site }: Config, rig: Rig): readonly CheckItem[] {
  if (rig.cutBy.length === 0) {
    const say = rig.can.pause
      ? 'it can only be paused: if it does not answer, nothing stops it. A switch (cutBy) is the second way'
      : 'it can neither be paused nor cut: it runs until the battery is flat. Give it cutBy';
    return [warn(rig.id, say)];
  }
  const items: CheckItem[] = [];
  if (!rig.can.pause) items.push(warn(rig.id, 'it cannot be asked: it is cut while it hashes'));
  const switches = rig.cutBy.flatMap((id) => site.switches.get(id) ?? []);
  const open = switches.some((one) => one.interrupts === undefined)
    ? []
    : rig.fedBy.filter((supply) => !switches.some((one) => one.interrupts === supply));
  if (open.length > 0) items.push(warn(rig.id, `its switches leave ${open.join(', ')} connected: it can be paused, and stays alight`));
  return items;
}

/** How it is reached, and what a dead Pi does to each contact (the coil has no current then). */
function boardItems(site: Site, [name, { atRest, holds, way, driver, options }]: readonly [string, ConfiguredBoard]): readonly CheckItem[] {
  const rigs = [...site.rigs.values()].filter((rig) => rig.cutBy.some((id) => splitSwitchId(id).board === name));
  const reached = [
    ...(way.host === undefined ? [] : [...nameItems(name, way.host), ...outOfReach(site, rigs, [name, way.host])]),
    ...(way.device === undefined ? [] : deviceItems(name, way.device)),
    ...boardInClear(name, way),
  ];
  const cautions = (switchDriver(driver)?.cautions(options, atRest) ?? []).map((say) => warn(name, say));
  if (rigs.length === 0) return [...reached, ...cautions];
  return [...reached, ...cautions, ...(holds ? ownSupplyItems(name, way) : restItems(rigs, [name, atRest]))];
}

/** The last word over a rig must not hang on what the outage takes away. */
function outOfReach(site: Site, rigs: readonly Rig[], [name, host]: readonly [string, string]): readonly CheckItem[] {
  const needing = rigs.filter((rig) => fedByUps(rig, site.supplies)).map((rig) => rig.id);
  if (needing.length === 0 || isThisMachine(host) || site.networkFedBy.some((supply) => site.supplies.has(supply))) return [];
  const say = `the network hangs on mains, so in an outage nobody tells it to cut ${needing.join(', ')}. Put the way to it on a UPS and say networkFedBy: [${[...site.supplies.keys()].join(', ')}]`;
  return [warn(name, say)];
}

/** The kernel numbers USB adapters as it meets them. */
function deviceItems(about: string, device: string): readonly CheckItem[] {
  if (!/^\/dev\/tty(USB|ACM)\d+$/.test(device)) return [];
  const say = `${device} may be another board after a restart, and the wrong contacts would move: name it by ls /dev/serial/by-id, or by-path where two adapters have the same name there`;
  return [warn(about, say)];
}

/** The supply of a serial board is its owner's word; what stands on the network has one anyway. */
function ownSupplyItems(about: string, { device }: SwitchWay): readonly CheckItem[] {
  if (device === undefined) return [];
  const say =
    'ownSupply: when this machine dies its contacts stay as they are. Its supply hangs on the UPS of its rigs: else it dies with the mains';
  return [{ verdict: 'pass', about, say }];
}

function restItems(rigs: readonly Rig[], [name, atRest]: readonly [string, 'fed' | 'cut']): readonly CheckItem[] {
  const names = (list: readonly Rig[]): string => list.map((rig) => rig.id).join(', ');
  if (atRest === 'cut')
    return [
      { verdict: 'pass', about: name, say: `atRest: cut, so when this machine dies ${names(rigs)} goes dark with it, while hashing` },
    ];
  const wakes = rigs.filter((rig) => rig.pausePersists !== true);
  if (wakes.length === 0) return [];
  const say = `when this machine dies in an outage, its contacts feed ${names(wakes)} again, and a pause that is not known to survive a power cut ends: they would drain the battery. Use atRest: cut, a latching relay, or a UPS that cuts its output when this machine halts`;
  return [warn(name, say)];
}

function fedByUps(rig: Rig, supplies: ReadonlyMap<UpsId, SiteUps>): boolean {
  return rig.fedBy.some((name) => supplies.has(name));
}

function warn(about: string, say: string): CheckItem {
  return { verdict: 'warn', about, say };
}

function amount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
