// What a UPS says for some seconds is obeyed: at low battery on battery, at a forced shutdown and below the reserve everything
// on it has been asked to leave, whoever wants it up; and the policy has not waited until all must go.
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { secondsLeft } from '../sim/battery.ts';
import type { SimUps } from '../sim/ups.ts';
import { isQuiet } from './quiet.ts';
import { isHarmless, isHeldUp, secondNow, silentAt, troublesOf, type Watch } from './watch.ts';

/** Two polls, a card that does not answer, and a tick. */
const OBEYED_WITHIN_SECONDS = 6;
/** A rig that boots awake, behind a contact that its board closed unseen, is looked at every 5 s: asked it can be once it is seen. */
const SEEN_WITHIN_SECONDS = 6;
/** After a start it looks first. */
const AWAKE_SECONDS = 15;
/** A forced shutdown found at first contact is a latch: this one must have been heard before it came. */
const HEARD_SECONDS = 5;
/** Two polls: a latch that was taken back for less, and set anew, is to who asks the latch it was. */
const TAKEN_BACK_SECONDS = 4;
/** On top of the patience of the primary. */
const DARK_MARGIN_SECONDS = 3;
/** Percent below the reserve: charges are told in whole ones. */
const BELOW_RESERVE = 4;
/** Of the threshold, which is half of a full battery with everything on it. */
const FAR_BELOW = 0.55;

/** What each UPS has said, and since when; seconds of the night. */
export interface Said {
  heardSince?: number;
  low?: number;
  /** no forced shutdown is said since */
  freeSince?: number;
  /** it was heard without that before: what is found at first contact is a latch */
  forceless?: true;
  forced?: number;
  reserve?: number;
  needy?: number;
  /** since when each of its rigs is up, as long as it says any of these */
  upSince?: ReadonlyMap<RigId, number>;
}

export function watchWords(watch: Watch): void {
  for (const [id, ups] of watch.night.world.ups) {
    const said = watch.said.get(id) ?? {};
    watch.said.set(id, said);
    listen(watch, id, ups, said);
    judge(watch, id, said);
  }
}

function listen(watch: Watch, id: UpsId, ups: SimUps, said: Said): void {
  const now = watch.night.nowSeconds;
  if (!isHeard(watch, id, ups)) {
    delete said.heardSince;
    for (const name of ['low', 'freeSince', 'forceless', 'forced', 'reserve', 'needy'] as const) delete said[name];
    return;
  }
  const since = said.heardSince ?? now;
  said.heardSince = since;
  const words = ups.words();
  const onBattery = words.includes('OB');
  note(said, 'low', onBattery && words.includes('LB'), now);
  if (isOld(watch, said.forced)) delete said.forceless;
  note(said, 'freeSince', !words.includes('FSD'), now);
  const { freeSince = now } = said;
  if (now - freeSince >= (freeSince === since ? HEARD_SECONDS : TAKEN_BACK_SECONDS)) said.forceless = true;
  note(said, 'forced', words.includes('FSD') && said.forceless === true, now);
  note(said, 'reserve', onBattery && isBelowReserve(watch, id, ups), now);
  note(said, 'needy', onBattery && isNeedy(watch, id, ups), now);
}

function note(said: Said, name: 'low' | 'freeSince' | 'forced' | 'reserve' | 'needy', is: boolean, now: number): void {
  if (!is) delete said[name];
  else said[name] ??= now;
}

/** One that outlives the doubt is a latch, and the farm does not stay down for it. */
function isOld({ night }: Watch, since: number | undefined): boolean {
  return since !== undefined && night.nowSeconds - since > night.world.site.restore.doubtMinutes * 60;
}

function isHeard(watch: Watch, id: UpsId, ups: SimUps): boolean {
  const { night } = watch;
  if (!night.runs || night.stopped || !ups.live || isDisarmed(watch) || silentAt(watch, id)) return false;
  return !troublesOf(watch, ['ups'], id).some(({ quirks }) => quirks.says?.['ups.status'] !== undefined);
}

function isDisarmed(watch: Watch): boolean {
  return troublesOf(watch, ['person']).some(({ command }) => command.kind === 'disarm');
}

/** Told by its charge, of a UPS that tells nothing but the truth. */
function isBelowReserve(watch: Watch, id: UpsId, ups: SimUps): boolean {
  const reserve = watch.night.world.site.supplies.get(id)?.reservePercent ?? 0;
  return tellsAll(watch, id) && 100 * (1 - ups.depth) < reserve - BELOW_RESERVE;
}

function tellsAll(watch: Watch, id: UpsId): boolean {
  const { sim, battery } = watch.scenario.site.ups[id] ?? {};
  return (
    troublesOf(watch, ['ups'], id).every(({ quirks }) => isHarmless(quirks)) &&
    (sim?.lacks ?? []).length === 0 &&
    battery?.recovery === undefined
  );
}

