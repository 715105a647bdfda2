// What a person asks of one rig beside pausing and waking it: to blink, so that he finds it among many. In calm alone, and of the
// machine alone that it is known as.

import { benchedWords } from '../core/least-touch.ts';
import { identityOf, isSame } from '../core/rig-identity.ts';
import { notOnMains } from '../core/rules/may-start.ts';
import type { State } from '../core/state.ts';
import { barWords, holderOf, strangerWords } from '../core/strangers.ts';
import { rememberedRig, rigOf, type Scene, sceneOf } from '../core/tick.ts';
import { unheardBehind, wayOut } from '../core/unheard.ts';
import { withDeadline } from '../engine/pollers.ts';
import type { Clock } from '../host/port.ts';
import type { RigId } from '../model/id.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { identityWords, type Rig, type RigIdentity, type RigReading } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { HandWish, StatusView } from '../model/view.ts';
import type { RigDriver } from '../rigs/port.ts';
import { isCalm } from './parts.ts';

export interface HandKit {
  readonly clock: Clock;
  readonly site: Site;
  readonly rigs: ReadonlyMap<RigId, RigDriver>;
  readonly status: () => StatusView;
  readonly state: () => State;
  /** into the journal */
  readonly note: (say: string) => void;
}

/** ms that the rig may take to say who it is, and to do it: a pause that is wanted meanwhile waits for no more. */
const LOOK_MS = 5_000;
const DO_MS = 5_000;

/**
 * What to tell the person. Refused in words: in an outage, a drill, or where its supply is not heard on mains; of a rig whose driver is
 * benched or can't do it; and unless who answers says, no longer ago than the last reading, that it is the machine that the rig is known as.
 */
export async function byHand(kit: HandKit, wish: HandWish, actor: string | undefined): Promise<Outcome<readonly string[]>> {
  const { rig: id, on } = wish;
  const { clock } = kit;
  const rig = kit.site.rigs.get(id);
  if (rig === undefined) return failed('refused', `${id}: no such rig; there are: ${[...kit.site.rigs.keys()].join(', ')}`);
  const driver = kit.rigs.get(id);
  const { read, locate } = driver ?? {};
  if (read === undefined || locate === undefined) return failed('refused', `${id}: driver ${rig.driver} can't let it blink`);
  const refusal = whyNot(kit, rig);
  if (refusal !== undefined) return failed('refused', refusal);
  const freshFromMs = freshFrom(sceneNow(kit), id);
  const look = await withDeadline({ clock, name: id, ask: (signal) => read.call(driver, signal, 'brief') }, LOOK_MS);
  if (!look.ok) return failed('refused', `${id} is told nothing before it has said who it is (${look.fault.detail})`);
  // An outage may have begun during the look, or another machine have come.
  const since = whyNot(kit, rig) ?? notItself(sceneNow(kit), id, { look: look.value, freshFromMs });
  if (since !== undefined) return failed('refused', since);
  // Before it is done: the journal has it, whatever the answer comes to.
  const told = `${id} is let blink${on ? '' : ' no more'}`;
  kit.note(`${told}${actor === undefined ? '' : ` (asked for by ${actor})`}`);
  const done = await withDeadline({ clock, name: id, ask: (signal) => locate.call(driver, on, signal) }, DO_MS);
  if (done.ok) return ok([on ? `${id} blinks; let it be again with --off` : `${id} blinks no more`]);
  kit.note(`${told}: it failed (${done.fault.detail})`);
  return failed('refused', done.fault.detail);
}

const sceneNow = ({ state, site, clock }: HandKit): Scene => sceneOf(state(), site, clock.monotonicMs());

/** What stands against it whoever answers. */
function whyNot(kit: HandKit, rig: Rig): string | undefined {
  if (!isCalm(kit.status())) return `${rig.id}: not in an outage, nor on a generator; when mains has returned`;
  const scene = sceneNow(kit);
  return otherPlans(scene, rig) ?? notMeant(scene, rig.id);
}

/** The site has something else in hand, or may have: an outage that nobody would see. */
function otherPlans(scene: Scene, rig: Rig): string | undefined {
  if (scene.drill !== undefined) return `${rig.id}: ${scene.drill.rig} is being drilled; say it again when that is done`;
  const why = notOnMains(scene, rig);
  if (why === undefined) return undefined;
  const unheard = unheardBehind(scene, why);
  if (unheard !== undefined) return `${rig.id}: not while ${unheard}; ${wayOut(scene)}`;
  return `${rig.id}: not while its supply is not heard on mains (${why.rule}); see: lastwatt check`;
}

/** It is given no order at all, or nobody can tell whom an order to its address would reach. */
function notMeant(scene: Scene, id: RigId): string | undefined {
  const bar = scene.memory.barred.get(id);
  if (bar !== undefined) return barWords(scene, id, bar);
  const { benched, knownAs } = rememberedRig(scene, id);
  if (benched !== undefined) return benchedWords(id, benched);
  if (knownAs !== undefined && Object.keys(knownAs).length > 0) return undefined;
  return `${id} has not said yet which machine it is, so another might blink in its place: say it again when lastwatt why ${id} names the machine; where it never does, the rig does not tell, and can't be let blink`;
}

/** Monotonic ms from which on it must have been asked who it is: those of its last reading; now, where it has none, or gave none since. */
function freshFrom(scene: Scene, id: RigId): number {
  const { reading, silentSinceMs, unreadSinceMs } = rigOf(scene, id);
  return silentSinceMs === undefined && unreadSinceMs === undefined ? (reading?.takenAtMs ?? scene.nowMs) : scene.nowMs;
}

/** Why the machine that the look met is not, for certain, the one that the rig is known as. */
function notItself(
  scene: Scene,
  id: RigId,
  { look, freshFromMs }: { readonly look: RigReading; readonly freshFromMs: number },
): string | undefined {
  const stranger = strangerWords(scene, id, look);
  if (stranger !== undefined) return stranger;
  const told = identityOf(look.identity);
  if (told === undefined)
    return `${id} does not say now which machine it is, and is told nothing before it does; see: lastwatt check --rig ${id}`;
  if (!isSame(rememberedRig(scene, id).knownAs ?? {}, told)) return byAnotherName(scene, id, told);
  // Some drivers ask it now and then: a machine exchanged since would blink in its name.
  const { identityAtMs = look.takenAtMs } = look;
  if (identityAtMs >= freshFromMs) return undefined;
  return `${id} last said who it is ${Math.ceil((scene.nowMs - identityAtMs) / 1000)} s ago, before its last reading: say it again in half a minute`;
}

/** A serial, where it is known by a MAC, or the other way round. */
function byAnotherName(scene: Scene, id: RigId, told: RigIdentity): string {
  const who = identityWords(told);
  const of = holderOf(scene, id, told);
  if (of !== undefined) return `who answers in place of ${id} (${who}) is ${of}: did their addresses change?`;
  return `${id} goes by another kind of name than before (${who}): say it again when lastwatt why ${id} has it`;
}
