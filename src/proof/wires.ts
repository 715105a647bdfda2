// A wire between the engine and the simulated devices, without a socket: the look of the NUT adapter over reply text, and the
// LuxOS driver over answers as they come from a rig. What the parsers make of a reply is in the night as well.
import { LuxosMouth } from '../fakes/luxos-rig.ts';
import type { Clock } from '../host/port.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { luxos } from '../rigs/luxos.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { SimRig } from '../sim/rig.ts';
import type { SimWires } from '../sim/site.ts';
import type { SimUps } from '../sim/ups.ts';
import { addressBook } from '../transports/address-book.ts';
import { deviceLane } from '../transports/device-lane.ts';
import { NutSession } from '../transports/nut-session/session.ts';
import type { NutTransport, OpenNutTransport } from '../transports/nut-session/transport.ts';
import type { TcpDevice } from '../transports/tcp-device.ts';
import { NutLook } from '../ups/nut-look.ts';
import type { UpsSource } from '../ups/port.ts';
import { splitWords } from '../wire/nut.ts';
import { decodeRequest4028, encodeReply4028 } from '../wire/serve-4028.ts';
import { getReply, listReply } from '../wire/serve-nut.ts';

/** An IP address is looked up nowhere. */
const NO_SECRETS: ReadonlyMap<string, string> = new Map();
const ADDRESSES = addressBook(() => Promise.reject(new Error('nothing is looked up here')));
const NOWHERE = { address: '127.0.0.1', host: '127.0.0.1', port: 0 } as const;

export const wires: SimWires = { source: wiredUps, driver: wiredRig };

function wiredUps(ups: SimUps, clock: Clock): UpsSource {
  const { id } = ups.traits;
  const look = new NutLook({ ups: id, name: id, nowMs: () => clock.monotonicMs() });
  let session: NutSession | undefined;
  const connect = async (): Promise<Outcome<NutSession>> => {
    if (session?.alive === true) return ok(session);
    const opened = await NutSession.open(upsdOf(ups, clock), NOWHERE, () => undefined);
    session = opened.ok ? opened.value : undefined;
    return opened;
  };
  return {
    read: async (signal) => {
      const opened = await connect();
      return opened.ok ? look.read(opened.value, signal) : opened;
    },
    close: async () => session?.end(),
  };
}

/** A upsd that knows this UPS alone. */
function upsdOf(ups: SimUps, clock: Clock): OpenNutTransport {
  return async (_target, ears) => {
    let open = true;
    const transport: NutTransport = {
      send: (line) => {
        const { silent, answerSeconds = 0 } = ups.quirks;
        if (silent) return;
        // In a turn of its own, as whatever comes from a socket.
        clock.after(answerSeconds * 1000, () => open && ears.onText(`${replyTo(line, ups)}\n`));
      },
      settled: () => undefined,
      end: () => {
        open = false;
      },
    };
    return ok(transport);
  };
}

function replyTo(line: string, ups: SimUps): string {
  const [verb, , name = '', variable = ''] = splitWords(line) ?? [];
  const told = ups.variables();
  if (ups.quirks.garbles) return `HTTP/1.1 400 ${'?'.repeat(line.length)}`;
  if (verb === 'GET' && variable === 'server.version') return `VAR ${name} server.version "2.8.0"`;
  if (ups.quirks.stale || told.size === 0) return 'ERR DATA-STALE';
  return verb === 'LIST' ? listReply(name, told) : getReply(name, variable, told);
}

function wiredRig(rig: SimRig, clock: Clock): RigDriver {
  const nowMs = (): number => clock.monotonicMs();
  const { id } = rig.traits;
  return luxos.open({ host: NOWHERE.host }, { rig: id, nowMs, addresses: ADDRESSES, secrets: NO_SECRETS, tcp: () => socketOf(rig, clock) });
}

/** One question, one answer, as the fake gives it on a real socket. */
function socketOf(rig: SimRig, clock: Clock): TcpDevice {
  const where = rig.traits.id;
  const mouth = new LuxosMouth({ rig, nowMs: () => clock.monotonicMs() });
  const ask = async (payload: string, signal: AbortSignal): Promise<Outcome<Uint8Array>> => {
    if (!rig.look().answers) return failed('unreachable', `${where}: connection refused`);
    await takesItsTime(rig, clock, signal);
    if (signal.aborted) return failed('timeout', `${where}: no answer in time`);
    const { text, obeys } = answerOf(rig, mouth, payload);
    if (obeys && rig.quirks.losesAnswers) await clock.sleep(Number.POSITIVE_INFINITY, signal);
    if (signal.aborted) return failed('timeout', `${where}: no answer in time`);
    return ok(new TextEncoder().encode(rig.quirks.garbles ? text.slice(0, text.length / 2) : text));
  };
  return { where, ask, ...deviceLane(where) };
}

async function takesItsTime({ quirks }: SimRig, clock: Clock, signal: AbortSignal): Promise<void> {
  const seconds = quirks.hangs ? Number.POSITIVE_INFINITY : (quirks.answerSeconds ?? 0);
  if (seconds > 0) await clock.sleep(seconds * 1000, signal);
}

function answerOf({ quirks }: SimRig, mouth: LuxosMouth, payload: string): { readonly text: string; readonly obeys: boolean } {
  const request = decodeRequest4028(payload);
  if ('code' in request) return { text: encodeReply4028({ letter: 'E', code: request.code, message: 'Invalid' }, mouth.who), obeys: false };
  const denied = quirks.locked === true && ORDERS.has(request.command);
  const reply = denied ? ({ letter: 'E', code: 45, message: 'Access denied' } as const) : mouth.say(request);
  return { text: encodeReply4028(reply, mouth.who), obeys: request.command === 'curtail' };
}

const ORDERS: ReadonlySet<string> = new Set(['logon', 'curtail']);
