// A night from a seed: troubles at random moments on a random site, each of which ends. Which kinds may happen at all is
// drawn first, for a night full of everything hides what one kind alone would show.
import type { Command } from '../../src/model/command.ts';
import { type Chance, chance } from '../../src/sim/chance.ts';
import type { SimRigQuirks } from '../../src/sim/rig.ts';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import type { SimSwitchQuirks } from '../../src/sim/switch.ts';
import type { SimUpsQuirks } from '../../src/sim/ups.ts';
import { randomSite } from './random-site.ts';
import type { Night } from './scenario.ts';

/** Something that goes wrong, or that a person does; seconds of the night. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly fromSeconds: number;
  /** absent: it is over as soon as it is done */
  readonly toSeconds?: number;
  readonly say: string;
  /** the UPS, rig or switch it happens to */
  readonly on?: string;
  readonly begin: (night: Night) => unknown;
  readonly end?: (night: Night) => unknown;
}

export type TroubleKind = 'outage' | 'ups' | 'rig' | 'switch' | 'service' | 'journal' | 'person';

export interface RandomNight {
  readonly seed: number;
  readonly site: SimSiteOptions;
  readonly troubles: readonly Trouble[];
  /** seconds until everything is well for good */
  readonly lastsSeconds: number;
}

/** The first trouble comes when every device has been seen. */
const CALM_SECONDS = 40;
const KINDS: readonly TroubleKind[] = ['ups', 'rig', 'switch', 'service', 'journal', 'person'];

export function randomNight(seed: number): RandomNight {
  const site = randomSite(seed);
  const draw = chance(seed, 'kinds');
  const kinds = new Set(KINDS.filter(() => draw.happens(0.45)));
  const outages = outagesOf(chance(seed, 'mains'), Object.keys(site.ups));
  const lastsSeconds = Math.max(...outages.map(({ toSeconds = 0 }) => toSeconds)) + draw.between(0, 60);
  const span = (drawn: Chance): number => drawn.between(5, lastsSeconds);
  const more = [
    ...(kinds.has('ups') ? Object.keys(site.ups).flatMap((id) => upsTroubles(chance(seed, `trouble ${id}`), id, span)) : []),
    ...(kinds.has('rig') ? Object.keys(site.rigs).flatMap((id) => rigTroubles(chance(seed, `trouble ${id}`), id, span)) : []),
    ...(kinds.has('switch')
      ? Object.keys(site.switches ?? {}).flatMap((id) => switchTroubles(chance(seed, `trouble ${id}`), id, span))
      : []),
    ...(kinds.has('service') ? serviceTroubles(chance(seed, 'service'), lastsSeconds) : []),
    ...(kinds.has('journal') ? journalTroubles(chance(seed, 'journal'), span) : []),
    ...(kinds.has('person') ? wishes(chance(seed, 'person'), Object.keys(site.rigs), span) : []),
  ];
  const troubles = [...outages, ...more].sort((a, b) => a.fromSeconds - b.fromSeconds);
  return { seed, site, lastsSeconds, troubles };
}

/** What happens in it, a line each; for a night that failed. */
export function describeNight(night: RandomNight, troubles: readonly Trouble[] = night.troubles): string {
  const when = (seconds: number): string => seconds.toFixed(1).padStart(7);
  const lines = troubles.map(
    ({ fromSeconds, toSeconds, say }) => `${when(fromSeconds)}${toSeconds === undefined ? '         ' : ` ..${when(toSeconds)}`} ${say}`,
  );
  return [`seed ${night.seed}, until ${night.lastsSeconds.toFixed(1)} s`, JSON.stringify(night.site), ...lines].join('\n');
}

