// `lastwatt receipt`: what an outage came to, from its record alone.
import { accountOf, type OutageAccount } from '../outages/account.ts';
import { adviceOf } from '../outages/hindsight.ts';
import { margins, type Receipt, renderReceipt, sums } from '../outages/receipt-text.ts';
import { goneSeconds } from '../simulate/account.ts';
import { money, tenth } from './figures.ts';
import { openRecord, outageNames } from './outage-file.ts';
import { complain, EXIT, lookOf, type Outside, print, printJson, writtenTo } from './outside.ts';
import { clean } from './text.ts';
import type { Named } from './where.ts';

export interface ReceiptWish {
  readonly outage: string | undefined;
  readonly list?: true;
  readonly html?: string;
  readonly json?: true;
}

export async function receipt(outside: Outside, named: Named, wish: ReceiptWish): Promise<number> {
  if (wish.list) return list(outside, named, wish);
  const opened = await openRecord(outside, named, wish.outage);
  if (!opened.ok) {
    complain(outside, opened.fault.detail);
    return EXIT.usage;
  }
  const { name, record, doubts } = opened.value;
  const account = accountOf(record);
  const told: Receipt = { name, account, advice: adviceOf(record, account), doubts };
  if (wish.html !== undefined && !(await written(outside, told, wish.html))) return EXIT.usage;
  if (wish.json) printJson(outside, viewOf(told));
  else print(outside, renderReceipt(told, lookOf(outside)));
  if (wish.html !== undefined && !wish.json) print(outside, `the page: ${clean(wish.html)}`);
  return EXIT.done;
}

async function list(outside: Outside, named: Named, { json }: ReceiptWish): Promise<number> {
  const all = await outageNames(outside, named);
  if (!all.ok) {
    complain(outside, all.fault.detail);
    return EXIT.usage;
  }
  const { dir, names } = all.value;
  if (json) printJson(outside, { dir, outages: names });
  else if (names.length === 0) complain(outside, `no outage is recorded in ${dir}`);
  else for (const name of names) print(outside, clean(name));
  return EXIT.done;
}

async function written(outside: Outside, told: Receipt, file: string): Promise<boolean> {
  const { receiptPage } = await import('../outages/receipt-html.ts');
  return writtenTo(outside, file, receiptPage(told));
}

/** As JSON; what is not known or did not happen is null. */
function viewOf({ name, account, advice, doubts }: Receipt): object {
  const { site, currency, armed, ups, gone, open, sum, sumOnUps } = account;
  return {
    outage: name,
    site,
    currency,
    armed,
    beganAt: new Date(account.wallMs).toISOString(),
    clockUnset: account.clockUnset,
    ups,
    outageSeconds: tenth(goneSeconds(account)),
    stillOut: open,
    recordedSeconds: tenth(account.lengthSeconds),
    outages: gone.map(({ fromSeconds, toSeconds }) => ({ fromSeconds: tenth(fromSeconds), toSeconds: tenth(toSeconds) })),
    rewardKept: money(sum.kept),
    rewardLost: money(sum.lost),
    rewardUnseen: money(sum.unseen),
    rewardKeptOnBattery: money(account.keptOnBattery),
    onUps: { rewardKept: money(sumOnUps.kept), rewardLost: money(sumOnUps.lost), rewardUnseen: money(sumOnUps.unseen) },
    ended: account.ended.map((one) => ({ ...one, seconds: tenth(one.seconds) })),
    unpriced: account.unpriced,
    margins: account.margins.map((one) => ({
      ...one,
      seconds: tenth(one.seconds),
      percent: tenth(one.percent),
      runtimeSeconds: tenth(one.runtimeSeconds),
    })),
    rigs: account.rigs.map(viewOfRig),
    say: [...sums(account), ...margins(account)],
    advice,
    notes: doubts,
    events: account.events.map(({ seconds, event }) => ({ seconds: tenth(seconds), ...event })),
  };
}

function viewOfRig({
  money: own,
  left,
  quietSeconds,
  cutSeconds,
  backSeconds,
  keptOnBattery,
  perDay,
  ...rig
}: OutageAccount['rigs'][number]): object {
  return {
    ...rig,
    rewardPerDay: perDay === undefined ? null : money(perDay),
    rewardKept: own === undefined ? null : money(own.kept),
    rewardLost: own === undefined ? null : money(own.lost),
    rewardUnseen: own === undefined ? null : money(own.unseen),
    rewardKeptOnBattery: keptOnBattery === undefined ? null : money(keptOnBattery),
    leftSeconds: tenth(left?.seconds ?? null),
    because: left?.because ?? null,
    quietSeconds: tenth(quietSeconds ?? null),
    cutSeconds: tenth(cutSeconds ?? null),
    backSeconds: tenth(backSeconds ?? null),
  };
}
