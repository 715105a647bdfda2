// A rig that has power though its contacts are open: what is wrong with them, by name. Told from what the rig itself shows (watts,
// uptime, that it answers at all) and from whether it was ever seen dark behind them.
import type { Rig, RigReading } from '../model/rig.ts';
import { hashingProof } from './seen.ts';
import { clear, raise, rememberedRig, rigOf, type Scene, type Tick } from './tick.ts';

/** What is left in a power supply answers for so long after the cut. */
export const LAST_WORDS_MS = 5_000;
/** A rig's own clock of its uptime, and the time its boot took before that began, in seconds. */
const UPTIME_SLACK = 2;

const CODES = ['contact-welded', 'second-feed', 'board-reset'] as const;
type Code = (typeof CODES)[number];

/** Raises what the rig's last reading tells of its contacts, which are open since `cutAtMs`. */
export function sayTrouble(tick: Tick, rig: Rig, reading: RigReading, cutAtMs: number): void {
  const code = codeOf(tick, rig, reading, cutAtMs);
  const told = rememberedRig(tick, rig.id).fault?.code;
  // What was found out stays found out: a reading without an uptime, or a restart, knows less. Only a boot is news.
  if (code !== 'board-reset' && CODES.some((one) => one === told)) return;
  raise(tick, {
    event: 'fault',
    code,
    rig: rig.id,
    say: `${rig.cutBy.join(' and ')} open, and ${rig.id} ${seen(rig, reading)}: ${WORDS[code]}`,
  });
}

export function clearTrouble(tick: Tick, rig: Rig): void {
  for (const code of CODES) clear(tick, code, { rig: rig.id });
}

const WORDS: Readonly<Record<Code, string>> = {
  'contact-welded':
    'it was dark behind them in its drill and has not lost power now, so a contact is welded; open its breaker by hand, then change the contactor',
  'second-feed':
    'it was never seen dark behind them, so it has a second feed, hangs on another outlet than the file says, or a contact is welded; open its breaker by hand, then: lastwatt drill --cut',
  'board-reset':
    'its power came back after the cut, so the board was reset to fed or somebody closed it; open its breaker by hand and look at the board',
};

function seen(rig: Rig, reading: RigReading): string {
  const watts = reading.watts === undefined ? '' : ` at ${Math.round(reading.watts)} W`;
  return hashingProof(rig, reading) === undefined ? `answers${watts}` : `was seen hashing${watts}`;
}

function codeOf(scene: Scene, rig: Rig, reading: RigReading, cutAtMs: number): Code {
  if (hasBooted(scene, rig, reading, cutAtMs)) return 'board-reset';
  return rememberedRig(scene, rig.id).darkAt === undefined ? 'second-feed' : 'contact-welded';
}

/**
 * Up for longer than since the cut, it did not lose its power, however silent it was. Many count from when their miner was started,
 * which a pause does as well: after one behind the contact a short time tells nothing.
 */
function hasBooted(scene: Scene, rig: Rig, { uptimeSeconds, takenAtMs }: RigReading, cutAtMs: number): boolean {
  const { darkAtMs, pauseSentAtMs } = rigOf(scene, rig.id);
  const wasDark = darkAtMs !== undefined && darkAtMs > cutAtMs;
  if (uptimeSeconds === undefined) return wasDark;
  const young = uptimeSeconds + UPTIME_SLACK < (takenAtMs - cutAtMs) / 1000;
  return young && (wasDark || pauseSentAtMs === undefined || pauseSentAtMs <= cutAtMs);
}

/** A supply that none of its contacts interrupts keeps it alight by the file: it answers behind them, and nothing is wrong. */
export function isLeftFed(scene: Scene, rig: Rig): boolean {
  const interrupted = rig.cutBy.map((id) => scene.site.switches.get(id)?.interrupts);
  if (rig.fedBy.length < 2 || interrupted.includes(undefined)) return false;
  return rig.fedBy.some((supply) => !interrupted.includes(supply));
}
