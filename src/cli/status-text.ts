// `lastwatt status` in words. The first line answers: if the mains died now, would it end well? In an outage: what goes on.
import type { HoldView, RigView, StatusView, UpsView } from '../model/view.ts';
import {
  bar,
  type Cell,
  type Column,
  clean,
  type Look,
  paint,
  plural,
  sayDuration,
  sayHashRate,
  sayNumber,
  sayWatts,
  type Tone,
  table,
  UNKNOWN,
  wrap,
} from './text.ts';

/** Readings older than this are said to be old: three slow polls. */
const OLD_SECONDS = 10;
/** Names in a list before `and n more`. */
const MOST_NAMES = 8;

export const DISARMED =
  'DISARMED: lastwatt decides and journals, and moves nothing by itself. When check and drill are clean: lastwatt arm';

interface Headline {
  readonly text: string;
  readonly tone: Tone;
}

export function renderStatus(view: StatusView, look: Look): string {
  const head = headline(view);
  const lines = [paint(head.text, head.tone, look)];
  for (const reason of view.notReady.slice(view.outage === null ? 1 : 0)) lines.push(`  also: ${clean(reason)}`);
  if (!view.armed) lines.push(paint(DISARMED, 'loud', look));
  lines.push('', ...supplies(view.ups, look), '', ...rigs(view, look));
  const rest = [...switches(view), ...coins(view), ...undrilled(view), ...view.notes.map((note) => `note: ${clean(note)}`)];
  if (rest.length > 0) lines.push('', ...rest);
  return wrap(lines, look).join('\n');
}

/** One line on its own: also what `status --watch` appends where there is no terminal to redraw. */
export function headline(view: StatusView): Headline {
  if (view.outage !== null) return inOutage(view, view.outage);
  const restoring = view.level === 'restoring' ? `; mains is back, ${counted(view)}` : '';
  if (view.ready && view.armed) {
    return { text: `ready: if the mains died now, it would end well${margin(view)}${restoring}`, tone: 'good' };
  }
  // The first reason that the service gives is then this one, at length; the line below says what to do about it.
  const how = view.armed
    ? `it might not end well: ${clean(view.notReady[0] ?? 'no reason was given')}`
    : 'it would do nothing: it is disarmed';
  return { text: `NOT READY: if the mains died now, ${how}${restoring}`, tone: 'bad' };
}

function inOutage(view: StatusView, outage: NonNullable<StatusView['outage']>): Headline {
  const names = outage.ups.map(clean).join(', ');
  const left = view.ups.filter(({ id }) => outage.ups.includes(id)).map(({ runtimeSeconds }) => runtimeSeconds);
  const known = left.filter((seconds) => seconds !== null);
  const least =
    known.length === 0 || known.length < left.length ? 'runtime unknown' : `${sayDuration(Math.min(...known))} of battery believed left`;
  const doing: Readonly<Record<StatusView['level'], string>> = {
    normal: 'nothing shed yet',
    shedding: 'shedding the worst earners',
    'last-stand': 'every rig is asked to stop',
    dark: 'every rig is down',
    restoring: 'rigs are coming back',
  };
  const unheard = view.ups.some(({ id, line }) => outage.ups.includes(id) && line === 'unknown');
  const text = `${unheard ? 'NOT HEARD, TAKEN AS ' : ''}ON BATTERY for ${sayDuration(outage.seconds)} (${names}): ${doing[view.level]}, ${counted(view)}; ${least}`;
  return { text, tone: view.level === 'last-stand' || !view.armed ? 'bad' : 'care' };
}

function counted({ rigs }: StatusView): string {
  const hashing = rigs.filter(({ phase }) => phase === 'hashing').length;
  return `${hashing} of ${plural(rigs.length, 'rig')} hashing`;
}

function margin({ ups }: StatusView): string {
  const margins = ups.flatMap(({ marginSeconds }) => (marginSeconds === null ? [] : [marginSeconds]));
  return margins.length === 0 ? '' : `, with ${sayDuration(Math.min(...margins))} to spare`;
}

function supplies(ups: readonly UpsView[], look: Look): string[] {
  if (ups.length === 0) return ['no supply is configured'];
  const columns: Column[] = [
    { head: 'supply' },
    { head: 'line' },
    { head: 'battery' },
    { head: 'lasts', align: 'right' },
    { head: 'load', align: 'right' },
    { head: 'to spare', align: 'right' },
    { head: '' },
  ];
  return table(
    columns,
    ups.map((one) => [
      clean(one.id),
      { text: one.line, tone: one.line === 'mains' ? 'good' : one.line === 'unknown' ? 'bad' : 'care' },
      `${bar(one.chargePercent)} ${one.chargePercent === null ? `${UNKNOWN} %` : `${sayNumber(one.chargePercent)} %`}`,
      sayDuration(one.runtimeSeconds),
      sayWatts(one.loadWatts),
      one.fits === false ? { text: 'does not fit', tone: 'bad' } : sayDuration(one.marginSeconds),
      remarks(one),
    ]),
    look,
  );
}

