// `lastwatt simulate`: the configured site in virtual outages. It needs no service and touches no device.
import type { Film, NightAccount, NoNight, Simulation } from '../simulate/account.ts';
import { goneSeconds, isGood, keptPercent, wasLived } from '../simulate/account.ts';
import { type NamedNight, NIGHTS } from '../simulate/nights.ts';
import { drawPicture } from '../simulate/picture.ts';
import { drawSvg } from '../simulate/svg.ts';
import { renderSimulation } from '../simulate/table.ts';
import { money, tenth } from './figures.ts';
import { complain, EXIT, lookOf, type Outside, print, printJson, writtenTo } from './outside.ts';
import { clean } from './text.ts';

export interface SimulateWish {
  readonly config: string;
  /** a night, or `all` */
  readonly scenario: string;
  readonly seed: number;
  readonly svg?: string;
  readonly json?: true;
}

/** Points of a film in JSON, at most. */
const FILM_POINTS = 500;

export async function simulate(outside: Outside, wish: SimulateWish): Promise<number> {
  const nights = wish.scenario === 'all' ? NIGHTS : NIGHTS.filter(({ name }) => name === wish.scenario);
  if (nights.length === 0) return unknownNight(outside, wish.scenario);
  if (wish.svg !== undefined && nights.length > 1) {
    complain(outside, '--svg draws one night: name it with --scenario');
    return EXIT.usage;
  }
  const opened = await outside.openSite(wish.config);
  if (!opened.ok) {
    outside.stderr.write(`${opened.say.split('\n').map(clean).join('\n')}\n`);
    return EXIT.usage;
  }
  const progress = progressOn(outside, nights.length);
  const simulation = await opened.site.simulate({ nights, seed: wish.seed, begins: progress.begins });
  progress.end();
  if (wish.svg !== undefined && !(await drawn(outside, simulation, wish.svg))) return EXIT.usage;
  tell(outside, simulation, wish);
  return simulation.nights.every(isGood) ? EXIT.done : EXIT.badNews;
}

function unknownNight(outside: Outside, name: string): number {
  complain(outside, `there is no night "${name}"; there are, and all for each of them:`);
  const width = Math.max(...NIGHTS.map((night) => night.name.length));
  for (const night of NIGHTS) outside.stderr.write(`  ${night.name.padEnd(width)}  ${night.what}\n`);
  return EXIT.usage;
}

/** One line that is written over, where a person looks on. */
function progressOn({ stderr }: Outside, count: number): { readonly begins: (night: NamedNight) => void; readonly end: () => void } {
  let begun = 0;
  const write = (text: string): void => {
    if (stderr.isTTY) stderr.write(`\r${text.padEnd(PROGRESS_WIDTH)}\r`);
  };
  return {
    begins: ({ name }) => {
      begun += 1;
      write(`living through ${name} (${begun} of ${count}) …`);
    },
    end: () => write(''),
  };
}
const PROGRESS_WIDTH = 60;

async function drawn(outside: Outside, simulation: Simulation, file: string): Promise<boolean> {
  const [night] = simulation.nights;
  if (night === undefined || !wasLived(night)) return true;
  return writtenTo(outside, file, drawSvg(night, simulation));
}

function tell(outside: Outside, simulation: Simulation, { scenario, json, svg }: SimulateWish): void {
  if (json) return printJson(outside, viewOf(simulation, scenario !== 'all'));
  const look = lookOf(outside);
  const [night] = simulation.nights;
  if (scenario !== 'all' && night !== undefined && wasLived(night)) {
    for (const line of drawPicture(night, look)) print(outside, line);
    print(outside, '');
  }
  print(outside, renderSimulation(simulation, look));
  if (svg !== undefined) print(outside, `the picture: ${clean(svg)}`);
}

/** As JSON; what is not known or did not happen is null. */
function viewOf({ site, currency, seed, assumed, nights }: Simulation, filmed: boolean): object {
  return { site, currency, seed, good: nights.every(isGood), assumed, nights: nights.map((night) => viewOfNight(night, filmed)) };
}

function viewOfNight(night: NightAccount | NoNight, filmed: boolean): object {
  if (!wasLived(night)) return { night: night.name, good: null, none: night.none };
  const { name, about = null, wrong, notes, gone, first = null, last = null, kept, whole, film } = night;
  return {
    night: name,
    good: isGood(night),
    about,
    outageSeconds: tenth(goneSeconds(night)),
    outages: gone.map(({ fromSeconds, toSeconds }) => ({ fromSeconds: tenth(fromSeconds), toSeconds: tenth(toSeconds) })),
    firstDown: first === null ? null : { rig: first.rig, seconds: tenth(first.seconds) },
    lastDown: last === null ? null : { rig: last.rig, seconds: tenth(last.seconds) },
    quietSeconds: tenth(night.quietSeconds ?? null),
    chargePercent: tenth(night.chargePercent),
    worstFirst: night.worstFirst ?? null,
    backSeconds: tenth(night.backSeconds ?? null),
    rewardKept: money(kept),
    rewardWhole: money(whole),
    keptPercent: tenth(keptPercent(night) ?? null),
    wrong,
    notes,
    ...(filmed ? { film: viewOfFilm(film) } : {}),
  };
}

function viewOfFilm({ seconds, ups, rigs }: Film): object {
  const every = Math.ceil(seconds.length / FILM_POINTS);
  const some = (series: readonly number[]): readonly (number | null)[] => series.filter((_, place) => place % every === 0).map(tenth);
  return {
    seconds: some(seconds),
    ups: ups.map(({ id, percent, watts }) => ({ id, chargePercent: some(percent), loadWatts: some(watts) })),
    rigs: rigs.map(({ id, rank, onUps, stretches, kept, whole }) => {
      const looks = stretches.map(({ fromSeconds, look }) => ({ fromSeconds: tenth(fromSeconds), look }));
      return { id, rank, onUps, rewardKept: money(kept), rewardWhole: money(whole), looks };
    }),
  };
}
