// One journal line as a sentence. Pure, and safe against lines of another version: what is missing reads `?`.
import type { JournalRecord } from '../host/port.ts';
import { isRecord, sayReason, short } from './reason-text.ts';
import { clean, type Look, localTime, paint, plural, sayDuration, sayHashRate, sayMs, type Tone, UNKNOWN, wrap } from './text.ts';

export type Told = { readonly text: string; readonly tone?: Tone };

/** `2026-11-23 19:28:25  pause s19-1 because runtime-below-threshold (runtime 4 min 50 s)` */
export function renderRecord(record: JournalRecord, look: Look): string {
  const { text: said, tone } = recordWords(record);
  const unset = record.clock === 'unset' ? ' (clock not set)' : '';
  const line = `${paint(localTime(String(record.at), look) + unset, 'faint', look)}  ${paint(said, tone, look)}`;
  return wrap([line], look).join('\n');
}

/** Whether a line speaks of this rig, itself or through a step. */
export function isAbout(record: JournalRecord, rig: string): boolean {
  const { rig: named, step } = record;
  if (named === rig) return true;
  if (!isRecord(step)) return false;
  const { rig: moved, rigs } = step;
  return moved === rig || (Array.isArray(rigs) && rigs.includes(rig));
}

/** What a record says, without its time. */
export function recordWords(record: JournalRecord): Told {
  const sentence = sentences.get(record.event);
  if (sentence !== undefined) return sentence(record);
  // Another version's event: shown as it is, without what every line has.
  const { v, seq, at, monoMs, clock, crc, event, ...fields } = record;
  return { text: `${clean(String(event))} ${short(JSON.stringify(fields))}`.trim() };
}

const sentences = new Map<string, (record: JournalRecord) => Told>([
  ['started', started],
  ['rewired', (record) => ({ text: rewiring(record).join('; '), tone: isLost(record) ? 'bad' : 'strong' })],
  ['found-fed', ({ switch: contact }) => ({ text: `switch ${word(contact)} is fed, though no step of ours is known to have closed it` })],
  ['forgotten', ({ switch: contact }) => ({ text: `switch ${word(contact)} as it was cut was released: it is forgotten, and not moved` })],
  ['stopped', ({ signal }) => ({ text: `lastwattd ended on ${word(signal)}` })],
  ['armed', ({ from }) => ({ text: `armed${by(from)}: it acts`, tone: 'strong' })],
  ['disarmed', ({ from }) => ({ text: `DISARMED${by(from)}: it decides and moves nothing`, tone: 'bad' })],
  ['outage-began', outageBegan],
  ['outage-stands', outageStands],
  ['outage-ended', outageEnded],
  ['line', lineTo],
  ['level', ({ ups, from, to }) => ({ text: `${word(ups)}: ${word(from)}, now ${word(to)}` })],
  ['step-due', stepDue],
  ['step-settled', stepSettled],
  ['phase', phase],
  [
    'limit-shown',
    ({ rig, watts, drawnWatts }) => ({ text: `${word(rig)} makes do with ${word(watts)} W: it draws ${word(drawnWatts)} W` }),
  ],
  ['limit-over', ({ rig }) => ({ text: `${word(rig)} is limited no more, by its own word` })],
  ['was-up', ({ rig }) => ({ text: `${word(rig)} answered for the first time, hashing: it was up before it was asked to stop` })],
  ['returned', returned],
  ['command', command],
  ['hold-ended', ({ rig, as }) => ({ text: `${word(rig)}: the hold ${word(as)} is over` })],
  ['blind', blind],
  [
    'heard',
    ({ ups, silentSeconds }) => ({
      text: `${word(ups)} is heard again after ${seconds(silentSeconds)}`,
      tone: 'good',
    }),
  ],
  ['believed', believed],
  ['learned', learned],
  ['weighed', weighed],
  ['ups-known', upsKnown],
  ['rig-known', ({ rig, is }) => ({ text: `${word(rig)} is the machine ${machine(is)}` })],
  ['rig-barred', ({ rig, is }) => ({ text: `${word(rig)} is given no order: ${machine(is)} answers in its place`, tone: 'bad' })],
  ['rig-benched', benched],
  ['rig-unbarred', ({ rig }) => ({ text: `${word(rig)} answers as itself again`, tone: 'good' })],
  ['fault', ({ code, say, ...subject }) => ({ text: `fault ${word(code)}${of(subject)}: ${word(say)}`, tone: 'bad' })],
  ['fault-cleared', ({ code, ...subject }) => ({ text: `fault ${word(code)}${of(subject)} is over`, tone: 'good' })],
  [
    'drilled',
    ({ rig, ok, say }) => ({
      text: `drill of ${word(rig)} ${ok === true ? 'passed' : 'FAILED'}: ${word(say)}`,
      tone: ok === true ? 'good' : 'bad',
    }),
  ],
  ['memory', () => ({ text: 'what must be remembered, as it stands', tone: 'faint' })],
  [
    'coin',
    ({ coin, perDay, hashRate }) => ({
      text: `${word(coin)} earns ${word(perDay)} a day for ${typeof hashRate === 'number' ? sayHashRate(hashRate) : UNKNOWN}, by its source`,
      tone: 'faint',
    }),
  ],
  ['panel', ({ shows }) => ({ text: `the panel shows ${word(shows)}`, tone: 'faint' })],
  ['noted', ({ say }) => ({ text: word(say) })],
]);

