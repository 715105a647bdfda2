// MicroBT Whatsminers, M20 to M60, on the vendor's firmware: over API 2 or API 3, whichever the rig has, found out at the first
// look and remembered. A pause stops its mining; boards go dark, the control board stays up.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigSettings } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { askFramed } from '../transports/framed-tcp.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { secretOf } from '../transports/secret-of.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import { type PowerMode, powerModeOf } from '../wire/whatsminer.ts';
import { type RigDriver, type RigKit, rigDriverKind } from './port.ts';
import type { WhatsminerApi, WhatsminerLogin } from './whatsminer-api.ts';
import { WhatsminerV2 } from './whatsminer-v2.ts';
import { WhatsminerV3 } from './whatsminer-v3.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(4028).describe('port of its API 2'),
  framedPort: devicePort(4433).describe('port of its API 3'),
  api: z
    .enum(['auto', 'v2', 'v3'])
    .default('auto')
    .describe(
      'which of its APIs is used: v3 has been there since the firmware of 2024, v2 before; auto asks, and takes v3 where both answer',
    ),
  username: userName.default('super').describe('account of API 3: super, user1, user2 or user3; API 2 knows admin alone'),
  passwordFile: secretFile
    .optional()
    .describe(
      'file with its password; without one it is read and never paused. API 2: that of its user admin, at most 8 letters; with the one from the factory, admin, it takes no orders. API 3: that of the account; from the factory that of super is super. Its API must be switched on for orders with the tool of its vendor',
    ),
});

type Options = z.infer<typeof options>;

export const whatsminer = rigDriverKind({
  name: 'whatsminer',
  maturity: 'simulated',
  about: "Whatsminers M20 to M60 on the vendor's firmware: stops and starts mining over API 2 (port 4028) or API 3 (port 4433).",
  options,
  defaults: {
    // Believed: 20 to 60 W, more while its fans cool it.
    pausedWatts: 60,
    // 5 to 30 s to sleep; the rest is for a new token and a second look.
    graceSeconds: 60,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    // 1 to 5 min with its fast boot, 5 to 15 without.
    resumeMinutes: 10,
    restartMinutes: 15,
    // Believed: its word mineroff is still true after a power cut.
    pausePersists: true,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => (passwordFile === undefined ? [] : [passwordFile]),
  open: whatsminerRig,
});

/** W; it takes whole watts, and its own bound is 99999 */
const LIMIT_WATTS = 20_000;
/** ms after which a rig that had API 2 alone is asked for the other one again: it may just have been starting. */
const LOOK_AGAIN_MS = 25 * 60_000;

/** ms that the newer API gets beyond the answer of the older; a rig that is well takes a few */
const PATIENCE_MS = 1_000;

function whatsminerRig(at: Options, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const rig = new Whatsminer(at, device, kit);
  const order = (signal: AbortSignal, work: (api: WhatsminerApi, own: AbortSignal) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => rig.over(work, own) });
  const driver: RigDriver = {
    read: (signal, brief) =>
      device.run({
        signal,
        urgent: brief !== undefined,
        work: async (own) => {
          if (brief === undefined) await rig.lookAgain(own);
          return rig.over((api, mine) => api.look(mine), own);
        },
      }),
    pause: (signal) => order(signal, pause),
    resume: (mode, signal) => order(signal, (api, own) => resume(api, powerModeOf(mode), own)),
    limitWatts: (watts, _was, signal) => order(signal, (api, own) => rig.limit(api, watts, own)),
    reboot: (signal) => order(signal, (api, own) => api.reboot(own)),
    locate: (on, signal) => order(signal, (api, own) => api.locate(on, own)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => rig.over((api, mine) => api.mayOrder(mine), own) }),
    close: () => device.close(),
  };
  return tellingSettings(driver, {
    nowMs: kit.nowMs,
    ask: (signal) => device.run({ signal, urgent: false, work: (own) => rig.settings(own) }),
    way: () => rig.way,
  });
}

/** One that has stopped already may refuse to stop. */
async function pause(api: WhatsminerApi, signal: AbortSignal): Promise<Outcome> {
  const outcome = await api.run('pause', signal);
  return outcome.ok || outcome.fault.code !== 'refused' ? outcome : isAlready(api, true, { outcome, signal });
}

async function resume(api: WhatsminerApi, mode: PowerMode | undefined, signal: AbortSignal): Promise<Outcome> {
  const outcome = await api.run('resume', signal);
  const runs = outcome.ok || outcome.fault.code !== 'refused' ? outcome : await isAlready(api, false, { outcome, signal });
  if (!runs.ok || mode === undefined) return runs;
  // A change of mode starts it anew, so only where it is another one. One that can't be read now has kept its own.
  const now = await api.standing(signal);
  if (!now.ok || now.value.mode === undefined || now.value.mode === mode) return DONE;
  const set = await api.setMode(mode, signal);
  return set.ok ? DONE : failed(set.fault.code, `it runs again, but not in its mode ${mode}: ${set.fault.detail}`, set.fault.retry);
}

async function isAlready(
  api: WhatsminerApi,
  off: boolean,
  { outcome, signal }: { readonly outcome: Outcome; readonly signal: AbortSignal },
): Promise<Outcome> {
  const now = await api.standing(signal);
  return now.ok && now.value.off === off ? DONE : outcome;
}

type ApiName = 'v2' | 'v3';

