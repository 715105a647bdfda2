// Limits of a rig's watts: on battery it is told to make do with less when its upper watts are no longer worth their energy, before it is
// paused at all; with the mains back, and held, the limit is taken off. Never raised on battery. A limit is no proof of less load:
// its watts are (operating-points.ts).
import type { Fault } from '../model/outcome.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import { issue } from './issue.ts';
import { endLimit } from './limit-seen.ts';
import { isRefusal, type Limited, SHOWS_WITHIN_MS, STAYS_LIMITED, standingLimit, WILL_NOT_LIMIT } from './limited.ts';
import { freshReading } from './load.ts';
import { onceEach } from './once-each.ts';
import { isLimitless, mayLimit, whatStood } from './operating-points.ts';
import { blipIsOver, FIRST_LOOK_MS, hasLooked } from './rules/guard.ts';
import { blockedBy } from './rules/may-start.ts';
import { hashingProof, isUnread } from './seen.ts';
import { toldRuntimeLeft } from './supply.ts';
import { clear, isGoing, raise, rememberedRig, rigOf, type Scene, setRig, supplyOf, type Tick, upsesOf } from './tick.ts';
import { rounded, type Want } from './want.ts';

const MOST_TRIES = 3;
const RETRY_MS = 5_000;
const LAZY_RETRY_MS = 10 * 60_000;

/** Limits come off one by one as rigs come back; on a large site so many at a time that all are off after so many steps. */
const OFF_STEPS = 60;

/** Each rig that may be up: a lower limit, the same once more, or none any more. The worst is limited first, the best let go first. */
export function limitRigs(tick: Tick, wants: readonly Want[]): void {
  const offs: Rig[] = [];
  for (const { rig: id, down } of wants) {
    const rig = tick.site.rigs.get(id);
    if (rig === undefined) continue;
    if (rememberedRig(tick, id).fault?.code === WILL_NOT_LIMIT && !isLimitless(tick, rig)) clear(tick, WILL_NOT_LIMIT, { rig: id });
    if (rig.can.limit !== true) leaveToPerson(tick, rig);
    else if (down === 'up' && limitOne(tick, rig) === 'off') offs.push(rig);
  }
  takeAllOff(tick, offs.reverse());
}

/** The best earner first, and those that a person lets go with nobody before them. */
function takeAllOff(tick: Tick, rigs: readonly Rig[]): void {
  if (rigs.length === 0) return;
  const nextMs = (tick.limitOffAtMs ?? Number.NEGATIVE_INFINITY) + tick.site.restore.staggerSeconds * 1000;
  let room = tick.nowMs >= nextMs ? Math.ceil(limitableRigs(tick.site) / OFF_STEPS) : 0;
  for (const rig of rigs) {
    const { limited } = rememberedRig(tick, rig.id);
    if (limited === undefined) continue;
    const first = rigOf(tick, rig.id).limiting?.watts !== null && limited.byPerson !== true;
    if (first && room <= 0) tick.askAgain(nextMs);
    else if (takeOff(tick, rig, limited) && first) {
      room -= 1;
      tick.limitOffAtMs = tick.nowMs;
    }
  }
}

const limitableRigs = onceEach(({ rigs }: Site): number => [...rigs.values()].filter(({ can }) => can.limit === true).length);

/** Its driver was another when it was limited; whoever lets it go has seen to it. */
function leaveToPerson(tick: Tick, { id }: Rig): void {
  if (rememberedRig(tick, id).limited?.byPerson === true) endLimit(tick, id);
}

/** `off`: it is limited, and has no reason to be any more. */
function limitOne(tick: Tick, rig: Rig): 'off' | undefined {
  const memory = rememberedRig(tick, rig.id);
  const { limited, owed } = memory;
  if ((limited === undefined && rig.limits === undefined) || owed !== undefined || !canHear(tick, rig)) return undefined;
  if (upsesOf(tick.site, rig).some((ups) => isGoing(tick, ups.id))) {
    onBattery(tick, rig, standingLimit(memory));
    return undefined;
  }
  // What it took badly is of the outage that is over.
  if (typeof rigOf(tick, rig.id).limiting?.watts === 'number') setRig(tick, rig.id, { limiting: undefined });
  return limited === undefined ? undefined : 'off';
}

