// Contacts that could not be moved if they had to be, as far as that can be told beforehand: a line that another program holds, or
// that the group of the service is not let at. Whoever arms is told so and not armed: an order of the night would fail (F38).
import { withDeadline } from '../engine/pollers.ts';
import { realClock } from '../host/clock.ts';
import type { SwitchId } from '../model/id.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Switch } from '../switches/port.ts';

/** ms for all of them together; whoever has not said by then is no reason against */
const ASK_MS = 3_000;

/** A sentence for each; moves nothing. */
export async function unmovable(switches: ReadonlyMap<SwitchId, Switch>): Promise<readonly string[]> {
  const asked = [...switches].map(async ([id, contact]): Promise<readonly string[]> => {
    const { maySet } = contact;
    if (maySet === undefined) return [];
    const may: Outcome = await withDeadline({ clock: realClock, name: id, ask: (signal) => maySet.call(contact, signal) }, ASK_MS);
    return may.ok || may.fault.code === 'timeout' ? [] : [`${id}: ${may.fault.detail}`];
  });
  return (await Promise.all(asked)).flat();
}

/** Why nothing is armed; undefined: nothing is in the way. */
export async function whyNotArmed(switches: ReadonlyMap<SwitchId, Switch>): Promise<string | undefined> {
  const held = await unmovable(switches);
  if (held.length === 0) return undefined;
  return `not armed, for ${held.length === 1 ? 'a contact' : `${held.length} contacts`} could not be moved: ${held.join('; ')}. Mend that, then arm again`;
}
