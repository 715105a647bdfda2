// The memory as a fold over the journal's events. The core changes what is remembered only by emitting an event.
import type { Command, CommandFrom } from '../model/command.ts';
import type { Event } from '../model/event.ts';
import { type CoinId, type RigId, type SwitchId, splitSwitchId, type UpsId } from '../model/id.ts';
import { isAnotherUps, type UpsIdentity } from '../model/ups.ts';
import { shifted } from './another-boot.ts';
import { afterLine, afterOutage } from './carried.ts';
import { keptWith } from './learned.ts';
import { afterLimit, afterLimitSeen, afterLimitSettled, handedBack, WILL_NOT_LIMIT, willNotLimit } from './limited.ts';
import { startedAgain, unseenAgain } from './lives.ts';
import {
  type CoinMemory,
  coinMemory,
  type Hold,
  isOwed,
  type KnownFault,
  type Memory,
  type Owed,
  type RigMemory,
  rigMemory,
  type SupplyMemory,
  type SwitchMemory,
  supplyMemory,
} from './memory.ts';
import { rememberContact, rewire } from './orphans.ts';
import { FOLLOWS_WITHIN_MS, outageBegan, outageEnded } from './outage-log.ts';
import { afterAnswer, afterAttempt, afterPause, afterPhase, afterResume, begunAnew, drilled } from './progress.ts';
import { rememberWho } from './rig-identity.ts';
import { afterCut, afterPhaseSeen, afterReturn, isSeenOtherwise, notReliedOn } from './rig-times.ts';

const HOUR_MS = 3_600_000;
/** A person's `up` ends by itself (contract.md 3). */
const UP_HOLD_MS = 4 * HOUR_MS;

/** When and as what an event stands in the journal; `rigs` names those that a command for all of them means. */
export interface Stamp {
  readonly monoMs: number;
  readonly at: string;
  readonly allRigs: readonly RigId[];
}

/**
 * The memory after one event. The maps of `memory` are changed in place (a shed of 1,000 rigs is 2,000 events): hand in
 * a copy of your own. Unknown events change nothing.
 */
export function remember(memory: Memory, event: Event, stamp: Stamp): Memory {
  const after = { ...apply(memory, event, stamp), lastMs: stamp.monoMs };
  return event.event === 'started' ? { ...after, bootId: event.bootId } : after;
}

function apply(memory: Memory, event: Event, stamp: Stamp): Memory {
  const now = stamp.monoMs;
  switch (event.event) {
    case 'started':
      return rememberStart(memory, event, now);
    case 'found-fed':
    case 'rewired':
    case 'forgotten':
      return rememberContact(memory, event, stamp.allRigs);
    case 'armed':
      return { ...memory, armed: true };
    case 'disarmed':
      return { ...allBegunAnew(memory), armed: false };
    case 'command':
      return rememberCommand(memory, event, stamp);
    case 'hold-ended':
      return withRig(memory, event.rig, ({ hold: _, ...rest }) => unwished(begunAnew(rest)));
    case 'step-due':
      return event.dryRun ? memory : rememberStep(memory, event, now);
    case 'step-settled':
      return rememberSettled(memory, event, now);
    case 'phase':
      return rememberPhase(memory, event, now);
    case 'limit-shown':
    case 'limit-over':
      return withRig(memory, event.rig, (rig) => afterLimitSeen(rig, event, now));
    case 'was-up':
      return withRig(memory, event.rig, (rig) => ({ ...rig, ...(rig.owed && { owed: { ...rig.owed, wasUp: true } }) }));
    case 'returned':
      // One that left the file is forgotten whole.
      if (event.proof === 'released' && !stamp.allRigs.includes(event.rig)) memory.rigs.delete(event.rig);
      else return withTimes(memory, event.rig, ({ owed: _, asked: __, ...rest }) => afterReturn(begunAnew(rest), event));
      return memory;
    case 'outage-began':
    case 'outage-stands':
    case 'outage-ended':
      return rememberOutage(memory, event, now);
    case 'line':
    case 'believed':
    case 'learned':
    case 'weighed':
    case 'ups-known':
      return rememberSupply(memory, event, stamp);
    case 'coin':
      return rememberCoin(memory, event, now);
    case 'rig-known':
    case 'rig-barred':
    case 'rig-unbarred':
      return rememberWho(memory, event);
    case 'rig-benched':
      return rememberBench(memory, event);
    case 'fault':
    case 'fault-cleared':
      return rememberFault(memory, event, now);
    case 'drilled':
      return withRig(memory, event.rig, (rig) => drilled(rig, event, stamp.at));
    default:
      return memory;
  }
}

