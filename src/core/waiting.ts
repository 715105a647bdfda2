// What a rig that is owed a return waits for, and about how long: for people. Who starts next is decided in rules/turn.ts.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { isAskedFor } from './memory.ts';
import { onceEach } from './once-each.ts';
import { type Blocked, blockedBy } from './rules/may-start.ts';
import { isLeftToAPerson, lacksAContact, packetPauseMs, RETURN_WITHIN_MS, waits } from './rules/turn.ts';
import { isClosed, isOursToClose } from './seen.ts';
import { restOf } from './switching.ts';
import { isArmed, rememberedRig, rigOf, type Scene } from './tick.ts';
import { unheardBehind } from './unheard.ts';

/** Words for a rule that says too little by its name. */
const WORDS: ReadonlyMap<string, string> = new Map([['disarmed', 'lastwatt is disarmed']]);

export const ruleWords = (rule: string): string => WORDS.get(rule) ?? rule.replaceAll('-', ' ');

export const secondsTo = (scene: Scene, ms: number): string => `${Math.max(0, Math.ceil((ms - scene.nowMs) / 1000))} s`;

/** The last of all that stands between a rig and its return; undefined: nothing but its turn. */
function blockOf(scene: Scene, rig: Rig): Blocked | undefined {
  if (isLeftToAPerson(scene, rig.id)) return { because: { rule: 'another-machine-answers', facts: {} } };
  if (!isArmed(scene) && !isAskedFor(rememberedRig(scene, rig.id).owed)) return { because: { rule: 'disarmed', facts: {} } };
  const blocked = blockedBy(scene, rig);
  const rest = restOf(scene, rig, 'fed');
  if (rest === undefined) return blocked;
  if (blocked !== undefined && (blocked.untilMs ?? Number.POSITIVE_INFINITY) >= rest.untilMs) return blocked;
  return { because: { rule: rest.rule, facts: { switch: rest.switch } }, untilMs: rest.untilMs };
}

export function waitWords(scene: Scene, rig: Rig): string {
  const { phase, wake } = rigOf(scene, rig.id);
  const block = blockOf(scene, rig);
  const open = rig.cutBy.filter((id) => !isClosed(scene, id));
  if (phase === 'waking' && open.length === 0 && wake !== undefined) return `must be seen hashing in ${secondsTo(scene, wake.deadlineMs)}`;
  if (block !== undefined) return blockWords(scene, block);
  if (phase === 'waking') return open.length === 0 ? 'must be seen hashing' : `waits for ${open.join(' and ')} to close`;
  return turnWords(scene, rig);
}

/** Of one that is back but for a contact: which, and what that waits for; null: none is missing. */
export function contactWords(scene: Scene, rig: Rig): string | null {
  if (!lacksAContact(scene, rig)) return null;
  const open = rig.cutBy.filter((id) => isOursToClose(scene, id));
  const block = blockOf(scene, rig);
  return `${open.join(' and ')} still to be closed${block === undefined ? ' in its turn' : `: ${blockWords(scene, block)}`}`;
}

export function blockWords(scene: Scene, { because, untilMs, atMost }: Blocked): string {
  if (untilMs === undefined) return `waits: ${unheardBehind(scene, because) ?? ruleWords(because.rule)}`;
  return `waits ${atMost ? 'at most ' : ''}${secondsTo(scene, untilMs)}: ${ruleWords(because.rule)}`;
}

/** Behind whom it stands, and when its turn comes about. */
function turnWords(scene: Scene, rig: Rig): string {
  let ahead = 0;
  for (const id of queueOf(scene)) {
    if (id === rig.id) break;
    const other = scene.site.rigs.get(id);
    if (other === undefined || !other.fedBy.some((supply) => rig.fedBy.includes(supply))) continue;
    const blocked = blockOf(scene, other);
    if (blocked?.because.rule === 'charge-too-low') return `waits for ${id}, the better one: ${ruleWords(blocked.because.rule)}`;
    if (blocked === undefined) ahead += 1;
  }
  const pause = Math.max(0, ...rig.fedBy.map((supply) => packetPauseMs(scene, supply)));
  const about = Math.min(pause + ahead * packetPauseMs(scene), RETURN_WITHIN_MS);
  const behind = ahead === 0 ? '' : `, behind ${ahead} other${ahead === 1 ? '' : 's'}`;
  return `returns in its turn${behind}${about === 0 ? '' : `, in about ${Math.ceil(about / 1000)} s`}`;
}

/** Who waits, the best first; once a view. */
const queueOf = onceEach((scene: Scene): readonly RigId[] => scene.order.filter((id) => waits(scene, id)));
