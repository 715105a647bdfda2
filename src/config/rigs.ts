// The rigs of the file: their own keys over those of their model, over the defaults of their driver.
import { z } from 'zod';
import type { RigId } from '../model/id.ts';
import type { LimitPoint, Reward, Rig } from '../model/rig.ts';
import type { RigDriverKind } from '../rigs/port.ts';
import { rigDrivers } from '../rigs/registry.ts';
import { assembleCoins, type Coins, HASH_RATE_WORDS } from './coins.ts';
import type { ConfiguredRig } from './config.ts';
import {
  checkSupplies,
  type Draft,
  goodKeys,
  isMapping,
  keysAndValues,
  type Locate,
  reportTwice,
  reportUnknown,
  split,
  type TakenDriver,
  take,
  takeDriven,
  things,
} from './draft.ts';
import { modelSchema, type RigPart, rigSchema } from './schema.ts';
import { mayExist, type Switches } from './switches.ts';
import { hashRate } from './units.ts';

export interface Rigs {
  readonly rigs: ReadonlyMap<RigId, Rig>;
  readonly configured: ReadonlyMap<RigId, ConfiguredRig>;
  readonly coins: Coins;
  /** of every rig, also of those with mistakes, for the checks between them */
  readonly sketches: readonly RigSketch[];
}

export interface RigSketch {
  readonly id: RigId;
  readonly at: Locate;
  readonly fedBy: readonly string[];
  readonly cutBy: readonly string[];
  readonly watts: number;
  /** `host:port`; undefined where it is reached another way */
  readonly endpoint: string | undefined;
}

/** What rigs may refer to. */
interface Around {
  /** the configuration, as it was named */
  readonly file: string;
  readonly supplyNames: readonly string[];
  readonly switches: Switches;
}

export function assembleRigs(draft: Draft, around: Around): Rigs {
  const models = things(draft, 'models');
  const coins = assembleCoins(draft, around.file);
  const used = new Set<string>();
  const rigs = new Map<RigId, Rig>();
  const configured = new Map<RigId, ConfiguredRig>();
  const sketches: RigSketch[] = [];
  for (const [id, model] of models) checkModel(draft, id, model);
  for (const [id, value] of things(draft, 'rigs')) {
    const merged = withModel(draft, { id, value, models });
    if (merged === undefined) continue;
    const { at } = merged;
    const given = { schema: rigSchema, drivers: rigDrivers, driverWords: 'rig driver', value: merged.value, at };
    const { whole, good, driver } = takeDriven(draft, given);
    used.add(`models ${merged.model}`).add(`coins ${good.reward?.coin}`);
    checkReferences(draft, { part: good, at, around });
    checkPausedWatts(draft, good, at);
    if (driver !== undefined) checkLimits(draft, { part: good, kind: driver.kind, at });
    const reward = rewardOf(draft, { reward: good.reward, at, coins });
    sketches.push({ id, at, fedBy: good.fedBy ?? [], cutBy: good.cutBy ?? [], watts: good.watts ?? 0, endpoint: endpointOf(driver) });
    if (whole === undefined || driver === undefined || !driver.fits) continue;
    rigs.set(id, assembled({ id, part: whole, kind: driver.kind, reward }));
    configured.set(id, configuredRig(driver));
  }
  warnUnused(draft, { models, coins: coins.perHash }, used);
  return { rigs, configured, coins, sketches };
}

function warnUnused(
  draft: Draft,
  sections: Readonly<Record<'models' | 'coins', ReadonlyMap<string, unknown>>>,
  used: ReadonlySet<string>,
): void {
  for (const section of ['models', 'coins'] as const) {
    for (const id of sections[section].keys()) {
      if (!used.has(`${section} ${id}`)) draft.report.warning([section, id], 'no rig names it');
    }
  }
}

interface Merged {
  readonly model: string | undefined;
  readonly value: unknown;
  readonly at: Locate;
}

function withModel(
  draft: Draft,
  { id, value, models }: { id: RigId; value: unknown; models: ReadonlyMap<string, unknown> },
): Merged | undefined {
  const own = keysAndValues(value);
  const here: Locate = (inner) => ['rigs', id, ...inner];
  const model = own.get('model');
  if (typeof model !== 'string') return { model: undefined, value, at: here };
  if (!models.has(model)) {
    reportUnknown(draft, here(['model']), { name: model, kind: 'model of this file', known: [...models.keys()] });
    // Without its model it would only seem to miss this and that: what it has itself is looked at.
    take(draft, modelSchema, { value: split(Object.fromEntries(own), Object.keys(modelSchema.shape)).ours, at: here });
    return undefined;
  }
  const shared = keysAndValues(models.get(model));
  const isShared = (key: string | number | undefined): boolean => typeof key === 'string' && !own.has(key) && shared.has(key);
  const at: Locate = (inner) => (isShared(inner[0]) ? ['models', model, ...inner] : here(inner));
  return { model, value: Object.fromEntries([...shared, ...own]), at };
}

/** Also of a model that no rig has; what is missing in it a rig may have. */
function checkModel(draft: Draft, id: string, value: unknown): void {
  const at: Locate = (inner) => ['models', id, ...inner];
  take(draft, modelSchema, { value: isMapping(value) ? split(value, Object.keys(rigSchema.shape)).ours : value, at });
}

interface Ingredients {
  readonly id: RigId;
  readonly part: RigPart;
  readonly kind: RigDriverKind;
  readonly reward: Reward | undefined;
}

