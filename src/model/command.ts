// What a person may ask. Checked by core/admit.ts before it enters the inbox.
import type { RigId, UpsId } from './id.ts';

/** A release also takes the names of switches that left the file while they were open. */
export type RigChoice = readonly RigId[] | 'all';

export type Command =
  | { readonly kind: 'hold'; readonly as: 'up' | 'down'; readonly rigs: RigChoice; readonly forSeconds?: number; readonly now?: true }
  | { readonly kind: 'release'; readonly rigs: RigChoice }
  | { readonly kind: 'drill'; readonly rig: RigId; readonly cut: boolean }
  /** what was learned of the battery before says nothing of the new one */
  | { readonly kind: 'new-battery'; readonly ups: UpsId }
  | { readonly kind: 'arm' }
  | { readonly kind: 'disarm'; readonly yes?: true }
  /** the short press of the button: silence what is known */
  | { readonly kind: 'acknowledge' };

export type CommandFrom = 'cli' | 'button' | 'schedule';
