// Boards that are there or not. One that was away may have lost what was asked of it, and of a contact that cannot be read
// nothing shows it: what was cut is cut once more while it must be, and nothing is ever closed for that.
import { type SwitchId, splitSwitchId } from '../model/id.ts';
import type { SwitchLook } from '../model/input.ts';
import type { Fault, Outcome } from '../model/outcome.ts';
import type { Rig } from '../model/rig.ts';
import { graceEndsMs, isQuiet, mustCool } from './patience.ts';
import { hashingProof, isReasserted, isSilent } from './seen.ts';
import { cutAgain, rigsBehind } from './switching.ts';
import { rigOf, type Scene, setSwitch, switchOf, type Tick } from './tick.ts';
import type { Want } from './want.ts';

/** A board that is lost again so soon after it was found comes and goes. */
const FLAPS_MS = 60_000;

/** Whether its board answered, and whether it was away since it last did. */
export function foldBoard(tick: Tick, id: SwitchId, outcome: Outcome<SwitchLook>): void {
  if (outcome.ok) foldHeard(tick, id, typeof outcome.value === 'string' ? undefined : outcome.value.returns);
  else if (outcome.fault.code !== 'not-asked') foldUnheard(tick, id, outcome.fault);
}

/** One answer may be late; a device that is not there at all says so at once. One that comes and goes is told of once a minute. */
function foldUnheard(tick: Tick, id: SwitchId, { code, detail }: Fault): void {
  const board = boardOf(id);
  const { lost, foundAtMs } = switchOf(tick, id);
  const stands = code !== 'timeout' || lost !== undefined;
  setSwitch(tick, id, { lost: { stands, say: detail } });
  const lately = foundAtMs !== undefined && tick.nowMs - foundAtMs < FLAPS_MS;
  if (!stands || lately || tick.said.has(told(board))) return;
  tick.said.add(told(board));
  tick.emit({ event: 'fault', code: 'board-lost', board, say: lostWords(board, detail) });
}

function foldHeard(tick: Tick, id: SwitchId, returns: number | undefined): void {
  const { lost, foundAtMs, returns: before } = switchOf(tick, id);
  if (lost === undefined && returns === before) return;
  const board = boardOf(id);
  const wasAway = returns !== undefined && (lost !== undefined || before !== undefined);
  setSwitch(tick, id, {
    lost: undefined,
    foundAtMs: lost?.stands ? tick.nowMs : foundAtMs,
    returns,
    ...(wasAway ? { cameBackAtMs: tick.nowMs } : {}),
  });
  if (!tick.said.has(told(board)) || lostBoards(tick).has(board)) return;
  tick.said.delete(told(board));
  tick.emit({ event: 'fault-cleared', code: 'board-lost', board });
}

const told = (board: string): string => `board-lost ${board}`;

/** Its name in the file: all its channels go with it. */
const boardOf = (id: SwitchId): string => splitSwitchId(id).board;

function lostWords(board: string, detail: string): string {
  return `${board} does not answer: ${detail}; its contacts can't be moved`;
}

/** Boards that do not answer, in words. Seen anew after a start, so nothing of it is remembered. */
export function lostBoards(scene: Scene): ReadonlyMap<string, string> {
  const boards = new Map<string, string>();
  for (const [id, { lost }] of scene.switches) {
    if (!lost?.stands) continue;
    const board = boardOf(id);
    if (!boards.has(board)) boards.set(board, lostWords(board, lost.say));
  }
  return boards;
}

/**
 * While its rigs are to be dark: on battery, for want of room on a generator, or by a person. In calm they wait for their turn, and one
 * that hashes shows it.
 */
export function reassertCuts(tick: Tick, wants: readonly Want[]): void {
  for (const [id, { cameBackAtMs }] of tick.switches) {
    if (cameBackAtMs === undefined) continue;
    const remembered = tick.memory.switches.get(id);
    if (remembered?.want !== 'cut') setSwitch(tick, id, { cameBackAtMs: undefined });
    else if (isReasserted(tick, id)) reassert(tick, id, { cameBackAtMs, cutAtMs: remembered.sinceMs }, wants);
  }
}

interface Away {
  readonly cameBackAtMs: number;
  readonly cutAtMs: number;
}

function reassert(tick: Tick, id: SwitchId, { cameBackAtMs, cutAtMs }: Away, wants: readonly Want[]): void {
  const rigs = rigsBehind(tick.site, id);
  const own = wants.flatMap((want) => rigs.flatMap((rig) => (rig.id === want.rig ? [{ rig, want }] : [])));
  const [first] = own;
  if (first === undefined || own.some(({ want: { down, standing } }) => down !== 'dark' || standing)) return;
  const hurry = own.every(({ want }) => want.urgency === 'now');
  if (!hurry && own.some(({ rig, want }) => isAtWork(tick, rig, cameBackAtMs) || cools(tick, rig, want))) return;
  const because = { rule: 'board-came-back', facts: { leavesFor: first.want.because.rule } };
  cutAgain(tick, { id, rigs, cause: { because, person: own.some(({ want }) => want.person) }, cameBackAtMs, cutAtMs });
}

/** It was asked to pause behind the contact that its board closed, and has just been seen quiet. */
function cools(tick: Tick, rig: Rig, want: Want): boolean {
  const { stop } = rigOf(tick, rig.id);
  return stop !== undefined && isQuiet(stop) && mustCool(tick, rig, stop, want);
}

/** Fed by the board for so long that it was seen hashing: it is asked first, as any other that is cut, and has its grace. */
function isAtWork(tick: Tick, rig: Rig, cameBackAtMs: number): boolean {
  const { reading, stop } = rigOf(tick, rig.id);
  if (!rig.can.pause || reading === undefined || reading.takenAtMs <= cameBackAtMs || isSilent(tick, rig)) return false;
  if (hashingProof(rig, reading) === undefined) return false;
  return stop === undefined || tick.nowMs < graceEndsMs(tick, rig, stop);
}
