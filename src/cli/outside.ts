// What the command line is given by the world, its exit codes, and how it speaks. Handed in, so that a test runs it whole.
import type { Clock } from '../host/port.ts';
import { codeOf, type Fault, type FaultCode } from '../model/outcome.ts';
import type { Site } from '../model/site.ts';
import type { CheckItem } from '../model/view.ts';
import type { Simulation } from '../simulate/account.ts';
import type { SimulationWish } from '../simulate/simulate.ts';
import { clean, type Look } from './text.ts';

/** 0 done; 1 done and the news is bad; 2 usage or configuration; 3 service not reachable; 4 refused. */
export const EXIT = { done: 0, badNews: 1, usage: 2, unreachable: 3, refused: 4 } as const;

/** Standard output or error. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** A rig of the file that is reached over the network. */
export interface RigAt {
  readonly id: string;
  readonly driver: string;
  /** the address that its host is, or stands for */
  readonly address: string;
}

/** The site as its file describes it, for `check` where no service answers. */
export interface SiteFile {
  /** what its rules know of it; absent: nobody asks for them at this desk */
  readonly rules?: Site;
  /** the file alone: its warnings and what its figures amount to; or what it says of one rig and its switches */
  appraise(rig?: string): readonly CheckItem[];
  /** the same, and every UPS, rig and switch asked, or the one rig and its switches; reads only */
  visit(rig?: string): Promise<readonly CheckItem[]>;
  /** what upsmon of this machine would do to it, read with the rights of who asks */
  upsmon(): Promise<readonly CheckItem[]>;
  /** the rigs with an address; one whose name does not resolve in 2 s is missing */
  rigs(): Promise<readonly RigAt[]>;
  /** the site in virtual outages; touches nothing */
  simulate(wish: SimulationWish): Promise<Simulation>;
}

export interface Outside {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** who asks; behind sudo the one who typed it */
  readonly user: string;
  readonly version: string;
  readonly clock: Clock;
  /** Aborts at SIGINT, at SIGTERM, and when the reader of a pipe has gone; until it is asked for, those end the program as usual. */
  readonly interrupted: () => AbortSignal;
  /** Of each IPv4 interface of this machine its address and mask: `192.168.1.5/24`. */
  readonly networks: () => readonly string[];
  /** Calls `turn` at each SIGUSR2, until what it returns is called. */
  readonly plug: (turn: () => void) => () => void;
  /** UTF-8 of a small file; rejects as `readFile` does. */
  readonly readText: (file: string) => Promise<string>;
  /** Rejects as `writeFile` does. */
  readonly writeText: (file: string, text: string) => Promise<void>;
  /** `say`: every mistake with its place, on several lines. */
  readonly openSite: (
    file: string,
  ) => Promise<{ readonly ok: true; readonly site: SiteFile } | { readonly ok: false; readonly say: string }>;
  /** The embedded site; resolves with an exit code. */
  readonly demo: () => Promise<number>;
}

export function lookOf(outside: Outside): Look {
  const { isTTY, columns } = outside.stdout;
  const { NO_COLOR: noColour = '', TERM: terminal } = outside.env;
  // NO_COLOR counts when it is there and not empty (no-color.org).
  const colour = isTTY && noColour === '' && terminal !== 'dumb';
  return { colour, ...(isTTY && columns !== undefined && columns > 0 ? { width: columns } : {}) };
}

export function print(outside: Outside, text: string): void {
  outside.stdout.write(`${text}\n`);
}

/** One line of JSON an answer, so that `--watch` and `--follow` can be piped. */
export function printJson(outside: Outside, value: unknown): void {
  outside.stdout.write(`${JSON.stringify(value)}\n`);
}

/** One line to standard error. */
export function complain(outside: Outside, say: string): void {
  outside.stderr.write(`lastwatt: ${clean(say)}\n`);
}

/** Whether it was; where not, that has been said. */
export async function writtenTo(outside: Outside, file: string, text: string): Promise<boolean> {
  try {
    await outside.writeText(file, text);
    return true;
  } catch (error) {
    complain(outside, `cannot write ${file} (${codeOf(error) ?? String(error)}): name a file in a folder that is yours`);
    return false;
  }
}

const CODES: Readonly<Record<FaultCode, number>> = {
  unreachable: EXIT.unreachable,
  timeout: EXIT.unreachable,
  garbled: EXIT.unreachable,
  unauthorized: EXIT.unreachable,
  refused: EXIT.refused,
  unsupported: EXIT.usage,
  'not-asked': EXIT.unreachable,
};

/** Says the fault of a request and gives the exit code for it. */
export function giveUp(outside: Outside, fault: Fault): number {
  if (fault.code === 'refused') outside.stderr.write(`refused: ${clean(fault.detail)}\n`);
  else complain(outside, fault.detail);
  return CODES[fault.code];
}
