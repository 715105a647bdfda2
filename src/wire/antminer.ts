// Stock Antminers of the S19 and later, by their CGI pages: what the answers say of the rig, and what is written to change its
// work mode. A field that is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import type { HttpAnswer } from './http-answer.ts';
import { type CgiConf, type CgiKind, settingsKept } from './miner-cgi.ts';

export const ANTMINER = {
  conf: '/cgi-bin/get_miner_conf.cgi',
  setConf: '/cgi-bin/set_miner_conf.cgi',
  summary: '/cgi-bin/summary.cgi',
  stats: '/cgi-bin/stats.cgi',
  system: '/cgi-bin/get_system_info.cgi',
  reboot: '/cgi-bin/reboot.cgi',
  blink: '/cgi-bin/blink.cgi',
  /** on a port of its own, on some models */
  watts: '/miner_power',
} as const;

/** The work mode in which it sleeps; 0 is normal, 2 and 3 differ by model (high efficiency, low power). */
export const SLEEP_MODE = 1;

export const BITMAIN: CgiKind = {
  modeKeys: ['bitmain-work-mode', 'miner-mode'],
  modes: [0, 99],
  sleeps: (mode) => mode === SLEEP_MODE,
  yes: /^[MB]\d00$/,
  missing: 'has no such page: is this stock firmware of an S19 or later?',
  other: { names: /^fc-/, maker: 'Elphapex', driver: 'elphapex' },
  rateUnit: 'GH/s',
  chipCelsius: 1,
  fanKeys: ['bitmain-fan-ctrl', 'bitmain-fan-pwm'],
  // Its freq-level goes with the work mode on some builds.
  clockKeys: ['bitmain-freq', 'bitmain-voltage'],
};

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;

/** By the letters of the model; newer firmware says it. */
const ALGORITHMS: readonly (readonly [RegExp, string])[] = [
  [/^Antminer KS\d/, 'kheavyhash'],
  [/^Antminer AL\d/, 'blake3'],
  [/^Antminer [ST]\d/, 'sha256'],
  [/^Antminer L\d/, 'scrypt'],
  [/^Antminer D\d/, 'x11'],
  [/^Antminer Z\d/, 'equihash'],
  [/^Antminer E\d/, 'ethash'],
  [/^Antminer X\d/, 'randomx'],
  [/^Antminer K\d/, 'eaglesong'],
];

export function antminerAlgorithm(type: string): string | undefined {
  return ALGORITHMS.find(([model]) => model.test(type))?.[1];
}

/**
 * The configuration as it came, with another work mode. Both names of the mode are written: some builds heed one, some the
 * other. `as`: new firmware silently ignores a value of the wrong type.
 */
export function antminerBody(conf: CgiConf, mode: number, as: 'number' | 'text'): string {
  const level = conf.settings.get('bitmain-freq-level') ?? undefined;
  const value = as === 'number' ? mode : String(mode);
  return JSON.stringify({
    ...settingsKept(conf),
    // Read under one name and written under another.
    ...(level !== undefined && { 'freq-level': level }),
    'miner-mode': value,
    'bitmain-work-mode': value,
  });
}

/** W, of `miner power:3245`; one that answers draws something, so 0 is not known. */
export function antminerWattsIn({ status, body }: HttpAnswer): number | undefined {
  const [, figure] = /^\s*miner power:\s*(\d{1,5}(?:\.\d{1,3})?)\s*$/i.exec(body.slice(0, 100)) ?? [];
  const watts = Number(figure);
  return status === 200 && watts > 0 && watts <= WATTS_LIMIT ? watts : undefined;
}