function assembled({ id, part, kind, reward }: Ingredients): Rig {
  const { defaults } = kind;
  const pausePersists = part.pausePersists ?? defaults.pausePersists;
  return {
    id,
    driver: kind.name,
    fedBy: part.fedBy,
    cutBy: part.cutBy,
    can: kind.can,
    watts: part.watts,
    pausedWatts: part.pausedWatts ?? Math.min(defaults.pausedWatts, part.watts),
    graceSeconds: part.graceSeconds ?? defaults.graceSeconds,
    coolDownSeconds: part.coolDownSeconds ?? defaults.coolDownSeconds,
    resumeMinutes: part.resumeMinutes ?? defaults.resumeMinutes,
    restartMinutes: part.restartMinutes ?? defaults.restartMinutes,
    ...(part.limits !== undefined && { limits: pointsOf(part.limits) }),
    ...(pausePersists !== undefined && { pausePersists }),
    ...(reward !== undefined && { reward }),
  };
}

function configuredRig({ kind, options }: TakenDriver<RigDriverKind>): ConfiguredRig {
  const host = options['host'];
  return {
    driver: kind.name,
    options,
    safeGraceSeconds: kind.defaults.graceSeconds,
    ...(kind.secretFiles !== undefined && { secretFiles: kind.secretFiles(options) }),
    ...(typeof host === 'string' && { host }),
  };
}

function endpointOf(driver: TakenDriver<RigDriverKind> | undefined): string | undefined {
  if (driver === undefined || !(driver.kind.options instanceof z.ZodObject)) return undefined;
  const { host, port } = goodKeys(driver.kind.options, driver.options);
  return typeof host === 'string' ? `${host.toLowerCase()}:${String(port ?? driver.kind.name)}` : undefined;
}

function checkReferences(draft: Draft, { part, at, around }: { part: Partial<RigPart>; at: Locate; around: Around }): void {
  const { fedBy = [], cutBy = [] } = part;
  checkSupplies(draft, fedBy, { known: around.supplyNames, at: (i) => at(['fedBy', i]) });
  cutBy.forEach((name, i) => {
    if (mayExist(around.switches, name)) return;
    reportUnknown(draft, at(['cutBy', i]), { name, kind: 'switch of this file', known: [...around.switches.names] });
  });
  reportTwice(draft, cutBy, (i) => at(['cutBy', i]));
}

function checkPausedWatts(draft: Draft, { watts, pausedWatts }: Partial<RigPart>, at: Locate): void {
  if (pausedWatts === undefined || watts === undefined || pausedWatts <= watts) return;
  draft.report.mistake(at(['pausedWatts']), `${pausedWatts} W paused is more than ${watts} W hashing; correct one`);
}

/** Points as they stand in the file, the least watts first. */
const pointsOf = (limits: RigPart['limits']): readonly LimitPoint[] =>
  Object.entries(limits ?? {})
    .map(([watts, share]) => ({ watts: Number(watts), share }))
    .sort((a, b) => a.watts - b.watts);

interface LimitQuestion {
  readonly part: Partial<RigPart>;
  readonly kind: RigDriverKind;
  readonly at: Locate;
}

function checkLimits(draft: Draft, { part: { limits, watts, pausedWatts }, kind, at }: LimitQuestion): void {
  if (limits === undefined) return;
  if (kind.can.limit !== true)
    draft.report.mistake(
      at(['limits']),
      `a ${kind.name} rig can't be limited, or not quickly, or not be taken back from it: leave limits out`,
    );
  let below = 0;
  for (const { watts: limit, share } of pointsOf(limits)) {
    const here = at(['limits', String(limit)]);
    if (watts !== undefined && limit >= watts) draft.report.mistake(here, `${limit} W is no limit for a rig of ${watts} W: less than that`);
    // Below that its watts could be those of one that sleeps.
    const least = Math.ceil(Math.max(2 * LEAST_OVER_IDLE * (pausedWatts ?? kind.defaults.pausedWatts), 2 * LEAST_OF_PLATE * (watts ?? 0)));
    if (limit < least) draft.report.mistake(here, `${limit} W is too near to what it draws asleep to be told from it: ${least} W at least`);
    if (share <= below) draft.report.mistake(here, `a share of ${share} at ${limit} W, and ${below} at fewer watts: it must rise`);
    below = share;
  }
}

/** A rig is on standby at or below these shares of its watts asleep and at work (core/seen.ts). */
const LEAST_OVER_IDLE = 1.5;
const LEAST_OF_PLATE = 0.15;

interface RewardQuestion {
  readonly reward: RigPart['reward'];
  readonly at: Locate;
  readonly coins: Coins;
}

/** A flat reward has no hash rate; one by a coin has, so that a measured rate can scale it. */
function rewardOf(draft: Draft, { reward, at, coins }: RewardQuestion): Reward | undefined {
  if (reward === undefined) return undefined;
  const { perDay, coin, hashrate } = reward;
  if (perDay !== undefined && coin === undefined && hashrate === undefined) return { perDay };
  if (perDay !== undefined || coin === undefined || hashrate === undefined) {
    const found = Object.keys(reward).join(' with ');
    draft.report.mistake(at(['reward']), `expected either perDay, or coin with hashrate; found ${found === '' ? 'nothing' : found}`);
    return undefined;
  }
  const rate = hashRate(hashrate);
  if (rate === undefined) draft.report.mistake(at(['reward', 'hashrate']), HASH_RATE_WORDS);
  const { perHash: known, sourced } = coins;
  if (!known.has(coin)) reportUnknown(draft, at(['reward', 'coin']), { name: coin, kind: 'coin of this file', known: [...known.keys()] });
  const perHash = known.get(coin);
  const isSourced = sourced.has(coin);
  if (rate === undefined || (perHash === undefined && !isSourced)) return undefined;
  return { ...(perHash !== undefined && { perDay: perHash * rate }), hashRate: rate, ...(isSourced && { coin }) };
}
