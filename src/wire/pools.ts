// The pools of a rig's owner as prints: of each its address and its user, in the order of their numbers. Nothing of what changes by
// itself is in them: not which one is in use, not its state, not its shares.
import type { Outcome } from '../model/outcome.ts';
import { ok } from '../model/outcome.ts';
import type { RigSettings } from '../model/rig.ts';
import { objectOf } from './json.ts';
import { type Row, textOf, wholeOf } from './rows-4028.ts';
import { settingsPrint } from './settings-print.ts';
import type { Answer4028 } from './socket4028.ts';

/** What a family calls the members of a pool. */
export interface PoolNames {
  readonly url: string;
  readonly user: string;
  /** what is handed to the pool beside it, of who has all of that written back to him with an order */
  readonly pass?: string;
  /** its number, where they are numbered */
  readonly number?: string;
  /** whether one that is not used stands there without an address: as its owner's page writes it */
  readonly slots?: true;
}

export const POOL_4028: PoolNames = { url: 'URL', user: 'User', number: 'POOL' };
export const POOL_PLAIN: PoolNames = { url: 'url', user: 'user' };
export const POOL_SLOTS: PoolNames = { ...POOL_PLAIN, pass: 'pass', slots: true };
/** Pools that are looked at; no miner has as many. */
const MOST = 64;

/** Undefined where there is none, or one cannot be read: some tell none while they sleep or start, and that shows nothing. */
export function poolsIn(list: unknown, { url, user, pass, number, slots }: PoolNames): readonly unknown[] | undefined {
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST) return undefined;
  const rows = list.map((entry, at) => ({ at, row: rowOf(entry) })).filter(({ row }) => slots !== true || row?.get(url) !== '');
  const pools = rows.map(({ row, at }) => ({
    at: (number === undefined ? undefined : wholeOf(row, number)) ?? at,
    url: textOf(row, url),
    rest: [user, pass].flatMap((name) => (name === undefined ? [] : [textOf(row, name) ?? ''])),
  }));
  if (pools.length === 0 || pools.some((pool) => pool.url === undefined)) return undefined;
  return pools.sort((a, b) => a.at - b.at).map((pool) => [pool.url, ...pool.rest]);
}

const rowOf = (entry: unknown): Row | undefined => (entry instanceof Map ? (entry as Row) : objectOf(entry));

/** Who answers questions on port 4028. */
interface Asked4028 {
  agree(command: string): Promise<Outcome<Answer4028>>;
}

/** What cgminer and its kin tell to `pools`, which wants no rights. */
export async function poolsAsked(talk: Asked4028): Promise<Outcome<RigSettings | undefined>> {
  const answer = await talk.agree('pools');
  return answer.ok ? ok(poolSettingsIn(answer.value)) : answer;
}

/** The sections of the older form, in text, are named by how each begins. */
export function poolSettingsIn({ rows }: Pick<Answer4028, 'rows'>): RigSettings | undefined {
  const [named, numbered] = [rows('POOLS'), rows('POOL')];
  return settingsPrint({ pools: poolsIn(named.length > 0 ? named : numbered, POOL_4028) });
}
