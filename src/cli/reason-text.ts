// A rule and its numbers in words: `runtime-below-threshold (runtime 4 min 50 s)`. Pure; what is not as expected is left out.
import { clean, sayDuration, sayMs, sayNumber, sayWatts } from './text.ts';

const MOST_FACTS = 12;
const MOST_TEXT = 200;
/** Marks a person's wish for the rules; the rule's name and who asked say as much. */
const PERSON = 'person';

/** Takes anything, as journal lines of another version pass through here too. */
export function sayReason(reason: unknown): string {
  if (!isRecord(reason)) return '';
  const { rule, facts } = reason;
  const named = typeof rule === 'string' ? clean(rule) : 'no rule given';
  const said = isRecord(facts)
    ? Object.entries(facts)
        .filter(([key]) => key !== PERSON)
        .slice(0, MOST_FACTS)
        .map(sayFact)
        .filter((fact) => fact !== '')
    : [];
  return said.length === 0 ? named : `${named} (${said.join(', ')})`;
}

/** The unit stands at the end of the key, as everywhere in this project. */
export function sayFact([key, value]: [string, unknown]): string {
  if (typeof value === 'boolean') return `${wordsOf(key)} ${value ? 'yes' : 'no'}`;
  if (typeof value === 'string') return `${wordsOf(key)} ${short(value)}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return '';
  const unit = /(Seconds|Minutes|Ms|Watts|Percent|Wh)$/.exec(key)?.[1];
  const name = wordsOf(unit === undefined ? key : key.slice(0, -unit.length));
  const figure = FIGURES.get(unit ?? '')?.(value) ?? sayNumber(value);
  return name === '' ? figure : `${name} ${figure}`;
}

const FIGURES: ReadonlyMap<string, (value: number) => string> = new Map([
  ['Seconds', (value) => sayDuration(value)],
  ['Minutes', (value) => sayDuration(value * 60)],
  ['Ms', (value) => sayMs(value)],
  ['Watts', (value) => sayWatts(value)],
  ['Percent', (value) => `${sayNumber(value)} %`],
  ['Wh', (value) => `${sayNumber(value)} Wh`],
]);

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Clean, and no longer than a line may bear. */
export function short(text: string): string {
  return clean(text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text);
}

/** `cutBelow` → `cut below` */
function wordsOf(key: string): string {
  return clean(key.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase());
}