function rememberBench(memory: Memory, { rig, changed }: Event & { event: 'rig-benched' }): Memory {
  withRig(memory, rig, ({ benched: _, ...rest }) => (changed.length === 0 ? rest : { ...rest, benched: changed }));
  return { ...memory, seenAs: {} };
}

function rememberStart(memory: Memory, event: Event & { event: 'started' }, now: number): Memory {
  const rebooted = memory.bootId !== undefined && memory.bootId !== event.bootId;
  const lives = startedAgain(rebooted ? undefined : memory.lives, now);
  for (const [id, rig] of memory.rigs) memory.rigs.set(id, unseenAgain(rig));
  const seenUntilMs = rebooted ? now : (memory.lastMs ?? now);
  // The file's `armed` is what an empty stateDir starts with; from the first start on only a person arms.
  const known = rebooted ? shifted(memory, now) : memory;
  for (const [id, supply] of known.supplies) {
    if (supply.outage !== undefined) known.supplies.set(id, { ...supply, outage: { ...supply.outage, seenUntilMs } });
  }
  const { diedMs: _, ...rest } = rewire(owing(known, event.fell ?? [], now), event);
  return { ...rest, armed: event.armed, lives, ...(!rebooted && memory.lastMs !== undefined && { diedMs: memory.lastMs }) };
}

/** They went dark while they were up, and not by our step: that is owed to them beyond the end of any wish. */
function owing(memory: Memory, rigs: readonly RigId[], now: number): Memory {
  for (const id of rigs) {
    withRig(memory, id, (rig) => {
      const { owed } = rig;
      return isOwed(owed) ? rig : { ...rig, owed: { sinceMs: now, wasUp: true, byPerson: owed?.byPerson ?? false } };
    });
  }
  return memory;
}

function rememberCommand(memory: Memory, { command, from }: Event & { event: 'command' }, stamp: Stamp): Memory {
  if (command.kind === 'new-battery') return withSupply(memory, command.ups, newBattery);
  if (command.kind === 'drill') return withRig(memory, command.rig, (rig) => ({ ...rig, drilling: { cut: command.cut } }));
  return command.kind === 'hold' || command.kind === 'release' ? rememberWish(memory, { command, from }, stamp) : memory;
}

function rememberDischarge(memory: Memory, { event: _, ups, again, ...told }: Event & { event: 'learned' }, at: string): Memory {
  return withSupply(memory, ups, ({ past = [], ...rest }) => ({ ...rest, past: keptWith(past, { at, ...told }, again === true) }));
}

function knownAs(supply: SupplyMemory, is: UpsIdentity): SupplyMemory {
  const { capacityWh: _, assumed: __, stuckAt: ___, ...rest } = isAnotherUps(supply.knownAs ?? {}, is) ? withoutPast(supply) : supply;
  return { ...rest, knownAs: is };
}

function withoutPast({ past: _, ...rest }: SupplyMemory): SupplyMemory {
  return rest;
}

/** Its size is told, or assumed, anew; how deep it is goes by what is told next. */
function newBattery(supply: SupplyMemory): SupplyMemory {
  const { capacityWh: _, assumed: __, stuckAt: ___, ...rest } = withoutPast(supply);
  return rest;
}

interface Wish {
  readonly command: Command & { kind: 'hold' | 'release' };
  readonly from: CommandFrom;
}