function started(record: JournalRecord): Told {
  const { version, armed, pid } = record;
  const began = `lastwattd ${word(version)} started, ${armed === true ? 'armed' : 'DISARMED'} (pid ${word(pid)})`;
  return { text: [began, ...rewiring(record)].join('; '), tone: isLost(record) ? 'bad' : 'strong' };
}

const isLost = ({ orphaned }: JournalRecord): boolean => Array.isArray(orphaned);

const each = (value: unknown): readonly { readonly [field: string]: unknown }[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** What the file had otherwise of contacts than it was. */
function rewiring({ orphaned, rewired, regained }: JournalRecord): readonly string[] {
  return [
    ...each(orphaned).map(({ switch: id, wiring, rigs }) => {
      const behind = Array.isArray(rigs) && rigs.length > 0 ? ` with ${rigs.map(word).join(', ')} behind it` : '';
      return `switch ${word(id)}${wiring === undefined ? '' : ` (${word(wiring)})`} was cut${behind}, and the file has that contact no more`;
    }),
    ...(Array.isArray(rewired) ? rewired.map((id) => `switch ${word(id)} is another contact than before`) : []),
    ...each(regained).map(({ switch: id }) => `switch ${word(id)} is in the file again`),
  ];
}

function outageBegan({ ups, up, silent }: JournalRecord): Told {
  // Told for their return: no UPS keeps them.
  const rigs = Array.isArray(up) && up.length > 0 ? `; ${plural(up.length, 'rig')} on mains alone, which ran, go dark with them` : '';
  return { text: `OUTAGE: ${word(ups)} is ${silent === true ? 'silent, and taken to be ' : ''}on battery${rigs}`, tone: 'care' };
}

function outageStands({ ups, seconds: lasted, runtimeSeconds, silent }: JournalRecord): Told {
  const how = silent === true ? 'is silent, and has been taken to be' : 'has been';
  return { text: `${word(ups)} ${how} on battery for ${seconds(lasted)}; battery for ${seconds(runtimeSeconds)}`, tone: 'care' };
}

function outageEnded({ ups, seconds: lasted, blip }: JournalRecord): Told {
  const when = lasted === null ? 'while the service was not running' : `after ${seconds(lasted)}`;
  return { text: `mains is back at ${word(ups)} ${when}${blip === true ? ': a blip' : ''}`, tone: 'good' };
}

function lineTo({ ups, from, to, generator }: JournalRecord): Told {
  if (to === 'generator') return { text: `${word(ups)} is carried by the generator ${word(generator)}`, tone: 'bad' };
  return { text: `${word(ups)}: line ${word(from)}, now ${word(to)}` };
}

function stepDue({ step, because, dryRun, stamp, waitedMs, share }: JournalRecord): Told {
  const only = dryRun === true ? 'DISARMED, would ' : '';
  const sure = stamp === undefined ? '' : ` [${word(stamp)}]`;
  const waited = waitedMs === undefined ? '' : `, after ${ms(waitedMs)} for a share${share === true ? '' : ' that did not come'}`;
  return { text: `${only}${sayStep(step)} because ${sayReason(because) || UNKNOWN}${sure}${waited}` };
}

function stepSettled({ step, ok, fault, tookMs, unsynced }: JournalRecord): Told {
  const early = unsynced === true ? ' [before the journal was safe]' : '';
  if (ok === true) return { text: `${sayStep(step)}: done in ${ms(tookMs)}${early}` };
  const { code, detail } = isRecord(fault) ? fault : {};
  const why = `${word(code)}, ${word(detail)}`;
  return { text: `${sayStep(step)}: FAILED after ${ms(tookMs)}: ${why}${early}`, tone: 'bad' };
}

function phase({ rig, from, to, proof }: JournalRecord): Told {
  return { text: `${word(rig)}: ${word(from)}, now ${word(to)}${proof === undefined ? '' : ` (shown by ${word(proof)})`}` };
}

function returned({ rig, tookMs, proof }: JournalRecord): Told {
  if (proof === 'released') return { text: `${word(rig)} was released: nothing is owed to it` };
  return { text: `${word(rig)} is hashing again${tookMs === null ? '' : ` after ${ms(tookMs)}`} (shown by ${word(proof)})`, tone: 'good' };
}

function blind({ ups, silentSeconds, last, why }: JournalRecord): Told {
  const because = why === undefined ? '' : ` (${word(why)})`;
  return { text: `${word(ups)} has not been heard for ${seconds(silentSeconds)}; its last word: ${word(last)}${because}`, tone: 'bad' };
}

function upsKnown({ ups, is }: JournalRecord): Told {
  const { serial, model } = isRecord(is) ? is : {};
  return {
    text: `${word(ups)} is ${model ? word(model) : 'of a model that it does not tell'}, serial ${serial ? word(serial) : 'not told'}`,
  };
}

function benched({ rig, changed }: JournalRecord): Told {
  const kinds = Array.isArray(changed) ? changed.map(word) : [];
  if (kinds.length === 0) return { text: `the driver of ${word(rig)} may give it orders again`, tone: 'good' };
  return { text: `the driver of ${word(rig)} is benched: its ${kinds.join(', ')} changed over an order of ours`, tone: 'bad' };
}

/** `MAC 02:00:5e:10:00:07` */
function machine(is: unknown): string {
  const { mac, serial } = isRecord(is) ? is : {};
  const words = [mac === undefined ? '' : `MAC ${word(mac)}`, serial === undefined ? '' : `serial ${word(serial)}`];
  return words.filter((one) => one !== '').join(', ') || UNKNOWN;
}

function believed({ ups, depth, from }: JournalRecord): Told {
  const used = typeof depth === 'number' ? `${Math.round(depth * 100)} %` : UNKNOWN;
  return { text: `${word(ups)}: battery believed ${used} used (by ${word(from)})` };
}

function learned({ ups, watts, seconds: lasted, depth, by }: JournalRecord): Told {
  const part = typeof depth === 'number' ? `${Math.round(depth * 100)} %` : UNKNOWN;
  const told = by === 'low-battery' ? 'until its word of low battery' : 'by its charge';
  return { text: `${word(ups)}: ${word(watts)} W for ${seconds(lasted)} took ${part} of its battery, ${told}` };
}

function weighed({ ups, from, sources, rejected }: JournalRecord): Told {
  const others = each(sources)
    .filter(({ stands }) => stands !== 'believed')
    .map(({ from: by, usedPercent, stands }) => `${word(by)} ${word(stands)} (${word(usedPercent)} % used)`);
  const refused = each(rejected).map(({ figure, found, why }) => `${word(figure)} "${word(found)}" is not believed: ${word(why)}`);
  return { text: [`${word(ups)}: battery believed by ${from === null ? 'nothing' : word(from)}`, ...others, ...refused].join('; ') };
}

function command({ command: asked, from, actor }: JournalRecord): Told {
  const who = `${word(from)}${actor === undefined ? '' : ` (${word(actor)})`}`;
  return { text: `asked by ${who}: ${sayCommand(asked)}`, tone: 'strong' };
}

function sayCommand(command: unknown): string {
  if (!isRecord(command)) return UNKNOWN;
  const { kind, as, rigs, rig, ups, forSeconds, now, cut } = command;
  const whom = Array.isArray(rigs)
    ? rigs.map(word).join(', ')
    : rigs === 'all'
      ? 'every rig'
      : (rig ?? ups) === undefined
        ? ''
        : word(rig ?? ups);
  const extra = [
    typeof forSeconds === 'number' ? `for ${sayDuration(forSeconds)}` : '',
    now === true ? 'now, without grace' : '',
    cut === true ? 'with its switches' : '',
  ];
  return [kind === 'hold' ? word(as) : word(kind), whom, ...extra].filter((part) => part !== '').join(' ');
}

/** `pause s19-1`, `cut box:1 (s19-1, s19-2)` */
export function sayStep(step: unknown): string {
  if (!isRecord(step)) return UNKNOWN;
  const { kind, rig, switch: contact, rigs, watts } = step;
  if (kind === 'limit') return `limit ${word(rig)} ${watts === null ? 'no more' : `to ${word(watts)} W`}`;
  const behind = Array.isArray(rigs) && rigs.length > 0 ? ` (${rigs.map(word).join(', ')})` : '';
  return `${word(kind)} ${word(rig ?? contact)}${behind}`;
}

function of({ rig, switch: contact, ups, board, input, coin }: { readonly [field: string]: unknown }): string {
  const subject = rig ?? contact ?? ups ?? board ?? input ?? coin;
  return subject === undefined ? '' : ` of ${word(subject)}`;
}

function by(from: unknown): string {
  return from === undefined ? '' : ` by ${word(from)}`;
}

function word(value: unknown): string {
  return typeof value === 'string' ? short(value) : typeof value === 'number' ? String(value) : UNKNOWN;
}

function seconds(value: unknown): string {
  return sayDuration(typeof value === 'number' ? value : null);
}

function ms(value: unknown): string {
  return sayMs(typeof value === 'number' ? value : null);
}
