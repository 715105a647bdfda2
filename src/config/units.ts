// Figures that people write with a unit or a pattern of their own: hash rates and times of schedules.

const PREFIX: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15, e: 1e18 };

/** `110 TH/s`, `1 TH`, `420kH/s` to H/s; undefined for a bare number, another unit, or nothing above 0. */
export function hashRate(text: string): number | undefined {
  const parts = /^\s*(\d{1,12}(?:\.\d{1,12})?)\s*([kmgtpe]?)h(?:\/s)?\s*$/i.exec(text);
  const factor = PREFIX[parts?.[2]?.toLowerCase() ?? '-'];
  const figure = Number(parts?.[1]) * (factor ?? Number.NaN);
  return figure > 0 ? figure : undefined;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** in the order of their numbers, starting at `from` */
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of the week', from: 0, to: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** What is wrong with a cron line of five fields; undefined for a good one. */
export function cronFault(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return `expected five fields (minute hour day month weekday) such as "0 11 * * 1", found ${fields.length}`;
  }
  const wrong = FIELDS.find((field, i) => !(fields[i] ?? '').split(',').every((item) => fieldTakes(field, item)));
  return wrong === undefined
    ? undefined
    : `the ${wrong.name} takes ${wrong.from} to ${wrong.to}, *, ranges (1-5), lists (1,3) and steps (*/2)`;
}

function fieldTakes(field: Field, item: string): boolean {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0 || (step !== undefined && !(Number.isInteger(numberOf(step)) && numberOf(step) > 0))) return false;
  if (range === '*') return true;
  const [first = '', last = first, ...rest] = range.split('-');
  const [low, high] = [valueIn(field, first), valueIn(field, last)];
  return rest.length === 0 && low >= field.from && high <= field.to && low <= high;
}

function valueIn(field: Field, text: string): number {
  const word = field.words?.indexOf(text.toLowerCase()) ?? -1;
  return word >= 0 ? word + field.from : numberOf(text);
}

function numberOf(text: string): number {
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
}
