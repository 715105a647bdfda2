// One look at one rig in words, a line a figure: what is not known is said to be not known. Pure.
import type { ReadingView } from '../model/view.ts';
import { clean, type Look, paint, sayDuration, sayHashRate, sayNumber, sayWatts, wrap } from './text.ts';

const NOT_TOLD = 'not told';

export function renderReading(rig: string, reading: ReadingView, look: Look): string {
  const rows: readonly (readonly [string, string])[] = [
    ['state', reading.state],
    ['hash rate', hashRate(reading)],
    ['power', power(reading)],
    ['hottest chip', degrees(reading.temperatureC)],
    ['hottest board', degrees(reading.boardTemperatureC)],
    ['fans', fans(reading.fansRpm)],
    ['up for', reading.uptimeSeconds === null ? NOT_TOLD : sayDuration(reading.uptimeSeconds)],
    ['mode', word(reading.mode)],
    ['limit', word(reading.limit)],
    ['firmware', word(reading.firmware)],
    ['identity', word(reading.identity)],
    ['orders', orders(reading.takesOrders)],
  ];
  const wide = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, said]) => `  ${paint(name.padEnd(wide), 'faint', look)}  ${said}`);
  return wrap([paint(clean(rig), 'strong', look), ...lines], look).join('\n');
}

function hashRate({ hashRate: rate, algorithm }: ReadingView): string {
  const of = algorithm === null ? '' : ` (${clean(algorithm)})`;
  return rate === null ? `${NOT_TOLD}${of}` : `${sayHashRate(rate)}${of}`;
}

function power({ watts, wattsFrom }: ReadingView): string {
  if (watts === null) return NOT_TOLD;
  return wattsFrom === null ? sayWatts(watts) : `${sayWatts(watts)}, ${wattsFrom}`;
}

function degrees(celsius: number | null): string {
  return celsius === null ? NOT_TOLD : `${sayNumber(celsius)} °C`;
}

function fans(rpm: readonly number[] | null): string {
  if (rpm === null) return NOT_TOLD;
  return rpm.length === 0 ? 'none' : `${rpm.map(sayNumber).join(', ')} rpm`;
}

function word(text: string | null): string {
  return text === null ? NOT_TOLD : clean(text);
}

function orders(takes: boolean | null): string {
  if (takes === null) return 'not known: it can only be seen by giving one, as drill does';
  return takes ? 'it would take them from here' : 'it takes none from here';
}
