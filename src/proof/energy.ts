// I-03 and I-07: when a UPS ends, nothing that could have been taken down in time still draws on it, whatever else is
// broken. What excuses it is named here, one by one; silence is no excuse where battery had been seen before.
import type { RigId, UpsId } from '../model/id.ts';
import { isQuiet } from './quiet.ts';
import type { Trouble } from './scenario.ts';
import { gaveUnseen, watchUnseen } from './unseen.ts';
import { isHeldUp, isSilence, secondNow, silentAt, troublesOf, type Watch } from './watch.ts';

/** From the floor until the last rig is dark: the longest grace and cool-down that are drawn, and some ticks. */
const LAST_STAND_SECONDS = 90;
/** Two polls, within which the first word of battery has come. */
const SEEN_SECONDS = 4;
/** At the floor a rig that was asked has 10 s before its switch is forced, which has some for its move. */
const FORCED_WITHIN_SECONDS = 13;
const SHOWN_WITHIN_SECONDS = 3;
/** So often it is looked at. */
const STEP_SECONDS = 1;
/** A charge sags when the load comes on it: what it tells begins after that, and so many points of fall tell a pace (src/core/battery.ts). */
const SAG_SECONDS = 20;
const TELLING_POINTS = 4;

/** Called as time goes on: who draws on what, and whose UPS has just ended. */
export function watchSupplies(watch: Watch): void {
  const { night, drawing } = watch;
  watchUnseen(watch);
  for (const [id, ups] of night.world.ups) {
    const before = drawing.get(id);
    if (ups.onMains) watch.batterySince.delete(id);
    else if (!watch.batterySince.has(id)) watch.batterySince.set(id, night.nowSeconds);
    watchFall(watch, id, ups.variables());
    const last = watch.dead.findLast((one) => one.ups === id);
    if (ups.live) {
      if (last?.toSeconds === Number.POSITIVE_INFINITY) last.toSeconds = night.nowSeconds;
      drawing.set(id, drawingOn(watch, id));
    } else if (before !== undefined) {
      drawing.delete(id);
      watch.dead.push({ ups: id, fromSeconds: night.nowSeconds - STEP_SECONDS, toSeconds: Number.POSITIVE_INFINITY });
      hasEnded(watch, id, before);
    }
  }
}

/** Those that hang on it alone, and draw more than asleep. */
function drawingOn({ night: { world } }: Watch, ups: UpsId): readonly RigId[] {
  const drawing: RigId[] = [];
  for (const rig of world.site.rigs.values())
    if (rig.fedBy.length === 1 && rig.fedBy[0] === ups && !isQuiet(rig, world.watts(rig.id))) drawing.push(rig.id);
  return drawing;
}

function hasEnded(watch: Watch, id: UpsId, before: readonly RigId[]): void {
  const { nowSeconds } = watch.night;
  watch.ended += 1;
  if (energyIsExcused(watch, id)) {
    watch.excused += 1;
    return;
  }
  const lasted = nowSeconds - (watch.batterySince.get(id) ?? nowSeconds);
  // A person's word outranks all but the floor, and that is known by figures, or by a word of the UPS.
  const untold = tellsNothing(watch, id);
  const caught = before.filter(
    (rig) => !rigIsExcused(watch, rig) && !(untold && isHeldUp(watch, rig)) && lasted > leastSeconds(watch, rig),
  );
  if (caught.length > 0) watch.wrong.push(`I-03 ${id} ended at second ${nowSeconds.toFixed(1)} under ${caught.join(', ')}`);
}

function energyIsExcused(watch: Watch, ups: UpsId): boolean {
  return (
    isDisarmed(watch) ||
    wasAway(watch) ||
    wasBlind(watch, ups) ||
    lied(watch, ups) ||
    gaveUnseen(watch, ups) ||
    wasLostTooSoon(watch, ups) ||
    carriesUntold(watch, ups)
  );
}

export function isDisarmed(watch: Watch): boolean {
  return troublesOf(watch, ['person']).some(({ command }) => command.kind === 'disarm');
}

/** It was not there when there was still time, or its Pi was without power. */
function wasAway(watch: Watch): boolean {
  const { darkness, fromSeconds: began } = watch;
  const dark = darkness.map(({ fromSeconds, toSeconds }) => ({ fromSeconds: fromSeconds - began, toSeconds: toSeconds - began }));
  const now = secondNow(watch);
  return [...troublesOf(watch, ['killed', 'stopped', 'pi-dead']), ...dark].some(
    ({ fromSeconds, toSeconds = fromSeconds }) => fromSeconds <= now && toSeconds >= now - LAST_STAND_SECONDS,
  );
}

/** The word of battery never came: lost before the outage, or in its first seconds (blind loss, I-03). */
function wasBlind(watch: Watch, ups: UpsId): boolean {
  const began = beganSeconds(watch, ups);
  if (began === undefined) return false;
  return silencesOf(watch, ups).some(
    ({ fromSeconds, toSeconds = fromSeconds }) =>
      fromSeconds <= began + SEEN_SECONDS && toSeconds > began && toSeconds >= began + SEEN_SECONDS,
  );
}

/**
 * Its runtime promised too much, never to be corrected by a word of low battery, and it was lost for good before its charge, which was
 * true, had fallen far enough after the sag to tell so. Nobody can tell a battery that is worn from one that sags.
 */