function rememberWish(memory: Memory, { command, from }: Wish, stamp: Stamp): Memory {
  const rigs = command.rigs === 'all' ? stamp.allRigs : command.rigs;
  for (const id of rigs) {
    if (command.kind === 'release') {
      withRig(memory, id, ({ hold: _, fault: __, ...rest }) => released(unwished(begunAnew(handedBack(rest)))));
      continue;
    }
    const lasts = command.forSeconds !== undefined ? command.forSeconds * 1000 : command.as === 'up' ? UP_HOLD_MS : undefined;
    const hold: Hold = {
      as: command.as,
      from,
      sinceMs: stamp.monoMs,
      ...(lasts === undefined ? {} : { untilMs: stamp.monoMs + lasts }),
      ...(command.now ? { now: true } : {}),
    };
    // Whoever is asked up is owed it: a rig that a person wants up is woken even when we did not put it to sleep.
    const owed: Owed = { sinceMs: stamp.monoMs, wasUp: true, byPerson: true, wished: true };
    withRig(memory, id, ({ fault: _, ...before }) => {
      const rig = begunAnew(command.as === 'up' ? handedBack(before) : before);
      return command.as === 'up'
        ? { ...rig, hold, owed: rig.owed ? { ...rig.owed, wasUp: true, byPerson: true } : owed }
        : { ...rig, hold };
    });
  }
  return memory;
}

/** With a wish ends what nothing but the wish owed. */
function unwished(rig: RigMemory): RigMemory {
  if (rig.owed?.wished !== true) return rig;
  const { owed: _, ...rest } = rig;
  return rest;
}

function released(rig: RigMemory): RigMemory {
  return rig.owed === undefined || rig.owed.byPerson ? rig : { ...rig, owed: { ...rig.owed, released: true } };
}

function rememberStep(memory: Memory, event: Event & { event: 'step-due' }, now: number): Memory {
  const { step } = event;
  const byPerson = event.because.facts['person'] === true;
  if (step.kind === 'cut' || step.kind === 'feed') {
    const want = step.kind === 'cut' ? 'cut' : 'fed';
    withSwitch(memory, step.switch, now, ({ movedAtMs, opened, fault }) => ({
      want,
      sinceMs: now,
      done: false,
      movedAtMs: [...movedAtMs.filter((at) => now - at < HOUR_MS), now].slice(-32),
      ...(event.wiring === undefined ? {} : { wiring: event.wiring }),
      ...(step.kind === 'cut' ? { opened: step.rigs } : opened && { opened }),
      ...(fault && { fault }),
    }));
  }
  if (step.kind === 'pause') {
    withRig(memory, step.rig, (rig) => ({ ...afterPause(rig, now), ...countedShare(rig, event), asked: { atMs: now } }));
  }
  if (step.kind === 'resume') withRig(memory, step.rig, (rig) => afterResume(rig, now));
  if (step.kind === 'limit') withRig(memory, step.rig, (rig) => afterLimit(rig, step, now));
  const taken = step.kind === 'cut' ? step.rigs : step.kind === 'pause' ? [step.rig] : [];
  for (const id of taken) {
    // A rig that was wished up and is up is owed its return by us from here on.
    withRig(memory, id, (rig) => {
      const stands = rig.owed !== undefined && !(rig.owed.wished && event.wasUp?.includes(id));
      return { ...rig, owed: stands ? rig.owed : owedFor(event, id, byPerson, now) };
    });
  }
  return memory;
}

function countedShare({ shares = { waits: 0, came: 0 } }: RigMemory, { share }: Event & { event: 'step-due' }): Pick<RigMemory, 'shares'> {
  return share === undefined ? {} : { shares: { waits: shares.waits + 1, came: shares.came + (share ? 1 : 0) } };
}

function owedFor(event: Event & { event: 'step-due' }, rig: RigId, byPerson: boolean, now: number): Owed {
  return {
    sinceMs: now,
    wasUp: event.wasUp?.includes(rig) ?? false,
    byPerson,
    ...(event.mode === undefined ? {} : { mode: event.mode }),
  };
}

