// The named nights: what goes wrong in each, on whatever site, and at which moments a seed lets it.
import { sayDuration } from '../cli/text.ts';
import { initialState } from '../core/state.ts';
import { sceneOf } from '../core/tick.ts';
import { rankRigs } from '../core/worth.ts';
import { MAINS, type RigId, type SwitchId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { Trouble } from '../proof/scenario.ts';
import type { Chance } from '../sim/chance.ts';
import { AFTERMATHS } from '../sim/disk.ts';
import type { SimPlace } from '../sim/place.ts';
import type { Ground } from './physics.ts';

/** What happens: troubles at their times, and whether the mains stay away until every rig on a UPS is quiet. */
export interface Course {
  readonly place: SimPlace;
  /** seconds of the night; those that end after all nights stay to the end */
  readonly troubles: readonly Trouble[];
  /** until then everything goes by the clock */
  readonly lastsSeconds: number;
  /** s from the last rig quiet until the mains are back; absent: they are back by the clock */
  readonly darkSeconds?: number;
  /** what it is about on this site, where it is about one thing */
  readonly about?: string;
}

/** A sentence: this site has no such night. */
export interface NoCourse {
  readonly none: string;
}

export interface NamedNight {
  readonly name: string;
  /** one line for whoever chooses */
  readonly what: string;
  readonly course: (ground: Ground, draw: Chance) => Course | NoCourse;
}

/** s in which nothing happens: every device is seen, and the load is known. */
const CALM_SECONDS = 60;
/** The end of what nobody ends. */
const NEVER_SECONDS = 30 * 86_400;
/** s in the dark: a long night is long enough for what hangs on a UPS besides rigs to end it, where that is soon. */
const DARK_SECONDS = { long: 900, other: 300 } as const;
/** Runtime told / true. */
const LIE = 1.3;
/** s of an outage that the clock ends. */
const BY_CLOCK = { least: 60, most: 1_800 } as const;

export const NIGHTS: readonly NamedNight[] = [
  { name: 'flicker', what: 'the mains go for a second or two, several times in a row: nothing should move', course: flicker },
  { name: 'brown-out', what: 'dips of 8 to 25 s: each UPS goes to battery and back, the grid itself stays', course: brownOut },
  { name: 'short-outage', what: 'an outage of about half of what the battery gives everything on it', course: shortOutage },
  { name: 'long-night', what: 'an outage until long after the last rig is quiet', course: ({ place }) => longNight(place) },
  { name: 'lying-ups', what: 'a long night on worn batteries whose UPSes tell 30 % more runtime than there is', course: lyingUps },
  {
    name: 'dead-switch',
    what: 'a long night in which the switch of the worst earner says that it moves, and does not',
    course: deadSwitch,
  },
  { name: 'dead-pi', what: 'a long night in which the Pi loses its power in mid-outage, and boots again', course: deadPi },
  { name: 'second-outage', what: 'an outage, some minutes of mains, and a long night before the battery is full', course: secondOutage },
];

function flicker({ place }: Ground, draw: Chance): Course {
  const troubles: Trouble[] = [];
  let at = CALM_SECONDS;
  for (let left = 3 + draw.below(4); left > 0; left -= 1) {
    const toSeconds = at + draw.between(0.3, 2);
    troubles.push({ kind: 'mains-gone', fromSeconds: at, toSeconds });
    at = toSeconds + draw.between(1, 8);
  }
  return { place, troubles, lastsSeconds: at };
}

function brownOut({ place }: Ground, draw: Chance): Course {
  const troubles: Trouble[] = [];
  let at = CALM_SECONDS;
  for (let left = 3 + draw.below(3); left > 0; left -= 1) {
    const toSeconds = at + draw.between(8, 25);
    for (const on of place.ups.keys()) troubles.push({ kind: 'mains-gone', on, fromSeconds: at, toSeconds });
    at = toSeconds + draw.between(20, 90);
  }
  return { place, troubles, lastsSeconds: at };
}

/** s that the first battery to end would carry everything on it. */
function firstEnds({ fullSeconds }: Ground): number {
  return Math.min(...fullSeconds.values(), BY_CLOCK.most);
}

function byClock(ground: Ground, share: number): number {
  return Math.max(BY_CLOCK.least, firstEnds(ground) * share);
}

function shortOutage(ground: Ground, draw: Chance): Course {
  const toSeconds = CALM_SECONDS + byClock(ground, draw.between(0.45, 0.6));
  return { place: ground.place, troubles: [{ kind: 'mains-gone', fromSeconds: CALM_SECONDS, toSeconds }], lastsSeconds: toSeconds };
}

interface LongNight {
  readonly troubles: readonly Trouble[];
  readonly fromSeconds: number;
  readonly darkSeconds: number;
}

/** `place` with the mains gone from a moment on until somebody brings them back. */
function longNight(place: SimPlace, { troubles = [], fromSeconds = CALM_SECONDS, darkSeconds }: Partial<LongNight> = {}): Course {
  const gone: Trouble = { kind: 'mains-gone', fromSeconds, toSeconds: NEVER_SECONDS };
  const times = [...troubles, gone].flatMap((one) => [one.fromSeconds, one.toSeconds ?? 0]).filter((second) => second < NEVER_SECONDS);
  return {
    place,
    troubles: [...troubles, gone],
    lastsSeconds: Math.max(...times) + 1,
    darkSeconds: darkSeconds ?? DARK_SECONDS.long,
  };
}

function lyingUps({ place }: Ground): Course {
  const worn = new Map([...place.ups].map(([id, traits]) => [id, { ...traits, battery: { ...traits.battery, health: 1 / LIE } }]));
  const troubles = [...place.ups.keys()].map(
    (on): Trouble => ({ kind: 'ups', on, quirks: { runtimeFactor: LIE }, fromSeconds: 0, toSeconds: NEVER_SECONDS }),
  );
  return longNight({ ...place, ups: worn }, { troubles, darkSeconds: DARK_SECONDS.other });
}

function deadSwitch({ place }: Ground): Course | NoCourse {
  const found = firstSwitch(place.site);
  if (found === undefined) return { none: 'no rig on a UPS has a switch' };
  const stuck: Trouble = { kind: 'switch', on: found.contact, quirks: { welded: true }, fromSeconds: 0, toSeconds: NEVER_SECONDS };
  return {
    ...longNight(place, { troubles: [stuck], darkSeconds: DARK_SECONDS.other }),
    about: `${found.contact}, the switch of ${found.rig}, does not move`,
  };
}

/** Of the rigs on a UPS that have a switch, the worst earner per watt: on its UPS the first to leave. */
function firstSwitch(site: Site): { readonly rig: RigId; readonly contact: SwitchId } | undefined {
  const worstFirst = rankRigs(sceneOf(initialState(0), site, 0)).toReversed();
  for (const { rig } of worstFirst) {
    const { fedBy = [], cutBy = [] } = site.rigs.get(rig) ?? {};
    const [contact] = cutBy;
    if (contact !== undefined && fedBy.some((supply) => supply !== MAINS)) return { rig, contact };
  }
  return undefined;
}

function deadPi(ground: Ground, draw: Chance): Course {
  const fromSeconds = CALM_SECONDS + byClock(ground, draw.between(0.6, 0.9));
  const toSeconds = fromSeconds + draw.between(30, 60);
  const died: Trouble = { kind: 'pi-dead', aftermath: draw.pick(AFTERMATHS) ?? 'nothing', fromSeconds, toSeconds };
  return {
    ...longNight(ground.place, { troubles: [died], darkSeconds: DARK_SECONDS.other }),
    about: `the Pi loses its power ${sayDuration(fromSeconds - CALM_SECONDS)} after the mains went, and is back ${sayDuration(toSeconds - fromSeconds)} later`,
  };
}

function secondOutage(ground: Ground, draw: Chance): Course {
  const toSeconds = CALM_SECONDS + byClock(ground, draw.between(0.8, 1));
  const first: Trouble = { kind: 'mains-gone', fromSeconds: CALM_SECONDS, toSeconds };
  const fromSeconds = toSeconds + draw.between(120, 600);
  return longNight(ground.place, { troubles: [first], fromSeconds, darkSeconds: DARK_SECONDS.other });
}
