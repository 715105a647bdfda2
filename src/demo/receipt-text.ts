// The receipt and the list of claims as text. Pure.
import { type Cell, type Look, paint, table, wrap } from '../cli/text.ts';
import type { Claim } from './claims.ts';
import type { NightAccount, Receipt } from './receipt.ts';

/** `measured`: what the rigs of the demo truly earned; `seconds`: how long the night was. */
export function renderReceipt(
  receipt: Receipt,
  { measured, seconds }: { readonly measured: NightAccount; readonly seconds: number },
  look: Look,
): string {
  const { lastwatt, allAtOnce, untilLow, withoutOutage } = receipt;
  const row = (name: string, one: NightAccount, shown = (text: string): Cell => text): Cell[] => [
    shown(name),
    shown(`${one.earned.toFixed(4)} USD`),
    `${Math.round((100 * one.earned) / withoutOutage)} %`,
    one.hashingMinutes.toFixed(1),
    String(one.stops),
    `${Math.round(one.lowestPercent)} %`,
  ];
  const right = { align: 'right' as const };
  const columns = [
    { head: `the same ${Math.round(seconds)} s` },
    { head: 'earned', ...right },
    { head: 'of all', ...right },
    { head: 'rig-min', ...right },
    { head: 'stops', ...right },
    { head: 'battery', ...right },
  ];
  const rows = [
    row('lastwatt: the worst leave first', lastwatt, (text) => ({ text, tone: 'good' })),
    row('all leave as the mains fail', allAtOnce),
    row('all stay until it is low', untilLow),
  ];
  const notes = [
    `The night you saw earned ${measured.earned.toFixed(4)} USD. The rows are the same engine, rigs, battery and outages in`,
    'virtual time; "of all": of a night without an outage; "battery": at its lowest. Had the mains',
    'come back in half a minute, all staying would have earned the most. Nobody knows that in time.',
  ].join(' ');
  return [paint('RECEIPT', 'strong', look), ...table(columns, rows, look), ...wrap([notes], look)].join('\n');
}

export function renderClaims(claims: readonly Claim[], look: Look): string {
  const lines = claims.map(({ say, but }) =>
    but === undefined ? `${paint('true ', 'good', look)} ${say}` : `${paint('FALSE', 'bad', look)} ${say}: ${but}`,
  );
  return [paint("By the rigs' and the switches' own logs:", 'strong', look), ...wrap(lines, look)].join('\n');
}