function wasLostTooSoon(watch: Watch, ups: UpsId): boolean {
  const lies = troublesOf(watch, ['ups'], ups).some(({ quirks }) => (quirks.runtimeFactor ?? 1) > 1 && quirks.lowBattery === 'never');
  const { from = 0, to = from } = watch.fell.get(ups) ?? {};
  return lies && silentAt(watch, ups) && from - to < TELLING_POINTS;
}

/** What its charge told in this outage while it was heard. */
function watchFall(watch: Watch, id: UpsId, told: ReadonlyMap<string, string>): void {
  const since = watch.batterySince.get(id);
  const charge = Number.parseFloat(told.get('battery.charge') ?? '');
  if (since === undefined) watch.fell.delete(id);
  else if (Number.isFinite(charge) && watch.night.nowSeconds - since >= SAG_SECONDS && !silentAt(watch, id))
    watch.fell.set(id, { from: watch.fell.get(id)?.from ?? charge, to: charge });
}

function silencesOf(watch: Watch, ups: UpsId): readonly Trouble[] {
  return [...troublesOf(watch, ['ups'], ups).filter(({ quirks }) => isSilence(quirks)), ...troublesOf(watch, ['server-gone'])];
}

/** When it last went on battery: with the mains, or with a generator that failed. */
function beganSeconds(watch: Watch, ups: UpsId): number | undefined {
  if (watch.night.world.site.generators?.some(({ behind }) => behind.includes(ups))) {
    const since = watch.batterySince.get(ups);
    return since === undefined ? undefined : since - watch.fromSeconds - STEP_SECONDS;
  }
  const gone = troublesOf(watch, ['mains-gone']).filter(({ on, fromSeconds }) => (on ?? ups) === ups && fromSeconds <= secondNow(watch));
  return gone.at(-1)?.fromSeconds;
}

/**
 * It told mains or a test on battery, or everything it told of its energy was plausible and wrong. A figure that can't be is no
 * excuse: the gate must refuse it.
 */
function lied(watch: Watch, ups: UpsId): boolean {
  const lacks = watch.scenario.site.ups[ups]?.sim?.lacks ?? [];
  return troublesOf(watch, ['ups'], ups).some(({ quirks }) => {
    const status = quirks.says?.['ups.status'] ?? '';
    if (/OL|CAL|TEST/.test(status)) return true;
    const runtimeFalse = (quirks.runtimeFactor ?? 1) > 1 || quirks.frozen?.includes('battery.runtime') === true;
    const chargeFalse = quirks.frozen?.includes('battery.charge') === true;
    const runtimeGone = runtimeFalse || lacks.includes('battery.runtime');
    const chargeGone = chargeFalse || lacks.includes('battery.charge');
    return (runtimeFalse || chargeFalse) && runtimeGone && chargeGone;
  });
}

/** What it carries beside its rigs nobody declared, it tells no load that can be in this outage, and nothing of its battery. */
function carriesUntold(watch: Watch, ups: UpsId): boolean {
  const { houseWatts = 0, site } = watch.scenario.site.ups[ups] ?? {};
  const since = (watch.batterySince.get(ups) ?? 0) - watch.fromSeconds;
  const untold = troublesOf(watch, ['ups'], ups).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) =>
      quirks.says?.['ups.load'] !== undefined && fromSeconds <= since && toSeconds >= secondNow(watch),
  );
  return untold && houseWatts > (site?.baseWatts ?? 0) && tellsNothing(watch, ups);
}

/** Nothing that it tells of its energy now is so. */
function tellsNothing(watch: Watch, ups: UpsId): boolean {
  const now = secondNow(watch);
  const gone = new Set(watch.scenario.site.ups[ups]?.sim?.lacks);
  for (const { quirks, fromSeconds, toSeconds = fromSeconds } of troublesOf(watch, ['ups'], ups)) {
    if (fromSeconds <= now && now <= toSeconds)
      for (const name of [...(quirks.frozen ?? []), ...Object.keys(quirks.says ?? {})]) gone.add(name);
  }
  return gone.has('battery.runtime') && gone.has('battery.charge');
}

/**
 * What a battery must have given before anybody could act: two polls, the blip in which nobody is asked (I-04), and then the
 * switch after its least grace, or the rig's own time to pause. One that begins so empty is nobody's fault.
 */
function leastSeconds({ night, scenario }: Watch, rig: RigId): number {
  const setting = scenario.site.rigs[rig];
  const own = (setting?.cutBy ?? []).length > 0 ? FORCED_WITHIN_SECONDS : (setting?.sim?.pauseSeconds ?? 0) + SHOWN_WITHIN_SECONDS;
  return SEEN_SECONDS + night.world.site.policy.ignoreBlipsSeconds + own;
}

/** Nobody can take it down: it can be asked nothing and cut by nothing, or by nothing that works. */
export function rigIsExcused(watch: Watch, rig: RigId): boolean {
  const setting = watch.scenario.site.rigs[rig];
  const contacts = setting?.cutBy ?? [];
  const stuck = contacts.some((contact) => troublesOf(watch, ['switch'], contact).length > 0);
  if (contacts.length > 0)
    return stuck || troublesOf(watch, ['second-feed'], rig).length > 0 || troublesOf(watch, ['board-resets']).length > 0;
  return (
    setting?.mute === true || troublesOf(watch, ['rig', 'rig-reboots'], rig).length > 0 || troublesOf(watch, ['network-gone']).length > 0
  );
}
