// The figures of a campaign as a table for people.
import { ELSEWHERE, ROWS } from '../proof/rows.ts';
import type { Result } from './campaign.ts';

export function tableOf({ figures, bad, passedMs }: Result): string {
  const seconds = passedMs / 1000;
  const rows: readonly (readonly [string, string])[] = [
    ['nights', `${figures.nights + bad.length}, ${bad.length} bad`],
    [
      'outages in the good ones',
      `${figures.outages}, of ${(figures.rigOutages / Math.max(1, figures.outages)).toFixed(1)} rigs in the mean`,
    ],
    ['virtual hours', figures.virtualHours.toFixed(0)],
    ['orders and edges judged', String(figures.acts)],
    ['batteries run empty, judged', String(figures.emptied)],
    ['faults injected, met', sumOfFaults(figures.faults)],
    [
      'rows of the fault table met',
      `${ROWS.filter(({ id }) => (figures.faults[id]?.[1] ?? 0) > 0).length} of ${ROWS.length}; ${Object.keys(ELSEWHERE).length} are shown elsewhere or wait`,
    ],
    ['outages a second', (figures.outages / seconds).toFixed(1)],
  ];
  const faults = ROWS.map(({ id, what }) => {
    const [injected, met] = figures.faults[id] ?? [0, 0];
    return `${id}  ${String(injected).padStart(8)} ${String(met).padStart(8)}  ${what}`;
  });
  const head = rows.map(([name, value]) => `${name.padEnd(28)} ${value}`);
  return ['', ...head, '', 'row  injected      met', ...faults, ''].join('\n');
}

function sumOfFaults(faults: Result['figures']['faults']): string {
  const all = Object.values(faults);
  return `${all.reduce((sum, [injected]) => sum + injected, 0)}, ${all.reduce((sum, [, met]) => sum + met, 0)}`;
}
