// A night from a seed: troubles at random moments on a random site, each of which ends. Which kinds may happen at all is
// drawn first, for a night full of everything hides what one kind alone would show.
import type { Command } from '../model/command.ts';
import { type Chance, chance } from '../sim/chance.ts';
import { AFTERMATHS } from '../sim/disk.ts';
import type { SimRigQuirks } from '../sim/rig.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import type { SimSwitchQuirks } from '../sim/switch.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';
import { boardIn, delayedBy, playOf } from './draw-contacts.ts';
import { standbyOf } from './draw-generator.ts';
import { badReturns } from './draw-return.ts';
import { isScarce, lastingLonger, withLittle, withoutAWord } from './draw-scarce.ts';
import { drawSite } from './draw-site.ts';
import { type Act, type Scenario, type Trouble, tenths } from './scenario.ts';

/** The first trouble comes when every device has been seen. */
const CALM_SECONDS = 40;
const KINDS = ['ups', 'rig', 'switch', 'service', 'card', 'person', 'ways'] as const;
const KIND_HAPPENS = 0.4;
/** Some nights pass over a simulated wire, through the real drivers: slower, and so not all. */
const WIRED = 0.25;

export interface Size {
  readonly mostRigs: number;
  readonly mostOutages: number;
  /** s of an outage */
  readonly longest: number;
}

const USUAL = { mostOutages: 3, longest: 500 } as const;

/** The night of this seed; the same seed gives the same night. No larger than `size`, where that is said. */
export function drawNight(seed: number, size?: Size): Scenario {
  const scarce = isScarce(seed);
  const drawnSite = drawSite(seed, size?.mostRigs);
  const ownSite = scarce ? withLittle(seed, drawnSite) : drawnSite;
  const draw = chance(seed, 'kinds');
  const kinds = new Set(KINDS.filter(() => draw.happens(KIND_HAPPENS)));
  const drawn = outagesOf(chance(seed, 'mains'), Object.keys(ownSite.ups), size ?? USUAL);
  const play = playOf(seed, ownSite);
  const standby = standbyOf(seed, ownSite, delayedBy(play, scarce ? lastingLonger(seed, drawn) : drawn));
  const { site, outages } = standby;
  const mainsBackSeconds = Math.max(...outages.map(({ toSeconds = 0 }) => toSeconds));
  const lastsSeconds = mainsBackSeconds + draw.between(0, 60);
  const span: Span = (drawn) => drawn.between(5, lastsSeconds);
  const of = (concern: string): Chance => chance(seed, concern);
  const each = (names: readonly string[], make: (drawn: Chance, id: string, span: Span) => readonly Trouble[]): readonly Trouble[] =>
    names.flatMap((id) => make(of(`trouble ${id}`), id, span));
  const more: Readonly<Record<(typeof KINDS)[number], () => readonly Trouble[]>> = {
    ups: () => each(Object.keys(site.ups), upsTroubles),
    rig: () => each(Object.keys(site.rigs), rigTroubles),
    switch: () => [...each(Object.keys(site.switches ?? {}), switchTroubles), ...boardTroubles(of('board'), span)],
    service: () => serviceTroubles(of('service'), lastsSeconds),
    card: () => cardTroubles(of('card'), span),
    person: () => wishes(of('person'), Object.keys(site.rigs), span),
    ways: () => wayTroubles(of('ways'), span),
  };
  const seldom = [...latches(of('latch'), Object.keys(site.ups), lastsSeconds), ...ficklePerson(of('fickle'), site, lastsSeconds)];
  const wordless = scarce ? withoutAWord(seed, Object.keys(site.ups), tenths(lastsSeconds)) : [];
  const returns = badReturns(of('return'), Object.keys(site.rigs), mainsBackSeconds);
  const troubles = [
    ...outages,
    ...play.troubles,
    ...standby.troubles,
    ...boardIn(seed, outages),
    ...wordless,
    ...KINDS.flatMap((kind) => (kinds.has(kind) ? more[kind]() : [])),
    ...seldom,
    ...returns,
  ];
  return {
    name: `seed ${seed}`,
    site,
    wired: of('wire').happens(WIRED),
    lastsSeconds: Math.max(tenths(lastsSeconds), ...returns.map(({ toSeconds = 0 }) => toSeconds)),
    ...journalOf(of('journal')),
    troubles: troubles.sort((a, b) => a.fromSeconds - b.fromSeconds),
  };
}

type Span = (draw: Chance) => number;