class Whatsminer {
  readonly #where: string;
  readonly #only: ApiName | undefined;
  readonly #apis: Readonly<Record<ApiName, WhatsminerApi>>;
  readonly #nowMs: () => number;
  #found: { readonly name: ApiName; readonly atMs: number } | undefined;
  /** W, before the first limit that we set */
  #limitBefore: number | undefined;

  constructor(at: Options, device: TcpDevice, kit: RigKit) {
    const { host, framedPort, username, passwordFile } = at;
    const login: WhatsminerLogin = { username, ...secretOf(kit.secrets, passwordFile) };
    const framed = {
      where: `${host}:${framedPort}`,
      ask: (payload: string, signal: AbortSignal) => askFramed({ host, port: framedPort, addresses: kit.addresses, payload, signal }),
    };
    this.#where = host;
    this.#only = at.api === 'auto' ? undefined : at.api;
    this.#apis = { v2: new WhatsminerV2(device, login, kit), v3: new WhatsminerV3(framed, login, kit) };
    this.#nowMs = kit.nowMs;
  }

  /** Over the API that it has; what comes back as if from another one makes us look again the next time. */
  async over<T>(work: (api: WhatsminerApi, signal: AbortSignal) => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
    const name = await this.#which(signal);
    if (!name.ok) return name;
    const outcome = await work(this.#apis[name.value], signal);
    if (outcome.ok || this.#found === undefined) return outcome;
    const { code } = outcome.fault;
    if (FORGET.has(code)) this.#found = undefined;
    return code === 'unauthorized' ? this.#otherwise(work, signal, outcome) : outcome;
  }

  /**
   * Each API has a password of its own. One that was given for the older may be all there is when an update brings the newer: then
   * orders go by the older for good. And one that takes no orders by the older may have the newer, which came up after it.
   */
  async #otherwise<T>(
    work: (api: WhatsminerApi, signal: AbortSignal) => Promise<Outcome<T>>,
    signal: AbortSignal,
    refused: Outcome<T>,
  ): Promise<Outcome<T>> {
    if (this.#found?.name === 'v3') {
      const older = await work(this.#apis.v2, signal);
      if (older.ok) this.#found = { name: 'v2', atMs: Number.POSITIVE_INFINITY };
      return older.ok ? older : refused;
    }
    this.#found = { name: 'v2', atMs: Number.NEGATIVE_INFINITY };
    return refused;
  }

  /** By which of its APIs it is asked and ordered; undefined: not known yet. */
  get way(): ApiName | undefined {
    return this.#only ?? this.#found?.name;
  }

  /** By the API that is known, and what comes of it says nothing of the other. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const { way } = this;
    return way === undefined ? failed('refused', `${this.#where}: which API it has is not known yet`) : this.#apis[way].settings(signal);
  }

  async lookAgain(signal: AbortSignal): Promise<void> {
    if (this.#found?.name !== 'v2' || this.#nowMs() - this.#found.atMs < LOOK_AGAIN_MS) return;
    // Before the answer: a port that is silent costs one reading a moment, not every one.
    this.#found = { name: 'v2', atMs: this.#nowMs() };
    const newer = await this.#newer(signal, Promise.resolve(DONE));
    if (newer.ok) this.#found = { name: 'v3', atMs: this.#nowMs() };
  }

  async limit(api: WhatsminerApi, watts: number | undefined, signal: AbortSignal): Promise<Outcome> {
    if (watts !== undefined && !(watts >= 1 && watts <= LIMIT_WATTS)) {
      return failed('refused', `${this.#where}: a limit of ${watts} W is none that it could keep`, 'never');
    }
    const now = await api.standing(signal);
    if (!now.ok) return now;
    const { limitWatts } = now.value;
    const want = watts === undefined ? this.#limitBefore : Math.round(watts);
    if (want === undefined) {
      return failed(
        'refused',
        `${this.#where}: which limit it had before is not known, as none was set since the start: set it by its own page`,
        'never',
      );
    }
    // It starts anew for each limit, and hashes nothing for minutes.
    if (limitWatts === want) return DONE;
    if (watts !== undefined) this.#limitBefore ??= limitWatts;
    return api.setLimit(want, signal);
  }

  async #which(signal: AbortSignal): Promise<Outcome<ApiName>> {
    if (this.#only !== undefined) return ok(this.#only);
    if (this.#found !== undefined) return ok(this.#found.name);
    // Two servers of the rig's, so both at once: where one port is cut off, its silence costs the other little time or none.
    const enough = new AbortController();
    const older = this.#apis.v2.answers(AbortSignal.any([signal, enough.signal]));
    const v3 = await this.#newer(signal, older);
    if (v3.ok) enough.abort();
    const v2 = await older;
    if (!v3.ok && !v2.ok) return v3.fault.code === 'unreachable' ? v2 : v3;
    this.#found = { name: v3.ok ? 'v3' : 'v2', atMs: this.#nowMs() };
    return ok(this.#found.name);
  }

  /** Whether the newer API answers; once the older one has, it is waited for a moment only. */
  async #newer(signal: AbortSignal, older: Promise<Outcome>): Promise<Outcome> {
    const own = new AbortController();
    const giveUp = (): void => own.abort();
    let timer: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', giveUp, { once: true });
    // An order may have taken its place before it began.
    if (signal.aborted) giveUp();
    older.then((outcome) => {
      if (outcome.ok) timer = setTimeout(giveUp, PATIENCE_MS).unref();
    }, giveUp);
    const newer = await this.#apis.v3.answers(own.signal);
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    return newer;
  }
}

const FORGET: ReadonlySet<string> = new Set(['unreachable', 'garbled', 'unsupported']);
