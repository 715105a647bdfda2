// I-03 and I-07: when a UPS ends, nothing that could have been taken down in time still draws on it, whatever else is
// broken; silence is no excuse where battery had been seen, nor where anything told of the outage.
import type { RigId, UpsId } from '../model/id.ts';
import type { Trouble } from './scenario.ts';
import { troublesOf, type Watch } from './watch.ts';

/** W above standby that still count as quiet. */
const QUIET_WATTS = 15;

/** Called as time goes on: who draws on what, and whose UPS has just ended. */
export function watchSupplies(watch: Watch): void {
  const { night, drawing, wrong } = watch;
  for (const [id, ups] of night.world.ups) {
    const before = drawing.get(id);
    if (ups.live) {
      drawing.set(
        id,
        onlyOn(watch, id).filter((rig) => night.world.watts(rig) > standby(watch, rig)),
      );
    } else if (before !== undefined) {
      drawing.delete(id);
      const excused = energyIsExcused(watch, id);
      const caught = before.filter((rig) => !excused && !rigIsExcused(watch, rig));
      if (caught.length > 0) wrong.push(`I-03 ${id} ended at second ${night.nowSeconds.toFixed(1)} under ${caught.join(', ')}`);
    }
  }
}

function standby({ night }: Watch, rig: RigId): number {
  return (night.world.site.rigs.get(rig)?.pausedWatts ?? 0) + QUIET_WATTS;
}

function onlyOn({ night }: Watch, ups: UpsId): readonly RigId[] {
  return [...night.world.site.rigs.values()].filter(({ fedBy }) => fedBy.length === 1 && fedBy[0] === ups).map(({ id }) => id);
}

/** A UPS that does not tell the truth, a service that is not there or not armed: then the battery may end under load. */
function energyIsExcused(watch: Watch, ups: UpsId): boolean {
  const told = (watch.scenario.site.ups[ups]?.sim?.lacks ?? []).length === 0;
  const disarmed = troublesOf(watch, ['person']).some(({ command }) => command.kind === 'disarm');
  const spoiled = troublesOf(watch, ['ups', 'forced-shutdown'], ups).length > 0;
  const gone = troublesOf(watch, ['killed', 'stopped', 'pi-dead', 'card', 'server-gone', 'network-gone']).length > 0;
  return !told || disarmed || spoiled || gone || watch.piWasDead;
}

const OF_RIGS: readonly Trouble['kind'][] = ['rig', 'rig-reboots', 'second-feed'];

function rigIsExcused(watch: Watch, rig: RigId): boolean {
  const setting = watch.scenario.site.rigs[rig];
  const contacts = setting?.cutBy ?? [];
  const ofNoUse = setting?.mute === true && contacts.length === 0;
  const faulty = watch.scenario.troubles.some((one) => OF_RIGS.includes(one.kind) && 'on' in one && one.on === rig);
  const stuck = contacts.some((contact) => troublesOf(watch, ['switch'], contact).length > 0);
  return ofNoUse || faulty || stuck || troublesOf(watch, ['board-resets']).length > 0;
}
