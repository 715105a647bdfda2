// What a simulation came to, in words: the headline, a row for each night, what went badly, what was assumed. Pure.
import { type Cell, type Column, clean, type Look, paint, plural, table, wrap } from '../cli/text.ts';
import { goneSeconds, isGood, keptPercent, type NightAccount, type NoNight, type Simulation, wasLived } from './account.ts';

const NONE = '-';
const COLUMNS: readonly Column[] = [
  { head: 'night' },
  ...['outage', 'first', 'last', 'quiet', 'left'].map((head) => ({ head, align: 'right' as const })),
  { head: 'order' },
  { head: 'back', align: 'right' },
  { head: 'reward kept', align: 'right' },
  { head: '' },
];
const LEGEND = [
  'Times are h:mm:ss. outage: without mains. Since the mains first went: first, last: when a rig',
  'left; quiet: when none drew more than standby; left: in the emptiest battery then. order: the',
  'worst earner per watt first. back: until every rig hashed, since the mains returned. reward',
  'kept: of the rigs on a UPS, from the first second without mains until all were back.',
];

export function renderSimulation(simulation: Simulation, look: Look): string {
  const { nights, assumed, site, seed } = simulation;
  const rows = nights.map((night) => rowOf(night, simulation.currency));
  return [
    headline(simulation, look),
    '',
    ...table(COLUMNS, rows, look),
    '',
    ...wrap(
      nights.flatMap((night) => remarks(night, nights.length === 1, look)),
      look,
    ),
    ...wrap(
      assumed.map((one) => `assumed: ${clean(one)}`),
      look,
    ),
    ...wrap([`${clean(site)}, seed ${seed}: no device was touched. What it rests on: docs/simulate.md`], look),
    ...LEGEND.map((line) => paint(line, 'faint', look)),
  ].join('\n');
}

function headline({ nights }: Simulation, look: Look): string {
  const lived = nights.filter(wasLived);
  const bad = lived.filter((night) => !isGood(night)).map(({ name }) => name);
  if (bad.length > 0) {
    const of = lived.length === 1 ? '' : ` (${bad.length} of ${lived.length})`;
    return paint(`IT DOES NOT END WELL in ${bad.join(', ')}${of}`, 'bad', look);
  }
  if (lived.length === 0) return paint('this site has no such night', 'care', look);
  const where = lived.length === 1 ? (lived[0]?.name ?? '') : `all ${plural(lived.length, 'night')}`;
  return paint(`it ends well in ${where}: nothing drew when a UPS ended, and every rig came back`, 'good', look);
}

function rowOf(night: NightAccount | NoNight, currency: string): readonly Cell[] {
  if (!wasLived(night)) return [night.name, ...Array<Cell>(COLUMNS.length - 2).fill(NONE), { text: 'not here', tone: 'faint' }];
  const { first, last, quietSeconds, worstFirst, backSeconds } = night;
  const verdict: Cell = isGood(night) ? { text: 'good', tone: 'good' } : { text: 'BAD', tone: 'bad' };
  return [
    night.name,
    sayClock(goneSeconds(night)),
    sayClock(first?.seconds),
    sayClock(last?.seconds),
    quietSeconds === undefined ? NONE : sayClock(quietSeconds),
    `${Math.floor(night.chargePercent)} %`,
    worstFirst === undefined ? NONE : worstFirst ? 'kept' : { text: 'BROKEN', tone: 'bad' },
    backSeconds === undefined ? { text: 'never', tone: 'bad' } : sayClock(backSeconds),
    sayKept(night, currency),
    verdict,
  ];
}

/** What only is worth knowing is told of a night that went badly, or that was asked for alone. */
function remarks(night: NightAccount | NoNight, alone: boolean, look: Look): readonly string[] {
  const say = (text: string): string => `${night.name}: ${clean(text)}`;
  if (!wasLived(night)) return [say(night.none)];
  const notes = alone || !isGood(night) ? night.notes : [];
  return [
    ...night.wrong.map((one) => paint(say(one), 'bad', look)),
    ...(night.about === undefined ? [] : [say(night.about)]),
    ...notes.map(say),
  ];
}

/** `0.42 USD, 43 %` */
export function sayKept(reward: { readonly kept: number; readonly whole: number }, currency: string): string {
  const percent = keptPercent(reward);
  return `${sayMoney(reward.kept)} ${clean(currency)}${percent === undefined ? '' : `, ${Math.round(percent)} %`}`;
}

export function sayMoney(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 1 || value === 0 ? 2 : 4);
}

/** `4:05`, `1:04:05`; `-` for what there is not. */
export function sayClock(seconds: number | undefined): string {
  if (seconds === undefined) return NONE;
  const whole = Math.round(seconds);
  const two = (part: number): string => String(part).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
