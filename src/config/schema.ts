// The configuration file: every key with its type, range, default and meaning. Messages, defaults and the reference page
// (docs/configuration.md) follow from here; keys that a driver adds to its rigs and switches stand with the driver.
import { z } from 'zod';
import { MAINS } from '../model/id.ts';
import { POLICY_KINDS } from '../model/site.ts';
import { buttonOptions } from '../panel/button.ts';
import { buzzerOptions, ledOptions } from '../panel/output.ts';
import { USUAL_SOCKET, USUAL_STATE_DIR } from './config.ts';
import { expecting } from './say.ts';

/** `NAME` in words */
export const NAME_WORDS = 'a name of small letters, digits and dashes, at most 32, beginning with a letter or digit';

const DAY = 86_400;

/** A key whose name is settled and whose work is not done. Refused, so that nobody relies on what does not happen. */
function notBuilt(what: string): z.ZodOptional<z.ZodNever> {
  return z
    .never({ error: `not built yet: ${what}; take this key out` })
    .optional()
    .describe('not built yet');
}

function auto(what: string, schema: z.ZodNumber): z.ZodUnion<readonly [z.ZodNumber, z.ZodLiteral<'auto'>]> {
  return z.union([schema, z.literal('auto')], { error: expecting(`${what}, or auto`) });
}

const text = z.string().min(1).max(200);
const pathName = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/, { error: expecting('a path') });
const supplyList = z
  .array(z.string(), { error: expecting(`a list of supplies, such as [rack] or [${MAINS}]`) })
  .min(1)
  .max(16);

/** A program of the owner's. Its path is whole, so that no PATH decides what runs. */
const argv = z
  .array(z.string().max(4096), { error: expecting('an argv list such as [/usr/local/bin/tell-me, now], never a shell string') })
  .min(1)
  .max(64)
  .refine((list) => list[0]?.startsWith('/') !== false, {
    error: 'the program must be named by its whole path, such as /usr/local/bin/tell-me',
  });

const host = z.string().regex(/^[a-z0-9:]([a-z0-9.:%_-]{0,251}[a-z0-9:])?$/i, { error: expecting('an IP address or a host name') });

export const siteSchema = z.strictObject({
  name: text.default('site').describe('what this place is called in status and alarms'),
  currency: z.string().min(1).max(8).default('USD').describe('of every reward in this file'),
  electricityPerKwh: z.number().min(0).max(1000).optional().describe('price of 1 kWh from the mains'),
  controllerFedBy: supplyList.default([MAINS]).describe('the supplies that carry this machine itself'),
  networkFedBy: supplyList.default([MAINS]).describe('the supplies that carry the way from here to the rigs'),
  mainsWhen: z
    .string()
    .optional()
    .describe(
      'an input of this file that is closed while mains are there: a witness beside a UPS that is silent, and nothing is started while it is open',
    ),
});

