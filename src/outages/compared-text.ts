// A night as it was, the same rules in the world that was fitted to it, and other rules there: side by side. Pure.
import { money, tenth } from '../cli/figures.ts';
import { type Cell, type Column, clean, type Look, paint, type Tone, table, wrap } from '../cli/text.ts';
import { isGood, type NightAccount } from '../simulate/account.ts';
import { drawPicture } from '../simulate/picture.ts';
import { sayClock, sayMoney } from '../simulate/table.ts';
import type { OutageAccount } from './account.ts';
import type { Compared, Lived } from './another.ts';
import { nightOf } from './receipt-text.ts';

export interface ComparedNight {
  readonly name: string;
  readonly account: OutageAccount;
  readonly compared: Compared;
  readonly doubts: readonly string[];
}

const COLUMNS: readonly Column[] = [
  { head: '' },
  ...['first left', 'last left', 'quiet', 'left', 'back', 'lost', 'stops'].map((head) => ({ head, align: 'right' as const })),
  { head: '' },
];

export function renderCompared({ name, account, compared, doubts }: ComparedNight, look: Look): readonly string[] {
  const { before, other, told } = compared;
  const recorded = recordedOf(account);
  const { say, tone } = verdict(compared, account.currency);
  return [
    ...drawPicture(other.night, look),
    '',
    ...table(
      COLUMNS,
      [rowOf('as it was recorded', recorded), rowOf('simulated, the same rules', before), rowOf('simulated, other rules', other)],
      look,
    ),
    '',
    ...wrap(
      [
        paint(`${clean(name)}: ${say}`, tone, look),
        'Money is of the rigs on a UPS, from the first second without mains until all were back. How near the first two rows are to each other is how far the third can be trusted.',
        ...other.night.wrong.map((one) => paint(clean(one), 'bad', look)),
        ...told.map((one) => `fitted: ${clean(one)}`),
        ...doubts.map((one) => `note: ${clean(one)}`),
      ],
      look,
    ),
  ];
}

/** Less than this of what could have been earned is no difference. */
const ALIKE = 0.005;

function verdict({ before, other }: Compared, currency: string): { readonly say: string; readonly tone: Tone } {
  const share = ({ kept, lost }: Lived): number => (kept + lost > 0 ? lost / (kept + lost) : 0);
  const whole = before.kept + before.lost;
  // Another fleet earns something else, and only shares can be held against each other.
  if (Math.abs(perDayOf(other) / Math.max(perDayOf(before), Number.MIN_VALUE) - 1) > 0.01)
    return {
      say: `its rigs lose ${percent(share(other))} of what they could have earned; those of then ${percent(share(before))}. It is another fleet: money can't be compared`,
      tone: share(other) <= share(before) ? 'good' : 'care',
    };
  const gained = before.lost - other.lost;
  if (Math.abs(gained) < ALIKE * whole) return { say: 'the other rules come to the same', tone: 'good' };
  const much = `${sayMoney(Math.abs(gained))} ${clean(currency)}`;
  return gained > 0
    ? { say: `the other rules lose ${much} less`, tone: 'good' }
    : { say: `the other rules lose ${much} more`, tone: 'care' };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What the rigs on a UPS could earn in a second of the film. */
function perDayOf({ kept, lost, night }: Lived): number {
  const { film, gone } = night;
  const seconds = (film.seconds.at(-1) ?? 0) - (gone[0]?.fromSeconds ?? 0);
  return seconds > 0 ? (kept + lost) / seconds : 0;
}

function recordedOf(account: OutageAccount): Lived {
  const night = nightOf(account);
  const { kept, lost, unseen } = account.sumOnUps;
  return { night, kept, lost: lost + unseen, stops: account.rigs.filter(({ onUps, left }) => onUps && left !== undefined).length };
}

function rowOf(what: string, { night, lost, stops }: Lived): readonly Cell[] {
  const { first, last, quietSeconds, backSeconds, chargePercent } = night;
  return [
    what,
    sayClock(first?.seconds),
    sayClock(last?.seconds),
    sayClock(quietSeconds),
    `${Math.floor(chargePercent)} %`,
    sayClock(backSeconds),
    sayMoney(Math.max(0, lost)),
    String(stops),
    isGood(night) ? '' : { text: 'BAD', tone: 'bad' },
  ];
}

/** As JSON; what did not happen is null. */
export function viewOfCompared(account: OutageAccount, { before, other, good }: Compared): object {
  return {
    identical: null,
    good,
    recorded: viewOfLived(recordedOf(account)),
    sameRules: viewOfLived(before),
    otherRules: viewOfLived(other),
  };
}

function viewOfLived({ night, kept, lost, stops }: Lived): object {
  const left = (one: NightAccount['first']): object | null => (one === undefined ? null : { rig: one.rig, seconds: tenth(one.seconds) });
  return {
    firstDown: left(night.first),
    lastDown: left(night.last),
    quietSeconds: tenth(night.quietSeconds ?? null),
    chargePercent: tenth(night.chargePercent),
    backSeconds: tenth(night.backSeconds ?? null),
    rewardKept: money(kept),
    rewardLost: money(lost),
    stops,
    wrong: night.wrong,
  };
}
