// A receipt in words: what happened second by second, who left when and why, what it cost, and what to change. Pure.
import { recordWords } from '../cli/journal-text.ts';
import { sayReason } from '../cli/reason-text.ts';
import { type Cell, type Column, clean, type Look, localTime, paint, plural, sayDuration, table, UNKNOWN, wrap } from '../cli/text.ts';
import { goneSeconds, type NightAccount } from '../simulate/account.ts';
import { drawPicture } from '../simulate/picture.ts';
import { sayClock, sayMoney } from '../simulate/table.ts';
import type { Money, OutageAccount, OutageEvent, RigAccount } from './account.ts';

export interface Receipt {
  /** as the file is named */
  readonly name: string;
  readonly account: OutageAccount;
  readonly advice: readonly string[];
  /** what is not whole about the record, or its reading */
  readonly doubts: readonly string[];
}

/** Lines of what happened; a night of 1,000 rigs has ten thousand, and `--json` all of them. */
const MOST_LINES = 300;
/** What a person wants to see happen; the rest is for the journal. */
const TOLD: ReadonlySet<string> = new Set([
  'outage-began',
  'outage-stands',
  'outage-ended',
  'line',
  'level',
  'step-due',
  'phase',
  'returned',
  'fault',
  'fault-cleared',
  'blind',
  'heard',
  'command',
  'armed',
  'disarmed',
  'noted',
]);

export function isTold({ event }: OutageEvent): boolean {
  return TOLD.has(event.event) && (event.event !== 'fault' || event.coin === undefined);
}

export function renderReceipt({ name, account, advice, doubts }: Receipt, look: Look): string {
  return [
    paint(headline(account, look), 'strong', look),
    ...wrap(
      doubts.map((one) => paint(`note: ${clean(one)}`, 'care', look)),
      look,
    ),
    '',
    ...timeline(account, look),
    '',
    ...drawPicture(nightOf(account), look),
    '',
    ...table(COLUMNS, account.rigs.map(rigRow), look),
    '',
    ...wrap([...sums(account), ...margins(account)], look),
    '',
    ...wrap(
      advice.length === 0
        ? ['What to change: nothing that this night shows.']
        : ['What to change:', ...advice.map((one) => `  - ${clean(one)}`)],
      look,
    ),
    paint(`${clean(name)}; to play it again: lastwatt replay ${clean(name)}`, 'faint', look),
  ].join('\n');
}

function headline(account: OutageAccount, look: Look): string {
  const when = `${localTime(new Date(account.wallMs).toISOString(), look)}${account.clockUnset ? ' (clock not set)' : ''}`;
  const length = sayDuration(goneSeconds(account));
  const so = account.open ? `without mains for at least ${length}: the record ends before they were back` : `without mains for ${length}`;
  return `${clean(account.site)}, ${when}: ${so} (${account.ups.map(clean).join(', ')})`;
}

function timeline({ events, wallMs }: OutageAccount, look: Look): readonly string[] {
  const told = events.filter(isTold);
  const lines = told.slice(0, MOST_LINES).map((one) => eventLine(one, wallMs, look));
  const more = told.length - lines.length;
  return [...lines, ...(more > 0 ? [paint(`  and ${plural(more, 'line')} more: --json has them`, 'faint', look)] : [])].flatMap((line) =>
    wrap([line], look),
  );
}

function eventLine({ seconds, event }: OutageEvent, wallMs: number, look: Look): string {
  const at = new Date(wallMs + 1000 * seconds).toISOString();
  const { text, tone } = recordWords({ v: 1, seq: 1, at, monoMs: 0, ...event });
  return `${sayClock(seconds).padStart(8)}  ${paint(text, tone, look)}`;
}

const COLUMNS: readonly Column[] = [
  { head: '#', align: 'right' },
  { head: 'rig' },
  ...['left', 'quiet', 'back', 'kept', 'lost'].map((head) => ({ head, align: 'right' as const })),
  { head: 'why it left' },
];

function rigRow(rig: RigAccount): readonly Cell[] {
  const { left, quietSeconds, backSeconds, money } = rig;
  return [
    String(rig.rank),
    clean(rig.id),
    sayClock(left?.seconds),
    sayClock(quietSeconds),
    sayClock(backSeconds),
    money === undefined ? UNKNOWN : sayMoney(money.kept),
    money === undefined ? UNKNOWN : sayMoney(Math.max(0, money.lost)),
    left === undefined ? (rig.wasUp ? { text: 'stayed', tone: 'good' } : { text: 'was not up', tone: 'faint' }) : sayReason(left.because),
  ];
}

