// One night as a picture in the terminal: mains, each battery and its load, and who ran when. Plain characters, so that it
// can be read without colour, in a log, and on a console that has no others. Pure.
import { clean, type Look, paint, sayWatts, type Tone } from '../cli/text.ts';
import type { Film, NightAccount, RigFilm, RigLook } from './account.ts';
import { keptPercent } from './account.ts';
import { lengthOfFilm, lookAt, placeAt, roundUp, timeMarks } from './axis.ts';
import { sayClock } from './table.ts';

const USUAL_WIDTH = 100;
const LEAST_CELLS = 20;
const BATTERY_ROWS = 5;
const LOAD_ROWS = 3;
/** columns that a mark of the time axis needs */
const MARK_CELLS = 12;
const RIGHT_CELLS = 6;

const SIGNS: Readonly<Record<RigLook, string>> = { hashing: '#', starting: ':', paused: '.', dark: ' ' };
const TONES: Readonly<Record<RigLook, Tone | undefined>> = { hashing: 'good', starting: 'care', paused: 'faint', dark: undefined };
const LEGEND = '# hashes   : starts   . paused, lit   blank: dark        right: reward kept';

interface Canvas {
  readonly look: Look;
  /** of the labels on the left */
  readonly labels: number;
  /** columns of time */
  readonly cells: number;
  readonly seconds: number;
}

/** `width` of the look: the terminal's; absent: 100. */
export function drawPicture(night: NightAccount, look: Look): readonly string[] {
  const { film } = night;
  const names = [...film.rigs.map((rig) => rigLabel(rig)), ...film.ups.map(({ id }) => clean(id)), 'mains', '100 %'];
  const labels = Math.max(...names.map(({ length }) => length));
  const cells = Math.max(LEAST_CELLS, (look.width ?? USUAL_WIDTH) - labels - RIGHT_CELLS - 3);
  const canvas: Canvas = { look, labels, cells, seconds: lengthOfFilm(film) };
  return [
    ...film.ups.flatMap((_, place) => upsRows(film, place, canvas)),
    mainsRow(night, canvas),
    ...film.rigs.map((rig) => rigRow(rig, canvas)),
    ...timeRows(night.gone[0]?.fromSeconds ?? 0, canvas),
    paint(LEGEND, 'faint', look),
  ];
}

function upsRows(film: Film, place: number, canvas: Canvas): readonly string[] {
  const ups = film.ups[place];
  if (ups === undefined) return [];
  const most = roundUp(Math.max(...ups.watts));
  return [
    `${clean(ups.id)}: battery, ${film.believed ? 'as believed' : 'in truth'}`,
    ...columns(film, ups.percent, { most: 100, rows: BATTERY_ROWS, sign: '#', say: (value) => `${value} %` }, canvas),
    `${clean(ups.id)}: load`,
    ...columns(film, ups.watts, { most, rows: LOAD_ROWS, sign: '=', say: (value) => sayWatts(value) }, canvas),
    '',
  ];
}

interface Columns {
  readonly most: number;
  readonly rows: number;
  readonly sign: string;
  readonly say: (value: number) => string;
}

function columns(film: Film, series: readonly number[], { most, rows, sign, say }: Columns, canvas: Canvas): readonly string[] {
  const heights = times(canvas).map((second) => ((series[placeAt(film, second)] ?? 0) / most) * rows);
  return Array.from({ length: rows }, (_, down) => {
    const floor = rows - 1 - down;
    const label = down === 0 ? say(most) : down === rows - 1 ? '0' : '';
    // Whatever is left at all shows in the lowest row.
    const cells = heights.map((height) => (height - floor >= 0.5 || (floor === 0 && height > 0.02) ? sign : ' ')).join('');
    return row(label, cells, '', canvas);
  });
}

function mainsRow({ gone }: NightAccount, canvas: Canvas): string {
  const step = canvas.seconds / canvas.cells;
  const cells = times(canvas).map((middle) =>
    gone.some(({ fromSeconds, toSeconds }) => fromSeconds < middle + step / 2 && toSeconds > middle - step / 2) ? ' ' : '=',
  );
  return row('mains', cells.join(''), '', canvas);
}

function rigRow(rig: RigFilm, canvas: Canvas): string {
  const looks = times(canvas).map((second) => lookAt(rig, second));
  const percent = rig.onUps ? keptPercent(rig) : undefined;
  return row(rigLabel(rig), looks, percent === undefined ? '' : `${Math.round(percent)} %`, canvas);
}

function rigLabel({ id, rank }: RigFilm): string {
  return `${String(rank).padStart(2)} ${clean(id)}`;
}

function row(label: string, cells: string | readonly RigLook[], right: string, { look, labels }: Canvas): string {
  const drawn = typeof cells === 'string' ? cells : inRuns(cells, look);
  return `${label.padStart(labels)} |${drawn}|${right.padStart(RIGHT_CELLS)}`.trimEnd();
}

/** A colour lasts as long as a rig looks alike. */
function inRuns(cells: readonly RigLook[], look: Look): string {
  let drawn = '';
  for (let at = 0; at < cells.length; ) {
    const one = cells[at] ?? 'dark';
    let end = at;
    while (cells[end] === one) end += 1;
    drawn += paint(SIGNS[one].repeat(end - at), TONES[one], look);
    at = end;
  }
  return drawn;
}

/** The middle of each column, s. */
function times({ cells, seconds }: Canvas): readonly number[] {
  return Array.from({ length: cells }, (_, cell) => ((cell + 0.5) * seconds) / cells);
}

/** Times as in the table: since the mains first went. */
function timeRows(began: number, { cells, labels, seconds }: Canvas): readonly string[] {
  const ruler = Array<string>(cells).fill('-');
  let words = '';
  for (const mark of timeMarks(seconds - began, Math.floor(cells / MARK_CELLS))) {
    const cell = Math.min(cells - 1, Math.floor(((began + mark) / seconds) * cells));
    ruler[cell] = '+';
    if (words.length <= cell) words = `${words.padEnd(cell)}${sayClock(mark)} `;
  }
  const gap = ' '.repeat(labels + 2);
  return [`${' '.repeat(labels)} +${ruler.join('')}+`, `${gap}${words}`.trimEnd()];
}
