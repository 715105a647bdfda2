// Which UPS answers under a name. Another one is told to a person, and what the one before taught of its battery is not
// believed of it; reading goes on (safety case, section 3).
import type { UpsId } from '../model/id.ts';
import { isAnotherUps, isOther, type UpsIdentity } from '../model/ups.ts';
import { supplyMemory } from './memory.ts';
import { clear, setSupply, supplyOf, type Tick } from './tick.ts';

const CODE = 'another-ups';
/** One that is told now so and now so fills no card with it. */
const LEAST_BETWEEN_MS = 60_000;
/** Characters of a name that are kept. */
const LONGEST = 60;

/** What a UPS says of itself, beside what is known of it; true when it is another one from here on. */
export function foldIdentity(tick: Tick, id: UpsId, said: UpsIdentity): boolean {
  const { knownAs: before = {}, faults } = supplyMemory(tick.memory, id);
  const now = identityOf(said);
  const after = { ...before, ...now };
  if (after.serial === before.serial && after.model === before.model) {
    // It stood when the service was started again: a person has seen to it.
    if (faults.some(({ code, sinceMs }) => code === CODE && sinceMs < tick.startedAtMs)) clear(tick, CODE, { ups: id });
    return false;
  }
  if (!isAnotherUps(before, now)) {
    tick.emit({ event: 'ups-known', ups: id, is: after });
    return false;
  }
  const told = faults.find(({ code }) => code === CODE);
  if (told !== undefined && tick.nowMs - told.sinceMs < LEAST_BETWEEN_MS) return false;
  tick.emit({ event: 'fault', code: CODE, ups: id, say: anotherWords(id, before, now) });
  tick.emit({ event: 'ups-known', ups: id, is: now });
  forgetSize(tick, id);
  return true;
}

/** What is believed of the size of a battery is believed no more. */
export function forgetSize(tick: Tick, id: UpsId): void {
  const { battery } = supplyOf(tick, id);
  setSupply(tick, id, { battery: { ...battery, capacityWh: undefined, capacityFrom: undefined, stuckAt: undefined, past: undefined } });
}

/** Blank is not known. */
function identityOf({ serial, model }: UpsIdentity): UpsIdentity {
  const [own, kind] = [serial?.trim().slice(0, LONGEST), model?.trim().slice(0, LONGEST)];
  return { ...(own ? { serial: own } : {}), ...(kind ? { model: kind } : {}) };
}

function anotherWords(id: UpsId, before: UpsIdentity, now: UpsIdentity): string {
  const names = (['serial', 'model'] as const).filter((name) => isOther(before[name], now[name]));
  const words = (one: UpsIdentity): string => names.map((name) => `${name} ${one[name]}`).join(', ');
  return `${id} now answers as ${words(now)}, it was ${words(before)}: what was learned of its battery is set aside; if it is meant to be this one, restart lastwattd, and this is over`;
}
