// The profiles of LuxOS, by which it is limited: each a clock, a voltage and the watts that it draws with them.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { flagOf, measureOf, type Row, textOf } from '../wire/rows-4028.ts';
import type { Talk4028 } from '../wire/socket4028.ts';
import { ordered } from './luxos-session.ts';

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
const PROFILES_LIMIT = 256;
/** A session of somebody else may end between two requests: so twice, as for its other orders. */
const ROUNDS = 2;

interface Profile {
  readonly name: string;
  readonly watts: number;
}

/** The profile that it runs, where that could be given back: its thermal management (ATM) moves it by itself. */
export function ownProfileIn(settings: Row): string | undefined {
  if (flagOf(settings, 'IsAtmEnabled') !== false) return undefined;
  return plainName(textOf(settings, 'Profile'));
}

/** It goes into a comma-separated parameter. */
function plainName(name: string | undefined): string | undefined {
  return name !== undefined && /^[\w.+-]{1,64}$/.test(name) ? name : undefined;
}

/** To the profile with the most watts among those that keep to `watts`; `undefined`: to the profile `was`. */
export async function limitByProfile(talk: Talk4028, watts: number | undefined, was: string | undefined): Promise<Outcome> {
  const { where } = talk;
  const config = await talk.agree('config');
  if (!config.ok) return config;
  const settings = config.value.rows('CONFIG')[0];
  const now = settings && plainName(textOf(settings, 'Profile'));
  if (settings === undefined || now === undefined) return failed('garbled', `${where}: config: the answer tells no profile`);
  const own = plainName(was);
  if (watts === undefined) {
    return own === undefined
      ? failed('refused', `${where} runs a profile of which is not known what it was before: choose it on its page`, 'never')
      : setProfile(talk, own, now);
  }
  if (flagOf(settings, 'IsAtmEnabled') !== false) {
    return failed('unsupported', `${where} chooses its profile by its temperature (ATM): switch that off, and it can be limited`, 'later');
  }
  const wanted = await profileFor(talk, watts, own ?? now);
  return wanted.ok ? setProfile(talk, wanted.value, now) : wanted;
}

/** Never one that draws more than its owner's. */
async function profileFor(talk: Talk4028, watts: number, own: string): Promise<Outcome<string>> {
  const { where } = talk;
  const answer = await talk.agree('profiles');
  if (!answer.ok) return answer;
  const profiles = answer.value.rows('PROFILES').slice(0, PROFILES_LIMIT).flatMap(profileIn);
  const ownWatts = profiles.find(({ name }) => name === own)?.watts;
  if (ownWatts === undefined) return failed('unsupported', `${where} does not tell the watts of its profile ${own}`, 'later');
  if (ownWatts <= watts) return ok(own);
  const [best] = profiles.filter((one) => one.watts <= watts).sort((a, b) => b.watts - a.watts);
  if (best !== undefined) return ok(best.name);
  const least = profiles.reduce((lowest, one) => Math.min(lowest, one.watts), ownWatts);
  return failed('refused', `${where} has no profile of ${watts} W or less (${least} W at least): pause it instead`, 'never');
}

function profileIn(row: Row): readonly Profile[] {
  const name = plainName(textOf(row, 'Profile Name'));
  const watts = measureOf(row, 'Watts', WATTS_LIMIT);
  return name === undefined || watts === undefined || watts <= 0 ? [] : [{ name, watts }];
}

async function setProfile(talk: Talk4028, name: string, now: string): Promise<Outcome> {
  if (name === now) return DONE;
  let outcome: Outcome = DONE;
  for (let round = 0; round < ROUNDS; round++) {
    const done = await ordered(talk, 'profileset', name);
    outcome = done.ok ? DONE : done;
    if (outcome.ok || outcome.fault.code !== 'refused') return outcome;
  }
  return outcome;
}
