// Elphapex rigs (DG1, DG1+, DG-Home1) by their pages, which are made after those of stock Antminers: their own names, modes and
// temperatures, and the newer firmware whose pages stand elsewhere and which sets the mode alone.
import { type Outcome, ok } from '../model/outcome.ts';
import { type Answerer, type HttpAnswer, objectIn } from './http-answer.ts';
import { type CgiConf, type CgiKind, cgiConfIn, settingsKept } from './miner-cgi.ts';
import { measureOf } from './rows-4028.ts';

/** Where its pages stand: `cgi` on firmware as from 2024, `luci` on newer. */
export type ElphapexWay = 'cgi' | 'luci';

export function elphapexPath(way: ElphapexWay, page: string): string {
  return `${way === 'luci' ? '/cgi-bin/luci' : '/cgi-bin'}/${page}.cgi`;
}

/** The work mode in which it sleeps, as each firmware counts it. 0 is normal; the newer has -100 for saving and 101 for more. */
export const ELPHAPEX_SLEEP: Readonly<Record<ElphapexWay, number>> = { cgi: 1, luci: -1_000 };

export const ELPHAPEX: CgiKind = {
  modeKeys: ['fc-work-mode', 'miner-mode'],
  modes: [-9_999, 9_999],
  sleeps: (mode) => mode === ELPHAPEX_SLEEP.cgi || mode === ELPHAPEX_SLEEP.luci,
  yes: /^(?:[MB]\d00|0)$/,
  missing: 'has no such page: is this really an Elphapex?',
  other: { names: /^bitmain-/, maker: 'Bitmain', driver: 'antminer' },
  rateUnit: 'MH/s',
  // Its chips are told in thousandths of a degree: "25687".
  chipCelsius: 0.001,
  fanKeys: ['fc-fan-ctrl', 'fc-fan-pwm'],
  clockKeys: ['fc-freq', 'fc-voltage'],
};

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;

/** The newer firmware sets the mode by itself, so that its configuration need not be fit to be written back. */
export function elphapexConfIn(answer: HttpAnswer, from: Answerer, way: ElphapexWay): Outcome<CgiConf> {
  const conf = cgiConfIn(answer, from, ELPHAPEX);
  if (!conf.ok || way === 'cgi') return conf;
  const { unfit: _unfit, ...rest } = conf.value;
  return ok(rest);
}

/** What is written to set a mode, and on which page. */
export function elphapexWrite(
  way: ElphapexWay,
  { conf, mode, as }: { readonly conf: CgiConf; readonly mode: number; readonly as: 'number' | 'text' },
): { readonly page: string; readonly body: string } {
  const value = as === 'number' ? mode : String(mode);
  // The page of the newer firmware sends its mode as text, that of the older as a number.
  if (way === 'luci') return { page: 'setworkmode', body: JSON.stringify({ workmode: as === 'number' ? String(mode) : mode }) };
  return { page: 'set_miner_conf', body: JSON.stringify({ ...settingsKept(conf), 'miner-mode': value, 'fc-work-mode': value }) };
}

/** What is written to make it blink, and on which page. */
export function elphapexBlink(way: ElphapexWay, on: boolean): { readonly page: string; readonly body: string } {
  if (way === 'cgi') return { page: 'blink', body: JSON.stringify({ blink: String(on) }) };
  const lit = on ? 1 : 0;
  return { page: 'ftm_ledtest', body: JSON.stringify({ leds_blue: lit, leds_red: 0, leds_flash: lit, leds_time: 0 }) };
}

/** W that its power supply gives; one that answers draws something, so 0 is not known. Not every model has the page. */
export function elphapexWattsIn(answer: HttpAnswer, from: Answerer): number | undefined {
  const power = answer.status === 200 ? objectIn(answer, from) : undefined;
  const watts = power?.ok ? measureOf(power.value, 'power_output', WATTS_LIMIT) : undefined;
  return watts === 0 ? undefined : watts;
}
