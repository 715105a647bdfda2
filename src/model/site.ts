// The part of the configuration that the core may see: no hosts, no passwords; of pins and programs only a label.
import type { CoinId, GeneratorId, InputId, RigId, SupplyId, SwitchId, UpsId } from './id.ts';
import type { Rig } from './rig.ts';

/** A figure, or `auto`: worked out from the site (contract.md 2). */
export type Auto<T> = T | 'auto';

export interface SiteUps {
  readonly id: UpsId;
  /** what tells us its state, for messages: `rack@127.0.0.1:3493` */
  readonly source: string;
  readonly role: 'observer' | 'secondary';
  /** from forced shutdown to the end of the primary's patience, s */
  readonly hostSyncSeconds: number;
  readonly pollSeconds: { readonly mains: number; readonly battery: number };
  /** W on its label; absent: the UPS's own figure, else unknown */
  readonly nominalWatts?: number;
  /** percent of charge kept back from the rigs */
  readonly reservePercent: number;
  /** W on it besides rigs; absent: measured load less the rigs */
  readonly baseWatts?: number;
  /** [watts, minutes], ascending by watts */
  readonly minutesAtWatts?: readonly (readonly [number, number])[];
  readonly batteryWh?: number;
  readonly blindOnMains: 'keep' | 'shed';
}

export interface SiteSwitch {
  readonly id: SwitchId;
  readonly driver: string;
  /** which contact of which device it is, and which way it moves, in words for people; another contact has another one */
  readonly wiring: string;
  /** what its rigs are while the relay coil has no current */
  readonly atRest: 'fed' | 'cut';
  readonly canRead: boolean;
  /** the supply it interrupts; absent: every supply of its rigs */
  readonly interrupts?: SupplyId;
  readonly minOffSeconds: number;
}

export interface SiteGenerator {
  readonly id: GeneratorId;
  /** the UPSes that it carries: what they take for mains is its power then */
  readonly behind: readonly UpsId[];
  /** closed while it carries them */
  readonly carriesWhen: InputId;
  /** W of rigs that it may carry */
  readonly watts: number;
  /** price of 1 kWh of its fuel, in the currency of the site */
  readonly fuelPerKwh?: number;
}

/** A coin whose earnings are looked up. Where and how only the market room knows. */
export interface SiteCoin {
  readonly id: CoinId;
  /** H/s that earn what its source tells a day */
  readonly hashRate: number;
  /** currency a day for `hashRate`, by the file; absent: the file does not say */
  readonly perDay?: number;
  /** so often it is looked up */
  readonly everyMinutes: number;
  /** where, for messages: hosts and files, no query */
  readonly source: string;
}

export const POLICY_KINDS = ['threshold', 'outage-aware'] as const;

export interface Policy {
  /** `threshold`: by the runtime that is left; `outage-aware`: by what each stay is worth, how long outages last */
  readonly kind: (typeof POLICY_KINDS)[number];
  readonly shedBelowSeconds: Auto<number>;
  readonly cutBelowSeconds: Auto<number>;
  readonly ignoreBlipsSeconds: number;
  /** so long a pause waits for a share at most; absent or 0: it does not */
  readonly waitForShareSeconds?: number;
  readonly cutPaused: 'auto' | 'always' | 'at-floor';
}

export interface Restore {
  readonly mainsHeldSeconds: number;
  readonly minChargePercent: Auto<number>;
  readonly staggerSeconds: number;
  readonly doubtMinutes: number;
}

export interface Site {
  readonly name: string;
  readonly currency: string;
  /** price of 1 kWh from the mains; absent: counted as nothing */
  readonly electricityPerKwh?: number;
  /** what carries the Pi itself; `mains`: no UPS does */
  readonly controllerFedBy: readonly SupplyId[];
  /** what carries the way from the Pi to the rigs */
  readonly networkFedBy: readonly SupplyId[];
  /** what an empty stateDir starts with */
  readonly armed: boolean;
  readonly supplies: ReadonlyMap<UpsId, SiteUps>;
  readonly rigs: ReadonlyMap<RigId, Rig>;
  readonly switches: ReadonlyMap<SwitchId, SiteSwitch>;
  /** a label of which contact each input is: another contact has another one; absent: nobody says */
  readonly inputs?: ReadonlyMap<InputId, string>;
  /** absent: none */
  readonly generators?: readonly SiteGenerator[];
  /** closed while mains are there; absent: nothing but the UPSes tells */
  readonly mainsWhen?: InputId;
  /** the coins that have a source; absent: none */
  readonly coins?: ReadonlyMap<CoinId, SiteCoin>;
  readonly policy: Policy;
  readonly restore: Restore;
}
