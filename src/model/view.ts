// The JSON that the socket answers with (contract.md 3). What is not known is null, never 0.
import type { Level } from './event.ts';
import type { RigPhase, RigReading } from './rig.ts';
import type { Reason, StepKind } from './step.ts';
import type { Alarm, Line } from './ups.ts';

/** What is believed of a battery, by whom, and what is not believed. */
export interface BatteryView {
  /** percent of the battery used, by each source that tells it now; of those only the deepest is believed */
  readonly sources: readonly {
    /** as `runtimeFrom` */
    readonly from: string;
    readonly usedPercent: number;
    /** believed, agrees, contradicts */
    readonly stands: string;
  }[];
  readonly rejected: readonly { readonly figure: string; readonly found: string; readonly why: string }[];
  readonly size: {
    /** declared, learned, reported, slope, assumed; null: nothing tells it */
    readonly from: string | null;
    /** seconds that it carries the load of now when full */
    readonly fullSeconds: number | null;
    /** what it held by its own discharges, in percent of what is declared or reported; null: no such, or nothing to hold it against */
    readonly learnedPercent: number | null;
    readonly discharges: number;
  };
  /** what its own discharges showed, in a sentence; null: none known */
  readonly learned: string | null;
  /** all of it in sentences */
  readonly say: readonly string[];
}

export interface UpsView {
  readonly id: string;
  readonly line: Line;
  readonly level: Level;
  readonly chargePercent: number | null;
  readonly runtimeSeconds: number | null;
  /** the source whose depth won: reported, charge, slope, voltage, declared, elapsed, assumed, learned */
  readonly runtimeFrom: string | null;
  readonly loadWatts: number | null;
  readonly ageSeconds: number | null;
  readonly alarms: readonly Alarm[];
  readonly fits: boolean | null;
  readonly marginSeconds: number | null;
  readonly battery: BatteryView;
}

export interface HoldView {
  readonly as: 'up' | 'down';
  readonly from: string;
  readonly endsInSeconds: number | null;
}

export interface FaultView {
  readonly code: string;
  readonly sinceSeconds: number;
  readonly say: string;
}

export interface RigView {
  readonly id: string;
  readonly rank: number;
  readonly phase: RigPhase;
  readonly watts: number | null;
  readonly wattsFrom: 'measured' | 'estimated' | 'configured' | null;
  /** what it was told to make do with; null: nothing */
  readonly limitWatts: number | null;
  readonly rewardPerDay: number | null;
  readonly rewardPerKwh: number | null;
  readonly hold: HoldView | null;
  readonly fault: FaultView | null;
  readonly drilledAt: string | null;
  readonly fedBy: readonly string[];
  /** what it was seen to take; null where it was not seen often enough; of its contacts, where none was slow to open */
  readonly times: {
    readonly stopSeconds: number | null;
    readonly wakeSeconds: number | null;
    readonly bootSeconds: number | null;
    readonly cutSeconds: number | null;
  };
  /** the MAC or serial by which it is known; null where it tells none, or was not seen yet */
  readonly identity: string | null;
  /** what happens to it next, and in how long; null where nothing is expected */
  readonly next: string | null;
}

export interface SwitchView {
  readonly id: string;
  readonly state: 'fed' | 'cut' | 'unknown';
}

export interface CoinView {
  readonly id: string;
  /** currency a day for `hashRate` */
  readonly perDay: number | null;
  readonly hashRate: number;
  /** what the rank goes by: the source's last word that was believed, else the file */
  readonly from: 'source' | 'file' | null;
  /** since the source was last heard with a figure that was believed */
  readonly ageSeconds: number | null;
  readonly faults: readonly FaultView[];
}

