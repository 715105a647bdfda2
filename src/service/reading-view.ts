// What a rig answered, as people and programs are shown it: every figure by its name, null where it is not known.
import type { Outcome } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { ReadingView } from '../model/view.ts';

/** `order`: what came of asking whether it would take one; absent: it can't be asked. */
export function viewOfReading(reading: RigReading, order: Outcome | undefined): ReadingView {
  return {
    state: reading.state,
    hashRate: reading.hashRate ?? null,
    algorithm: reading.algorithm ?? null,
    watts: reading.watts ?? null,
    wattsFrom: reading.wattsFrom ?? null,
    temperatureC: reading.temperatureC ?? null,
    boardTemperatureC: reading.boardTemperatureC ?? null,
    fansRpm: reading.fansRpm ?? null,
    uptimeSeconds: reading.uptimeSeconds ?? null,
    mode: reading.mode ?? null,
    limit: reading.limit ?? null,
    identity: reading.identity ?? null,
    firmware: reading.firmware ?? null,
    takesOrders: takesOrders(order),
  };
}

/** A rig that could not be asked in time has not said no. */
function takesOrders(order: Outcome | undefined): boolean | null {
  if (order === undefined) return null;
  if (order.ok) return true;
  return ['unauthorized', 'refused', 'unsupported'].includes(order.fault.code) ? false : null;
}
