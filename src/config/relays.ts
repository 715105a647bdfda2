// What a bare relay carries: amperes by the watts behind it and the volts there, which the file does not know.
import type { SwitchId } from '../model/id.ts';
import { switchId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { CheckItem } from '../model/view.ts';
import type { Config, ConfiguredBoard } from './config.ts';

/** The two that the world has. Above its amperes at the higher one a relay is too small wherever it is. */
const LOW_VOLTS = 120;
const HIGH_VOLTS = 230;

/** Volts at the output of each UPS that tells them. */
export type OutputVolts = ReadonlyMap<string, number>;

export interface Behind {
  readonly id: SwitchId;
  /** A that the bare contact takes without welding; a rig draws them without a pause */
  readonly takes: number;
  readonly rigs: readonly { readonly id: string; readonly watts: number }[];
}

const wattsOf = ({ rigs }: Behind): number => rigs.reduce((sum, rig) => sum + rig.watts, 0);
const amperes = (behind: Behind, volts: number): string => `${(wattsOf(behind) / volts).toFixed(1)} A`;
const isTooMuch = (behind: Behind, volts: number): boolean => wattsOf(behind) / volts > behind.takes;
const drawing = ({ rigs }: Behind): string => `${rigs.map((rig) => rig.id).join(' and ')} ${rigs.length > 1 ? 'draw' : 'draws'}`;

/** A mistake of the file, at any volts: every rig behind the contact counts, for they draw through it together. */
export function tooMuchAnywhere(behind: Behind): string | undefined {
  if (!isTooMuch(behind, HIGH_VOLTS)) return undefined;
  return `${drawing(behind)} ${amperes(behind, HIGH_VOLTS)} through ${behind.id}, a relay takes ${behind.takes} A: let it move a contactor and say contactor: true`;
}

/** Bare relays that are too small at 120 V; by the UPS's own word where one that feeds their rigs tells its volts. */
export function relayItems({ site }: Config, [name, board]: readonly [string, ConfiguredBoard], told: OutputVolts): readonly CheckItem[] {
  const { bareAmperes: takes } = board;
  if (takes === undefined || board.contactor) return [];
  return board.channels.flatMap((channel): CheckItem[] => {
    const id = switchId(name, channel);
    const rigs = [...site.rigs.values()].filter((rig) => rig.cutBy.includes(id));
    const behind = { id, takes, rigs };
    if (!isTooMuch(behind, LOW_VOLTS)) return [];
    const [lowest] = supplied(rigs, site.switches.get(id)?.interrupts)
      .flatMap((ups) => (told.has(ups) ? [{ ups, volts: told.get(ups) ?? 0 }] : []))
      .sort((one, other) => one.volts - other.volts);
    return lowest === undefined ? [unknownVolts(behind)] : knownVolts(behind, lowest);
  });
}

function supplied(rigs: readonly Rig[], interrupts: string | undefined): readonly string[] {
  return interrupts === undefined ? [...new Set(rigs.flatMap((rig) => rig.fedBy))] : [interrupts];
}

function unknownVolts(behind: Behind): CheckItem {
  const say = `${drawing(behind)} ${amperes(behind, LOW_VOLTS)} through it at ${LOW_VOLTS} V and ${amperes(behind, HIGH_VOLTS)} at ${HIGH_VOLTS} V, a relay takes ${behind.takes} A: at ${LOW_VOLTS} V let it move a contactor and say contactor: true`;
  return { verdict: 'warn', about: behind.id, say };
}

function knownVolts(behind: Behind, { ups, volts }: { readonly ups: string; readonly volts: number }): CheckItem[] {
  if (!isTooMuch(behind, volts)) return [];
  const say = `${drawing(behind)} ${amperes(behind, volts)} through it at the ${Math.round(volts)} V of ${ups}, a relay takes ${behind.takes} A: let it move a contactor and say contactor: true`;
  return [{ verdict: 'fail', about: behind.id, say }];
}