function rememberSettled(memory: Memory, event: Event & { event: 'step-settled' }, now: number): Memory {
  const { step } = event;
  if (step.kind === 'pause') return withRig(memory, step.rig, (rig) => afterAttempt(rig, now - event.tookMs));
  if (step.kind === 'resume') return withRig(memory, step.rig, (rig) => afterAnswer(rig, event));
  if (step.kind === 'limit') return withRig(memory, step.rig, (rig) => afterLimitSettled(rig, { ...event, step }, now));
  if (step.kind !== 'cut' && step.kind !== 'feed') return memory;
  const before = memory.switches.get(step.switch);
  if (before === undefined || before.want !== (step.kind === 'cut' ? 'cut' : 'fed')) return memory;
  // It counts in the hour from when it moved or may have: the card may have kept it back.
  const tried = { ...before, movedAtMs: [...before.movedAtMs.slice(0, -1), now] };
  // A contact rests from when it has moved, and a look from before says nothing of it.
  const settled = { ...tried, done: true, sinceMs: now };
  const { opened: _, ...closed } = settled;
  const after = !event.ok ? tried : step.kind === 'cut' ? afterCut(settled, event.tookMs) : closed;
  memory.switches.set(step.switch, after);
  return after.slowMs === before.slowMs ? memory : { ...memory, seenAs: {} };
}

/** Whether a rig was up before our step must be known even when the step follows a restart at once. */
function rememberPhase(memory: Memory, event: Event & { event: 'phase' }, now: number): Memory {
  const known = rigMemory(memory, event.rig);
  const up = event.to === 'hashing' ? true : event.to === 'paused' && known.owed === undefined ? false : known.up;
  const moved = afterPhase(known, event, now);
  return withTimes(memory, event.rig, () => afterPhaseSeen(up === undefined ? moved : { ...moved, up }, event));
}

/** What it takes may be another figure now. */
function withTimes(memory: Memory, id: RigId, change: (rig: RigMemory) => RigMemory): Memory {
  const before = rigMemory(memory, id).times;
  withRig(memory, id, change);
  return isSeenOtherwise(before, rigMemory(memory, id).times) ? { ...memory, seenAs: {} } : memory;
}

type OfAnOutage = Event & { event: 'outage-began' | 'outage-stands' | 'outage-ended' };

function rememberOutage(memory: Memory, event: OfAnOutage, now: number): Memory {
  if (event.event === 'outage-began') return rememberBegin(memory, event, now);
  if (event.event === 'outage-stands') {
    return withSupply(memory, event.ups, ({ outage, ...rest }) => ({ ...rest, ...(outage && { outage: { ...outage, stands: true } }) }));
  }
  return withSupply(allBegunAnew(memory, event.anew), event.ups, ({ outage, carried, ...rest }) => ({
    ...rest,
    ...afterOutage(carried, event),
    ...outageEnded({ ...rest, ...(outage && { outage }) }, { seconds: event.seconds, nowMs: now }),
    endedAtMs: now,
  }));
}

function rememberBegin(memory: Memory, event: Event & { event: 'outage-began' }, now: number): Memory {
  withSupply(memory, event.ups, (supply) => ({
    ...supply,
    outage: outageBegan(supply, now),
    relapses: supply.endedAtMs !== undefined && now - supply.endedAtMs < FOLLOWS_WITHIN_MS ? supply.relapses + 1 : 0,
  }));
  return owing(allBegunAnew(memory, event.anew), event.up, now);
}

type OfASupply = Event & { event: 'line' | 'believed' | 'learned' | 'weighed' | 'ups-known' };

function rememberSupply(memory: Memory, event: OfASupply, stamp: Stamp): Memory {
  const now = stamp.monoMs;
  if (event.event === 'line') return withSupply(memory, event.ups, (supply) => ({ ...supply, carried: afterLine(event, now) }));
  if (event.event === 'learned') return rememberDischarge(memory, event, stamp.at);
  if (event.event === 'weighed') return withSupply(memory, event.ups, (supply) => ({ ...supply, weighed: { key: event.key, atMs: now } }));
  if (event.event === 'ups-known') return withSupply(memory, event.ups, (supply) => knownAs(supply, event.is));
  return withSupply(memory, event.ups, ({ capacityWh: _, assumed: __, stuckAt: ___, ...rest }) => ({
    ...rest,
    depth: { value: event.depth, from: event.from, atMs: now },
    ...(event.stuckAt !== undefined && { stuckAt: event.stuckAt }),
    ...(event.capacityWh === null ? {} : { capacityWh: event.capacityWh, ...(event.assumed && { assumed: true }) }),
  }));
}

