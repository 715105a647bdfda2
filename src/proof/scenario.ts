// A night as data: a site, and what goes wrong on it when. A seed expands to one; it can be printed, saved, edited and
// lived through again.
import { z } from 'zod';
import type { Command, CommandFrom } from '../model/command.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { SimCardQuirks } from '../sim/card.ts';
import { AFTERMATHS, type Aftermath } from '../sim/disk.ts';
import type { SimRigQuirks } from '../sim/rig.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import type { SimSwitchQuirks } from '../sim/switch.ts';
import type { SimContactQuirks } from '../sim/transfer.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';

/** `killed`: the service alone, and the system has what was written; else the Pi, and what is found on its card. */
export const CRASHES = ['killed', ...AFTERMATHS] as const;
export type CrashAs = (typeof CRASHES)[number];

export interface Crash {
  /** of the card, counted from 1 at the beginning of the scenario */
  readonly operation: number;
  readonly as: CrashAs;
}

/** What goes wrong, or what a person does. */
export type Act =
  /** `on` absent: the grid; else what comes to that UPS alone */
  | { readonly kind: 'mains-gone'; readonly on?: string }
  /** it carries what stands behind it */
  | { readonly kind: 'generator'; readonly on: string }
  /** the contact by which a generator tells that it carries */
  | { readonly kind: 'input'; readonly on: string; readonly quirks: SimContactQuirks }
  | { readonly kind: 'ups'; readonly on: string; readonly quirks: SimUpsQuirks }
  | { readonly kind: 'forced-shutdown'; readonly on: string }
  | { readonly kind: 'rig'; readonly on: string; readonly quirks: SimRigQuirks }
  | { readonly kind: 'rig-reboots'; readonly on: string }
  | { readonly kind: 'second-feed'; readonly on: string }
  | { readonly kind: 'switch'; readonly on: string; readonly quirks: SimSwitchQuirks }
  /** every contact at once, as on one board */
  | { readonly kind: 'board-resets' }
  /** kill -9; started again at its end */
  | { readonly kind: 'killed' }
  /** SIGSTOP, and SIGCONT at its end */
  | { readonly kind: 'stopped' }
  /** it loses its power; it has booted at its end */
  | { readonly kind: 'pi-dead'; readonly aftermath: Aftermath }
  | { readonly kind: 'card'; readonly quirks: SimCardQuirks }
  /** the server that tells of the UPSes */
  | { readonly kind: 'server-gone' }
  /** the way to every rig */
  | { readonly kind: 'network-gone' }
  | { readonly kind: 'wall-clock'; readonly byHours: number }
  | { readonly kind: 'person'; readonly command: Command; readonly from: CommandFrom };

export type Trouble = Act & {
  /** seconds of the night */
  readonly fromSeconds: number;
  /** absent: over as soon as it is done */
  readonly toSeconds?: number;
};

export type TroubleKind = Act['kind'];

export interface Scenario {
  /** what it shows, or `seed 42` */
  readonly name: string;
  readonly site: SimSiteOptions;
  /** the devices speak over a simulated wire, through the real drivers and parsers; else they are read directly */
  readonly wired: boolean;
  readonly troubles: readonly Trouble[];
  /** seconds until everything is well for good */
  readonly lastsSeconds: number;
  /** bytes after which a file of the journal is full; absent: as in the service, and no night fills one */
  readonly fileBytes?: number;
  /** the operation of the card, counted from the beginning, that never ends: a crash, and what is found after it */
  readonly crash?: Crash;
}

/** One trouble in words, with its times. */
export function troubleWords({ fromSeconds, toSeconds, ...act }: Trouble): string {
  const when = (seconds: number): string => seconds.toFixed(1).padStart(8);
  const { kind, ...rest } = act;
  const about = Object.entries(rest).map(([key, value]) => (key === 'on' ? String(value) : JSON.stringify(value)));
  return `${when(fromSeconds)} ${toSeconds === undefined ? ' '.repeat(11) : `..${when(toSeconds)} `} ${[kind, ...about].join(' ')}`;
}

const seconds = z
  .number()
  .min(0)
  .max(30 * 86_400);
