// Outages that never end, on batteries that hold a fifth less or more than is declared: whether any empties under a rig.
import { signalsHeard } from './figures.ts';
import { CAPACITY_OFF, drawnSite } from './policy-fleet.ts';
import { lived } from './policy-live.ts';
import { outageAware } from './policy-rules.ts';

/** Larger fleets are no harder on a battery, and take longer. */
const SIZES = [10, 30, 100] as const;
/** Without a low-battery flag so much is taken to be in it of what is declared: nothing else tells of a battery that is worn. */
const WITHOUT_FLAG = 0.8;

export interface Endless {
  readonly outages: number;
  readonly seed: number;
  readonly progress?: (say: string) => void;
}

export async function endless({ outages, seed, progress }: Endless): Promise<{ readonly lines: readonly string[]; readonly cuts: number }> {
  const found = { flag: 0, none: 0 };
  for (let number = 0; number < outages; number++) {
    progress?.(`policy: endless outage ${number + 1} of ${outages}`);
    await signalsHeard();
    const drawn = drawnSite({ seed, number, rigs: SIZES[number % SIZES.length] ?? 10 });
    const site = { ...drawn, capacity: drawn.capacity < 1 ? 1 - CAPACITY_OFF : 1 + CAPACITY_OFF };
    const withFlag = lived(site, outageAware()(site));
    const without = lived(site, outageAware({ counts: WITHOUT_FLAG })(site), { lowBatteryWorks: false });
    if (withFlag.hardCutSeconds !== undefined) found.flag++;
    if (without.hardCutSeconds !== undefined) found.none++;
  }
  return {
    lines: [
      `hard cut-offs in ${outages} endless outages, true capacity 20 % off either way:`,
      `  low battery flagged at 10 % of what is truly left: ${found.flag}`,
      `  never flagged, planned with 80 % of what is declared: ${found.none}`,
    ],
    cuts: found.flag + found.none,
  };
}
