// Two configurations side by side: what a reload would change, and what forbids it while something is down.
import { isDeepStrictEqual } from 'node:util';
import { splitSwitchId } from '../model/id.ts';
import type { Config } from './config.ts';
import { keysAndValues } from './draft.ts';

/** What must still be there afterwards. */
export interface Down {
  /** rigs that are not hashing */
  readonly rigs: ReadonlySet<string>;
  /** rigs that may be limited */
  readonly limited: ReadonlySet<string>;
  /** switches that are not fed */
  readonly switches: ReadonlySet<string>;
}

/** Why `after` cannot be put in force now: each a sentence with what to do. Empty: it can. */
export function reloadBlockers(before: Config, after: Config, down: Down): readonly string[] {
  return [
    ...rigBlockers(before, after, down),
    ...limitBlockers(before, after, down),
    ...switchBlockers(before, after, down),
    ...restartBlockers(before, after),
  ];
}

function rigBlockers(before: Config, after: Config, down: Down): readonly string[] {
  const blockers: string[] = [];
  for (const id of down.rigs) {
    const was = before.site.rigs.get(id);
    const is = after.site.rigs.get(id);
    if (was === undefined) continue;
    if (is === undefined) {
      blockers.push(
        `rig ${id} is not hashing and would be forgotten: bring it back first (lastwatt release ${id}), then take it out of the file`,
      );
      continue;
    }
    const lost = was.cutBy.filter((name) => down.switches.has(name) && !is.cutBy.includes(name));
    if (lost.length > 0) {
      blockers.push(
        `rig ${id} is dark behind ${lost.join(' and ')}, which would no longer be in its cutBy: feed it first (lastwatt release ${id})`,
      );
    }
  }
  return blockers;
}

/** Nobody but the driver that limited it takes the limit off. */
function limitBlockers(before: Config, after: Config, { rigs, limited }: Down): readonly string[] {
  return [...limited].flatMap((id) => {
    const is = after.site.rigs.get(id);
    const what = is === undefined ? 'it would be forgotten' : 'its driver would change';
    const stays = is === undefined ? rigs.has(id) : before.site.rigs.get(id)?.driver === is.driver && is.can.limit === true;
    return stays ? [] : [`rig ${id} is limited and ${what}: wait until the limit is off, which needs mains that hold`];
  });
}

function switchBlockers(before: Config, after: Config, down: Down): readonly string[] {
  const blockers: string[] = [];
  for (const id of down.switches) {
    const was = before.site.switches.get(id);
    const is = after.site.switches.get(id);
    if (was === undefined) continue;
    if (is === undefined)
      blockers.push(`switch ${id} is not fed and would be forgotten: feed its rigs first, then take it out of the file`);
    else if (was.driver !== is.driver) blockers.push(`switch ${id} is not fed and its driver would change: feed its rigs first`);
    else if (was.wiring !== is.wiring) blockers.push(`switch ${id} is not fed and its channel or wiring would change: feed its rigs first`);
  }
  return blockers;
}

function restartBlockers(before: Config, after: Config): readonly string[] {
  return (['stateDir', 'socket'] as const)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key} would change from ${before[key]} to ${after[key]}: that takes a restart (systemctl restart lastwatt)`);
}

type Facts = ReadonlyMap<string, unknown>;

/** What `after` has otherwise than `before`, a sentence each; of programs and their arguments only that they changed. */
export function changes(before: Config, after: Config): readonly string[] {
  const [was, is] = [subjectsOf(before), subjectsOf(after)];
  const said: string[] = [];
  for (const subject of was.keys()) if (!is.has(subject)) said.push(`${subject} removed`);
  for (const [subject, facts] of is) {
    const old = was.get(subject);
    const differences = old === undefined ? [] : differencesOf(old, facts);
    if (old === undefined) said.push(`${subject} added`);
    else if (differences.length > 0) said.push(`${subject}: ${differences.join(', ')}`);
  }
  return said;
}

function differencesOf(was: Facts, is: Facts): readonly string[] {
  const keys = new Set([...was.keys(), ...is.keys()]);
  return [...keys]
    .filter((key) => !isDeepStrictEqual(was.get(key), is.get(key)))
    .map((key) => (isOnlyNamed(key) ? `${key} changed` : `${key} ${worded(was.get(key))} -> ${worded(is.get(key))}`));
}

/** Arguments of a program may be secrets, and of certificates nobody reads the letters. */
function isOnlyNamed(key: string): boolean {
  return key === 'argv' || key === 'onAlarm' || key === 'tls' || key.startsWith('options.');
}

function worded(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function subjectsOf(config: Config): ReadonlyMap<string, Facts> {
  const { site } = config;
  const { supplies, rigs, switches, inputs: _, generators = [], coins, policy, restore, ...general } = site;
  const { stateDir, socket, onAlarm, panel, schedules } = config;
  const flat = (...parts: readonly unknown[]): Facts => new Map(parts.flatMap((part) => [...keysAndValues(part)]));
  const withOptions = (part: { readonly options: unknown } | undefined): object => {
    return Object.fromEntries([...keysAndValues(part?.options)].map(([key, value]) => [`options.${key}`, value]));
  };
  return new Map<string, Facts>([
    ['site', flat(general, { stateDir, socket, onAlarm })],
    ['policy', flat(policy)],
    ['restore', flat(restore)],
    ['panel', flat(panel)],
    ['schedules', flat(schedules)],
    ...[...config.inputs].map(([id, input]): [string, Facts] => [`input ${id}`, flat({ driver: input.driver }, withOptions(input))]),
    ...[...(coins ?? [])].map(([id, coin]): [string, Facts] => [`coin ${id}`, flat(coin, withOptions({ options: config.coins.get(id) }))]),
    ...generators.map((one): [string, Facts] => [`generator ${one.id}`, flat(one)]),
    ...[...supplies].map(([id, ups]): [string, Facts] => [`ups ${id}`, flat(ups, config.ups.get(id))]),
    ...[...rigs].map(([id, rig]): [string, Facts] => [`rig ${id}`, flat(rig, withOptions(config.rigs.get(id)))]),
    // Its wiring is its options once more.
    ...[...switches].map(([id, { wiring: _, ...one }]): [string, Facts] => {
      const board = config.boards.get(splitSwitchId(id).board);
      return [`switch ${id}`, flat(one, withOptions(board), { tls: board?.certificates })];
    }),
  ]);
}