const times = { fromSeconds: seconds, toSeconds: seconds.optional() };
const on = z.string();
const flag = z.boolean().optional();
const figure = z.number().optional();
const upsQuirks = z.strictObject({
  runtimeLagSeconds: figure,
  runtimeFactor: figure,
  chargeBias: figure,
  lowBattery: z.enum(['honest', 'never', 'early']).optional(),
  frozen: z.array(z.string()).optional(),
  says: z.record(z.string(), z.string()).optional(),
  garbles: flag,
  stale: flag,
  silent: flag,
  answerSeconds: figure,
});
const rigQuirks = z.strictObject({
  refuses: flag,
  lies: flag,
  hangs: flag,
  willNotWake: flag,
  answerSeconds: figure,
  losesAnswers: flag,
  locked: flag,
  garbles: flag,
  wattsFactor: figure,
  pauseSeconds: figure,
});
const switchQuirks = z.strictObject({ welded: flag, moveSeconds: figure, refuses: flag, unreachable: flag, hangs: flag });
const rigs = z.union([z.literal('all'), z.array(z.string())]);
const command = z.union([
  z.strictObject({ kind: z.literal('hold'), as: z.enum(['up', 'down']), rigs, forSeconds: figure, now: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal('release'), rigs }),
  z.strictObject({ kind: z.literal('drill'), rig: z.string(), cut: z.boolean() }),
  z.strictObject({ kind: z.literal('acknowledge') }),
  z.strictObject({ kind: z.literal('new-battery'), ups: z.string() }),
  z.strictObject({ kind: z.literal('arm') }),
  z.strictObject({ kind: z.literal('disarm'), yes: z.literal(true).optional() }),
]);
const trouble = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mains-gone'), on: on.optional(), ...times }),
  z.strictObject({ kind: z.literal('generator'), on, ...times }),
  z.strictObject({ kind: z.literal('input'), on, quirks: z.strictObject({ lateSeconds: figure, unreachable: flag }), ...times }),
  z.strictObject({ kind: z.literal('ups'), on, quirks: upsQuirks, ...times }),
  z.strictObject({ kind: z.literal('forced-shutdown'), on, ...times }),
  z.strictObject({ kind: z.literal('rig'), on, quirks: rigQuirks, ...times }),
  z.strictObject({ kind: z.literal('rig-reboots'), on, ...times }),
  z.strictObject({ kind: z.literal('second-feed'), on, ...times }),
  z.strictObject({ kind: z.literal('switch'), on, quirks: switchQuirks, ...times }),
  z.strictObject({ kind: z.literal('board-resets'), ...times }),
  z.strictObject({ kind: z.literal('killed'), ...times }),
  z.strictObject({ kind: z.literal('stopped'), ...times }),
  z.strictObject({ kind: z.literal('pi-dead'), aftermath: z.enum(AFTERMATHS), ...times }),
  z.strictObject({ kind: z.literal('card'), quirks: z.strictObject({ syncMs: figure, code: z.string().optional() }), ...times }),
  z.strictObject({ kind: z.literal('server-gone'), ...times }),
  z.strictObject({ kind: z.literal('network-gone'), ...times }),
  z.strictObject({ kind: z.literal('wall-clock'), byHours: z.number(), ...times }),
  z.strictObject({ kind: z.literal('person'), command, from: z.enum(['cli', 'button', 'schedule']), ...times }),
]);
const part = z.record(z.string(), z.looseObject({}));
const scenario = z.strictObject({
  name: z.string(),
  site: z.looseObject({ ups: part, rigs: part }),
  wired: z.boolean(),
  troubles: z.array(trouble),
  lastsSeconds: seconds,
  fileBytes: z.int().min(1).optional(),
  crash: z.strictObject({ operation: z.int().min(1), as: z.enum(CRASHES) }).optional(),
});

/** The scenario of a file that was saved, and perhaps edited; a fault that names each mistake and its place. */
export function parseScenario(text: string): Outcome<Scenario> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed('garbled', `no JSON: ${String(error)}`);
  }
  const parsed = scenario.safeParse(value);
  // What was read is JSON, so no member is there and undefined: the types say the same.
  if (parsed.success) return ok(parsed.data as unknown as Scenario);
  return failed('garbled', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

export function scenarioText(one: Scenario): string {
  return `${JSON.stringify(one, undefined, 1)}\n`;
}

/** Seconds as a scenario tells them: times are for people, too. */
export const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;
