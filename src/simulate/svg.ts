// One night as a picture for a browser: battery, load, who ran when and what was kept. It can be read without colour (full
// bars, hatched bars, thin lines) and is told in words for those who hear it. Pure; a string of SVG.
import { sayWatts } from '../cli/text.ts';
import type { Film, NightAccount, RigFilm, Simulation } from './account.ts';
import { goneSeconds, isGood } from './account.ts';
import { lengthOfFilm, placeAt, roundUp, timeMarks } from './axis.ts';
import { sayClock, sayKept } from './table.ts';

const WIDTH = 1_120;
const MARGIN = 24;
const REWARD_WIDTH = 140;
const BATTERY_HEIGHT = 84;
const LOAD_HEIGHT = 56;
const ROW_HEIGHT = 20;
const GAP = 30;
const TITLE_HEIGHT = 44;
const LINE_HEIGHT = 18;
/** px of a letter of 12 px, on the average and a little more */
const LETTER = 6.8;
const LABELS = { least: 84, most: 210 } as const;
const MARK_PX = 84;
/** Letters of a line of the text at the top. */
const LINE_LETTERS = 178;
const MOST_WRONG = 4;

const INK = { text: '#1b1f23', faint: '#5b636b', grid: '#d5d9dd', gone: '#e7e2d8' } as const;
const BATTERY = { line: '#1d6b43', area: '#cfe5d8' } as const;
const LOAD = { line: '#7a4b00', area: '#f0dfc2' } as const;
const RIG = { hashing: '#23588c', starting: '#b25800', paused: '#4a4f55' } as const;

const STYLE = [
  `text{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;font-size:12px;fill:${INK.text}}`,
  '.title{font-size:20px;font-weight:bold}',
  '.bad{font-weight:bold;fill:#a11212}',
  '.head{font-weight:bold}',
  `.faint{fill:${INK.faint}}`,
].join('');

/** Where things stand, px. */
interface Plan {
  readonly film: Film;
  readonly left: number;
  readonly right: number;
  /** px of a second of the night */
  readonly x: (second: number) => number;
  /** s, when the mains first went: the 0 of the time axis */
  readonly began: number;
}

