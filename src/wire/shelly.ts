// The words of a Shelly, of the first generation (plain paths) and of those after it (RPC by GET). From the vendor's API pages.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';

/** 2 stands for 2, 3 and 4: they speak the same. */
export type ShellyGeneration = 1 | 2;

export interface ShellyOutput {
  readonly on: boolean;
  /** why it would not close, in its own words: overtemp, overpower */
  readonly errors: readonly string[];
}

export const WHICH_SHELLY = '/shelly';

/** From the answer to `WHICH_SHELLY`, which every Shelly gives without a password. */
export function generationIn(answer: HttpAnswer, from: Answerer): Outcome<ShellyGeneration> {
  const found = goodObjectIn(answer, from, `knows no /shelly: is this really ${from.who}?`);
  if (!found.ok) return found;
  const generation = found.value.get('gen');
  if (typeof generation === 'number' && generation >= 2) return ok(2);
  if (generation === undefined && typeof found.value.get('type') === 'string') return ok(1);
  return failed('garbled', `${from.where} tells neither gen nor type: is this really ${from.who}?`);
}

/** Without a timer: one that moves it back by itself would feed a rig again in an outage. */
export function setOutputPath(generation: ShellyGeneration, output: number, on: boolean): string {
  return generation === 1 ? `/relay/${output}?turn=${on ? 'on' : 'off'}` : `/rpc/Switch.Set?id=${output}&on=${on}`;
}

export function outputPath(generation: ShellyGeneration, output: number): string {
  return generation === 1 ? `/relay/${output}` : `/rpc/Switch.GetStatus?id=${output}`;
}

/** Later generations answer 500 and this code where an argument, such as the number of the output, is none. */
const INVALID_ARGUMENT = -105;

/** The answer to an order or a question about an output, as far as it was one. */
export function agreementIn(answer: HttpAnswer, output: number, from: Answerer): Outcome<ReadonlyMap<string, unknown>> {
  const none = `has no output ${output} to switch: correct channels, and see that it is no cover or light`;
  if (answer.status === 500) {
    const said = objectIn(answer, from);
    if (said.ok && said.value.get('code') === INVALID_ARGUMENT) return failed('unsupported', `${from.where} ${none}`, 'later');
  }
  return goodObjectIn(answer, from, none);
}

const ERRORS_SHOWN = 4;

/** What an output is, from the answer to `outputPath`. */
export function outputIn(answer: HttpAnswer, output: number, from: Answerer): Outcome<ShellyOutput> {
  const found = agreementIn(answer, output, from);
  if (!found.ok) return found;
  const on = found.value.get('output') ?? found.value.get('ison');
  if (typeof on !== 'boolean')
    return failed('garbled', `${from.where} does not say whether output ${output} is on: is this really ${from.who}?`);
  const errors = found.value.get('errors');
  const words = Array.isArray(errors) ? errors.filter((one): one is string => typeof one === 'string' && /^[a-z_]{1,32}$/.test(one)) : [];
  return ok({ on, errors: words.slice(0, ERRORS_SHOWN) });
}
