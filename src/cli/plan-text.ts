// `lastwatt plan`, `why` and `check` in words. Pure.
import type { CheckItem, OutagesView, PlanStepView, PlanUpsView, PlanView, WhyView } from '../model/view.ts';
import { sayReason } from './reason-text.ts';
import { bar, type Cell, clean, type Look, paint, plural, sayDuration, sayNumber, sayWatts, type Tone, table, wrap } from './text.ts';

/** A plan is good news only when every supply is known to carry it. */
export function planFits(view: PlanView): boolean {
  return view.ups.length > 0 && view.ups.every(({ fits }) => fits === true);
}

export function renderPlan(view: PlanView, look: Look): string {
  const lines = [planHeadline(view, look), ''];
  for (const ups of view.ups) lines.push(...sayUps(ups, look));
  lines.push('');
  if (view.steps.length === 0) lines.push('no step is expected: nothing here would have to leave');
  else
    lines.push(
      ...table([{ head: 'in', align: 'right' }, { head: 'step' }, { head: 'of' }, { head: 'because' }], view.steps.map(stepRow), look),
    );
  lines.push(...sayStays(view, look));
  return wrap(lines, look).join('\n');
}

function planHeadline(view: PlanView, look: Look): string {
  if (view.ups.length === 0) return paint('NOT KNOWN: no UPS stands in the file, an outage would not be seen', 'bad', look);
  const bad = view.ups.filter(({ fits }) => fits === false).map(({ id }) => clean(id));
  const unknown = view.ups.filter(({ fits }) => fits === null).map(({ id }) => clean(id));
  if (bad.length > 0) return paint(`IT DOES NOT FIT: ${bad.join(', ')} would not last until every rig is down`, 'bad', look);
  if (unknown.length > 0) return paint(`NOT KNOWN: whether ${unknown.join(', ')} would last until every rig is down`, 'bad', look);
  return paint('it fits: if the mains failed now, every rig would be down in time', 'good', look);
}

function sayUps(ups: PlanUpsView, look: Look): string[] {
  const name = clean(ups.id);
  const spare =
    ups.marginSeconds === null ? 'what is left then is not known' : `${sayDuration(ups.marginSeconds)} left when the last is down`;
  const runtime = ups.runtimeSeconds === null ? 'runtime not known' : `lasts ${sayDuration(ups.runtimeSeconds)}`;
  const said = [`${name}: ${runtime}, bringing everything down takes ${sayDuration(ups.needSeconds)}, ${spare}`];
  if (ups.shedBelowSeconds !== null || ups.cutBelowSeconds !== null) {
    const shed =
      ups.rigs !== undefined
        ? 'each rig leaves when its energy is worth more to the others'
        : ups.shedBelowSeconds === null
          ? 'no shedding threshold'
          : `sheds the worst earners below ${sayDuration(ups.shedBelowSeconds)}`;
    const cut = ups.cutBelowSeconds === null ? 'no floor known' : `everything goes below ${sayDuration(ups.cutBelowSeconds)}`;
    said.push(`  ${shed}; ${cut}`);
  }
  if (ups.outages !== undefined) said.push(...sayOutages(ups.outages));
  if (ups.fits !== true && ups.say !== '') said.push(paint(`  ${clean(ups.say)}`, 'bad', look));
  return said;
}

/** One sentence, and a line for each length: how many of a hundred outages last longer. */
function sayOutages({ seen, beside, lasts }: OutagesView): string[] {
  const own = seen === 0 ? 'none of its own seen yet' : `${plural(seen, 'outage')} of its own`;
  return [
    `  how long outages last: as told by ${own}, beside ${beside} as grids mostly have them`,
    ...lasts.map(
      ({ seconds, chance }) =>
        `    over ${sayDuration(seconds).padEnd(7)}${bar(100 * chance, 20)} ${sayNumber(Math.round(100 * chance))} of 100`,
    ),
  ];
}

/** More are told by --json. */
const MOST_STAYS = 40;

function sayStays(view: PlanView, look: Look): string[] {
  const stays = view.ups.flatMap(({ id, rigs = [] }) => rigs.map((stay) => ({ ups: id, ...stay })));
  if (stays.length === 0) return [];
  const several = view.ups.length > 1;
  const rows = stays
    .slice(0, MOST_STAYS)
    .map(({ ups, id, leavesInSeconds, givesSeconds, costs }): Cell[] => [
      clean(id),
      ...(several ? [clean(ups)] : []),
      sayDuration(leavesInSeconds),
      sayDuration(givesSeconds),
      costs === null ? 'not known' : `${costs.toFixed(costs < 1 ? 3 : 2)} ${clean(view.currency)}`,
    ]);
  return [
    '',
    'what each stay is worth: if a rig left now',
    ...table(
      [
        { head: 'rig' },
        ...(several ? [{ head: 'on' }] : []),
        { head: 'leaves in', align: 'right' },
        { head: 'gives the others', align: 'right' },
        { head: 'and costs', align: 'right' },
      ],
      rows,
      look,
    ),
    ...(stays.length > MOST_STAYS ? [`and ${stays.length - MOST_STAYS} more: lastwatt plan --json`] : []),
  ];
}

function stepRow(step: PlanStepView): Cell[] {
  const what = step.watts === undefined ? step.kind : `limit to ${sayWatts(step.watts)}`;
  return [sayDuration(step.inSeconds), what, clean(step.rig ?? step.switch ?? ''), sayReason(step.because)];
}

export function renderWhy(view: WhyView, look: Look): string {
  const lines = [paint(clean(view.subject), 'strong', look), ...view.say.map((say) => `  ${clean(say)}`)];
  if (view.because.length > 0)
    lines.push(paint('  the numbers:', 'faint', look), ...view.because.map((reason) => `    ${sayReason(reason)}`));
  return wrap(lines, look).join('\n');
}

const TONES: Readonly<Record<CheckItem['verdict'], Tone>> = { pass: 'good', warn: 'care', fail: 'bad' };

/** One line an item, worst last, so that what must be done stands above the prompt; then the count. */
export function renderCheck(items: readonly CheckItem[], look: Look): string {
  const order: Readonly<Record<CheckItem['verdict'], number>> = { pass: 0, warn: 1, fail: 2 };
  const sorted = [...items].sort((a, b) => order[a.verdict] - order[b.verdict]);
  const wide = Math.max(0, ...items.map(({ about }) => clean(about).length));
  const lines = sorted.map(
    ({ verdict, about, say }) => `${paint(verdict, TONES[verdict], look)}  ${clean(about).padEnd(wide)}  ${clean(say)}`,
  );
  const count = (verdict: CheckItem['verdict']): number => items.filter((item) => item.verdict === verdict).length;
  const sum = `${plural(items.length, 'item')}: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail`;
  return wrap([...lines, sum], look).join('\n');
}

export function checkPasses(items: readonly CheckItem[]): boolean {
  return items.every(({ verdict }) => verdict !== 'fail');
}
