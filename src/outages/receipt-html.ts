// A receipt as one page for a browser: words, figures and the picture, with nothing to load from anywhere. Pure.

import { recordWords } from '../cli/journal-text.ts';
import { sayReason } from '../cli/reason-text.ts';
import { sayDuration } from '../cli/text.ts';
import { goneSeconds } from '../simulate/account.ts';
import { drawSvg, escaped } from '../simulate/svg.ts';
import { sayClock, sayMoney } from '../simulate/table.ts';
import { isTold, margins, nightOf, type Receipt, sums } from './receipt-text.ts';

const STYLE = [
  "body{font:16px/1.5 Helvetica,Arial,'Liberation Sans',sans-serif;color:#1b1f23;max-width:1120px;margin:32px auto;padding:0 16px}",
  'h1{font-size:24px}h2{font-size:18px;margin-top:32px}',
  'table{border-collapse:collapse;font-size:14px}th,td{padding:3px 10px 3px 0;text-align:left;vertical-align:top}',
  'td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr+tr{border-top:1px solid #d5d9dd}',
  'svg{max-width:100%;height:auto}.faint{color:#5b636b}',
].join('');

export function receiptPage({ name, account, advice, doubts }: Receipt): string {
  const began = new Date(account.wallMs).toISOString();
  const title = `${account.site}: ${sayDuration(goneSeconds(account))} without mains`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    `<p class="faint">${escaped(`${began}${account.clockUnset ? ' (clock not set)' : ''}, ${account.ups.join(', ')}; record ${name}`)}</p>`,
    ...doubts.map((one) => `<p>Note: ${escaped(one)}</p>`),
    '<h2>What it came to</h2>',
    ...[...sums(account), ...margins(account)].map((one) => `<p>${escaped(one)}</p>`),
    '<h2>What to change</h2>',
    advice.length === 0 ? '<p>Nothing that this night shows.</p>' : `<ul>${advice.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul>`,
    '<h2>The night</h2>',
    drawSvg(nightOf(account), { site: account.site, currency: account.currency }),
    '<h2>Rig by rig</h2>',
    rigTable({ account }),
    '<h2>Second by second</h2>',
    timeline({ account }),
    '</body></html>',
    '',
  ].join('\n');
}

function rigTable({ account }: Pick<Receipt, 'account'>): string {
  const heads = ['#', 'rig', 'left', 'quiet', 'back', `kept, ${account.currency}`, 'lost', 'why it left'];
  const rows = account.rigs.map(({ rank, id, left, quietSeconds, backSeconds, money, wasUp }) => [
    String(rank),
    id,
    sayClock(left?.seconds),
    sayClock(quietSeconds),
    sayClock(backSeconds),
    money === undefined ? '?' : sayMoney(money.kept),
    money === undefined ? '?' : sayMoney(Math.max(0, money.lost)),
    left === undefined ? (wasUp ? 'stayed' : 'was not up') : sayReason(left.because),
  ]);
  const isFigure = (column: number): boolean => column === 0 || (column > 1 && column < 7);
  const cells = (row: readonly string[], tag: 'td' | 'th'): string =>
    row.map((cell, column) => `<${tag}${isFigure(column) ? ' class="n"' : ''}>${escaped(cell)}</${tag}>`).join('');
  return `<table><tr>${cells(heads, 'th')}</tr>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table>`;
}

function timeline({ account }: Pick<Receipt, 'account'>): string {
  const rows = account.events.filter(isTold).map(({ seconds, event }) => {
    const { text } = recordWords({ v: 1, seq: 1, at: '', monoMs: 0, ...event });
    return `<tr><td class="n">${sayClock(seconds)}</td><td>${escaped(text)}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}
