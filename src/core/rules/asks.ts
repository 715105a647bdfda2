// What a policy answers when it is asked whether rigs should leave a supply.
import type { RigId } from '../../model/id.ts';
import type { Reason } from '../../model/step.ts';

/**
 * Whether those that leave together (one, mostly) leave now, with `goneWatts` W taken off the supply already; asked from the worst
 * earner on. `stays`: not these, ask for the next; `enough`: nobody further need be asked for.
 */
export type Asks = (goneWatts: number, together: readonly { readonly rig: { readonly id: RigId } }[]) => Reason | 'stays' | 'enough';
