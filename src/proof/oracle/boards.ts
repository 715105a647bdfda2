// F43: a board that resets comes to itself with its outputs fed. In an outage a contact that we had opened is opened again, where
// it can be read.
import type { RigId, SupplyId, SwitchId } from '../../model/id.ts';
import type { SimSiteEdge } from '../../sim/site.ts';
import { BY_POLICY } from './acts.ts';
import { at, becauseOf, type Case, dueOf, rigsBehind } from './case.ts';
import { outagesOf, timed, wasThere } from './known.ts';

/** Some looks at the contact, a card that does not answer, and a tick. */
const SEEN_MS = 15_000;

/** Of the policy, for which a rig that sleeps is down. */
const LEAVES_ASLEEP: ReadonlySet<string> = new Set([...BY_POLICY, 'shed-in-this-outage']);

export function leftFedByItsBoard(all: Case): readonly string[] {
  if (all.troubles === undefined || timed(all, ['card', 'pi-dead']).length > 0) return [];
  return all.site.edges
    .filter(({ by, to }) => by === 'reset' && to === 'fed')
    .flatMap((reset) => {
      const { switch: id, atMs } = reset;
      const lookMs = atMs + SEEN_MS + Math.max(...rigsBehind(all, id).map(longestMs));
      if (!isToBeOpen(all, reset, lookMs) || !wasThere(all, atMs - 1_000, lookMs)) return [];
      const again = all.edges.some((edge) => edge.switch === id && edge.to === 'cut' && edge.atMs > atMs && edge.atMs <= lookMs);
      return again || sleepsSince(all, id, atMs, lookMs)
        ? []
        : [`F43 ${id} was closed by its board ${at(atMs)}, in an outage in which it had been opened, and stayed so`];
    });
}

/** It was opened since nobody behind it did as asked in his grace; now all do, and asleep is what they were to be. */
function sleepsSince(all: Case, id: SwitchId, fromMs: number, toMs: number): boolean {
  const { rule, facts } = becauseOf(dueOf(all, 'cut', id, fromMs));
  const asleepWillDo = LEAVES_ASLEEP.has(String(facts?.['leavesFor'])) && all.site.site.policy.cutPaused !== 'always';
  if (rule !== 'grace-over' || !asleepWillDo) return false;
  return rigsBehind(all, id).every(({ id: rig }) => {
    const last = all.records.findLast((one) => one.event === 'phase' && one['rig'] === rig && one.monoMs > fromMs && one.monoMs <= toMs);
    return last?.['to'] === 'paused';
  });
}

/** Whoever booted with it may have to be asked anew. */
const longestMs = ({ graceSeconds, coolDownSeconds }: { readonly graceSeconds: number; readonly coolDownSeconds: number }): number =>
  (graceSeconds + coolDownSeconds) * 1_000;

/** It was opened by us in an outage that stands still, of all that feeds its rigs, and nothing is wrong with it. */
function isToBeOpen(all: Case, { switch: id, atMs }: SimSiteEdge, lookMs: number): boolean {
  const before = all.site.edges.findLast((edge) => edge.switch === id && edge.atMs < atMs);
  if (before?.to !== 'cut' || before.by !== 'order' || all.site.site.switches.get(id)?.canRead === false) return false;
  if (timed(all, ['switch']).some(({ on, toMs }) => on === id && toMs > before.atMs)) return false;
  return rigsBehind(all, id).every(
    (rig) => !mayBeUp(all, rig.id, lookMs) && rig.fedBy.every((supply) => isOnBattery(all, supply, before.atMs, lookMs)),
  );
}

function isOnBattery(all: Case, supply: SupplyId, fromMs: number, toMs: number): boolean {
  if (!all.site.site.supplies.has(supply) || all.liars?.has(supply) === true) return false;
  return outagesOf(all, supply).some((one) => one.fromMs < fromMs && one.toMs > toMs);
}

/** A person had let it go, wanted it up or drilled it, or had lastwatt do nothing (contract 3, "Who outranks whom", "Disarmed"). */
function mayBeUp(all: Case, rig: RigId, ms: number): boolean {
  return timed(all, ['person']).some(({ command, fromMs }) => {
    if (fromMs > ms || command.kind === 'acknowledge' || command.kind === 'arm' || command.kind === 'new-battery') return false;
    if (command.kind === 'drill') return command.rig === rig;
    if (command.kind === 'disarm') return true;
    const downForGood = command.kind === 'hold' && command.as === 'down' && command.forSeconds === undefined;
    return !downForGood && (command.rigs === 'all' || command.rigs.includes(rig));
  });
}
