// Everything the core knows between two ticks. What must survive lies in `memory`; the rest is seen anew after a start.
import type { Level, Proof } from '../model/event.ts';
import type { CoinId, InputId, RigId, SupplyId, SwitchId, UpsId } from '../model/id.ts';
import type { Fault } from '../model/outcome.ts';
import type { RigPhase, RigReading, RigSettings } from '../model/rig.ts';
import type { StepKind } from '../model/step.ts';
import type { Line, UpsNameplate } from '../model/ups.ts';
import { type Battery, UNKNOWN_BATTERY } from './battery.ts';
import type { Sample } from './gate.ts';
import { emptyMemory, type Memory } from './memory.ts';
import type { OutagePlan } from './outage-plan.ts';
import type { Asked } from './plan-question.ts';

export interface SupplyState {
  /** the last look with a known status */
  readonly sample?: Sample | undefined;
  readonly heardAtMs?: number | undefined;
  /** how long the last answer took to come to us, ms */
  readonly answerMs?: number | undefined;
  readonly nameplate: UpsNameplate;
  /** what is believed of the line; `unknown` while blind */
  readonly line: Line;
  /** believed to live on its battery, heard or not */
  readonly draining: boolean;
  /** the first accepted battery sample since the last mains; the blip is counted from here */
  readonly batterySinceMs?: number | undefined;
  readonly lastBatteryAtMs?: number | undefined;
  /** since when it says battery with a test or a bypass beside it */
  readonly excusedSinceMs?: number | undefined;
  /** mains without a break, as long as it was heard: what it was silent for is not counted in */
  readonly steadySinceMs?: number | undefined;
  /** forced shutdown that came while we watched, or stood with battery: everything goes */
  readonly forced: boolean;
  /** forced shutdown that was there at first contact on mains, or outlived `doubtMinutes`: an alarm, no shed */
  readonly latched: boolean;
  readonly blindSaid: boolean;
  /** the floor was reached in this outage; stays until it ends */
  readonly floor?: { readonly sinceMs: number; readonly rule: string } | undefined;
  readonly battery: Battery;
  /** W of everything on it as counted: rigs by their own word and ours, scaled to what the UPS measured in calm */
  readonly load: Load;
  readonly level: Level;
  readonly lastFault?: Fault | undefined;
  /** who leaves when in this outage, by the policy that plans; made anew after a start */
  readonly plan?: OutagePlan | undefined;
  /** a plan that is searched for elsewhere; `failed`: the answer did not come, and it is made here */
  readonly asked?: (Asked & { readonly failed?: true }) | undefined;
}

export interface Load {
  /** W besides the rigs */
  readonly baseWatts: number;
  /** what the UPS measures for a W that the rigs are counted with, 0.7..1 */
  readonly scale: number;
  /** W measured above what we can account for, as of the last settled sample */
  readonly extraWatts: number;
  /** W that stayed when a rig on several UPSes left, as the UPS shows until that is settled; absent: none */
  readonly stayedWatts?: number | undefined;
  /** W believed at the output now */
  readonly watts: number;
  /** the rigs' share by their plates, to see a step by */
  readonly signature: number;
  /** W the UPS measured at the last step */
  readonly measuredWatts?: number | undefined;
  /** base and scale were fitted to a measured load while what each rig does was known */
  readonly fitted?: true | undefined;
  /** all its rigs were seen, or have had the time to answer: what they do from then on are steps of the load */
  readonly seen?: true | undefined;
  /** when the load last took a step that we made or saw */
  readonly steppedAtMs?: number | undefined;
  /** what mains carry of the rigs that hang on them, too; absent: none of it */
  readonly byMains?: ByMains | undefined;
  /** what the UPS tells of its load, to see a rise by */
  readonly told?: Told | undefined;
}

/**
 * `calm`: the UPS has mains; `gone`: it is on battery, and so the grid is taken to be gone; `stays`: it is on battery and its
 * load has shown that mains carry their part still, as where its own breaker opened.
 */
export interface ByMains {
  readonly grid: 'calm' | 'gone' | 'stays';
  /** W that fall to the UPS when the grid goes */
  readonly watts: number;
}

export interface Told {
  readonly overload: boolean;
  /** the lowest W since it last rose */
  readonly lowWatts: number | undefined;
  /** when it last rose: who had left by then shows in it */
  readonly roseAtMs: number | undefined;
}

/** On the way down: asked, waited for, looked at. */
export interface Stop {
  readonly askedAtMs: number;
  /** the first attempt was on the wire; grace counts from here */
  readonly beganAtMs?: number;
  /** its grace counts from an order that a run of the service before this one gave */
  readonly graceFromMs?: number;
  readonly tries: number;
  readonly nextTryAtMs: number;
  readonly confirmedAtMs?: number;
  readonly proof?: Proof;
  /** times it came back by itself while it should be down */
  readonly relapses: number;
  /** it was seen hashing when it was asked: what it takes from there is its time */
  readonly fromWork?: true;
  /** the service stood still behind it until then, and it was not looked at since */
  readonly stoodAtMs?: number;
}

