// I-03 and I-07: when a UPS ends, nothing that could have been taken down in time still draws on it, whatever else is
// broken. What excuses it is named here, one by one; silence is no excuse where battery had been seen before.
import type { RigId, UpsId } from '../model/id.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';
import { isQuiet } from './quiet.ts';
import type { Trouble } from './scenario.ts';
import { isSilence, secondNow, troublesOf, type Watch } from './watch.ts';

/** From the floor until the last rig is dark: the longest grace and cool-down that are drawn, and some ticks. */
const LAST_STAND_SECONDS = 90;
/** Two polls, within which the first word of battery has come. */
const SEEN_SECONDS = 4;

/** Called as time goes on: who draws on what, and whose UPS has just ended. */
export function watchSupplies(watch: Watch): void {
  const { night, drawing, wrong } = watch;
  for (const [id, ups] of night.world.ups) {
    const before = drawing.get(id);
    if (ups.live) {
      drawing.set(id, drawingOn(watch, id));
    } else if (before !== undefined) {
      drawing.delete(id);
      const excused = energyIsExcused(watch, id);
      watch.ended += 1;
      watch.excused += excused ? 1 : 0;
      const caught = before.filter((rig) => !excused && !rigIsExcused(watch, rig));
      if (caught.length > 0) wrong.push(`I-03 ${id} ended at second ${night.nowSeconds.toFixed(1)} under ${caught.join(', ')}`);
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

function energyIsExcused(watch: Watch, ups: UpsId): boolean {
  return watch.piWasDead || isDisarmed(watch) || wasAway(watch) || wasBlind(watch, ups) || lied(watch, ups);
}

function isDisarmed(watch: Watch): boolean {
  return troublesOf(watch, ['person']).some(({ command }) => command.kind === 'disarm');
}

/** It was not there when there was still time. */
function wasAway(watch: Watch): boolean {
  const now = secondNow(watch);
  return troublesOf(watch, ['killed', 'stopped', 'pi-dead']).some(
    ({ fromSeconds, toSeconds = fromSeconds }) => fromSeconds <= now && toSeconds >= now - LAST_STAND_SECONDS,
  );
}

/** The word of battery never came: lost before the outage, or in its first seconds (blind loss, I-03). */
function wasBlind(watch: Watch, ups: UpsId): boolean {
  const now = secondNow(watch);
  const began = troublesOf(watch, ['mains-gone'])
    .filter(({ on, fromSeconds }) => (on ?? ups) === ups && fromSeconds <= now)
    .at(-1);
  if (began === undefined) return false;
  const silences: readonly Trouble[] = [
    ...troublesOf(watch, ['ups'], ups).filter(({ quirks }) => isSilence(quirks)),
    ...troublesOf(watch, ['server-gone']),
  ];
  return silences.some(
    ({ fromSeconds, toSeconds = fromSeconds }) =>
      fromSeconds <= began.fromSeconds + SEEN_SECONDS && toSeconds > began.fromSeconds && toSeconds >= began.fromSeconds + SEEN_SECONDS,
  );
}

/** It told mains or a test on battery, or everything it told of its energy was wrong. */
function lied(watch: Watch, ups: UpsId): boolean {
  const lacks = watch.scenario.site.ups[ups]?.sim?.lacks ?? [];
  return troublesOf(watch, ['ups'], ups).some(({ quirks }) => {
    const status = quirks.says?.['ups.status'] ?? '';
    if (/OL|CAL|TEST/.test(status)) return true;
    const runtimeFalse =
      (quirks.runtimeFactor ?? 1) > 1 || quirks.frozen?.includes('battery.runtime') === true || says(quirks, 'battery.runtime');
    const chargeFalse = quirks.frozen?.includes('battery.charge') === true || says(quirks, 'battery.charge');
    const runtimeGone = runtimeFalse || lacks.includes('battery.runtime');
    const chargeGone = chargeFalse || lacks.includes('battery.charge');
    return (runtimeFalse || chargeFalse) && runtimeGone && chargeGone;
  });
}

function says({ says: said }: SimUpsQuirks, variable: string): boolean {
  return said?.[variable] !== undefined;
}

/** Nobody can take it down: it can be asked nothing and cut by nothing, or by nothing that works. */
function rigIsExcused(watch: Watch, rig: RigId): boolean {
  const setting = watch.scenario.site.rigs[rig];
  const contacts = setting?.cutBy ?? [];
  const stuck = contacts.some((contact) => troublesOf(watch, ['switch'], contact).length > 0);
  if (contacts.length > 0)
    return stuck || troublesOf(watch, ['second-feed'], rig).length > 0 || troublesOf(watch, ['board-resets']).length > 0;
  return (
    setting?.mute === true || troublesOf(watch, ['rig', 'rig-reboots'], rig).length > 0 || troublesOf(watch, ['network-gone']).length > 0
  );
}