function outagesOf(draw: Chance, names: readonly string[], { mostOutages, longest }: Omit<Size, 'mostRigs'>): readonly Trouble[] {
  const outages: Trouble[] = [];
  const count = 1 + draw.below(mostOutages);
  let at = CALM_SECONDS + draw.between(0, 30);
  for (let one = 0; one < count; one += 1) {
    const kind = draw.unit();
    const lasts = kind < 0.25 ? draw.between(0.3, 5) : kind < 0.5 ? draw.between(5, 60) : draw.between(60, longest);
    const ups = draw.happens(0.3) ? draw.pick(names) : undefined;
    const act = { kind: 'mains-gone' as const, ...(ups === undefined ? {} : { on: ups }) };
    if (draw.happens(0.1)) outages.push(...flicker(draw, act, at));
    const ends = at + lasts;
    outages.push({ ...act, fromSeconds: tenths(at), toSeconds: tenths(ends) });
    at = ends + (draw.happens(0.3) ? draw.between(0.5, 20) : draw.between(20, 240));
  }
  return outages;
}

/** Some seconds of on and off before it is gone for good (F05). */
function flicker(draw: Chance, act: Act, untilSeconds: number): readonly Trouble[] {
  const flicks: Trouble[] = [];
  let at = untilSeconds - draw.between(0.3, 4);
  for (let one = 1 + draw.below(4); one > 0; one -= 1) {
    const from = at - draw.between(0.3, 3);
    if (from > CALM_SECONDS) flicks.push({ ...act, fromSeconds: tenths(from), toSeconds: tenths(at) });
    at = from - draw.between(0.3, 4);
  }
  return flicks;
}

/** Files so small that the journal goes through several in a night, and begins each with what must survive. */
function journalOf(draw: Chance): Pick<Scenario, 'fileBytes'> {
  return draw.happens(0.4) ? { fileBytes: draw.pick([4_000, 8_000, 20_000]) ?? 8_000 } : {};
}

/** A forced shutdown that nobody takes back, or one from before the service. */
function latches(draw: Chance, names: readonly string[], lastsSeconds: number): readonly Trouble[] {
  if (!draw.happens(0.06)) return [];
  const on = draw.pick(names) ?? 'rack';
  const at = draw.between(5, lastsSeconds);
  if (draw.happens(0.5)) return [{ kind: 'forced-shutdown', on, fromSeconds: tenths(at) }];
  const dead: readonly Trouble[] = [{ kind: 'killed', fromSeconds: tenths(5 + at / 20), toSeconds: tenths(12 + at / 20) }];
  return [...dead, { kind: 'forced-shutdown', on, fromSeconds: tenths(8 + at / 20), toSeconds: tenths(40 + at / 20) }];
}

/** Down and up and down again, more often than a contact may move. */
function ficklePerson(draw: Chance, site: SimSiteOptions, lastsSeconds: number): readonly Trouble[] {
  const rigs = Object.keys(site.rigs).filter((id) => (site.rigs[id]?.cutBy ?? []).length === 1);
  const rig = draw.pick(rigs);
  if (rig === undefined || !draw.happens(0.06)) return [];
  const troubles: Trouble[] = [];
  let at = draw.between(5, 40);
  for (let turn = 0; turn < 12 && at < lastsSeconds; turn += 1) {
    const command: Command = turn % 2 === 0 ? { kind: 'hold', as: 'down', rigs: [rig], now: true } : { kind: 'release', rigs: [rig] };
    troubles.push({ kind: 'person', command, from: 'cli', fromSeconds: tenths(at) });
    at += draw.between(8, 40);
  }
  return troubles;
}

const UPS_QUIRKS: readonly SimUpsQuirks[] = [
  { stale: true },
  { stale: true },
  { silent: true },
  { silent: true },
  { garbles: true },
  { runtimeLagSeconds: 30 },
  { runtimeFactor: 1.3 },
  { runtimeFactor: 3 },
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
  { says: { 'battery.charge': '255', 'ups.load': '400' } },
  { says: { 'ups.realpower': '0', 'ups.load': '0' } },
  { says: { 'ups.status': 'OL OB' } },
  { says: { 'ups.status': '' } },
  { says: { 'ups.status': 'OL LB' } },
  { says: { 'ups.status': 'OL BYPASS' } },
  { says: { 'ups.status': 'OL CHRG TEST' } },
  { says: { 'ups.status': 'OB DISCHRG CAL' } },
  { says: { 'ups.status': 'OL RB' } },
  { says: { 'ups.status': 'OB DISCHRG' } },
];

function upsTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (draw.happens(0.2)) return [lasting(draw, span(draw), { kind: 'forced-shutdown', on: id })];
  return some(draw, 3, () => lasting(draw, span(draw), { kind: 'ups', on: id, quirks: draw.pick(UPS_QUIRKS) ?? {} }));
}

const RIG_QUIRKS: readonly SimRigQuirks[] = [
  { refuses: true },
  { lies: true },
  { hangs: true },
  { willNotWake: true },
  { answerSeconds: 3 },
  { answerSeconds: 7 },
  { pauseSeconds: 40 },
  { losesAnswers: true },
  { locked: true },
  { garbles: true },
  { wattsFactor: 0.3 },
];

function rigTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (!draw.happens(0.4)) return [];
  return some(draw, 2, () => {
    const kind = draw.unit();
    const from = span(draw);
    if (kind < 0.1) return { kind: 'rig-reboots', on: id, fromSeconds: tenths(from) };
    if (kind < 0.15) return lasting(draw, from, { kind: 'second-feed', on: id });
    return lasting(draw, from, { kind: 'rig', on: id, quirks: draw.pick(RIG_QUIRKS) ?? {} });
  });
}

const SWITCH_QUIRKS: readonly SimSwitchQuirks[] = [
  { welded: true },
  { moveSeconds: 3 },
  { moveSeconds: 8 },
  { refuses: true },
  { unreachable: true },
  { hangs: true },
];

function switchTroubles(draw: Chance, id: string, span: Span): readonly Trouble[] {
  if (!draw.happens(0.35)) return [];
  return [lasting(draw, span(draw), { kind: 'switch', on: id, quirks: draw.pick(SWITCH_QUIRKS) ?? {} })];
}

function boardTroubles(draw: Chance, span: Span): readonly Trouble[] {
  return draw.happens(0.2) ? [{ kind: 'board-resets', fromSeconds: tenths(span(draw)) }] : [];
}

function serviceTroubles(draw: Chance, lastsSeconds: number): readonly Trouble[] {
  const troubles: Trouble[] = [];
  let at = draw.between(20, lastsSeconds);
  while (at < lastsSeconds && troubles.length < 4) {
    const kind = draw.unit();
    const lasts = draw.happens(0.7) ? draw.between(0.5, 6) : draw.between(6, 200);
    const ends = kind < 0.2 ? at + draw.between(20, 90) : at + lasts;
    const act: Act =
      kind < 0.2 ? { kind: 'pi-dead', aftermath: draw.pick(AFTERMATHS) ?? 'nothing' } : { kind: kind < 0.35 ? 'stopped' : 'killed' };
    troubles.push({ ...act, fromSeconds: tenths(at), toSeconds: tenths(ends) });
    at = ends + draw.between(1, lastsSeconds / 2);
  }
  return troubles;
}

function cardTroubles(draw: Chance, span: Span): readonly Trouble[] {
  const wall: readonly Trouble[] = draw.happens(0.3)
    ? [{ kind: 'wall-clock', byHours: draw.pick([-90_000, -1, 1, 90_000]) ?? 1, fromSeconds: tenths(span(draw)) }]
    : [];
  const card = some(draw, 2, () => {
    const quirks = draw.happens(0.5) ? { syncMs: 100 + draw.below(4_000) } : { code: draw.pick(['ENOSPC', 'EROFS', 'EIO']) ?? 'EIO' };
    return lasting(draw, span(draw), { kind: 'card', quirks });
  });
  return [...wall, ...card];
}

function wayTroubles(draw: Chance, span: Span): readonly Trouble[] {
  return some(draw, 2, () => lasting(draw, span(draw), { kind: draw.happens(0.5) ? 'server-gone' : 'network-gone' }));
}

function wishes(draw: Chance, rigs: readonly string[], span: Span): readonly Trouble[] {
  return some(draw, 6, () => {
    const fromSeconds = tenths(span(draw));
    // The button knows all or nothing (contract.md 2, panel).
    if (draw.happens(0.1)) return { kind: 'person', command: { kind: 'hold', as: 'down', rigs: 'all' }, from: 'button', fromSeconds };
    return { kind: 'person', command: wish(draw, rigs), from: 'cli', fromSeconds };
  });
}

function wish(draw: Chance, rigs: readonly string[]): Command {
  const rig = draw.pick(rigs) ?? '';
  const chosen = draw.happens(0.2) ? 'all' : [rig];
  const kind = draw.unit();
  if (kind < 0.3) return { kind: 'hold', as: 'down', rigs: chosen, ...(draw.happens(0.3) ? { now: true } : {}) };
  if (kind < 0.4) return { kind: 'hold', as: 'down', rigs: chosen, forSeconds: 10 + draw.below(200) };
  if (kind < 0.6) return { kind: 'hold', as: 'up', rigs: chosen, ...(draw.happens(0.3) ? { forSeconds: 10 + draw.below(200) } : {}) };
  if (kind < 0.75) return { kind: 'release', rigs: chosen };
  if (kind < 0.85) return { kind: 'drill', rig, cut: draw.happens(0.5) };
  return draw.happens(0.5) ? { kind: 'disarm', yes: true } : { kind: 'arm' };
}

function lasting(draw: Chance, fromSeconds: number, act: Act): Trouble {
  const lasts = draw.happens(0.5) ? draw.between(0.5, 30) : draw.between(30, 400);
  return { ...act, fromSeconds: tenths(fromSeconds), toSeconds: tenths(fromSeconds + lasts) };
}

/** One to `most` of them. */
function some(draw: Chance, most: number, make: () => Trouble): readonly Trouble[] {
  return Array.from({ length: 1 + draw.below(most) }, make);
}
