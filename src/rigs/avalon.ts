// Avalons of Canaan (A10 to A15, Q, Nano, Mini), over their cgminer-like socket. Asleep the boards are dark and the controller
// stays up. An order to sleep or wake names a moment on the clock of the rig, which may never have been set.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import { type AvalonSeen, avalonIn, clockIn, isAsleep, isOrGoesToSleep, isToCome, mayWantWaking, stateOf } from '../wire/avalon.ts';
import { poolsAsked } from '../wire/pools.ts';
import { textOf } from '../wire/rows-4028.ts';
import { type Answer4028, agreed, encode4028, type Socket4028, understood } from '../wire/socket4028.ts';
import { decodeText4028, encodeText4028, isText4028 } from '../wire/text-4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API; it takes no password'),
});

export const avalon = rigDriverKind({
  name: 'avalon',
  maturity: 'simulated',
  about: 'Canaan Avalons (A10 to A15, Q, Nano, Mini): sleep and wake through their API on port 4028.',
  options,
  defaults: {
    // 11 W were seen asleep of an A13, 17 and 146 of a Q, and 60 to 150 are believed of others: its owner had better measure.
    pausedWatts: 60,
    // 5 s until the moment of the order, some seconds to wind down, and a second try.
    graceSeconds: 30,
    coolDownSeconds: 30,
    // 1 to 5 min from asleep; one that wakes by a reboot takes 4 min to answer again.
    resumeMinutes: 4,
    restartMinutes: 10,
    // Not known: believed so of the Q, while the A10 to A12 wake by a reboot.
    answerSeconds: 15,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: avalonRig,
});

/** s from the last word of its clock to the moment of an order: as long as its makers' own tools leave. */
const AHEAD_SECONDS = 5;
/** A soft wake that has shown nothing for so long, in ms, was taken without effect. */
const WAKE_SHOWS_MS = 30_000;
/** So long after a reboot to wake it, in ms, it is not put through another: it calls itself idle for a while when it boots. */
const BOOTS_MS = 300_000;
/** Up to this series a soft wake has no effect after a soft sleep: they want a reboot (their makers' manual). */
const LAST_TO_REBOOT = 12;
/** "ASC 0 set info": the answer to an order is in its text. */
const CODE_INFO = 118;
/** "ASC 0 set failed" */
const CODE_FAILED = 120;

/** What is learnt of one machine while its driver is open. */
export class AvalonLearnt {
  /** it takes its requests as text alone */
  text = false;
  /** the question for its state that it knows; `litestats` is the shortest, and the older ones lack it */
  state: 'litestats' | 'stats' = 'litestats';
  /** monotonic ms of the last soft wake */
  wokenAtMs: number | undefined;
  /** and of the last reboot to wake it */
  rebootedAtMs: number | undefined;
}

function avalonRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device: TcpDevice = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const learnt = new AvalonLearnt();
  const turn = <T>(signal: AbortSignal, urgent: boolean, work: (talk: AvalonTalk) => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    device.run({ signal, urgent, work: (own) => work(new AvalonTalk(device, own, learnt)) });
  const driver: RigDriver = {
    read: (signal, brief) => turn(signal, brief !== undefined, (talk) => look(talk, kit)),
    pause: (signal) => turn(signal, true, sleep),
    resume: (mode, signal) => turn(signal, true, (talk) => resume(talk, mode, kit.nowMs)),
    reboot: (signal) => turn(signal, true, startAnew),
    locate: (on, signal) => turn(signal, true, (talk) => locate(talk, on)),
    mayOrder: (signal) => turn(signal, false, mayOrder),
    close: () => device.close(),
  };
  return tellingSettings(driver, { nowMs: kit.nowMs, ask: (signal) => turn(signal, false, poolsAsked) });
}

/** A conversation, in the form that this machine takes: JSON, or the older text. */
export class AvalonTalk {
  readonly where: string;
  readonly learnt: AvalonLearnt;
  readonly #socket: Socket4028;
  readonly #signal: AbortSignal;

  constructor(socket: Socket4028, signal: AbortSignal, learnt: AvalonLearnt) {
    this.where = socket.where;
    this.learnt = learnt;
    this.#socket = socket;
    this.#signal = signal;
  }

  /** A whole answer; the rig may still have said no in it. */
  async ask(command: string, parameter?: string): Promise<Outcome<Answer4028>> {
    if (this.learnt.text) return this.#askText(command, parameter);
    const asked = { where: this.where, command };
    const outcome = await this.#socket.ask(encode4028(command, parameter), this.#signal);
    const inText = outcome.ok && isText4028(outcome.value);
    const answer = inText ? this.#understoodText(outcome, command) : understood(outcome, asked);
    if (!answer.ok || !readNoJson(answer.value, inText)) return answer;
    // What could not be read was not carried out, so it may be asked again.
    const again = await this.#askText(command, parameter);
    this.learnt.text = again.ok;
    return again.ok ? again : answer;
  }

  /** The answer of a rig that did as it was asked. */
  async agree(command: string, parameter?: string): Promise<Outcome<Answer4028>> {
    return agreed(await this.ask(command, parameter), { where: this.where, command: parameter ?? command });
  }

  async #askText(command: string, parameter: string | undefined): Promise<Outcome<Answer4028>> {
    return this.#understoodText(await this.#socket.ask(encodeText4028(command, parameter), this.#signal), command);
  }

  #understoodText(outcome: Outcome<Uint8Array>, command: string): Outcome<Answer4028> {
    if (!outcome.ok) return outcome;
    const answer = decodeText4028(outcome.value);
    if (!answer.ok) return located(answer.fault, this.where, command);
    return answer.value.truncated ? failed('garbled', `${this.where}: ${command}: the answer was cut short`) : answer;
  }
}

