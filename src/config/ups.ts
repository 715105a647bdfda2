// The supplies of the file: what the core knows of each, and how it is read.
import { MAINS, type UpsId } from '../model/id.ts';
import type { SiteUps } from '../model/site.ts';
import type { UpsWay } from './config.ts';
import { type Draft, isMapping, keysAndValues, takeMapping, things } from './draft.ts';
import type { Path } from './mistake.ts';
import { type UpsPart, upsSchema } from './schema.ts';

export interface Supplies {
  /** of every supply that may be named: all in the file, also those with mistakes, and mains */
  readonly names: readonly UpsId[];
  readonly supplies: ReadonlyMap<UpsId, SiteUps>;
  readonly ways: ReadonlyMap<UpsId, UpsWay>;
}

export function assembleUps(draft: Draft): Supplies {
  const all = things(draft, 'ups');
  const supplies = new Map<UpsId, SiteUps>();
  const ways = new Map<UpsId, UpsWay>();
  for (const [id, value] of all) {
    const path = ['ups', id];
    checkSource(draft, path, value);
    const { whole, good } = takeMapping(draft, upsSchema, { value, at: (inner) => [...path, ...inner] });
    const way = wayOf(good);
    const minutes = minutesOf(draft, [...path, 'minutesAtWatts'], good.minutesAtWatts);
    if (way === undefined) continue;
    if (way.kind === 'nut' && way.tls !== undefined) draft.certificateFiles.push({ path: [...path, 'nut', 'tls', 'ca'], file: way.tls.ca });
    ways.set(id, way);
    if (whole !== undefined) supplies.set(id, siteUps(id, { part: whole, way, minutes }));
  }
  checkSameUps(draft, ways);
  return { names: [...[...all.keys()].filter((name) => name !== MAINS), MAINS], supplies, ways };
}

function wayOf({ nut, command }: Partial<UpsPart>): UpsWay | undefined {
  if (command !== undefined) return { kind: 'command', argv: command };
  if (nut === undefined) return undefined;
  return {
    kind: 'nut',
    host: nut.host,
    port: nut.port,
    name: nut.name,
    role: nut.role,
    ...(nut.username !== undefined && { username: nut.username }),
    ...(nut.passwordFile !== undefined && { passwordFile: nut.passwordFile }),
    ...(nut.tls !== undefined && { tls: nut.tls }),
  };
}

interface Pieces {
  readonly part: UpsPart;
  readonly way: UpsWay;
  readonly minutes: SiteUps['minutesAtWatts'];
}

function siteUps(id: UpsId, { part, way, minutes }: Pieces): SiteUps {
  return {
    id,
    source: way.kind === 'nut' ? `${way.name}@${way.host}:${way.port}` : (way.argv[0] ?? ''),
    role: way.kind === 'nut' ? way.role : 'observer',
    hostSyncSeconds: part.nut?.hostSyncSeconds ?? 15,
    pollSeconds: part.pollSeconds,
    reservePercent: part.reservePercent,
    blindOnMains: part.blindOnMains,
    ...(part.nominalWatts !== undefined && { nominalWatts: part.nominalWatts }),
    ...(part.baseWatts !== undefined && { baseWatts: part.baseWatts }),
    ...(part.batteryWh !== undefined && { batteryWh: part.batteryWh }),
    ...(minutes !== undefined && { minutesAtWatts: minutes }),
  };
}

/** On the raw value, so that it is told along with every other mistake of this UPS. */
function checkSource(draft: Draft, path: Path, value: unknown): void {
  if (!isMapping(value)) return;
  const keys = keysAndValues(value);
  if (keys.has('nut') === keys.has('command')) {
    draft.report.mistake(
      path,
      `give either nut or command, found ${keys.has('nut') ? 'both' : 'neither'}: it is how this UPS is read`,
      'key',
    );
  }
  const nut = keysAndValues(keys.get('nut'));
  const missing = ['username', 'passwordFile'].filter((key) => !nut.has(key));
  if (missing.length === 0 || (nut.has('password') && missing.length === 1)) return;
  if (nut.get('role') === 'secondary') {
    draft.report.mistake([...path, 'nut', 'role'], `secondary logs in at upsd: give ${missing.join(' and ')} too`);
  } else if (missing.length === 1) {
    draft.report.mistake([...path, 'nut'], `a login wants both: give ${missing[0]} too, or neither`, 'key');
  }
}

/** [watts, minutes], ascending by watts; undefined where none are given. */
function minutesOf(draft: Draft, path: Path, given: UpsPart['minutesAtWatts']): SiteUps['minutesAtWatts'] {
  if (given === undefined) return undefined;
  const written = Object.entries(given);
  if (written.length === 0) draft.report.mistake(path, 'is empty; give pairs of W and minutes such as { 600: 60, 1500: 21 }', 'key');
  const pairs: [number, number][] = [];
  for (const [key, minutes] of written) {
    if (/^\d{1,7}(\.\d+)?$/.test(key) && Number(key) > 0) pairs.push([Number(key), minutes]);
    else draft.report.mistake([...path, key], 'expected a number of W as the key, such as 600', 'key');
  }
  pairs.sort(([a], [b]) => a - b);
  pairs.forEach(([watts, minutes], i) => {
    const [lessWatts, lessMinutes] = pairs[i - 1] ?? [0, Number.POSITIVE_INFINITY];
    if (minutes < lessMinutes) return;
    const key = written.find(([text]) => Number(text) === watts)?.[0] ?? '';
    draft.report.mistake(
      [...path, key],
      `${minutes} min at ${watts} W and ${lessMinutes} min at ${lessWatts} W: more load must last less long`,
    );
  });
  return pairs;
}

/** One battery under two names would be counted twice. */
function checkSameUps(draft: Draft, ways: ReadonlyMap<UpsId, UpsWay>): void {
  const first = new Map<string, UpsId>();
  for (const [id, way] of ways) {
    const where = way.kind === 'nut' ? `${way.name}@${way.host}:${way.port}` : JSON.stringify(way.argv);
    const other = first.get(where);
    if (other === undefined) first.set(where, id);
    else
      draft.report.mistake(
        ['ups', id],
        `reads the same UPS as ${other} (line ${draft.report.lineOf(['ups', other])}); name it once`,
        'key',
      );
  }
}