/** What its owner had set before an order of ours, to be found as it was after it. */
export interface Touched {
  readonly before: RigSettings;
  /** when the order had ended */
  readonly endedAtMs?: number;
  /** what was not as before when it was looked at last, and when that was asked */
  readonly after?: { readonly told: string; readonly askedAtMs: number };
}

/** On the way up. */
export interface Wake {
  readonly sinceMs: number;
  /** resumes given, those before a restart included */
  readonly tries: number;
  readonly nextTryAtMs: number;
  readonly deadlineMs: number;
  /** from when it counts what it takes to hash: since it has power, else since its first resume */
  readonly from?: { readonly after: 'resume' | 'feed'; readonly atMs: number };
}

export interface Limiting {
  readonly watts: number | null;
  readonly tries: number;
  readonly toldAtMs: number;
  readonly nextTryAtMs: number;
  readonly fault?: Fault;
}

export interface RigState {
  readonly phase: RigPhase;
  readonly sinceMs: number;
  readonly reading?: RigReading | undefined;
  readonly answeredAtMs?: number | undefined;
  /** the first question since the last answer that got none */
  readonly silentSinceMs?: number | undefined;
  /** the first question since the last reading that brought none: silence, a refusal or rubbish */
  readonly unreadSinceMs?: number | undefined;
  readonly readFault?: Fault | undefined;
  /** when the question was sent whose answer showed that it is the machine that it is known as */
  readonly itselfAtMs?: number | undefined;
  /** when another machine last answered in its place, and when a person was last told which */
  readonly strangerAtMs?: number | undefined;
  readonly strangerSaidAtMs?: number | undefined;
  /** what its settings were before the last order, and when that had ended */
  readonly touched?: Touched | undefined;
  /** as last seen hashing, for its rank and for whether it was up */
  readonly lastHashing?: { readonly atMs: number; readonly hashRate?: number | undefined; readonly watts?: number | undefined } | undefined;
  readonly flight?: { readonly kind: StepKind; readonly sinceMs: number } | undefined;
  /** the limit that it was told last in this life: W, or null as before any; how often, when again, and why not */
  readonly limiting?: Limiting | undefined;
  /** W that it is limited to, as its own watts show */
  readonly limitShown?: number | undefined;
  /** since when its watts, while it hashes, show its limit no more, or not yet */
  readonly aboveLimitSinceMs?: number | undefined;
  readonly stop?: Stop | undefined;
  /** it is to be asked to pause, and waits for its next share */
  readonly work?: { readonly sinceMs: number; readonly shares: number; readonly share?: true } | undefined;
  /** when a pause was last on the wire, for this stop or one before it */
  readonly pauseSentAtMs?: number | undefined;
  /** when a resume last ended, well or not, and it was not seen hashing since */
  readonly resumedAtMs?: number | undefined;
  readonly wake?: Wake | undefined;
  /** when it was last silent behind open contacts, as it should be */
  readonly darkAtMs?: number | undefined;
  /** it booted at this moment, and not by our doing: firmware may be on its way into it */
  readonly rebootedAtMs?: number | undefined;
  /** we brought it back since this service started: it may still ramp */
  readonly returned?: true | undefined;
  /** its turn in the queue of the return has come */
  readonly admitted: boolean;
}

export interface SwitchState {
  readonly seen?: 'fed' | 'cut' | undefined;
  readonly seenAtMs?: number | undefined;
  /** the first of the looks in a row that showed it so */
  readonly seenSinceMs?: number | undefined;
  /** it gives no answer; `stands`: it is no late answer */
  readonly lost?: { readonly stands: boolean; readonly say: string } | undefined;
  /** when it was last heard again after it was lost */
  readonly foundAtMs?: number | undefined;
  /** of one that cannot be read: how often its board had come back when it last answered */
  readonly returns?: number | undefined;
  /** its board was away, and what was cut may be fed: until it is cut once more or fed by us */
  readonly cameBackAtMs?: number | undefined;
  readonly flight?: { readonly kind: 'cut' | 'feed'; readonly sinceMs: number } | undefined;
  readonly tries: number;
  readonly nextTryAtMs: number;
}

/** A contact that is read, as it was last heard. */
export interface InputState {
  readonly closed: boolean;
  /** it has stood so since, as far as it was heard */
  readonly sinceMs: number;
  readonly heardAtMs: number;
  /** when it was heard open, and had been closed the time before */
  readonly openedAtMs?: number | undefined;
  /** when it was last heard to close, newest last; no more than tell that it chatters */
  readonly closedAtMs?: readonly number[] | undefined;
}

/** What was heard of the source of a coin in this life. */
export interface CoinState {
  /** when a figure was last believed */
  readonly heardAtMs?: number | undefined;
  /** a figure that came while the mains were not there: it is looked at when they are */
  readonly waits?: { readonly perDay: number; readonly atMs: number } | undefined;
  /** why there was none the last time */
  readonly lastFault?: Fault | undefined;
}

export interface Packet {
  readonly atMs: number;
  readonly rigs: readonly RigId[];
}