/** It says that it knows no such command in text, or that what came was no JSON of its kind. */
function readNoJson({ letter, code }: Answer4028, inText: boolean): boolean {
  return letter === 'E' && (code === 23 || code === 24 || (inText && code === 14));
}

function located({ code, detail, retry }: Fault, where: string, command: string): { ok: false; fault: Fault } {
  return failed(code, `${where}: ${command}: ${detail}`, retry);
}

async function seen(talk: AvalonTalk): Promise<Outcome<AvalonSeen>> {
  const { learnt, where } = talk;
  let answer = await talk.agree(learnt.state);
  if (!answer.ok && answer.fault.code === 'unsupported') {
    learnt.state = learnt.state === 'litestats' ? 'stats' : 'litestats';
    answer = await talk.agree(learnt.state);
  }
  // After an update it may take nothing but JSON.
  if (!answer.ok && answer.fault.code !== 'timeout') learnt.text = false;
  if (!answer.ok) return answer;
  const found = avalonIn(answer.value);
  return found.ok ? found : located(found.fault, where, learnt.state);
}

/** One short connection; two the first time before an older rig. */
export async function look(talk: AvalonTalk, kit: RigKit): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const outcome = await seen(talk);
  if (!outcome.ok) return outcome;
  const { value } = outcome;
  const { hashRate, wallWatts: watts, temperatureC, boardTemperatureC, fansRpm, uptimeSeconds, workMode, identity, firmware } = value;
  return ok(
    rigReading(
      { rig: kit.rig, takenAtMs, state: stateOf(value) },
      {
        hashRate,
        algorithm: 'sha256',
        watts,
        wattsFrom: watts === undefined ? undefined : 'measured',
        mode: workMode,
        ...{ temperatureC, boardTemperatureC, fansRpm, uptimeSeconds, identity, firmware },
      },
    ),
  );
}

/** Asks for the time of the rig, and orders the sleep for a moment on that clock, behind a waking that is still to come. */
async function sleep(talk: AvalonTalk): Promise<Outcome> {
  const now = await seen(talk);
  if (!now.ok) return now;
  const { value } = now;
  talk.learnt.wokenAtMs = undefined;
  talk.learnt.rebootedAtMs = undefined;
  const done = await orderFor(talk, 'softoff', { now: value, other: value.wakesAtSeconds });
  if (done.ok) return DONE;
  if (isSilence(done)) {
    const after = await seen(talk);
    return after.ok && isOrGoesToSleep(after.value) ? DONE : done;
  }
  if (done.fault.code !== 'refused') return done;
  if (stateOf(value) === 'paused' && !isToCome(value.wakesAtSeconds, value)) return DONE;
  // Some A13 take it without a moment, and at once.
  return value.series === 'home' ? done : order(talk, 'softoff');
}

/**
 * The order for a moment soon on the clock of the rig. One that it read only after that moment would wait for ever, so it is
 * given once more. `other`: the moment of the opposite order; where that is still to come, ours comes after it.
 */
async function orderFor(
  talk: AvalonTalk,
  word: 'softoff' | 'softon',
  { now, other }: { readonly now: AvalonSeen; readonly other: number | undefined },
): Promise<Outcome> {
  if (now.clockSeconds === undefined) {
    return failed(
      'garbled',
      `${talk.where} does not tell the time of its clock (When), and its orders name a moment on it: restart the rig`,
    );
  }
  const soon = now.clockSeconds + AHEAD_SECONDS;
  const moment = isToCome(other, now) ? Math.max(soon, (other ?? 0) + 1) : soon;
  const first = await orderHeard(talk, `${word},1:${moment}`);
  if (!first.ok) return first;
  const heard = first.value.clockSeconds;
  // A clock that was set in between jumps by years: it goes by the new one then.
  return heard === undefined || heard < moment ? DONE : order(talk, `${word},1:${heard + 2 * AHEAD_SECONDS}`);
}

async function resume(talk: AvalonTalk, mode: string | undefined, nowMs: () => number): Promise<Outcome> {
  const now = await seen(talk);
  if (!now.ok) return now;
  const restored = await restore(talk, mode, now.value);
  const woken = mayWantWaking(now.value) ? await wake(talk, now.value, nowMs()) : DONE;
  return woken.ok ? restored : woken;
}