/** Far below the threshold, and nobody is on his way. */
function isNeedy(watch: Watch, id: UpsId, ups: SimUps): boolean {
  const { night } = watch;
  // By what stays are worth all may leave together, and late.
  const { kind, shedBelowSeconds } = night.world.site.policy;
  if (!tellsAll(watch, id) || kind !== 'threshold' || shedBelowSeconds !== 'auto') return false;
  const setting = watch.scenario.site.ups[id];
  const rigs = [...night.world.site.rigs.values()].filter(({ fedBy }) => fedBy.includes(id));
  const all = rigs.reduce((sum, rig) => sum + rig.watts, setting?.houseWatts ?? 0);
  const full = secondsLeft(ups.traits.battery, { depth: 0, strain: 0 }, all);
  const left = (ups.endsAtMs - night.world.clock.monotonicMs()) / 1_000;
  return left < FAR_BELOW * (full / 2) && rigs.every((rig) => !isAsked(watch, rig.id)) && ups.loadWatts > 0;
}

function judge(watch: Watch, id: UpsId, said: Said): void {
  const now = watch.night.nowSeconds;
  // Nobody is looked at where nothing is said: who is up then breaks no promise.
  if (said.low === undefined && said.forced === undefined && said.reserve === undefined && said.needy === undefined) {
    delete said.upSince;
    return;
  }
  const mine = [...watch.night.world.site.rigs.values()].filter((rig) => rig.fedBy.length === 1 && rig.fedBy[0] === id);
  const up = mine.filter((rig) => isUp(watch, rig));
  const before = said.upSince;
  said.upSince = new Map(up.map((rig) => [rig.id, before?.get(rig.id) ?? now]));
  if (now - watch.startedAt < AWAKE_SECONDS) return;
  for (const sentence of [...notAsked(watch, id, said, up), ...notDark(watch, id, said, up), ...notOne(watch, id, said, up)]) {
    // The same is said once a night.
    if (!watch.wrong.some((one) => one.startsWith(sentence))) watch.wrong.push(`${sentence} at second ${now.toFixed(1)}`);
  }
}

const MEANS = [
  ['low', 'said low battery on battery'],
  ['forced', 'announced a forced shutdown'],
  ['reserve', 'was below its reserve'],
] as const;

function notAsked(watch: Watch, id: UpsId, said: Said, up: readonly Rig[]): readonly string[] {
  return MEANS.filter(([name]) => stood(watch, said[name], OBEYED_WITHIN_SECONDS)).flatMap(([, what]) =>
    up
      .filter((rig) => stood(watch, said.upSince?.get(rig.id), SEEN_WITHIN_SECONDS) && canBeAsked(watch, rig) && !isAsked(watch, rig.id))
      .map((rig) => `I-03 ${id} ${what}, and ${rig.id} was not asked to leave`),
  );
}

function notDark(watch: Watch, id: UpsId, { forced }: Said, up: readonly Rig[]): readonly string[] {
  const patience = (watch.night.world.site.supplies.get(id)?.hostSyncSeconds ?? 0) + DARK_MARGIN_SECONDS;
  if (!stood(watch, forced, patience) || !stood(watch, watch.startedAt, patience + AWAKE_SECONDS)) return [];
  return up.filter((rig) => canBeCut(watch, rig)).map((rig) => `I-03 ${id} is shut down by force, and ${rig.id} still draws`);
}

function notOne(watch: Watch, id: UpsId, { needy }: Said, up: readonly Rig[]): readonly string[] {
  const wanted = up.some((rig) => canBeAsked(watch, rig) && !isHeldUp(watch, rig.id));
  return wanted && stood(watch, needy, AWAKE_SECONDS) ? [`I-12 ${id} is far below its threshold, and nobody has left`] : [];
}

function stood({ night }: Watch, since: number | undefined, seconds: number): boolean {
  return since !== undefined && night.nowSeconds - since >= seconds;
}

function canBeAsked(watch: Watch, rig: Rig): boolean {
  const away = troublesOf(watch, ['card', 'network-gone']).some(({ fromSeconds, toSeconds = fromSeconds }) => {
    const now = secondNow(watch);
    return fromSeconds <= now && toSeconds >= now - AWAKE_SECONDS;
  });
  return rig.can.pause && !away && troublesOf(watch, ['rig', 'rig-reboots'], rig.id).length === 0;
}

function canBeCut(watch: Watch, rig: Rig): boolean {
  const { site } = watch.night.world;
  const shared = [...site.rigs.values()].some((other) => other.id !== rig.id && other.cutBy.some((id) => rig.cutBy.includes(id)));
  const stuck = rig.cutBy.some((id) => troublesOf(watch, ['switch'], id).length > 0);
  const odd = troublesOf(watch, ['board-resets', 'card']).length > 0 || troublesOf(watch, ['second-feed'], rig.id).length > 0;
  return rig.cutBy.length > 0 && !shared && !stuck && !odd;
}

function isUp({ night }: Watch, rig: Rig): boolean {
  return !isQuiet(rig, night.world.watts(rig.id));
}

function isAsked({ night }: Watch, rig: RigId): boolean {
  return night.world.orders.findLast((order) => order.rig === rig)?.what === 'pause';
}
