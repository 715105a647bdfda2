// All the ports together: what the engine is given. The service hands it real devices, a test simulated ones.
import type { PlanQuestion } from '../core/plan-question.ts';
import type { Alarmist, Clock, Journal, Log, Supervisor } from '../host/port.ts';
import type { ContactInput } from '../inputs/port.ts';
import type { InputId, RigId, SwitchId, UpsId } from '../model/id.ts';
import type { Outcome } from '../model/outcome.ts';
import type { PlanAnswer } from '../model/plan-answer.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { Switch } from '../switches/port.ts';
import type { UpsSource } from '../ups/port.ts';

/** Where questions to many rigs wait for each other. */
export interface AskingPlaces {
  /** Begins `talk` when there is a place for it, orders (`urgent`) first; gives what it gives, or `not-asked` where `signal` aborts before. */
  take<T>(urgent: boolean, signal: AbortSignal, talk: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

/** Makes searches for plans beside the tick. */
export interface PlanSearcher {
  /** Never rejects; a fault where it could not be made. */
  search(question: PlanQuestion, signal: AbortSignal): Promise<Outcome<PlanAnswer>>;
}

export interface World {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly log: Log;
  readonly supervisor: Supervisor;
  readonly alarmist: Alarmist;
  readonly ups: ReadonlyMap<UpsId, UpsSource>;
  readonly rigs: ReadonlyMap<RigId, RigDriver>;
  readonly switches: ReadonlyMap<SwitchId, Switch>;
  /** contacts that are read; absent: none */
  readonly inputs?: ReadonlyMap<InputId, ContactInput>;
  /** absent: nobody waits for another */
  readonly places?: AskingPlaces;
  /** absent: whatever is asked is made in the next tick */
  readonly searcher?: PlanSearcher;
  /** ms that a rig may take to answer an order; absent: 8 s */
  readonly answerMs?: ReadonlyMap<RigId, number>;
}