/** It hashes, and no other order is on its way. */
function canHear(tick: Tick, rig: Rig): boolean {
  const { phase, stop, wake, flight } = rigOf(tick, rig.id);
  return phase === 'hashing' && stop === undefined && wake === undefined && flight === undefined && !isUnread(tick, rig);
}

function onBattery(tick: Tick, rig: Rig, limited: Limited | undefined): void {
  if (!upsesOf(tick.site, rig).some((ups) => supplyOf(tick, ups.id).draining)) return;
  const { limiting, limitShown } = rigOf(tick, rig.id);
  const works = limited?.shown !== undefined && limited.watts === limiting?.watts;
  if (isRefusal(limiting?.fault?.code) && typeof limiting?.watts === 'number' && !works)
    return giveUp(tick, rig, `took no limit of ${limiting.watts} W: ${limiting.fault?.detail}`);
  if (!mayLimit(tick, rig)) return;
  const wanted = wantedLimit(tick, rig);
  if (wanted !== undefined && wanted.watts < (limited?.watts ?? Number.POSITIVE_INFINITY)) return tell(tick, rig, wanted);
  if (limited === undefined || limitShown !== undefined) return;
  // Told, and it may not have heard.
  if (limited.taken !== true) return tell(tick, rig, { watts: limited.watts, because: AGAIN });
  awaitWatts(tick, rig, limited);
}

/** One that has shown it is given up only where its watts say otherwise for as long: a tuner swings, and a reading may come without them. */
function awaitWatts(tick: Tick, rig: Rig, { watts, atMs, shown }: Limited): void {
  const { aboveLimitSinceMs, reading } = rigOf(tick, rig.id);
  const sinceMs = shown === undefined ? atMs : aboveLimitSinceMs;
  if (sinceMs === undefined || (shown !== undefined && reading?.watts === undefined)) return;
  const until = sinceMs + SHOWS_WITHIN_MS;
  if (tick.nowMs < until) return tick.askAgain(until);
  const what = shown === undefined ? 'were not seen to fall within' : 'are above it for';
  giveUp(tick, rig, `took a limit of ${watts} W, and its watts ${what} ${SHOWS_WITHIN_MS / 1000} s`);
}

const AGAIN: Reason = { rule: 'not-worth-its-energy', facts: {} };

function giveUp(tick: Tick, rig: Rig, what: string): void {
  setRig(tick, rig.id, { limiting: undefined });
  // Said once an outage, whatever was said before.
  if (isLimitless(tick, rig)) return;
  tick.emit({ event: 'fault', code: WILL_NOT_LIMIT, rig: rig.id, say: `${rig.id} ${what}; it is paused instead in this outage` });
}

interface Wanted {
  readonly watts: number;
  readonly because: Reason;
}

function tell(tick: Tick, rig: Rig, { watts, because }: Wanted): void {
  const { limiting } = rigOf(tick, rig.id);
  const limited = standingLimit(rememberedRig(tick, rig.id));
  const was = whatStood(tick, rig);
  if (was === undefined) return;
  const before = limiting?.watts === watts ? limiting : undefined;
  if ((before?.tries ?? 0) >= MOST_TRIES) return giveUp(tick, rig, `could not be told to make do with ${watts} W`);
  if (before !== undefined && tick.nowMs < before.nextTryAtMs) return tick.askAgain(before.nextTryAtMs);
  if (!issue(tick, { kind: 'limit', rig: rig.id, watts, was }, { because, person: false, again: limited?.watts === watts })) return;
  setRig(tick, rig.id, {
    limiting: { watts, tries: (before?.tries ?? 0) + 1, toldAtMs: tick.nowMs, nextTryAtMs: tick.nowMs + RETRY_MS },
    limitShown: undefined,
    aboveLimitSinceMs: undefined,
  });
}