export interface StatusView {
  readonly site: string;
  readonly currency: string;
  readonly armed: boolean;
  readonly ready: boolean;
  readonly notReady: readonly string[];
  readonly level: Level;
  readonly outage: { readonly ups: readonly string[]; readonly seconds: number } | null;
  readonly ups: readonly UpsView[];
  readonly rigs: readonly RigView[];
  readonly switches: readonly SwitchView[];
  /** the coins that have a source; absent: none */
  readonly coins?: readonly CoinView[];
  /** standing things a person should know: a config that says other than the memory, a second cut-off that is missing */
  readonly notes: readonly string[];
}

export interface PlanUpsView {
  readonly id: string;
  readonly fits: boolean | null;
  readonly runtimeSeconds: number | null;
  readonly shedBelowSeconds: number | null;
  readonly cutBelowSeconds: number | null;
  readonly needSeconds: number;
  readonly marginSeconds: number | null;
  readonly say: string;
  /** by what is planned for it: what the stay of each rig is worth; absent: nothing is planned */
  readonly rigs?: readonly StayView[];
  /** how long its outages last, as far as is known; absent: nothing is planned by that */
  readonly outages?: OutagesView;
}

export interface StayView {
  readonly id: string;
  readonly leavesInSeconds: number;
  /** by how much longer the last of the others could stay, if it left now */
  readonly givesSeconds: number;
  /** what may be expected to be lost by that, in the currency of the site; null: nobody said what any rig earns */
  readonly costs: number | null;
}

export interface OutagesView {
  /** of its own, that were learned from */
  readonly seen: number;
  /** what is thought without any counts for so many */
  readonly beside: number;
  /** the chance (0 to 1) that an outage lasts longer than so many seconds */
  readonly lasts: readonly { readonly seconds: number; readonly chance: number }[];
}

export interface PlanStepView {
  readonly inSeconds: number;
  readonly kind: StepKind;
  readonly rig?: string;
  /** of a limit */
  readonly watts?: number;
  readonly switch?: string;
  readonly because: Reason;
}

export interface PlanView {
  /** of `costs` */
  readonly currency: string;
  readonly ups: readonly PlanUpsView[];
  readonly steps: readonly PlanStepView[];
}

/** What becomes of a person's command: taken up, with the plan as it then is, or not, with the reason and what to do instead. */
export type CommandAnswer =
  | { readonly ok: true; readonly say: readonly string[]; readonly plan: PlanView }
  | { readonly ok: false; readonly refused: string };

export interface WhyView {
  readonly subject: string;
  readonly say: readonly string[];
  readonly because: readonly Reason[];
}

/** One look at one rig, whole. What it does not tell, or told nonsense for, is null. */
export interface ReadingView {
  readonly state: RigReading['state'];
  /** H/s, over the shortest window it has */
  readonly hashRate: number | null;
  readonly algorithm: string | null;
  readonly watts: number | null;
  readonly wattsFrom: 'measured' | 'estimated' | null;
  /** the hottest chip */
  readonly temperatureC: number | null;
  /** the hottest hash board */
  readonly boardTemperatureC: number | null;
  /** in the order of the firmware; one that stands still is 0 */
  readonly fansRpm: readonly number[] | null;
  readonly uptimeSeconds: number | null;
  /** the mode to come back to */
  readonly mode: string | null;
  /** what its power is limited to, in its driver's words; null: not told, or nothing that could be given back */
  readonly limit: string | null;
  readonly identity: string | null;
  readonly firmware: string | null;
  /** whether it would take an order from who looked; null where it can't be asked without giving one */
  readonly takesOrders: boolean | null;
}

export interface CheckItem {
  readonly verdict: 'pass' | 'warn' | 'fail';
  /** a ups, rig, switch, or `site` */
  readonly about: string;
  /** a file that whoever looked may not read, and another may */
  readonly unread?: string;
  /** of a rig that answered */
  readonly reading?: ReadingView;
  readonly say: string;
}

/** What a person asks of one rig with his own hands: to blink, or to blink no more. */
export interface HandWish {
  readonly rig: string;
  readonly do: 'locate';
  readonly on: boolean;
}