/** The picture of one night of a simulation. */
export function drawSvg(
  night: NightAccount,
  { site, currency, seed }: Pick<Simulation, 'site' | 'currency'> & Partial<Pick<Simulation, 'seed'>>,
): string {
  const plan = planOf(night);
  const words = wordsOf(night, currency);
  const title = `${site}: ${night.name}${seed === undefined ? '' : `, seed ${seed}`}`;
  const top = TITLE_HEIGHT + words.length * LINE_HEIGHT + 1.5 * GAP;
  const ups = plan.film.ups.map((_, place) => upsCharts(plan, place, top + place * upsHeight()));
  const rigsTop = top + plan.film.ups.length * upsHeight();
  const rigsEnd = rigsTop + plan.film.rigs.length * ROW_HEIGHT;
  const height = rigsEnd + 2 * GAP + LINE_HEIGHT;
  const body = [
    element('rect', { width: WIDTH, height, fill: '#ffffff' }),
    text(title, MARGIN, 34, { class: 'title' }),
    ...words.map(({ say, bad }, place) => text(say, MARGIN, TITLE_HEIGHT + 12 + place * LINE_HEIGHT, bad ? { class: 'bad' } : {})),
    ...shades(night, plan, { from: top, to: rigsEnd }),
    ...timeAxis(plan, { from: top, to: rigsEnd }),
    ...ups,
    text('who ran when, the best earner per watt first', plan.left, rigsTop - 8, { class: 'head' }),
    text('reward kept', WIDTH - MARGIN, rigsTop - 8, { class: 'head', 'text-anchor': 'end' }),
    ...plan.film.rigs.map((rig, place) => rigRow(rig, rigsTop + place * ROW_HEIGHT, currency, plan)),
    legend(plan, rigsEnd + GAP + 26),
  ];
  const said = [night.what, ...words.map(({ say }) => say), ...plan.film.rigs.map((rig) => sayRig(rig, currency, plan))].join('. ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(said)}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs><pattern id="starts" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/><rect width="3" height="6" fill="${RIG.starting}"/></pattern></defs>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function planOf({ film, gone }: NightAccount): Plan {
  const longest = Math.max(...film.rigs.map(({ id }) => id.length + 4), ...film.ups.map(({ id }) => id.length)) * LETTER;
  const left = MARGIN + Math.min(LABELS.most, Math.max(LABELS.least, longest)) + 8;
  const right = WIDTH - MARGIN - REWARD_WIDTH - 16;
  const seconds = Math.max(1, lengthOfFilm(film));
  return {
    film,
    left,
    right,
    x: (second) => left + (Math.min(second, seconds) / seconds) * (right - left),
    began: gone[0]?.fromSeconds ?? 0,
  };
}

function upsHeight(): number {
  return BATTERY_HEIGHT + LOAD_HEIGHT + 2 * GAP;
}

interface Word {
  readonly say: string;
  readonly bad: boolean;
}

function wordsOf(night: NightAccount, currency: string): readonly Word[] {
  const { first, last, quietSeconds, backSeconds, chargePercent, wrong, what, about } = night;
  const left =
    first === undefined || last === undefined ? 'no rig left' : `rigs left from ${sayClock(first.seconds)} to ${sayClock(last.seconds)}`;
  const charge = `${Math.floor(chargePercent)} % in the emptiest battery`;
  const quiet = quietSeconds === undefined ? `some ran through, with ${charge}` : `all quiet at ${sayClock(quietSeconds)} with ${charge}`;
  const back = backSeconds === undefined ? 'not all came back' : `all back ${sayClock(backSeconds)} after the mains`;
  const good = [
    `${isGood(night) ? 'It ends well' : 'It does not end well'}: ${what}${about === undefined ? '' : `; ${about}`}.`,
    `Without mains for ${sayClock(goneSeconds(night))}; ${left}; ${quiet}; ${back}; reward kept: ${sayKept(night, currency)}.`,
  ];
  const more = wrong.length - MOST_WRONG;
  const bad = [...wrong.slice(0, MOST_WRONG), ...(more > 0 ? [`and ${more} more`] : [])];
  return [
    ...good.flatMap((say) => linesOf(say)).map((say) => ({ say, bad: false })),
    ...bad.flatMap((say) => linesOf(say)).map((say) => ({ say, bad: true })),
  ];
}

function linesOf(say: string): readonly string[] {
  const lines = [''];
  // A figure stays with its unit.
  for (const word of say.replaceAll(' %', '\u00a0%').split(' ')) {
    const so = lines.at(-1) ?? '';
    if (so !== '' && so.length + word.length >= LINE_LETTERS) lines.push(word);
    else lines[lines.length - 1] = so === '' ? word : `${so} ${word}`;
  }
  return lines;
}

interface Reach {
  readonly from: number;
  readonly to: number;
}

function shades({ gone }: NightAccount, { x }: Plan, { from, to }: Reach): readonly string[] {
  const label = 'no mains';
  return gone.map(({ fromSeconds, toSeconds }) => {
    const width = x(toSeconds) - x(fromSeconds);
    const band = element('rect', { x: x(fromSeconds), y: from - 22, width: Math.max(width, 1), height: to - from + 22, fill: INK.gone });
    const fits = width > label.length * LETTER;
    return fits ? `${band}${text(label, x(fromSeconds) + width / 2, from - 26, { class: 'faint', 'text-anchor': 'middle' })}` : band;
  });
}

function timeAxis({ film, left, right, x, began }: Plan, { from, to }: Reach): readonly string[] {
  const marks = timeMarks(lengthOfFilm(film) - began, Math.floor((right - left) / MARK_PX));
  return [
    ...marks.map((mark) => element('line', { x1: x(began + mark), x2: x(began + mark), y1: from, y2: to + 5, stroke: INK.grid })),
    element('line', { x1: left, x2: right, y1: to, y2: to, stroke: INK.faint }),
    ...marks.map((mark) => text(sayClock(mark), x(began + mark), to + 19, { class: 'faint', 'text-anchor': 'middle' })),
    text('since the mains went', right + 16, to + 19, { class: 'faint' }),
  ];
}

function upsCharts(plan: Plan, place: number, top: number): string {
  const ups = plan.film.ups[place];
  if (ups === undefined) return '';
  const loadTop = top + BATTERY_HEIGHT + GAP;
  const most = roundUp(Math.max(...ups.watts));
  const battery = {
    top,
    height: BATTERY_HEIGHT,
    most: 100,
    name: ups.id,
    about: `battery, ${plan.film.believed ? 'as believed' : 'in truth'}`,
    say: (value: number) => `${value} %`,
  };
  const load = { top: loadTop, height: LOAD_HEIGHT, most, name: ups.id, about: 'load', say: (value: number) => sayWatts(value) };
  return [...chart(ups.percent, { ...battery, ink: BATTERY }, plan), ...chart(ups.watts, { ...load, ink: LOAD }, plan)].join('\n');
}

interface Chart {
  readonly top: number;
  readonly height: number;
  readonly most: number;
  readonly name: string;
  readonly about: string;
  readonly say: (value: number) => string;
  readonly ink: { readonly line: string; readonly area: string };
}

function chart(series: readonly number[], { top, height, most, name, about, say, ink }: Chart, plan: Plan): readonly string[] {
  const { left, right } = plan;
  const bottom = top + height;
  const y = (value: number): number => bottom - (Math.min(value, most) / most) * height;
  const points = pointsOf(series, plan).map(([px, value]) => `${rounded(px)} ${rounded(y(value))}`);
  const marks = [0, most / 2, most];
  return [
    ...marks.map((mark) => element('line', { x1: left, x2: right, y1: y(mark), y2: y(mark), stroke: INK.grid })),
    element('path', {
      d: `M${rounded(left)} ${bottom} L${points.join(' L')} L${rounded(right)} ${bottom} Z`,
      fill: ink.area,
      'fill-opacity': 0.8,
    }),
    element('path', { d: `M${points.join(' L')}`, fill: 'none', stroke: ink.line, 'stroke-width': 1.6 }),
    ...marks.map((mark) => text(say(mark), left - 8, y(mark) + 4, { class: 'faint', 'text-anchor': 'end' })),
    text(`${name}: ${about}`, left, top - 8, { class: 'head' }),
  ];
}

/** A point every two pixels: what was so there. */
function pointsOf(series: readonly number[], { film, left, right }: Plan): readonly (readonly [px: number, value: number])[] {
  const cells = Math.floor((right - left) / 2);
  const seconds = lengthOfFilm(film);
  return Array.from({ length: cells + 1 }, (_, cell) => [
    left + (cell / cells) * (right - left),
    series[placeAt(film, (cell / cells) * seconds)] ?? 0,
  ]);
}

function rigRow(rig: RigFilm, top: number, currency: string, plan: Plan): string {
  const { film, left, x } = plan;
  const end = lengthOfFilm(film);
  const bars = rig.stretches.map(({ fromSeconds, look }, place) => {
    const from = x(fromSeconds);
    const width = Math.max(0.6, x(rig.stretches[place + 1]?.fromSeconds ?? end) - from);
    if (look === 'hashing') return element('rect', { x: from, y: top + 4, width, height: ROW_HEIGHT - 8, fill: RIG.hashing });
    if (look === 'starting')
      return element('rect', {
        x: from,
        y: top + 5,
        width,
        height: ROW_HEIGHT - 10,
        fill: 'url(#starts)',
        stroke: RIG.starting,
        'stroke-width': 0.8,
      });
    return look === 'paused' ? element('rect', { x: from, y: top + ROW_HEIGHT / 2 - 1.5, width, height: 3, fill: RIG.paused }) : '';
  });
  const label = shortened(rig.id, Math.floor((left - MARGIN - 8) / LETTER) - 4);
  return [
    '<g>',
    `<title>${escaped(sayRig(rig, currency, plan))}</title>`,
    text(`${rig.rank}`, MARGIN + 16, top + 14, { class: 'faint', 'text-anchor': 'end' }),
    text(label, MARGIN + 24, top + 14, {}),
    ...bars,
    rewardCell(rig, top, currency),
    '</g>',
  ].join('');
}

/** The part that was kept as a bar, and the figures on it. */
function rewardCell(rig: RigFilm, top: number, currency: string): string {
  const right = WIDTH - MARGIN;
  if (!rig.onUps) return text('on mains alone', right, top + 14, { class: 'faint', 'text-anchor': 'end' });
  const share = rig.whole > 0 ? Math.min(1, rig.kept / rig.whole) : 0;
  const box = { x: right - REWARD_WIDTH, y: top + 3, height: ROW_HEIGHT - 6 };
  return [
    element('rect', { ...box, width: REWARD_WIDTH, fill: '#f3f4f5', stroke: INK.grid }),
    element('rect', { ...box, width: share * REWARD_WIDTH, fill: '#b9cfe3' }),
    text(sayKept(rig, currency), right - 6, top + 14, { 'text-anchor': 'end' }),
  ].join('');
}

function sayRig(rig: RigFilm, currency: string, { film, began }: Plan): string {
  const end = lengthOfFilm(film);
  const runs = rig.stretches.flatMap(({ fromSeconds, look }, place) => {
    const to = rig.stretches[place + 1]?.fromSeconds ?? end;
    return look === 'hashing' ? [`${sayClock(Math.max(0, fromSeconds - began))} to ${sayClock(to - began)}`] : [];
  });
  const reward = rig.onUps ? `, kept ${sayKept(rig, currency)}` : ', on mains alone';
  return `${rig.id}, number ${rig.rank}, hashed from ${runs.join(', ')}${reward}`;
}

function legend({ left }: Plan, y: number): string {
  const words = ['hashes', 'starts', 'paused, lit', 'blank: dark'] as const;
  const step = 130;
  const at = (place: number): number => left + place * step;
  return [
    element('rect', { x: at(0), y: y - 10, width: 26, height: ROW_HEIGHT - 8, fill: RIG.hashing }),
    element('rect', {
      x: at(1),
      y: y - 9,
      width: 26,
      height: ROW_HEIGHT - 10,
      fill: 'url(#starts)',
      stroke: RIG.starting,
      'stroke-width': 0.8,
    }),
    element('rect', { x: at(2), y: y - 5.5, width: 26, height: 3, fill: RIG.paused }),
    ...words.map((word, place) => text(word, at(place) + (place < 3 ? 34 : 0), y, {})),
  ].join('');
}

function text(say: string, x: number, y: number, attributes: Attributes): string {
  return `<text${spelled({ x, y, ...attributes })}>${escaped(say)}</text>`;
}

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes): string {
  return `<${name}${spelled(attributes)}/>`;
}

function spelled(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`)
    .join('');
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function shortened(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, Math.max(1, most - 1))}…` : name;
}

/** Nothing that a browser would take for markup, and no character that XML does not have. */
export function escaped(say: string): string {
  return say
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
