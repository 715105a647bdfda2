// What is kept in mind while a scenario is lived through.
import type { RigMemory } from '../core/memory.ts';
import type { JournalRecord } from '../host/port.ts';
import type { Command } from '../model/command.ts';
import type { GeneratorId, RigId, UpsId } from '../model/id.ts';
import type { SimDisk } from '../sim/disk.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';
import type { Night } from './night.ts';
import type { Scenario, Trouble, TroubleKind } from './scenario.ts';

import type { Unseen } from './unseen.ts';
import type { Said } from './words.ts';

export interface Watch {
  readonly night: Night;
  readonly scenario: Scenario;
  readonly wrong: string[];
  /** the rigs that drew on a UPS when it was last seen alive */
  readonly drawing: Map<UpsId, readonly RigId[]>;
  /** second of the night at which each UPS that is on battery began to be, to a step */
  readonly batterySince: Map<UpsId, number>;
  /** percent of charge that each UPS on battery told while it was heard, after the sag: first and last */
  readonly fell: Map<UpsId, { readonly from: number; readonly to: number }>;
  /** what each battery gave while the Pi was without power */
  readonly unseen: Map<UpsId, Unseen>;
  /** since when each generator carries more than it may, in seconds of the night */
  readonly overloaded: Map<GeneratorId, number>;
  /** the second of the night at which the scenario began */
  fromSeconds: number;
  /** without power at their output, when; seconds of the night */
  readonly dead: { readonly ups: UpsId; readonly fromSeconds: number; toSeconds: number }[];
  /** UPSes that ended, and those of them whose end proves nothing */
  ended: number;
  excused: number;
  /** of the card, in the scenario, when it was over */
  operations: number;
  /** what each UPS has said, and since when */
  readonly said: Map<UpsId, Said>;
  /** when the engine that runs was started, in seconds of the night, and the how-manieth it is */
  startedAt: number;
  lives: number;
  ticks: number;
  tickedAt: number;
  /** the Pi is without power since */
  piDiedAt: number | undefined;
  /** when that was */
  readonly darkness: { readonly fromSeconds: number; toSeconds: number }[];
  /** the card as the scenario began, and what it had done by then */
  card?: { readonly disk: SimDisk; readonly operations: number };
  /** it crashed where the scenario said, and is there again at that second */
  crashed?: { readonly backAtSeconds: number; over?: true };
}

/** The life of the Pi. */
export type PiWatch = Pick<Watch, 'night' | 'piDiedAt' | 'darkness'>;

/** What the judges are told of a night. */
export type Known = Pick<Watch, 'night' | 'fromSeconds' | 'darkness' | 'dead'> & { readonly scenario: Pick<Scenario, 'troubles'> };

/** To let time pass to a second of the night, watched. */
export type GoOn = (second: number) => Promise<void>;

/** The troubles of these kinds, or of one device alone. */
export function troublesOf<K extends TroubleKind>(
  { scenario }: Watch,
  kinds: readonly K[],
  on?: string,
): readonly Extract<Trouble, { kind: K }>[] {
  const found: Extract<Trouble, { kind: K }>[] = [];
  for (const one of scenario.troubles) if (isOfKind(one, kinds) && (on === undefined || ('on' in one && one.on === on))) found.push(one);
  return found;
}

function isOfKind<K extends TroubleKind>(one: Trouble, kinds: readonly K[]): one is Extract<Trouble, { kind: K }> {
  return (kinds as readonly string[]).includes(one.kind);
}

/** Seconds of the scenario. */
export const secondNow = ({ night, fromSeconds }: Watch): number => night.nowSeconds - fromSeconds;

/** Whether a person holds a rig up at this moment, by the journal: its last word of that, or the memory that a life began with. */
export function isHeldUp({ night: { journal } }: Watch, rig: RigId): boolean {
  for (let place = journal.length - 1; place >= 0; place -= 1) {
    const record = journal[place];
    const as = record === undefined ? undefined : holdIn(record, rig);
    if (as !== undefined) return as === 'up';
  }
  return false;
}

/** What a record says of a person's wish for a rig; undefined: nothing. */
function holdIn(record: JournalRecord, rig: RigId): 'up' | 'down' | 'none' | undefined {
  if (record.event === 'hold-ended') return record['rig'] === rig ? 'none' : undefined;
  if (record.event === 'memory') return (record['rigs'] as [RigId, RigMemory][]).find(([id]) => id === rig)?.[1].hold?.as ?? 'none';
  if (record.event !== 'command') return undefined;
  const command = record['command'] as Command;
  if (command.kind !== 'hold' && command.kind !== 'release') return undefined;
  if (command.rigs !== 'all' && !command.rigs.includes(rig)) return undefined;
  return command.kind === 'hold' ? command.as : 'none';
}

/** Whether nothing can be heard of a UPS at this moment. */
export function silentAt(watch: Watch, ups: UpsId): boolean {
  const now = secondNow(watch);
  const silences: readonly Trouble[] = [
    ...troublesOf(watch, ['ups'], ups).filter(({ quirks }) => isSilence(quirks) || (quirks.answerSeconds ?? 0) > 0.9),
    ...troublesOf(watch, ['server-gone']),
  ];
  return silences.some(({ fromSeconds, toSeconds = fromSeconds }) => fromSeconds <= now && now <= toSeconds);
}

/**
 * What says nothing false: a runtime that follows the load late, a low battery that is never told, a figure that nobody can
 * believe while another tells the same. Whoever decides by it decides wrongly.
 */
export function isHarmless({ runtimeLagSeconds: _, lowBattery, ...quirks }: SimUpsQuirks): boolean {
  if (lowBattery === 'early') return false;
  return Object.keys(quirks).every((name) => name === 'says') && Object.entries(quirks.says ?? {}).every((said) => isAbsurd(said));
}

function isAbsurd([name, value]: readonly [string, string]): boolean {
  if (name === 'battery.runtime') return value === '65535';
  if (name === 'battery.charge') return value === '-1' || value === '255';
  return name === 'ups.load' && (value === 'many' || value === '400');
}

/** A status that is false; what is none, or two at once, must never be taken for the mains. */
export function isALie(status: string | undefined): boolean {
  return status !== undefined && status !== '' && status !== 'OL OB';
}

export function isSilence({ stale, silent, garbles, says }: SimUpsQuirks): boolean {
  const status = says?.['ups.status'];
  return stale === true || silent === true || garbles === true || status === '' || status === 'OL OB';
}
