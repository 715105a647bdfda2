// The demo's one view as lines of text: battery, rigs by rank, what comes next and why, and the story so far. Pure.
import { bar, type Cell, clean, type Look, lengthOf, paint, sayDuration, sayWatts, type Tone, table, wrap } from '../cli/text.ts';
import type { PlanView, RigView, StatusView } from '../model/view.ts';

export interface Told {
  /** seconds of the night */
  readonly at: number;
  readonly text: string;
  readonly tone?: Tone;
}

export interface Moment {
  /** seconds of the night */
  readonly at: number;
  /** what the demo is showing, in a few words */
  readonly scene: string;
  readonly service: 'starting' | 'running' | 'killed';
  /** as the service last said; absent before its first word */
  readonly status?: StatusView;
  readonly plan?: PlanView;
  /** the site's why, as the service last said */
  readonly why: readonly string[];
  readonly coinOf: (rig: string) => string;
}

export interface Frame {
  readonly look: Look & { readonly width: number };
  readonly rows: number;
}

/** Below it the bars of the rigs have no room. */
const WIDE = 100;
const BATTERY_CELLS = 30;
const RIG_CELLS = 12;
/** W of the longest bar */
const MOST_WATTS = 3_500;
const WHY_LINES = 2;

/** At most `rows` lines; what does not fit is the older part of the story. */
export function picture(moment: Moment, story: readonly Told[], { look, rows }: Frame): readonly string[] {
  const { status } = moment;
  const head = [title(moment, look), supplyLine(moment, look), ''];
  const rigs = status === undefined ? ['the service has not spoken yet'] : rigTable(status, moment, look);
  const next = [paint(nextLine(moment), 'strong', look), ...whyLines(moment, look)];
  const above = [...head, ...rigs, '', ...next, ''].map((line) => cropped(line, look));
  const room = Math.max(0, rows - above.length);
  return [...above, ...storyLines(story, look).slice(-room)].slice(0, rows);
}

/** `23.1 s  l7 is dark` */
export function storyLine({ at, text, tone }: Told, look: Look): string {
  return `${paint(`${at.toFixed(1).padStart(5)} s`, 'faint', look)}  ${paint(text, tone, look)}`;
}

function storyLines(story: readonly Told[], look: Look): readonly string[] {
  return story.flatMap((told) => wrap([storyLine(told, look)], look));
}

function title({ at, scene, service }: Moment, look: Look): string {
  const state = {
    starting: paint('service starting', 'care', look),
    running: paint('service running', 'good', look),
    killed: paint('SERVICE KILLED', 'loud', look),
  }[service];
  return `${paint('lastwatt', 'strong', look)}  ${sayDuration(Math.floor(at))}  ${state}  ${paint(scene, 'strong', look)}`;
}

function supplyLine({ status }: Moment, look: Look): string {
  const ups = status?.ups[0];
  if (ups === undefined) return '';
  const line = ups.line === 'mains' ? paint('on mains', 'good', look) : paint(`ON ${ups.line.toUpperCase()}`, 'bad', look);
  const charge = ups.chargePercent;
  const tone: Tone = charge === null || charge < 30 ? 'bad' : charge < 60 ? 'care' : 'good';
  const battery = paint(bar(charge, BATTERY_CELLS), tone, look);
  return `${ups.id}  ${battery} ${charge ?? '?'} %  ${line}  ${sayWatts(ups.loadWatts)}, lasts ${sayDuration(ups.runtimeSeconds)}`;
}

function rigTable(status: StatusView, { coinOf }: Moment, look: Look & { readonly width: number }): readonly string[] {
  const wide = look.width >= WIDE;
  const columns = [
    { head: '#', align: 'right' as const },
    { head: 'rig' },
    { head: 'coin' },
    { head: `${clean(status.currency)}/kWh`, align: 'right' as const },
    { head: 'phase' },
    { head: 'watts', align: 'right' as const },
    ...(wide ? [{ head: '' }] : []),
    { head: 'next' },
  ];
  const rows = ranked(status).map((rig): Cell[] => {
    const tone = toneOf(rig.phase);
    return [
      String(rig.rank),
      { text: clean(rig.id), tone: 'strong' },
      coinOf(rig.id),
      rig.rewardPerKwh === null ? '?' : rig.rewardPerKwh.toFixed(4),
      { text: rig.phase.padEnd('hashing'.length), tone },
      { text: sayWatts(rig.watts).padStart('3,500 W'.length), tone },
      ...(wide ? [{ text: wattsBar(rig.watts ?? 0), tone }] : []),
      rig.fault === null ? clean(rig.next ?? '') : { text: clean(rig.fault.code), tone: 'bad' as const },
    ];
  });
  return table(columns, rows, look);
}

function ranked(status: StatusView): readonly RigView[] {
  return status.rigs.toSorted((a, b) => a.rank - b.rank);
}

function wattsBar(watts: number): string {
  return '='.repeat(Math.round((Math.min(watts, MOST_WATTS) / MOST_WATTS) * RIG_CELLS)).padEnd(RIG_CELLS);
}

function toneOf(phase: RigView['phase']): Tone {
  if (phase === 'hashing') return 'good';
  if (phase === 'unknown') return 'bad';
  return phase === 'dark' || phase === 'paused' ? 'faint' : 'care';
}

function nextLine({ service, status, plan }: Moment): string {
  if (service === 'killed') return 'next: nobody decides now, and every switch stays where it is';
  if (status === undefined) return '';
  const step = plan?.steps[0];
  const what = step === undefined ? undefined : `${step.kind} ${clean(step.rig ?? step.switch ?? '')} in ${sayDuration(step.inSeconds)}`;
  if (status.outage !== null) return `next: ${what ?? 'nothing, as far as the battery is foreseen'}`;
  const waiting = ranked(status).find(({ next }) => next !== null);
  if (waiting !== undefined) return `next: ${clean(waiting.id)} ${clean(waiting.next ?? '')}`;
  return what === undefined ? '' : `if the mains died now: ${what}`;
}

/** Always as many lines, so that nothing below them jumps. */
function whyLines({ why, service }: Moment, look: Look & { readonly width: number }): readonly string[] {
  const said = service === 'killed' || why.length === 0 ? '' : `why:  ${clean(why[0] ?? '')}`;
  const lines = wrap([said], look).slice(0, WHY_LINES);
  return [...lines, ...Array(WHY_LINES - lines.length).fill('')].map((line: string) => paint(line, 'faint', look));
}

/** A line of the upper part never wraps: it would push the picture down. */
function cropped(line: string, look: Look & { readonly width: number }): string {
  return lengthOf(line) <= look.width ? line : (wrap([line], look)[0] ?? '');
}
