// What stands in the way of "ready", and what a person should know besides.
import type { RigId, SwitchId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { PlanUpsView, PlanView } from '../model/view.ts';
import { refusedWords } from './battery-words.ts';
import { lostBoards } from './boards.ts';
import { carrierOf, unheardInputs } from './generator.ts';
import { isFresh } from './heard.ts';
import type { Limited } from './limited.ts';
import { coinNotes } from './market.ts';
import type { RigMemory } from './memory.ts';
import { mayBeOpen } from './orphans.ts';
import { rigsBehind } from './switching.ts';
import { isArmed, rememberedRig, rigOf, type Scene, supplyOf } from './tick.ts';
import { NO_UPS } from './unheard.ts';

/** What is in the way of "ready", in sentences. */
export function whyNotReady(scene: Scene, plan: PlanView): readonly string[] {
  const say: string[] = [];
  if (!isArmed(scene)) say.push('disarmed: it decides and journals, and does nothing; to let it act: lastwatt arm');
  if (scene.site.supplies.size === 0) say.push(NO_UPS);
  for (const outlook of plan.ups) {
    const ups = scene.site.supplies.get(outlook.id);
    if (ups !== undefined) say.push(...against(scene, ups, outlook));
  }
  return [...say, ...faults(scene)];
}

/** What of one UPS is in the way. */
function against(scene: Scene, ups: SiteUps, { fits, say }: PlanUpsView): readonly string[] {
  const state = supplyOf(scene, ups.id);
  if (!isFresh(ups, state, scene.nowMs)) return [`${ups.id} is not heard: ${state.lastFault?.detail ?? ups.source}`];
  if (state.latched) return [`${ups.id} shows a forced shutdown from before: restart upsd`];
  return fits === true ? [] : [`${ups.id}: ${say}`];
}

function faults(scene: Scene): readonly string[] {
  const say: string[] = [];
  for (const rig of scene.site.rigs.values()) {
    const { fault } = rememberedRig(scene, rig.id);
    if (fault !== undefined) say.push(`${rig.id}: ${fault.say}`);
  }
  say.push(...lostBoards(scene).values());
  for (const id of unheardInputs(scene)) say.push(`${id} is not heard: lastwatt check says why`);
  for (const [id, one] of scene.memory.switches)
    if (one.fault !== undefined && scene.site.switches.has(id)) say.push(`${id}: ${one.fault.say}`);
  return say;
}

/** Standing things a person should know, none of which stops it from being ready. */
export function notesOf(scene: Scene): readonly string[] {
  return [...orphans(scene), ...wiring(scene), ...sleepers(scene), ...rejected(scene), ...carried(scene), ...coinNotes(scene)];
}

function orphans(scene: Scene): readonly string[] {
  const notes: string[] = [];
  if (scene.memory.armed !== undefined && scene.memory.armed !== scene.site.armed) {
    const [is, verb] = scene.memory.armed ? ['armed', 'disarm'] : ['disarmed', 'arm'];
    notes.push(
      `the file says armed: ${scene.site.armed}, and lastwatt is ${is}: the file counts at the first start only; lastwatt ${verb} decides`,
    );
  }
  for (const [id, known] of scene.memory.rigs) {
    const was = leftWhile(known);
    if (known.limited !== undefined && isUnlimitable(scene.site.rigs.get(id))) notes.push(staysLimited(id, known.limited));
    if (was === undefined || scene.site.rigs.has(id)) continue;
    notes.push(`${id} left the file while it was ${was}: put it back, or forget it with: lastwatt release ${id}`);
  }
  return [...notes, ...orphanedSwitches(scene), ...openForNobody(scene)];
}

const isUnlimitable = (rig: Rig | undefined): boolean => rig !== undefined && rig.can.limit !== true;

function staysLimited(id: RigId, { watts, was }: Limited): string {
  return `${id} was limited to ${watts} W, and its driver of now limits nothing: put its driver back, or set it on its page (it was: ${was}) and say: lastwatt release ${id}`;
}

function leftWhile({ owed, limited, hold }: RigMemory): string | undefined {
  if (owed !== undefined) return limited === undefined ? 'down' : 'down and limited';
  return limited !== undefined ? 'limited' : hold && 'held';
}

/** Whatever it was: nobody but a person closes it now. */
function orphanedSwitches({ site, memory }: Scene): readonly string[] {
  return memory.orphans.map(({ switch: id, wiring: was, opened = [] }) => {
    const is = site.switches.get(id)?.wiring;
    const named = was === undefined ? '' : ` (${was})`;
    const lost =
      is === undefined
        ? `left the file while it was cut${named}`
        : `is another contact in the file (${is}) than the one that was cut${named}`;
    const behind = opened.length === 0 ? '' : `, with ${opened.join(', ')} behind it`;
    return `switch ${id} ${lost}${behind}: that one may be open still, and lastwatt does not close it: put it back, or close it by hand and forget it with: lastwatt release ${id}`;
  });
}

/** The rigs behind it left the file, or its `cutBy`. */
function openForNobody(scene: Scene): readonly string[] {
  return [...scene.memory.switches]
    .filter(([id, one]) => scene.site.switches.has(id) && mayBeOpen(one) && rigsBehind(scene.site, id).length === 0)
    .map(([id]) => `switch ${id} was cut, and no rig of the file is behind it any more: lastwatt does not close it`);
}

function wiring(scene: Scene): readonly string[] {
  return [...scene.site.switches.values()]
    .filter((one) => one.atRest === 'cut')
    .map((one) => `switch ${one.id} is atRest: cut: a dead Pi stops its rigs`);
}

function sleepers(scene: Scene): readonly string[] {
  return [...scene.site.rigs.values()].flatMap(({ id, cutBy }) => {
    const { owed, hold } = rememberedRig(scene, id);
    const { phase } = rigOf(scene, id);
    if (owed !== undefined || hold !== undefined) return [];
    return phase === 'paused' ? [asleepWords(id)] : phase === 'dark' ? [darkWords(id, cutBy)] : [];
  });
}

/** Of a rig that sleeps, and was put to sleep by somebody else. */
export function asleepWords(id: RigId): string {
  return `${id} is asleep, and not by our doing: it is left alone; to wake it: lastwatt up ${id}`;
}

/** Of a rig behind a contact that was found open. */
export function darkWords(id: RigId, cutBy: readonly SwitchId[]): string {
  return `${id} is dark behind ${cutBy.join(' and ')}, and not by a step that is remembered: it is left alone; to bring it up: lastwatt up ${id}`;
}

function rejected(scene: Scene): readonly string[] {
  return [...scene.supplies].flatMap(([id, { sample }]) =>
    refusedWords({ rejected: sample?.rejected ?? [] }).map((say) => `${id}: ${say}`),
  );
}

/** Who is carried by a generator, and what that means. */
function carried(scene: Scene): readonly string[] {
  return [...scene.site.supplies.keys()].flatMap((id) => {
    const generator = supplyOf(scene, id).line === 'generator' ? carrierOf(scene, id) : undefined;
    if (generator === undefined) return [];
    const room = generator.watts === 0 ? 'no rig runs on it' : `rigs within ${generator.watts} W run on it`;
    return [`${id} is carried by ${generator.id}: ${room}, and every rig comes back with the mains`];
  });
}
