// Everything that can change the engine's mind. Nothing else can.
import type { Command, CommandFrom } from './command.ts';
import type { CoinId, InputId, RigId, SwitchId, UpsId } from './id.ts';
import type { Outcome } from './outcome.ts';
import type { PlanAnswer } from './plan-answer.ts';
import type { RigReading } from './rig.ts';
import type { Step } from './step.ts';
import type { UpsReading } from './ups.ts';

/**
 * What a look at a contact shows. Of one that cannot be read no more than that its board is there, and how often it has come back:
 * whoever was away may have lost what was asked of it.
 */
export type SwitchLook = 'fed' | 'cut' | { readonly returns: number };

export type Input =
  /** `atMs`: monotonic, when the question was sent */
  | { readonly kind: 'ups'; readonly ups: UpsId; readonly atMs: number; readonly outcome: Outcome<UpsReading> }
  | { readonly kind: 'rig'; readonly rig: RigId; readonly atMs: number; readonly outcome: Outcome<RigReading> }
  | { readonly kind: 'switch'; readonly switch: SwitchId; readonly atMs: number; readonly outcome: Outcome<SwitchLook> }
  | { readonly kind: 'input'; readonly input: InputId; readonly atMs: number; readonly outcome: Outcome<'closed' | 'open'> }
  /** what its source tells the site's `hashRate` of the coin to earn a day */
  | { readonly kind: 'coin'; readonly coin: CoinId; readonly atMs: number; readonly outcome: Outcome<number> }
  /** what a search that another thread made found; `atMs`: of its question */
  | { readonly kind: 'plan'; readonly ups: UpsId; readonly atMs: number; readonly outcome: Outcome<PlanAnswer> }
  /** the first byte of an attempt is on its way; grace counts from here, not from the decision */
  | { readonly kind: 'began'; readonly step: Step; readonly atMs: number }
  | {
      readonly kind: 'settled';
      readonly step: Step;
      readonly outcome: Outcome;
      readonly beganAtMs: number;
      readonly atMs: number;
      readonly unsynced?: true;
    }
  /** `actor`: who claims to sit in front of it; for the journal only */
  | { readonly kind: 'command'; readonly command: Command; readonly from: CommandFrom; readonly actor?: string };
