// What is believed of a battery, in sentences: by which source, who agrees, what is not believed, and what its own discharges showed.
import type { SiteUps } from '../model/site.ts';
import type { PastDischarge } from '../model/ups.ts';
import type { BatteryView } from '../model/view.ts';
import { type BatterySetting, curveOf } from './battery.ts';
import { learnedAbout } from './believed-curve.ts';
import { LEAST_WATTS } from './capacity.ts';
import type { Learned } from './learned.ts';
import { supplyMemory } from './memory.ts';
import type { SupplyState } from './state.ts';
import { batterySetting } from './supply.ts';
import { type Scene, supplyOf } from './tick.ts';
import { type NamedSource, runtimeWaits, type Weighed, type WeighedSource, weighed } from './weighed.ts';

const SOURCES: Readonly<Record<NamedSource, string>> = {
  reported: 'the runtime that it reports',
  charge: 'its charge',
  slope: 'how fast its charge falls',
  voltage: 'its voltage',
  declared: 'the count of what was drawn by its data sheet',
  learned: 'the count of what was drawn by its own discharges',
  elapsed: 'the count of what was drawn since it last told',
  assumed: 'its charge, with a size that is assumed',
};

export function batteryView(scene: Scene, ups: SiteUps): BatteryView {
  const state = supplyOf(scene, ups.id);
  const setting = batterySetting(ups, state);
  const told = weighed(state, setting, scene.nowMs);
  const past = supplyMemory(scene.memory, ups.id).past ?? [];
  const learned = learnedAbout(ups, state.battery);
  const full = curveOf(state.battery, setting)?.(Math.max(state.load.watts, LEAST_WATTS));
  const share = learned?.verdict.share;
  const held = setting.sheet !== undefined || state.battery.runtime !== undefined;
  const shown = learnedWords(learned, past, { held, sheet: setting.sheet !== undefined });
  return {
    sources: told.sources.map(({ depth, ...one }) => ({ ...one, usedPercent: percent(depth) })),
    rejected: told.rejected,
    size: {
      from: sizeFrom(state, setting),
      fullSeconds: full === undefined ? null : Math.round(full),
      learnedPercent: share === undefined || !held ? null : percent(share),
      discharges: past.length,
    },
    learned: shown ?? null,
    say: [...believedWords(told, state), ...refusedWords(told), ...(shown === undefined ? [] : [shown])],
  };
}

const percent = (share: number): number => Math.round(100 * share);

function sizeFrom({ battery }: SupplyState, { declared, learned }: BatterySetting): string | null {
  if (declared !== undefined) return learned ? 'learned' : 'declared';
  return battery.capacityFrom ?? null;
}

function believedWords({ from, sources, rejected }: Weighed, state: SupplyState): readonly string[] {
  if (from === undefined) return [];
  const of = (stands: WeighedSource['stands']): string =>
    sources
      .filter((one) => one.stands === stands)
      .map(({ from: by, depth }) => `${SOURCES[by]} (${percent(depth)} % used)`)
      .join(', ');
  const [agree, against] = [of('agrees'), of('contradicts')];
  const said = [`believed by ${SOURCES[from]}`, agree && `agreed by ${agree}`, against && `contradicted by ${against}`];
  if (state.draining && runtimeWaits(state) && !rejected.some(({ figure }) => figure === 'runtime'))
    said.push('its runtime waits until the load has settled');
  return [said.filter((part) => part !== '').join('; ')];
}

/** Each figure that is not believed, and why. */
export const refusedWords = ({ rejected }: Pick<BatteryView, 'rejected'>): readonly string[] =>
  rejected.map(({ figure, found, why }) => `${figure} "${found}" is not believed: ${why}`);

function learnedWords(
  learned: Learned | undefined,
  past: readonly PastDischarge[],
  against: { readonly held: boolean; readonly sheet: boolean },
): string | undefined {
  const last = past.at(-1);
  if (last === undefined) return undefined;
  const count = past.length === 1 ? 'one discharge' : `${past.length} discharges`;
  const how = last.by === 'low-battery' ? 'until it said low battery' : 'by its charge';
  const example = `the last, ${last.at.slice(0, 10)}: ${last.watts} W for ${Math.round(last.seconds / 6) / 10} min took ${percent(last.depth)} %, ${how}`;
  // What the discharge of now tells counts from the next one on.
  if (learned === undefined) return `${count} known (${example}); counts from the next one on`;
  return `${count} known (${example}): ${verdictWords(learned, against)}`;
}

function verdictWords({ verdict: { said, share } }: Learned, { held, sheet }: { readonly held: boolean; readonly sheet: boolean }): string {
  if (!held) return 'believed over the size that was assumed';
  const by = sheet ? 'its data sheet' : 'the runtime that it reports in calm';
  const apart = Math.abs(percent(share) - 100);
  if (said === 'agrees') return `agrees with ${by}`;
  if (said === 'less') return `it holds ${apart} % less than by ${by}, and is believed so`;
  if (said === 'more') return `it holds ${apart} % more than by ${by}, three deep ones agree`;
  return `it seems to hold ${apart} % more than by ${by}, which is not believed until three deep ones agree`;
}