function outagesOf(draw: Chance, names: readonly string[]): readonly Trouble[] {
  const outages: Trouble[] = [];
  const count = 1 + draw.below(3);
  let at = CALM_SECONDS + draw.between(0, 30);
  for (let one = 0; one < count; one += 1) {
    const kind = draw.unit();
    const lasts = kind < 0.25 ? draw.between(0.3, 5) : kind < 0.5 ? draw.between(5, 60) : draw.between(60, 500);
    const ups = draw.happens(0.3) ? draw.pick(names) : undefined;
    const say = `mains of ${ups ?? 'all'} gone`;
    const ends = at + lasts;
    outages.push({
      kind: 'outage',
      fromSeconds: at,
      toSeconds: ends,
      say,
      ...(ups === undefined ? {} : { on: ups }),
      begin: (night) => night.loseMains(ups),
      end: (night) => night.returnMains(ups),
    });
    at = ends + (draw.happens(0.3) ? draw.between(0.5, 20) : draw.between(20, 240));
  }
  return outages;
}

type Span = (draw: Chance) => number;

const UPS_QUIRKS: readonly SimUpsQuirks[] = [
  { stale: true },
  { stale: true },
  { silent: true },
  { silent: true },
  { runtimeLagSeconds: 30 },
  { runtimeFactor: 1.3 },
  { chargeBias: 5 },
  { lowBattery: 'early' },
  { lowBattery: 'never' },
  { frozen: ['battery.runtime'] },
  { frozen: ['battery.charge', 'battery.runtime'] },
  { answerSeconds: 0.4 },
  { answerSeconds: 1.5 },
  { says: { 'battery.runtime': '65535' } },
  { says: { 'battery.runtime': '0' } },
  { says: { 'battery.charge': '-1', 'ups.load': 'many' } },
  { says: { 'ups.realpower': '0', 'ups.load': '0' } },
  { says: { 'ups.status': 'OL OB' } },
  { says: { 'ups.status': '' } },
];

function upsTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (draw.happens(0.2)) return [forcedShutdown(draw, id, span)];
  return some(draw, 3, () => {
    const quirks = draw.pick(UPS_QUIRKS) ?? {};
    const well = Object.fromEntries(Object.keys(quirks).map((name) => [name, undefined]));
    return lasting(draw, span(draw), {
      kind: 'ups',
      on: id,
      say: `${id} ${JSON.stringify(quirks)}`,
      begin: (night) => night.ups(quirks, id),
      end: (night) => night.ups(well, id),
    });
  });
}

function forcedShutdown(draw: Chance, id: string, span: Span): Trouble {
  return lasting(draw, span(draw), {
    kind: 'ups',
    on: id,
    say: `${id} announces a forced shutdown`,
    begin: (night) => night.world.ups.get(id)?.force(true),
    end: (night) => night.world.ups.get(id)?.force(false),
  });
}

const RIG_QUIRKS: readonly SimRigQuirks[] = [
  { refuses: true },
  { lies: true },
  { hangs: true },
  { willNotWake: true },
  { answerSeconds: 3 },
  { answerSeconds: 7 },
  { pauseSeconds: 40 },
];

function rigTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (!draw.happens(0.4)) return [];
  return some(draw, 2, () => {
    const quirks = draw.pick(RIG_QUIRKS) ?? {};
    return lasting(draw, span(draw), {
      kind: 'rig',
      on: id,
      say: `${id} ${JSON.stringify(quirks)}`,
      begin: (night) => night.rig(id, quirks),
      end: (night) => healRig(night, id),
    });
  });
}

/** Back to what it should be; two troubles at a time end together. */
export function healRig(night: Night, id: string): void {
  const rig = night.world.rigs.get(id);
  if (rig === undefined) return;
  const { pauseSeconds } = rig.traits;
  night.rig(id, { refuses: false, lies: false, hangs: false, willNotWake: false, answerSeconds: 0, pauseSeconds });
}

const SWITCH_QUIRKS: readonly SimSwitchQuirks[] = [
  { welded: true },
  { moveSeconds: 3 },
  { moveSeconds: 8 },
  { refuses: true },
  { unreachable: true },
  { hangs: true },
];
const WELL_SWITCH: Required<SimSwitchQuirks> = { welded: false, moveSeconds: 0, refuses: false, unreachable: false, hangs: false };

function switchTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (!draw.happens(0.35)) return [];
  const quirks = draw.pick(SWITCH_QUIRKS) ?? {};
  const trouble = lasting(draw, span(draw), {
    kind: 'switch',
    on: id,
    say: `${id} ${JSON.stringify(quirks)}`,
    begin: (night) => night.world.switches.get(id)?.misbehave(quirks),
    end: (night) => night.world.switches.get(id)?.misbehave(WELL_SWITCH),
  });
  return [trouble];
}

function serviceTroubles(draw: Chance, lastsSeconds: number): readonly Trouble[] {
  const troubles: Trouble[] = [];
  let at = draw.between(20, lastsSeconds);
  while (at < lastsSeconds && troubles.length < 4) {
    const wholePi = draw.happens(0.2);
    const ends = at + (wholePi ? draw.between(20, 90) : draw.happens(0.7) ? draw.between(0.5, 6) : draw.between(6, 200));
    troubles.push({
      kind: 'service',
      fromSeconds: at,
      toSeconds: ends,
      say: wholePi ? 'the Pi dies' : 'kill -9',
      begin: (night) => (wholePi ? night.killController() : night.kill()),
      end: (night) => (night.runs ? undefined : night.start()),
    });
    at = ends + draw.between(1, lastsSeconds / 2);
  }
  return troubles;
}

function journalTroubles(draw: Chance, span: Span): readonly Trouble[] {
  return some(draw, 2, () => {
    const fault = { code: 'refused', retry: 'soon', detail: 'no space left on the card' } as const;
    const quirks = draw.happens(0.5) ? { syncMs: 100 + draw.below(4_000) } : { fault };
    return lasting(draw, span(draw), {
      kind: 'journal',
      say: `the journal ${JSON.stringify(quirks)}`,
      begin: (night) => night.world.journal.misbehave(quirks),
      end: (night) => night.world.journal.misbehave({}),
    });
  });
}

function wishes(draw: Chance, rigs: readonly string[], span: Span): readonly Trouble[] {
  return some(draw, 6, () => {
    const command = wish(draw, rigs);
    const ask = (night: Night): unknown => (night.runs ? night.submit(command) : undefined);
    return { kind: 'person', fromSeconds: span(draw), say: `a person says ${JSON.stringify(command)}`, begin: ask };
  });
}

function wish(draw: Chance, rigs: readonly string[]): Command {
  const rig = draw.pick(rigs) ?? '';
  const chosen = draw.happens(0.2) ? 'all' : [rig];
  const kind = draw.unit();
  if (kind < 0.3) return { kind: 'hold', as: 'down', rigs: chosen, ...(draw.happens(0.3) ? { now: true } : {}) };
  if (kind < 0.4) return { kind: 'hold', as: 'down', rigs: chosen, forSeconds: 10 + draw.below(200) };
  if (kind < 0.6) return { kind: 'hold', as: 'up', rigs: chosen };
  if (kind < 0.75) return { kind: 'release', rigs: chosen };
  if (kind < 0.85) return { kind: 'drill', rig, cut: draw.happens(0.5) };
  return draw.happens(0.5) ? { kind: 'disarm', yes: true } : { kind: 'arm' };
}

function lasting(draw: Chance, fromSeconds: number, trouble: Omit<Trouble, 'fromSeconds' | 'toSeconds'>): Trouble {
  const lasts = draw.happens(0.5) ? draw.between(0.5, 30) : draw.between(30, 400);
  return { ...trouble, fromSeconds, toSeconds: fromSeconds + lasts };
}

/** One to `most` of them. */
function some<T>(draw: Chance, most: number, make: () => T): readonly T[] {
  return Array.from({ length: 1 + draw.below(most) }, make);
}