async function wake(talk: AvalonTalk, now: AvalonSeen, nowMs: number): Promise<Outcome> {
  const { learnt } = talk;
  const { series } = now;
  const since = (thenMs: number | undefined): number => nowMs - (thenMs ?? Number.NEGATIVE_INFINITY);
  if (since(learnt.rebootedAtMs) < BOOTS_MS) return DONE;
  const inVain = learnt.wokenAtMs !== undefined && since(learnt.wokenAtMs) >= WAKE_SHOWS_MS;
  if (typeof series === 'number' && isAsleep(now) && (series <= LAST_TO_REBOOT || inVain)) {
    const begun = await reboot(talk);
    if (begun.ok) learnt.rebootedAtMs = nowMs;
    return begun;
  }
  if (learnt.wokenAtMs === undefined || inVain) learnt.wokenAtMs = nowMs;
  return silenceIsDone(await orderFor(talk, 'softon', { now, other: now.sleepsAtSeconds }));
}

/** The work mode of before the pause, where it runs in another now. The rig keeps it over a sleep, so that this is rare. */
async function restore(talk: AvalonTalk, mode: string | undefined, { workMode, series }: AvalonSeen): Promise<Outcome> {
  if (mode === undefined || !/^\d{1,3}$/.test(mode) || workMode === undefined || workMode === mode) return DONE;
  const forms = [`workmode,set,${mode}`, `workmode,${mode}`];
  if (typeof series === 'number') forms.reverse();
  let outcome: Outcome = DONE;
  for (const form of forms) {
    outcome = await order(talk, form);
    // The wrong one of the two is an "unknown argument", and changes nothing.
    if (outcome.ok || outcome.fault.code !== 'refused') break;
  }
  if (outcome.ok) return DONE;
  const { code, detail } = outcome.fault;
  return failed(code, `${detail}; it is in work mode ${workMode} and was in ${mode}: set it on its page or in its app`);
}

async function order(talk: AvalonTalk, option: string): Promise<Outcome> {
  const heard = await orderHeard(talk, option);
  return heard.ok ? DONE : heard;
}

/** An order to the machine behind this controller, and when it was heard, on its clock. */
async function orderHeard(talk: AvalonTalk, option: string): Promise<Outcome<{ readonly clockSeconds: number | undefined }>> {
  const { where } = talk;
  const answer = await talk.ask('ascset', `0,${option}`);
  const done = agreed(answer, { where, command: `ascset ${option}` });
  if (!done.ok) {
    const unknown = answer.ok && answer.value.code === CODE_FAILED && /unknown option/i.test(answer.value.message);
    if (unknown) return failed('unsupported', `${done.fault.detail}: its firmware can't; update it, or give the rig a switch (cutBy)`);
    return { ok: false, fault: advised(done.fault) };
  }
  const { code, message } = done.value;
  // With this code a refusal looks like an agreement; what it did, it calls a success.
  const told = code !== CODE_INFO || /success|set ok/i.test(message);
  return told ? ok({ clockSeconds: clockIn(done.value) }) : failed('refused', `${where}: ascset ${option}: ${message}`);
}

function advised(fault: Fault): Fault {
  if (fault.code !== 'unauthorized') return fault;
  return { ...fault, detail: `${fault.detail}; let its API be used from the address of this machine (api-allow W:)` };
}

/** Many close the connection on a softon and on a reboot without a word, and do it; that they listen to us was seen just before. */
function silenceIsDone(outcome: Outcome): Outcome {
  return isSilence(outcome) ? DONE : outcome;
}

/** As the transport tells of a connection that was closed without an answer; a refusal in words is worth another try soon. */
function isSilence(outcome: Outcome): boolean {
  return !outcome.ok && outcome.fault.code === 'refused' && outcome.fault.retry === 'later';
}

/** Looks first, for by its silence alone one that listens to nobody could not be told. */
async function startAnew(talk: AvalonTalk): Promise<Outcome> {
  const now = await seen(talk);
  return now.ok ? reboot(talk) : now;
}

async function reboot(talk: AvalonTalk): Promise<Outcome> {
  return silenceIsDone(await order(talk, 'reboot,0'));
}

/** The large ones have a light to be found by; on a Nano the same word would change the colours of its owner. */
async function locate(talk: AvalonTalk, on: boolean): Promise<Outcome> {
  const now = await seen(talk);
  if (!now.ok) return now;
  if (typeof now.value.series !== 'number')
    return failed('unsupported', `${talk.where}: only Avalons from A10 to A15 have a light to be found by`);
  return order(talk, `led,1-${on ? 1 : 0}`);
}

/** `help` lists what this unit takes; where it knows no help it has at least listened. */
async function mayOrder(talk: AvalonTalk): Promise<Outcome> {
  const { where } = talk;
  const answer = await talk.ask('ascset', '0,help');
  if (answer.ok && answer.value.code === CODE_FAILED) return DONE;
  const listed = agreed(answer, { where, command: 'ascset help' });
  if (!listed.ok) return { ok: false, fault: advised(listed.fault) };
  const list = textOf(listed.value.rows('STATUS')[0], 'Msg') ?? '';
  if (!list.includes('|') || list.includes('softoff')) return DONE;
  return failed(
    'unsupported',
    `${where}: its firmware knows no softoff, so it can't be paused: update it, or give the rig a switch (cutBy)`,
  );
}