/** As for a return: mains that have held, and a battery that could carry what it then draws. Whether it was told. */
function takeOff(tick: Tick, rig: Rig, limited: Limited): boolean {
  if (blockedBy(tick, rig) !== undefined) return false;
  if (isSetSince(tick, rig, limited)) {
    endLimit(tick, rig.id);
    return false;
  }
  const { limiting } = rigOf(tick, rig.id);
  const before = limiting?.watts === null ? limiting : undefined;
  const tries = before?.tries ?? 0;
  const seenByMs = (limited.offAtMs ?? Number.NEGATIVE_INFINITY) + SHOWS_WITHIN_MS;
  if (tries >= MOST_TRIES && tick.nowMs >= seenByMs) sayItStays(tick, rig, limited, before?.fault);
  const nextMs = Math.max(seenByMs, before?.nextTryAtMs ?? seenByMs);
  if (tick.nowMs < nextMs) {
    tick.askAgain(nextMs);
    return false;
  }
  const because = { rule: 'mains-are-back', facts: { limitedWatts: limited.watts } };
  const again = tries > 0;
  if (!issue(tick, { kind: 'limit', rig: rig.id, watts: null, was: limited.was }, { because, person: limited.byPerson === true, again }))
    return false;
  const nextTryAtMs = tick.nowMs + (tries + 1 >= MOST_TRIES ? LAZY_RETRY_MS : RETRY_MS);
  setRig(tick, rig.id, { limiting: { watts: null, tries: tries + 1, toldAtMs: tick.nowMs, nextTryAtMs }, limitShown: undefined });
  return true;
}

function sayItStays(tick: Tick, { id }: Rig, { watts }: Limited, fault: Fault | undefined): void {
  const why = fault === undefined ? 'tells of no end of it' : `could not be told otherwise (${fault.detail})`;
  const say = `${id} is still limited to ${watts} W, and ${why}: take the limit off on its page, then: lastwatt release ${id}`;
  raise(tick, { event: 'fault', code: STAYS_LIMITED, rig: id, say });
}

/** Its owner has set another limit since: that is his, and stays. What it told of ours is known from when it showed it. */
function isSetSince(tick: Tick, rig: Rig, { was, shown, atMs, offAtMs }: Limited): boolean {
  const reading = freshReading(rigOf(tick, rig.id), tick.nowMs);
  if (reading?.limit === undefined || shown?.as === undefined || shown.as === was || offAtMs !== undefined) return false;
  return reading.takenAtMs > atMs && reading.limit !== shown.as && hashingProof(rig, reading) !== undefined;
}

/** Where all its supplies drain, and each asks it to make do with less: with what the most generous of them leaves it. */
function wantedLimit(scene: Scene, rig: Rig): Wanted | undefined {
  let wanted: Wanted | undefined;
  for (const ups of upsesOf(scene.site, rig)) {
    const { draining, plan, load } = supplyOf(scene, ups.id);
    const looked = hasLooked(scene, ups) && scene.nowMs - scene.startedAtMs >= FIRST_LOOK_MS;
    if (!draining || !looked || !blipIsOver(scene, ups.id)) return undefined;
    const due = (plan?.limitsAtMs.get(rig.id) ?? []).filter(({ atMs }) => atMs <= scene.nowMs);
    if (due.length === 0) return undefined;
    const watts = Math.min(...due.map((one) => one.watts));
    if (wanted !== undefined && wanted.watts >= watts) continue;
    const facts = rounded({ ups: ups.id, runtimeSeconds: toldRuntimeLeft(scene, ups), loadWatts: load.watts, toWatts: watts });
    wanted = { watts, because: { rule: 'not-worth-its-energy', facts } };
  }
  return wanted;
}