const nutSchema = z.strictObject({
  host: host.default('127.0.0.1').describe('address of upsd'),
  port: z.int().min(1).max(65_535).default(3493).describe('port of upsd'),
  name: z
    .string()
    .regex(/^[^\s"\\@:]{1,64}$/, { error: expecting("upsd's name for the UPS, as `upsc -l` prints it") })
    .describe("upsd's name for the UPS, as `upsc -l` prints it"),
  role: z
    .enum(['observer', 'secondary'])
    .default('observer')
    .describe('secondary: the primary waits for our rigs before it lets the UPS go dark; wants username and passwordFile'),
  hostSyncSeconds: z.number().min(5).max(3600).default(15).describe('how long the primary waits for its secondaries: its HOSTSYNC'),
  username: z
    .string()
    .regex(/^[^\s"\\]{1,128}$/, { error: expecting('a user of upsd.users') })
    .optional()
    .describe('user of upsd.users'),
  passwordFile: pathName
    .optional()
    .describe(
      'file with the password, relative to this one, mode 0600 or 0640; or the bare name of a systemd credential, or of a file in /etc/lastwatt/secrets.d, which the unit loads as credentials when the service starts',
    ),
  tls: z
    .strictObject({
      ca: pathName.describe(
        "PEM file, relative to this one, with the certificate that signed upsd's (or upsd's own, self-signed); read at start and reload",
      ),
    })
    .optional()
    .describe(
      "the way to upsd is encrypted or not used (STARTTLS, TLS 1.2 or newer). upsd's certificate must name `host` as it stands here: an address among the IP entries of its subjectAltName, a name among the DNS entries (or as its CN where it has none). See docs/nut-tls.md",
    ),
});

export const upsSchema = z.strictObject({
  nut: nutSchema.optional().describe('read through Network UPS Tools; either this or `command`'),
  command: argv
    .optional()
    .describe(
      'argv of a program that prints {"line": "mains", "chargePercent": 71, "runtimeSeconds": 1180, "loadWatts": 2100}; all but line optional',
    ),
  pollSeconds: z
    .strictObject({
      mains: z.number().min(0.1).max(30).default(2).describe('between two looks on mains'),
      battery: z.number().min(0.1).max(10).default(1).describe('between two looks on battery'),
    })
    .prefault({}),
  nominalWatts: z
    .number()
    .positive()
    .max(1e7)
    .optional()
    .describe('W (not VA) that its label says it carries; absent: the figure it reports'),
  reservePercent: z
    .number()
    .min(0)
    .max(95)
    .default(15)
    .describe(
      'percent of charge for controller, network and house: on battery with no more left, every rig still up is asked to pause at once',
    ),
  baseWatts: z.number().min(0).max(1e7).optional().describe('W of everything else on it; absent: its measured load without the rigs'),
  minutesAtWatts: z
    .record(z.string(), z.number().positive().max(100_000))
    .optional()
    .describe('from its data sheet: minutes of runtime at so many W, such as { 600: 60, 1500: 21 }'),
  batteryWh: z.number().positive().max(1e7).optional().describe('Wh in its battery, where no minutesAtWatts is known'),
  blindOnMains: z.enum(['keep', 'shed']).default('keep').describe('what to do when it falls silent while on mains'),
});

const lookShape = {
  url: text
    .max(2000)
    .optional()
    .describe('address of a JSON answer, https or http; asked with GET, without a login, and followed to no other host'),
  file: pathName.optional().describe('or: a file with JSON, relative to this one, which a program of yours writes'),
  path: z
    .union(
      [
        z.string().min(1).max(500),
        z
          .array(z.union([z.string().max(200), z.int().min(0).max(1e9)]))
          .min(1)
          .max(32),
      ],
      {
        error: expecting('a path such as data.usd, or a list of its keys where one holds a dot'),
      },
    )
    .optional()
    .describe(
      'where the figure stands in the JSON: keys by dots, numbers from 0 in lists; a key with a dot in it: as a list. Absent: the JSON is the figure',
    ),
  times: z.number().positive().max(1e30).default(1).describe('what it is multiplied with, to bring it to the unit that is meant'),
};

const lookSchema = z.strictObject(lookShape);

const figureSchema = z.union([z.number().min(0).max(1e30), lookSchema], {
  error: expecting('a number, or a mapping of url or file, path and times'),
});

/** What is mined by proof of work earns: per / networkHashrate x blocksPerDay x (blockReward + feesPerBlock) x price. */
const recipeSchema = z.strictObject({
  blockReward: figureSchema.describe('coins that a block brings'),
  feesPerBlock: figureSchema.default(0).describe('coins of fees in a block, in the mean'),
  blocksPerDay: figureSchema.describe('144 for 10 min blocks'),
  price: figureSchema.describe('of a coin, in the currency of the site'),
  networkHashrate: figureSchema.describe('H/s of all together'),
});

const coinSourceSchema = z.strictObject({
  ...lookShape,
  recipe: recipeSchema
    .optional()
    .describe('instead of url, file and path: per / networkHashrate x blocksPerDay x (blockReward + feesPerBlock) x price'),
  everyMinutes: z.number().min(5).max(10_080).default(60).describe('so often it is looked up, on mains only'),
});

export const coinSchema = z.strictObject({
  perDay: z
    .number()
    .min(0)
    .max(1e9)
    .optional()
    .describe('what `per` earns a day, in the currency of the site; beside a source: until it tells, and what it is held against'),
  per: z.string().default('1 TH/s').describe('the hash rate that earns it'),
  source: coinSourceSchema.optional().describe('where it is looked up: docs/market.md'),
});

const rewardSchema = z
  .strictObject({
    perDay: z.number().min(0).max(1e9).optional().describe('what the rig earns a day'),
    coin: z.string().optional().describe('or: a coin of this file'),
    hashrate: z
      .string({ error: expecting('a hash rate with its unit, such as 110 TH/s') })
      .optional()
      .describe('and its hash rate, such as 110 TH/s'),
  })
  .describe('what it earns; without it the rig ranks with the worst');

/** What every rig has besides the options of its driver. */
export const rigSchema = z.strictObject({
  model: z.string().optional().describe('takes the keys of that model; its own win'),
  driver: z.string().describe('how it is spoken to'),
  fedBy: supplyList.describe('each supply that can keep it alight; [mains]: the grid alone'),
  cutBy: z
    .array(z.string(), { error: expecting('a list of switches, such as [box:1]') })
    .max(16)
    .default([])
    .describe('its switches: it is dark when all of them are open; absent: it is only ever paused'),
  reward: rewardSchema.optional(),
  watts: z.number().positive().max(1e6).describe('W at the wall while it hashes'),
  limits: z
    .record(z.string().regex(/^[1-9]\d{0,5}$/, 'expected whole watts, such as 1500'), z.number().gt(0).lt(1))
    .optional()
    .describe(
      'with policy.kind outage-aware: W that it may be limited to on battery before it is paused, and the share of its hash rate that it then has, as { 1500: 0.62, 2300: 0.84 }; only where its driver can limit quickly and tells what stood before',
    ),
  pausedWatts: z.number().min(0).max(1e6).optional().describe('W at the wall while it is paused'),
  graceSeconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe('how long a pause may take before the rig is cut without having confirmed it'),
  coolDownSeconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe('how long its fans go on after the pause before it is cut, if the battery allows'),
  resumeMinutes: z.number().min(0).max(1440).optional().describe('minutes of hashing that a pause costs'),
  restartMinutes: z.number().min(0).max(1440).optional().describe('minutes of hashing that a power cut costs'),
  pausePersists: z.boolean().optional().describe('whether a pause outlives a power cut'),
});

/** What rigs may share: any key of a rig but `model`, and any option of its driver. */
export const modelSchema = rigSchema.omit({ model: true }).extend({ cutBy: rigSchema.shape.cutBy.unwrap() }).partial();

/** What every switch has besides the options of its driver. */
export const switchSchema = z.strictObject({
  driver: z.string().describe('how it is moved'),
  atRest: z
    .enum(['fed', 'cut'])
    .default('fed')
    .describe('whether its rigs are fed or cut while the relay has no current: so when this machine is dead'),
  contactor: z
    .boolean()
    .default(false)
    .describe(
      'the relay only drives the coil of a contactor; needed above 8 A on a gpio relay, which are 960 W at 120 V and 1,840 W at 230 V',
    ),
  interrupts: z.string().optional().describe('the supply it interrupts; needed where one of its rigs has several'),
  minOffSeconds: z.number().min(0).max(3600).default(60).describe('least time between opening and closing; never less than a second'),
});

/** What every input has besides the options of its driver. */
export const inputSchema = z.strictObject({ driver: z.string().describe('how it is read') });

export const generatorSchema = z.strictObject({
  behind: z
    .array(z.string(), { error: expecting('a list of UPSes, such as [rack]') })
    .min(1)
    .max(16)
    .describe('the UPSes that it carries: what they take for mains is its power while it carries'),
  carriesWhen: z.string().describe('an input of this file: closed while it carries them, such as a contact of the transfer switch'),
  watts: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe(
      'W of rigs that it may carry, at most some 80 % of what it gives less all else on it; 0: none, for fuel costs more than most rigs earn',
    ),
  fuelPerKwh: z.number().min(0).max(1000).optional().describe('price of the fuel for 1 kWh: rigs that earn less are not run on it'),
});

export const policySchema = z.strictObject({
  kind: z
    .enum(POLICY_KINDS)
    .optional()
    .describe(
      'outage-aware: each rig leaves when its stay is worth less than what the battery could give the others, by how long outages last; threshold: the worst earners leave when runtime falls below shedBelowSeconds. Absent: threshold where shedBelowSeconds is a number, else outage-aware',
    ),
  shedBelowSeconds: auto('a number of seconds', z.number().positive().max(DAY))
    .default('auto')
    .describe(
      'when the runtime would fall below this, the worst earners leave; auto: half the runtime of a full battery under all rigs, at least 2 cutBelowSeconds',
    ),
  cutBelowSeconds: auto('a number of seconds', z.number().positive().max(DAY))
    .default('auto')
    .describe(
      'at this runtime all that is still up is paused; auto: from how long the rigs take to stop, with a margin, and before the UPS says low battery',
    ),
  ignoreBlipsSeconds: z.number().min(0).max(600).default(5).describe('outages shorter than this move nothing'),
  waitForShareSeconds: z
    .number()
    .min(0)
    .max(30)
    .default(0)
    .describe(
      'a pause waits so long at most for the next share that the pool takes, where the rig tells of them and the battery allows it',
    ),
  cutPaused: z
    .enum(['auto', 'always', 'at-floor'])
    .default('auto')
    .describe('when a paused rig loses its power too; auto: when standing by costs over 5 % of the runtime, and at the floor'),
});

export const restoreSchema = z.strictObject({
  mainsHeldSeconds: z.number().min(0).max(DAY).default(60).describe('mains must have held so long'),
  minChargePercent: auto('a percentage from 0 to 100', z.number().min(0).max(100))
    .default('auto')
    .describe('least charge of the battery; auto: what a graceful stop of the running rigs would need'),
  staggerSeconds: z.number().min(0).max(3600).default(10).describe('least time between two rigs started on one supply'),
  doubtMinutes: z
    .number()
    .min(0)
    .max(1440)
    .default(60)
    .describe('how long mains must be steady before rigs return on a battery that is in doubt'),
});

export const panelSchema = z.strictObject({
  button: buttonOptions.optional().describe('short: acknowledge; held (holdSeconds): every rig down until released; held again: released'),
  led: ledOptions
    .optional()
    .describe(
      'dark: dead; a blip every 2 s: well; once a second: on battery; 4 times a second: shedding; two blinks: a hold; steady: a fault',
    ),
  buzzer: buzzerOptions
    .optional()
    .describe(
      'at a change: 1 on battery, 2 shedding, 3 a fault, 1 long mains again; a short press of the button silences it until a new fault',
    ),
});

export const schedulesSchema = z.strictObject({
  selfTest: z
    .string()
    .optional()
    .describe('five cron fields, such as "0 11 * * 1": when each UPS is told to test its battery; never on battery'),
});

/** The file as a whole; ups, rigs and the like are mappings from a name to the schema of that name. */
export const fileSchema = z.strictObject({
  site: siteSchema.prefault({}),
  stateDir: pathName.default(USUAL_STATE_DIR).describe('where the journal is kept; relative to this file'),
  socket: pathName.default(USUAL_SOCKET).describe('where `lastwatt` reaches the service; relative to this file'),
  armed: z.boolean().default(false).describe('whether a fresh stateDir starts armed; later `lastwatt arm` and `disarm` decide'),
  onAlarm: argv.optional().describe('argv of a program that is given each alarm, as a JSON object on its standard input'),
  ups: z.record(z.string(), upsSchema).describe('the supplies with a battery'),
  coins: z.record(z.string(), coinSchema).default({}).describe('what hash rates earn'),
  models: z.record(z.string(), modelSchema).default({}).describe('keys that several rigs share'),
  rigs: z.record(z.string(), rigSchema).describe('the rigs'),
  switches: z.record(z.string(), switchSchema).default({}).describe('relays, boards of relays, outlets'),
  policy: policySchema.prefault({}),
  restore: restoreSchema.prefault({}),
  panel: panelSchema.prefault({}),
  schedules: schedulesSchema.prefault({}),
  inputs: z.record(z.string(), inputSchema).default({}).describe('contacts that are read'),
  generators: z.record(z.string(), generatorSchema).default({}).describe('what stands in for the mains'),
  meters: notBuilt('meters of their own'),
});

export type CoinPart = z.output<typeof coinSchema>;
export type LookPart = z.output<typeof lookSchema>;
export type UpsPart = z.output<typeof upsSchema>;
export type RigPart = z.output<typeof rigSchema>;
export type SwitchPart = z.output<typeof switchSchema>;
export type GeneratorPart = z.output<typeof generatorSchema>;