/** In sentences, so that each says what it is of. */
export function sums(account: OutageAccount): readonly string[] {
  const { currency, sum, sumOnUps, keptOnBattery, unpriced, rigs } = account;
  const money = (value: number): string => `${sayMoney(Math.max(0, value))} ${clean(currency)}`;
  const whole = (one: Money): number => one.kept + one.lost + one.unseen;
  const percent = whole(sum) > 0 ? ` (${Math.round((100 * sum.kept) / whole(sum))} % of ${money(whole(sum))})` : '';
  const stayed = rigs.filter(({ onUps, wasUp, left }) => onUps && wasUp && left === undefined);
  return [
    `Reward kept: ${money(sum.kept)}${percent}, from the first second without mains until ${sayDuration(account.lengthSeconds)} later; of it ${money(keptOnBattery)} on battery.`,
    `Reward lost: ${money(sum.lost)}; ${money(sumOnUps.lost)} by rigs on a UPS, ${money(sum.lost - sumOnUps.lost)} by rigs on mains alone.`,
    ...(sum.unseen > whole(sum) / 1000 ? [`Not known: ${money(sum.unseen)}; nobody saw whether those rigs hashed.`] : []),
    ...(unpriced.length === 0 ? [] : [`In no sum: ${unpriced.map(clean).join(', ')}, of which nobody said what it earns.`]),
    `Stops avoided: ${plural(stayed.length, 'rig')} on a UPS ran through${stayed.length === 0 ? '' : `; a stop at once, as usual software for UPSes has it, would have taken them down as well`}.`,
  ];
}

export function margins(account: OutageAccount): readonly string[] {
  const ends = account.ended.map((one) => `${endWords(one)}.`);
  return [
    ...ends,
    ...account.margins.map(({ ups, at, seconds, percent, runtimeSeconds }) => {
      const when =
        at === 'quiet' ? `when its last rig was quiet, at ${sayClock(seconds)}` : `when the mains were back, at ${sayClock(seconds)}`;
      const runtime = runtimeSeconds === null ? '' : `, ${sayDuration(runtimeSeconds)} at the load of then`;
      return `Margin of ${clean(ups)}: ${percent === null ? UNKNOWN : Math.round(percent)} % left ${when}${runtime}, as it was believed.`;
    }),
  ];
}

function endWords({ ups, seconds, under }: OutageAccount['ended'][number]): string {
  const who = under.length === 0 ? 'with no rig hashing on it' : `under ${under.map(clean).join(', ')}`;
  return `${clean(ups)} went dark at ${sayClock(seconds)}, ${who}`;
}

/** The record in the terms of the pictures. */
export function nightOf(account: OutageAccount): NightAccount {
  const onUps = account.rigs.filter((rig) => rig.onUps);
  const left = onUps.flatMap(({ id, left: one }) => (one === undefined ? [] : [{ rig: id, seconds: one.seconds }]));
  left.sort((a, b) => a.seconds - b.seconds);
  const [first] = left;
  const last = left.at(-1);
  const quiet = account.margins.every(({ at }) => at === 'quiet') ? Math.max(...account.margins.map(({ seconds }) => seconds)) : undefined;
  const ended = account.gone.at(-1)?.toSeconds ?? 0;
  const back = Math.max(0, ...account.rigs.map(({ backSeconds = 0 }) => backSeconds - ended));
  const isBack = account.rigs.every(({ wasUp, left: one, backSeconds }) => !wasUp || one === undefined || backSeconds !== undefined);
  const { kept, lost, unseen } = account.sumOnUps;
  return {
    name: 'recorded',
    what: 'an outage as it was recorded',
    wrong: account.ended.filter(({ under }) => under.length > 0).map(endWords),
    notes: [],
    gone: account.gone,
    ...(first !== undefined && last !== undefined && { first, last }),
    ...(quiet !== undefined && Number.isFinite(quiet) && { quietSeconds: quiet }),
    chargePercent: Math.min(100, ...account.margins.flatMap(({ percent }) => (percent === null ? [] : [percent]))),
    ...(isBack && !account.open && { backSeconds: back }),
    kept,
    whole: kept + lost + unseen,
    film: account.film,
  };
}
