// F69: a generator that carries too much carries nothing. Whoever has no room on it is down soon after it began to carry, and stays
// so. What excuses a rig, or the service, is named here and in energy.ts.
import type { GeneratorId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SimTransfer } from '../sim/transfer.ts';
import { isDisarmed, rigIsExcused } from './energy.ts';
import { isQuiet } from './quiet.ts';
import { secondNow, silentAt, troublesOf, type Watch } from './watch.ts';

/** Two looks at a late contact, then the longest grace and cool-down that are drawn, and some ticks. */
const SETTLES_SECONDS = 65;
/** Rigs draw what their plates say, and flicker. */
const MARGIN = 1.05;

/** Called as time goes on. */
export function watchGenerators(watch: Watch): void {
  for (const [id, transfer] of watch.night.world.transfers) watchOne(watch, id, transfer);
}

function watchOne(watch: Watch, id: GeneratorId, transfer: SimTransfer): void {
  const { night, overloaded } = watch;
  const up = transfer.carries && isTold(watch, transfer) ? runningOn(watch, transfer) : [];
  const watts = up.reduce((sum, rig) => sum + night.world.watts(rig.id), 0);
  if (watts <= MARGIN * transfer.traits.watts) {
    overloaded.delete(id);
    return;
  }
  const since = overloaded.get(id) ?? night.nowSeconds;
  overloaded.set(id, since);
  if (night.nowSeconds - since <= SETTLES_SECONDS) return;
  const sentence = `F69 ${id} may carry ${transfer.traits.watts} W, and carries`;
  if (watch.wrong.some((one) => one.startsWith(sentence))) return;
  watch.wrong.push(`${sentence} ${Math.round(watts)} W of ${up.map((rig) => rig.id).join(', ')} at second ${night.nowSeconds.toFixed(1)}`);
}

/** The service is there, and hears the contact and the UPSes, and these say what is so. */
function isTold(watch: Watch, { traits }: SimTransfer): boolean {
  const { night } = watch;
  const now = secondNow(watch);
  if (!night.runs || night.stopped || isDisarmed(watch)) return false;
  const unread = troublesOf(watch, ['input'], traits.id).some(
    ({ quirks, fromSeconds, toSeconds = fromSeconds }) => quirks.unreachable === true && fromSeconds <= now && now <= toSeconds,
  );
  const lies = traits.behind.some((ups) => troublesOf(watch, ['ups'], ups).some(({ quirks }) => quirks.says?.['ups.status'] !== undefined));
  return !unread && !lies && traits.behind.every((ups) => !silentAt(watch, ups));
}

function runningOn(watch: Watch, { traits }: SimTransfer): readonly Rig[] {
  const { world } = watch.night;
  return [...world.site.rigs.values()].filter(
    (rig) => rig.fedBy.some((ups) => traits.behind.includes(ups)) && !isQuiet(rig, world.watts(rig.id)) && !isExcused(watch, rig),
  );
}

/** Nobody can take it down, or not without another that may stay. */
function isExcused(watch: Watch, rig: Rig): boolean {
  const shared = [...watch.night.world.site.rigs.values()].some((one) => one !== rig && one.cutBy.some((id) => rig.cutBy.includes(id)));
  return rigIsExcused(watch, rig.id) || (shared && troublesOf(watch, ['rig', 'rig-reboots', 'network-gone'], undefined).length > 0);
}
