// Nights with a generator behind a transfer switch, before one UPS (F69). In an outage it starts late, never, for a while, or
// hunts; it carries few watts or many; its contact may be late, or cannot be read for a while. From generators of randomness of
// their own, so that every other night is the one it was.
import type { GeneratorId, UpsId } from '../model/id.ts';
import { type Chance, chance } from '../sim/chance.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import { type Trouble, tenths } from './scenario.ts';

const NIGHTS = 0.1;
const DIESEL: GeneratorId = 'diesel';
/** From the loss of the mains to its power at the UPS. */
const STARTS_AFTER = { least: 5, most: 60 } as const;
/** Until the switch trusts mains that are back. */
const TRUSTS_AFTER_SECONDS = 20;
/** While the switch moves, neither side carries. */
const LONGEST_GAP_SECONDS = 3;
/** Longer than the minute in which nothing is started, and the starts after it. */
const LONGER = { least: 100, most: 400 } as const;
/** Shorter than the doubt of a site that is drawn: after that a contact that is not heard keeps nobody down. */
const UNREAD_SECONDS = { least: 3, most: 250 } as const;

export interface Standby {
  readonly site: SimSiteOptions;
  readonly outages: readonly Trouble[];
  /** what the generator does, and its contact */
  readonly troubles: readonly Trouble[];
}

/** The night as it is with a generator, where this seed has one. */
export function standbyOf(seed: number, site: SimSiteOptions, drawn: readonly Trouble[]): Standby {
  const draw = chance(seed, 'generator');
  if (!draw.happens(NIGHTS)) return { site, outages: drawn, troubles: [] };
  const ups = draw.pick(Object.keys(site.ups)) ?? 'rack';
  const outages = draw.happens(0.6) ? lastLonger(draw, drawn) : drawn;
  const its = outages.filter((one) => one.kind === 'mains-gone' && (one.on ?? ups) === ups);
  const runs = its.flatMap((outage) => runsIn(chance(seed, `generator ${outage.fromSeconds}`), outage));
  const ends = Math.max(...outages.map(({ toSeconds = 0 }) => toSeconds));
  return {
    site: {
      ...site,
      ups: halfEmpty(chance(seed, 'generator battery'), site, ups),
      generators: { [DIESEL]: { behind: [ups], carriesWhen: 'ats', ...loadOf(draw, site, ups) } },
    },
    outages: [...outages, ...runs.flatMap((run) => gapAfter(draw, ups, run))],
    troubles: [
      ...runs.map(({ fromSeconds, toSeconds }): Trouble => ({ kind: 'generator', on: DIESEL, fromSeconds, toSeconds })),
      ...contactIn(draw, ends),
    ],
  };
}

/** Half of the batteries are low when the night begins: then rigs leave before a generator takes over, and some return on it. */
function halfEmpty(draw: Chance, { ups: all }: SimSiteOptions, ups: UpsId): SimSiteOptions['ups'] {
  const own = all[ups];
  if (own === undefined || !draw.happens(0.5)) return all;
  return { ...all, [ups]: { ...own, sim: { ...own.sim, depth: draw.between(0.4, 0.7) } } };
}

/** None, some or all of its rigs; fuel that costs more than some of them earn, now and then. */
function loadOf(draw: Chance, { rigs }: SimSiteOptions, ups: UpsId): { readonly watts: number; readonly fuelPerKwh?: number } {
  const all = Object.values(rigs).filter(({ fedBy }) => fedBy.includes(ups));
  const watts = Math.round(all.reduce((sum, rig) => sum + rig.watts, 0) * (draw.happens(0.15) ? 0 : draw.between(0.2, 1.1)));
  return draw.happens(0.15) ? { watts, fuelPerKwh: Math.round(draw.between(5, 30)) / 100 } : { watts };
}

function lastLonger(draw: Chance, outages: readonly Trouble[]): readonly Trouble[] {
  const more = draw.between(LONGER.least, LONGER.most);
  const last = Math.max(...outages.map(({ toSeconds = 0 }) => toSeconds));
  return outages.map((one) => (one.toSeconds === last ? { ...one, toSeconds: tenths(last + more) } : one));
}

interface Run {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** the mains take over from it, and not the battery */
  readonly handsOver: boolean;
}

function runsIn(draw: Chance, { fromSeconds: gone, toSeconds: back = gone }: Trouble): readonly Run[] {
  const kind = draw.unit();
  const starts = gone + draw.between(STARTS_AFTER.least, STARTS_AFTER.most);
  if (kind < 0.12 || starts >= back - 1) return [];
  const whole = (from: number): Run => ({
    fromSeconds: tenths(from),
    toSeconds: tenths(back + draw.between(0, TRUSTS_AFTER_SECONDS)),
    handsOver: true,
  });
  if (kind < 0.55) return [whole(starts)];
  if (kind < 0.75) {
    const fails = starts + draw.between(3, 250);
    return [fails < back ? { fromSeconds: tenths(starts), toSeconds: tenths(fails), handsOver: false } : whole(starts)];
  }
  return hunting(draw, starts, back, whole);
}

/** It comes and goes, within the minute, and stays in the end or not. */
function hunting(draw: Chance, starts: number, back: number, whole: (from: number) => Run): readonly Run[] {
  const runs: Run[] = [];
  let at = starts;
  for (let turn = 1 + draw.below(4); turn > 0; turn -= 1) {
    const stops = at + draw.between(1, 59);
    if (stops >= back - 1) break;
    runs.push({ fromSeconds: tenths(at), toSeconds: tenths(stops), handsOver: false });
    at = stops + draw.between(0.5, 20);
  }
  return at < back - 1 && draw.happens(0.6) ? [...runs, whole(at)] : runs;
}

function gapAfter(draw: Chance, on: UpsId, { toSeconds, handsOver }: Run): readonly Trouble[] {
  if (!handsOver || !draw.happens(0.4)) return [];
  return [{ kind: 'mains-gone', on, fromSeconds: toSeconds, toSeconds: tenths(toSeconds + draw.between(0.2, LONGEST_GAP_SECONDS)) }];
}

function contactIn(draw: Chance, endsSeconds: number): readonly Trouble[] {
  const late: readonly Trouble[] = draw.happens(0.3)
    ? [{ kind: 'input', on: DIESEL, quirks: { lateSeconds: 1 }, fromSeconds: 1, toSeconds: tenths(endsSeconds + 60) }]
    : [];
  if (!draw.happens(0.3)) return late;
  const from = draw.between(5, endsSeconds);
  const to = from + draw.between(UNREAD_SECONDS.least, UNREAD_SECONDS.most);
  return [...late, { kind: 'input', on: DIESEL, quirks: { unreachable: true }, fromSeconds: tenths(from), toSeconds: tenths(to) }];
}
