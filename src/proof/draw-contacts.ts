// Nights that try what a contact bears, in moments that chance alone hits in none of hundreds. Before the first outage persons
// change their minds within the second, and more often than a contact may move; or hold a rig down while its contact, perhaps
// shared, is on its way to close. A board resets while an outage holds its contacts open. From generators of their own, so that
// every other night is the one it was.
import type { Command } from '../model/command.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import { type Chance, chance } from '../sim/chance.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import { type Act, type Trouble, tenths } from './scenario.ts';

/** What persons do, and how long the mains must stay for it. */
export interface Play {
  readonly troubles: readonly Trouble[];
  readonly seconds: number;
}

const BEGINS_SECONDS = 5;
/** From a person's --now to the open contact, at most. */
const OPENS_SECONDS = 6;
const FICKLE = 0.05;
/** Of those: so often that the contact has no move left in its hour. Its rig then stays dark for that hour, and the night is long. */
const TIRES = 0.4;
const BESIDE = 0.07;
const RESETS = 0.05;
/** Until the first contacts are open, and until they are again. */
const SHED_SECONDS = 60;
const ANEW_SECONDS = 70;
const LONG_SECONDS = SHED_SECONDS + ANEW_SECONDS;
const NOTHING: Play = { troubles: [], seconds: 0 };

export function playOf(seed: number, site: SimSiteOptions): Play {
  const fickle = fickleIn(chance(seed, 'contact fickle'), site);
  return fickle === NOTHING ? besideIn(chance(seed, 'contact beside'), site) : fickle;
}

/** The outages come when the play is over. */
export function delayedBy({ seconds }: Play, outages: readonly Trouble[]): readonly Trouble[] {
  if (seconds === 0) return outages;
  return outages.map(({ fromSeconds, toSeconds = fromSeconds, ...act }) => ({
    ...act,
    fromSeconds: tenths(fromSeconds + seconds),
    toSeconds: tenths(toSeconds + seconds),
  }));
}

/** Down at once, let go as soon as its contact may close, and down again: often before a second has passed. */
function fickleIn(draw: Chance, site: SimSiteOptions): Play {
  if (!draw.happens(FICKLE)) return NOTHING;
  const alone = groupsOf(site).flatMap(({ rigs: [rig, ...others], contacts }) =>
    rig !== undefined && others.length === 0 && contacts.length === 1 ? [{ rig, restSeconds: restOf(site, contacts) }] : [],
  );
  const chosen = draw.pick(alone);
  if (chosen === undefined) return NOTHING;
  const { rig, restSeconds } = chosen;
  const troubles: Trouble[] = [];
  let at = BEGINS_SECONDS + draw.between(0, 5);
  for (let turn = draw.happens(TIRES) ? 4 : 2; turn > 0; turn -= 1) {
    troubles.push(said({ kind: 'hold', as: 'down', rigs: [rig], now: true }, at));
    at += restSeconds + OPENS_SECONDS + draw.between(0, 5);
    troubles.push(said({ kind: 'release', rigs: [rig] }, at));
    at += draw.happens(0.6) ? draw.between(0.2, 0.9) : draw.between(1, 8);
  }
  return { troubles, seconds: at };
}

/** While their contact waits, for it does not move or the card is slow, one of those that were let go is held down again. */
function besideIn(draw: Chance, site: SimSiteOptions): Play {
  if (!draw.happens(BESIDE)) return NOTHING;
  const groups = groupsOf(site);
  const shared = groups.filter(({ rigs }) => rigs.length > 1);
  const chosen = draw.pick(shared.length > 0 ? shared : groups);
  const [contact] = chosen?.contacts ?? [];
  if (chosen === undefined || contact === undefined) return NOTHING;
  const { rigs, contacts } = chosen;
  const begins = BEGINS_SECONDS + draw.between(0, 5);
  const released = begins + restOf(site, contacts) + OPENS_SECONDS + draw.between(0, 5);
  const slow = draw.happens(0.5);
  const heldAgain = released + (slow ? draw.between(0.2, 1.2) : draw.between(0.5, 12));
  const goesOn = heldAgain + draw.between(2, 20);
  const letGo = goesOn + draw.between(10, 60);
  const held: readonly RigId[] = [draw.pick(rigs) ?? ''];
  const stuck: Act = { kind: 'switch', on: contact, quirks: draw.happens(0.5) ? { refuses: true } : { unreachable: true } };
  const waits: Act = slow ? { kind: 'card', quirks: { syncMs: 1_500 + draw.below(2_500) } } : stuck;
  return {
    troubles: [
      said({ kind: 'hold', as: 'down', rigs, now: true }, begins),
      { ...waits, fromSeconds: tenths(released - 1), toSeconds: tenths(goesOn) },
      said({ kind: 'release', rigs }, released),
      said({ kind: 'hold', as: 'down', rigs: held }, heldAgain),
      ...(draw.happens(0.7) ? [said({ kind: 'release', rigs: held }, letGo)] : []),
    ],
    seconds: letGo,
  };
}

/** A board that resets in a long outage, when some of its contacts are open and there is time to open them again (F43). */
export function boardIn(seed: number, outages: readonly Trouble[]): readonly Trouble[] {
  const draw = chance(seed, 'board in outage');
  const long = outages.filter(({ fromSeconds, toSeconds = fromSeconds }) => toSeconds - fromSeconds > LONG_SECONDS);
  const chosen = draw.happens(RESETS) ? draw.pick(long) : undefined;
  if (chosen === undefined) return [];
  const { fromSeconds, toSeconds = fromSeconds } = chosen;
  return [{ kind: 'board-resets', fromSeconds: tenths(draw.between(fromSeconds + SHED_SECONDS, toSeconds - ANEW_SECONDS)) }];
}

interface Group {
  readonly rigs: readonly RigId[];
  readonly contacts: readonly SwitchId[];
}

/** Rigs by the contacts that cut them. */
function groupsOf({ rigs }: SimSiteOptions): readonly Group[] {
  const groups = new Map<string, { rigs: RigId[]; contacts: readonly SwitchId[] }>();
  for (const [id, { cutBy = [] }] of Object.entries(rigs)) {
    if (cutBy.length === 0) continue;
    const group = groups.get(cutBy.join()) ?? { rigs: [], contacts: cutBy };
    group.rigs.push(id);
    groups.set(cutBy.join(), group);
  }
  return [...groups.values()];
}

/** How long an open contact stays so, of several the longest. */
function restOf({ switches = {} }: SimSiteOptions, contacts: readonly SwitchId[]): number {
  return Math.max(...contacts.map((id) => switches[id]?.minOffSeconds ?? 60));
}

const said = (command: Command, atSeconds: number): Trouble => ({ kind: 'person', command, from: 'cli', fromSeconds: tenths(atSeconds) });