interface AnyDrill {
  readonly rig: RigId;
  readonly cut: boolean;
  readonly sinceMs: number;
  /** by then it must be down */
  readonly downByMs?: number;
  readonly pauseMs?: number;
  readonly cutMs?: number;
  readonly trouble?: string;
}

export type Drill = DrillDown | DrillBack;

export interface DrillDown extends AnyDrill {
  readonly part: 'down';
}

export interface DrillBack extends AnyDrill {
  readonly part: 'back';
  readonly backSinceMs: number;
}

/** What one look has shown. */
export interface Fit {
  readonly atMs: number;
  /** something that matters has changed since */
  readonly overtaken: boolean;
  readonly verdicts: ReadonlyMap<UpsId, FitVerdict>;
}

export interface FitVerdict {
  /** null: not known */
  readonly fits: boolean | null;
  /** the first look that showed it and no other since */
  readonly sinceMs: number;
  /** what it was made from: W, and of the battery */
  readonly loadWatts: number;
  readonly depth: number | undefined;
}

export interface State {
  readonly memory: Memory;
  readonly supplies: ReadonlyMap<UpsId, SupplyState>;
  readonly rigs: ReadonlyMap<RigId, RigState>;
  readonly switches: ReadonlyMap<SwitchId, SwitchState>;
  readonly inputs: ReadonlyMap<InputId, InputState>;
  /** contacts that a reload brought, changed or gave something to tell of, and when: what was asked before tells nothing of them */
  readonly awaited: ReadonlyMap<InputId, number>;
  readonly coins: ReadonlyMap<CoinId, CoinState>;
  readonly startedAtMs: number;
  /** the last tick */
  readonly tickedAtMs?: number | undefined;
  /** when the service came to itself after it had stood still */
  readonly wokeAtMs?: number | undefined;
  readonly drill?: Drill | undefined;
  /** steps that were journaled and not carried out in this outage, for lastwatt is disarmed */
  readonly dryRuns: ReadonlySet<string>;
  /** the last rigs that were started together, by supply */
  readonly packets: ReadonlyMap<SupplyId, Packet>;
  /** a return is under way since */
  readonly returningSinceMs?: number | undefined;
  /** when a rig was last told, for the first time, that it is limited no more */
  readonly limitOffAtMs?: number | undefined;
  /** whether an outage would end well, as last looked at in calm */
  readonly fit?: Fit | undefined;
  /** the rigs as they ranked at the last tick */
  readonly order: readonly RigId[];
  /** what a person was told once */
  readonly said: ReadonlySet<string>;
}

/** With all its fields, as `UNKNOWN_BATTERY` and a rig that was not seen: states that are alike are copied and read quickest, and they are at every tick. */
export const UNSEEN_SUPPLY: SupplyState = {
  sample: undefined,
  heardAtMs: undefined,
  nameplate: {},
  line: 'unknown',
  draining: false,
  batterySinceMs: undefined,
  lastBatteryAtMs: undefined,
  excusedSinceMs: undefined,
  steadySinceMs: undefined,
  forced: false,
  latched: false,
  blindSaid: false,
  floor: undefined,
  battery: UNKNOWN_BATTERY,
  load: {
    baseWatts: 0,
    scale: 1,
    extraWatts: 0,
    watts: 0,
    signature: 0,
    measuredWatts: undefined,
    fitted: undefined,
    steppedAtMs: undefined,
  },
  level: 'normal',
  lastFault: undefined,
  plan: undefined,
  asked: undefined,
};

export function unseenRig(nowMs: number): RigState {
  return {
    phase: 'unknown',
    sinceMs: nowMs,
    reading: undefined,
    answeredAtMs: undefined,
    silentSinceMs: undefined,
    unreadSinceMs: undefined,
    readFault: undefined,
    itselfAtMs: undefined,
    strangerAtMs: undefined,
    strangerSaidAtMs: undefined,
    touched: undefined,
    lastHashing: undefined,
    flight: undefined,
    limiting: undefined,
    limitShown: undefined,
    aboveLimitSinceMs: undefined,
    stop: undefined,
    work: undefined,
    pauseSentAtMs: undefined,
    resumedAtMs: undefined,
    wake: undefined,
    darkAtMs: undefined,
    rebootedAtMs: undefined,
    returned: undefined,
    admitted: false,
  };
}

export const UNSEEN_SWITCH: SwitchState = {
  seen: undefined,
  seenAtMs: undefined,
  seenSinceMs: undefined,
  lost: undefined,
  foundAtMs: undefined,
  returns: undefined,
  cameBackAtMs: undefined,
  flight: undefined,
  tries: 0,
  nextTryAtMs: 0,
};

export function initialState(startedAtMs: number, memory: Memory = emptyMemory()): State {
  return {
    memory,
    supplies: new Map(),
    rigs: new Map(),
    switches: new Map(),
    inputs: new Map(),
    awaited: new Map(),
    coins: new Map(),
    startedAtMs,
    dryRuns: new Set(),
    packets: new Map(),
    order: [],
    said: new Set(),
  };
}
