// What a person asks of one rig beside pausing and waking it: to blink, so that he finds it among many, and to start its system anew.
// In calm alone, where nothing else is wanted of the rig, and of the machine alone that it is known as.

import type { State } from '../core/state.ts';
import { strangerWords } from '../core/strangers.ts';
import { sceneOf } from '../core/tick.ts';
import { withDeadline } from '../engine/pollers.ts';
import type { Clock } from '../host/port.ts';
import type { RigId } from '../model/id.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
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

const ASKED_WORDS: Readonly<Record<HandWish['do'], string>> = {
  locate: 'is let blink',
  dark: 'is let blink no more',
  reboot: 'is told to start its system anew',
};
const DONE_WORDS: Readonly<Record<HandWish['do'], string>> = {
  locate: 'blinks; let it be again with --off',
  dark: 'blinks no more',
  reboot: 'starts its system anew, and hashes again by itself',
};

/** What to tell the person. Refused in words: in an outage, to another machine, and where its driver can't. */
export async function byHand(kit: HandKit, wish: HandWish, actor: string | undefined): Promise<Outcome<readonly string[]>> {
  const { rig: id } = wish;
  const { clock, rigs } = kit;
  const refusal = whyNot(kit, wish);
  if (refusal !== undefined) return failed('refused', refusal);
  const driver = rigs.get(id);
  const act = driver && actOf(driver, wish);
  const read = driver?.read;
  if (act === undefined || read === undefined) return failed('refused', `${id}: its driver can't do this`);
  const look = await withDeadline({ clock, name: id, ask: (signal) => read.call(driver, signal, 'brief') }, LOOK_MS);
  if (!look.ok) return failed('refused', `${id} is told nothing before it has said who it is (${look.fault.detail})`);
  const stranger = strangerWords(sceneOf(kit.state(), kit.site, clock.monotonicMs()), id, look.value);
  // An outage may have begun during the look.
  const since = stranger ?? whyNot(kit, wish);
  if (since !== undefined) return failed('refused', since);
  // Before it is done: a rig that starts anew is no riddle to whoever reads the journal, whatever its answer comes to.
  kit.note(`${id} ${ASKED_WORDS[wish.do]}${actor === undefined ? '' : ` (asked for by ${actor})`}`);
  const done = await withDeadline({ clock, name: id, ask: act }, DO_MS);
  if (!done.ok) return failed('refused', done.fault.detail);
  return ok([`${id} ${DONE_WORDS[wish.do]}`]);
}

function actOf(driver: RigDriver, wish: HandWish): ((signal: AbortSignal) => Promise<Outcome>) | undefined {
  const { locate, reboot } = driver;
  if (wish.do === 'reboot') return reboot && ((signal) => reboot.call(driver, signal));
  return locate && ((signal) => locate.call(driver, wish.do === 'locate', signal));
}

function whyNot({ site, status, state, rigs }: HandKit, wish: HandWish): string | undefined {
  const { rig: id } = wish;
  const rig = site.rigs.get(id);
  if (rig === undefined) return `${id}: no such rig; there are: ${[...site.rigs.keys()].join(', ')}`;
  const driver = rigs.get(id);
  const what = wish.do === 'reboot' ? 'start it anew' : 'let it blink';
  if (driver === undefined || actOf(driver, wish) === undefined) return `${id}: driver ${rig.driver} can't ${what}`;
  if (!isCalm(status())) return `${id}: not in an outage, nor on a generator; when mains has returned`;
  if (wish.do !== 'reboot') return undefined;
  const { phase, flight } = state().rigs.get(id) ?? {};
  if (flight !== undefined) return `${id}: an order is on its way to it; when that has ended`;
  return phase === 'hashing' ? undefined : `${id} is ${phase ?? 'unknown'}: only a rig that hashes is started anew`;
}