function allBegunAnew(memory: Memory, rigs: Iterable<RigId> = memory.rigs.keys()): Memory {
  for (const id of rigs) {
    const rig = memory.rigs.get(id);
    const after = rig && begunAnew(rig);
    if (after !== undefined && after !== rig) memory.rigs.set(id, after);
  }
  return memory;
}

function rememberFault(memory: Memory, event: Event & { event: 'fault' | 'fault-cleared' }, now: number): Memory {
  const known: KnownFault | undefined = event.event === 'fault' ? { code: event.code, say: event.say, sinceMs: now } : undefined;
  if (event.rig !== undefined) {
    if (event.event === 'fault' && event.code === 'will-not-pause') memory = withTimes(memory, event.rig, notReliedOn);
    if (event.event === 'fault' && event.code === WILL_NOT_LIMIT) withRig(memory, event.rig, (rig) => willNotLimit(rig, now));
    withRig(memory, event.rig, ({ fault, ...rest }) =>
      known ? { ...rest, fault: known } : fault !== undefined && fault.code !== event.code ? { ...rest, fault } : rest,
    );
  }
  if (event.ups !== undefined) {
    withSupply(memory, event.ups, (supply) => ({ ...supply, faults: faultsAfter(supply.faults, event.code, known) }));
  }
  if (event.coin !== undefined) {
    withCoin(memory, event.coin, (coin) => ({ ...coin, faults: faultsAfter(coin.faults, event.code, known) }));
  }
  if (event.code === 'board-lost' && known) boardLost(memory, event.board);
  if (event.switch !== undefined) {
    withSwitch(memory, event.switch, now, ({ fault: was, ...rest }) => {
      if (known) return { ...rest, fault: known };
      // Moved back, and not by a step that stands here: since when nobody knows, so it rests from when it was found so.
      const isBack = was?.code === event.code && event.code === 'switch-moved-by-itself' && was.sinceMs > rest.sinceMs;
      return isBack ? { ...rest, sinceMs: now } : rest;
    });
  }
  return memory;
}

function boardLost(memory: Memory, board: string | undefined): void {
  for (const [id, one] of memory.switches) if (splitSwitchId(id).board === board) memory.switches.set(id, { ...one, lost: true });
}

function rememberCoin(memory: Memory, { coin: id, perDay, hashRate }: Event & { event: 'coin' }, now: number): Memory {
  return withCoin(memory, id, (coin) => ({ ...coin, told: { perDay, hashRate, atMs: now } }));
}

function faultsAfter(before: readonly KnownFault[], code: string, known: KnownFault | undefined): readonly KnownFault[] {
  return [...before.filter((fault) => fault.code !== code), ...(known ? [known] : [])];
}

/** A file has few coins; the names of all that it ever had are not kept for ever. */
const MOST_COINS = 100;

function withCoin(memory: Memory, id: CoinId, change: (coin: CoinMemory) => CoinMemory): Memory {
  const [oldest] = memory.coins.keys();
  if (memory.coins.size >= MOST_COINS && !memory.coins.has(id) && oldest !== undefined) memory.coins.delete(oldest);
  memory.coins.set(id, change(coinMemory(memory, id)));
  return memory;
}

function withRig(memory: Memory, id: RigId, change: (rig: RigMemory) => RigMemory): Memory {
  memory.rigs.set(id, change(rigMemory(memory, id)));
  return memory;
}

function withSupply(memory: Memory, id: UpsId, change: (supply: SupplyMemory) => SupplyMemory): Memory {
  memory.supplies.set(id, change(supplyMemory(memory, id)));
  return memory;
}

function withSwitch(memory: Memory, id: SwitchId, now: number, change: (one: SwitchMemory) => SwitchMemory): Memory {
  memory.switches.set(id, change(memory.switches.get(id) ?? { want: 'fed', sinceMs: now, done: false, movedAtMs: [] }));
  return memory;
}
