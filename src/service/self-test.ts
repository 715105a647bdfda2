// The UPSes' own quick tests: each puts one on its battery for some seconds. Only on mains, only where that would end well,
// and one after the other, so that each has a witness for mains in the others.
import type { Clock } from '../host/port.ts';
import type { UpsId } from '../model/id.ts';
import type { StatusView } from '../model/view.ts';
import type { UpsSource } from '../ups/port.ts';

const COMMAND = 'test.battery.start.quick';
const ANSWER_MS = 10_000;
/** A quick test takes 10 to 30 s; then mains is heard again, and the battery has what it had. */
const GAP_MS = 180_000;

export interface SelfTestKit {
  readonly clock: Clock;
  /** as they are when it is each one's turn: a reload may have come between */
  readonly ups: () => ReadonlyMap<UpsId, UpsSource>;
  readonly status: () => StatusView;
  readonly note: (say: string) => void;
  readonly end: AbortSignal;
}

export async function testEach({ clock, ups, status, note, end }: SelfTestKit): Promise<void> {
  let tested = false;
  for (const id of [...ups().keys()]) {
    if (tested) await clock.sleep(GAP_MS, end);
    if (end.aborted) return;
    const source = ups().get(id);
    if (source === undefined) continue;
    const why = skips(status(), id) ?? (source.instantCommand === undefined ? 'its source knows no instant commands' : undefined);
    tested = why === undefined;
    note(why === undefined ? await started(id, source) : `self-test of ${id} skipped: ${why}`);
  }
}

async function started(id: UpsId, source: UpsSource): Promise<string> {
  const outcome = await source.instantCommand?.(COMMAND, AbortSignal.timeout(ANSWER_MS));
  return outcome?.ok ? `self-test of ${id} started` : `self-test of ${id} failed: ${outcome?.fault.detail}`;
}

function skips(status: StatusView, id: UpsId): string | undefined {
  const view = status.ups.find((one) => one.id === id);
  if (status.outage !== null) return 'an outage is on';
  if (view?.line !== 'mains') return 'it is not on mains';
  return view.fits === true ? undefined : 'its rigs might not survive it';
}
