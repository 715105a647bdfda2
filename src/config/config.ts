// The configuration as the service uses it: the site for the core, and beside it what only the drivers may see.
import type { CoinWay } from '../market/port.ts';
import type { CoinId, InputId, RigId, UpsId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { ButtonOptions } from '../panel/button.ts';
import type { BuzzerOptions, LedOptions } from '../panel/output.ts';
import type { SwitchWay } from '../switches/port.ts';

/** Where the file is looked for when nobody names one. */
export const USUAL_CONFIG = '/etc/lastwatt/lastwatt.yaml';
export const USUAL_STATE_DIR = '/var/lib/lastwatt';
/** Where the service listens when the file does not say. */
export const USUAL_SOCKET = '/run/lastwatt/lastwatt.sock';

export interface NutWay {
  readonly kind: 'nut';
  readonly host: string;
  readonly port: number;
  /** upsd's name for it */
  readonly name: string;
  readonly role: 'observer' | 'secondary';
  readonly username?: string;
  /** as written; read with `readSecret(dirname(config.file), …)` */
  readonly passwordFile?: string;
  /**
   * The way is encrypted. `ca`: the file as written; `certificates`: what is in it, absent where the text of the file was
   * looked at alone, and then nobody is trusted.
   */
  readonly tls?: { readonly ca: string; readonly certificates?: string };
}

export type UpsWay = NutWay | { readonly kind: 'command'; readonly argv: readonly string[] };

export interface ConfiguredRig {
  readonly driver: string;
  /** as in the file; that driver's schema has taken them */
  readonly options: unknown;
  /** s, the driver's own figure for a pause to be over */
  readonly safeGraceSeconds: number;
  /** where it is reached, for those who are reached over the network */
  readonly host?: string;
  /** names of the files with its passwords; absent: it has none */
  readonly secretFiles?: readonly string[];
}

export interface ConfiguredBoard {
  readonly driver: string;
  /** as in the file; that driver's schema has taken them */
  readonly options: unknown;
  readonly atRest: 'fed' | 'cut';
  /** its relays only drive the coils of contactors */
  readonly contactor: boolean;
  /** A that its bare contacts take; undefined: they are made for a rig, or nobody knows */
  readonly bareAmperes: number | undefined;
  /** its contacts stay as they are when this machine dies */
  readonly holds: boolean;
  readonly way: SwitchWay;
  /** what is in its `certificateFile`; absent where the text of the file was looked at alone */
  readonly certificates?: string;
  /** `['']` for a single contact */
  readonly channels: readonly string[];
}

export interface ConfiguredInput {
  readonly driver: string;
  /** as in the file; that driver's schema has taken them */
  readonly options: unknown;
}

export interface Config {
  /** as it was named */
  readonly file: string;
  readonly site: Site;
  /** absolute */
  readonly stateDir: string;
  /** absolute */
  readonly socket: string;
  /** argv */
  readonly onAlarm?: readonly string[];
  readonly ups: ReadonlyMap<UpsId, UpsWay>;
  readonly rigs: ReadonlyMap<RigId, ConfiguredRig>;
  /** where what they earn is looked up, of those that have a source */
  readonly coins: ReadonlyMap<CoinId, CoinWay>;
  /** by the name in the file: `box`, whose channels are the switches box:1, box:2 … */
  readonly boards: ReadonlyMap<string, ConfiguredBoard>;
  readonly inputs: ReadonlyMap<InputId, ConfiguredInput>;
  readonly panel: { readonly button?: ButtonOptions; readonly led?: LedOptions; readonly buzzer?: BuzzerOptions };
  /** five cron fields each */
  readonly schedules: { readonly selfTest?: string };
}
