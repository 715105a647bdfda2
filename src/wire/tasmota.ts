// The words of Tasmota's web commands: one GET each, answered with what the relay is then.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type Answerer, goodObjectIn, type HttpAnswer } from './http-answer.ts';

export interface TasmotaLogin {
  readonly username: string;
  readonly password: string;
}

/** Of relay 1 and up; without `turn` it only asks. Always with its number: `Power0` is all relays at once. */
export function powerPath(relay: number, turn: 'On' | 'Off' | undefined, login: TasmotaLogin | undefined): string {
  const command = encodeURIComponent(turn === undefined ? `Power${relay}` : `Power${relay} ${turn}`);
  const who = login === undefined ? '' : `user=${encodeURIComponent(login.username)}&password=${encodeURIComponent(login.password)}&`;
  return `/cm?${who}cmnd=${command}`;
}

/**
 * Whether the relay is on. A device with a single relay calls it POWER; one with several that was asked for one it has not may
 * answer for another, which is no answer.
 */
export function powerIn(answer: HttpAnswer, relay: number, from: Answerer): Outcome<boolean> {
  const { where } = from;
  const wants = `${where} does not take user and password: see username and passwordFile, and WebPassword on its page`;
  if (answer.status === 401) return failed('unauthorized', wants);
  const found = goodObjectIn(answer, from, 'takes no web commands: see SetOption128, and whether this is Tasmota');
  if (!found.ok) return found;
  if (found.value.has('WARNING')) return failed('unauthorized', wants);
  const said = found.value.get(`POWER${relay}`) ?? (relay === 1 ? found.value.get('POWER') : undefined);
  if (said === 'ON' || said === 'OFF') return ok(said === 'ON');
  if (typeof said === 'string') {
    return failed(
      'garbled',
      `${where} says ${JSON.stringify(said.slice(0, 40))} of relay ${relay}, which is neither ON nor OFF: see its StateText`,
    );
  }
  const known = found.value.has('Command') || [...found.value.keys()].some((key) => /^POWER\d*$/.test(key));
  if (known) return failed('unsupported', `${where} has no relay ${relay}: correct channels`, 'later');
  return failed('garbled', `${where} says nothing of relay ${relay}: is this really ${from.who}?`);
}
