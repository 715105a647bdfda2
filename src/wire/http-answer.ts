// What a device on HTTP answered, judged: JSON, or the sentence that says what it was instead.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { objectOf, parsed } from './json.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** the values of Set-Cookie; never in a fault */
  readonly cookies?: readonly string[];
  /** the values of WWW-Authenticate */
  readonly challenges?: readonly string[];
}

/** The device as faults name it. */
export interface Answerer {
  /** `host:port` */
  readonly where: string;
  /** what it is meant to be: the Shelly */
  readonly who: string;
}

const QUOTED = 40;

/** The object in an answer of any status; `garbled` where there is none. */
export function objectIn({ body }: HttpAnswer, { where, who }: Answerer): Outcome<ReadonlyMap<string, unknown>> {
  const text = body.trim();
  if (text.startsWith('<')) return failed('garbled', `${where} answered a page and not JSON: is this really ${who}?`);
  if (text === '') return failed('garbled', `${where} gave an empty answer: is this really ${who}?`);
  const value = objectOf(parsed(text));
  if (value !== undefined) return ok(value);
  // What is in it is not shown: it may be half of a token, or the pools of a configuration.
  if (/^[{["]/.test(text)) return failed('garbled', `${where} answered JSON that is broken or no object: is this really ${who}?`);
  return failed('garbled', `${where} answered ${JSON.stringify(text.slice(0, QUOTED))} and not JSON: is this really ${who}?`);
}

/** As `objectIn`, of an answer that must be good; `missing` says what a device lacks that answers 404. */
export function goodObjectIn(answer: HttpAnswer, from: Answerer, missing: string): Outcome<ReadonlyMap<string, unknown>> {
  const { status } = answer;
  if (status === 200) return objectIn(answer, from);
  if (status === 404) return failed('unsupported', `${from.where} ${missing}`, 'later');
  return failed('refused', `${from.where} refused it (HTTP ${status}): see the page of ${from.who}, and restart it`);
}