function remarks(ups: UpsView): Cell {
  const said: string[] = [];
  if (ups.level !== 'normal') said.push(ups.level);
  if (ups.alarms.length > 0) said.push(`alarm: ${ups.alarms.join(', ')}`);
  if (ups.ageSeconds === null) said.push('never heard');
  else if (ups.ageSeconds > OLD_SECONDS) said.push(`last heard ${sayDuration(ups.ageSeconds)} ago`);
  if (ups.runtimeFrom !== null && ups.runtimeFrom !== 'reported') said.push(`by ${clean(ups.runtimeFrom)}`);
  const text = said.join('; ');
  return ups.alarms.length > 0 || ups.ageSeconds === null ? { text, tone: 'bad' } : text;
}

function rigs(view: StatusView, look: Look): string[] {
  if (view.rigs.length === 0) return ['no rig is configured'];
  const ranked = [...view.rigs].sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  const columns: Column[] = [
    { head: '#', align: 'right' },
    { head: 'rig' },
    { head: 'phase' },
    { head: 'watts', align: 'right' },
    { head: `${clean(view.currency)}/kWh`, align: 'right' },
    { head: 'fed by' },
    { head: '' },
  ];
  const [heads, ...rows] = table(columns, ranked.map(rigRow), look);
  const lines = rows.flatMap((row, at) => [row, ...faultLine(ranked[at], look)]);
  const guessed = view.rigs.some(({ wattsFrom }) => wattsFrom === 'configured' || wattsFrom === 'estimated');
  return [
    heads ?? '',
    ...lines,
    ...(guessed ? [paint('  ~ not measured: as configured, or estimated by the firmware', 'faint', look)] : []),
  ];
}

function rigRow(rig: RigView): Cell[] {
  const about = rig.wattsFrom === 'configured' || rig.wattsFrom === 'estimated' ? '~' : '';
  const limited = rig.limitWatts === null ? [] : [`limited to ${sayWatts(rig.limitWatts)}`];
  const said = [...limited, ...(rig.hold === null ? [] : [sayHold(rig.hold)]), ...(rig.next === null ? [] : [`next: ${clean(rig.next)}`])];
  return [
    String(rig.rank),
    clean(rig.id),
    { text: rig.phase, ...toneOf(rig.phase) },
    rig.watts === null ? UNKNOWN : about + sayWatts(rig.watts),
    rig.rewardPerKwh === null ? UNKNOWN : rig.rewardPerKwh.toFixed(4),
    rig.fedBy.map(clean).join(', '),
    said.join('; '),
  ];
}

function toneOf(phase: RigView['phase']): { tone?: Tone } {
  if (phase === 'hashing') return { tone: 'good' };
  if (phase === 'unknown') return { tone: 'bad' };
  return phase === 'dark' || phase === 'paused' ? { tone: 'faint' } : { tone: 'care' };
}

function sayHold({ as, from, endsInSeconds }: HoldView): string {
  return `held ${as} (${clean(from)}) ${endsInSeconds === null ? 'until released' : `for ${sayDuration(endsInSeconds)} more`}`;
}

function faultLine(rig: RigView | undefined, look: Look): string[] {
  if (rig === undefined || rig.fault === null) return [];
  const { code, sinceSeconds, say } = rig.fault;
  return [paint(`      ${clean(code)} for ${sayDuration(sinceSeconds)}: ${clean(say)}`, 'bad', look)];
}

function switches({ switches }: StatusView): string[] {
  const cut = switches.filter(({ state }) => state === 'cut').map(({ id }) => id);
  const unknown = switches.filter(({ state }) => state === 'unknown').map(({ id }) => id);
  return [
    ...(cut.length === 0 ? [] : [`switches cut: ${names(cut)}`]),
    ...(unknown.length === 0 ? [] : [`switches that cannot be read: ${names(unknown)}`]),
  ];
}

/** `btc: 0.0452 USD a day for 1 TH/s, by its source, 40 min ago` */
function coins({ coins = [], currency }: StatusView): string[] {
  return coins.map(({ id, perDay, hashRate, from, ageSeconds }) => {
    const earns =
      perDay === null
        ? 'what it earns is not known yet'
        : `${Number(perDay.toPrecision(4))} ${clean(currency)} a day for ${sayHashRate(hashRate)}`;
    const by =
      from === 'source'
        ? `, by its source, ${sayDuration(ageSeconds)} ago`
        : from === 'file'
          ? ', by the file: its source has told nothing yet'
          : '';
    return `coin ${clean(id)}: ${earns}${by}`;
  });
}

function undrilled({ rigs }: StatusView): string[] {
  const never = rigs.filter(({ drilledAt }) => drilledAt === null).map(({ id }) => id);
  return never.length === 0 ? [] : [`never drilled: ${names(never)} (on mains: lastwatt drill ${clean(never[0] ?? '')})`];
}

function names(ids: readonly string[]): string {
  const shown = ids.slice(0, MOST_NAMES).map(clean).join(', ');
  return ids.length > MOST_NAMES ? `${shown} and ${ids.length - MOST_NAMES} more` : shown;
}
