// The policies side by side: what each keeps of the reward of someone who knows the future; what endless outages do; how long a plan takes.
import { parseArgs } from 'node:util';
import { type Figure, table as figureTable, percent } from './figures.ts';
import { BATTERIES, compared, inHundred, LENGTHS, type SiteTold, share, type Where } from './policy-compare.ts';
import { endless } from './policy-endless.ts';
import { fitFigures } from './policy-fit.ts';
import { CAPACITY_OFF, FLEET_SIZES } from './policy-fleet.ts';
import { limitsCompared } from './policy-limits.ts';
import { POLICIES, type PolicyName, policyNames } from './policy-rules.ts';
import { planTimes } from './policy-speed.ts';

export const POLICY_USAGE =
  '       scripts/bench policy [--declared] [--fleets N] [--seed S]   (the policies against a clairvoyant, batteries up to a fifth off what is\n' +
  '                      declared or, with --declared, as declared; default 250 fleets, seed 1)\n' +
  '       scripts/bench policy --core [--fleets N]   (with the core that owners run, on sites of 10 to 100 rigs; default 60 fleets)\n' +
  '       scripts/bench policy --fit [--fleets N] [--seed S]   (what plan claims is left, and what is; default 1000 sites)\n' +
  '       scripts/bench policy --limits [--fleets N] [--seed S]   (what limits are worth to the core; default 60 sites)\n' +
  '       scripts/bench policy --endless [--fleets N] [--seed S]   (hard cut-offs in 2000 outages that never end)\n' +
  '       scripts/bench policy --speed   (how long a plan takes)';

interface Streams {
  readonly out: { write(text: string): unknown };
  readonly progress: (say: string) => void;
}

const OURS = 'outage-aware';
const OTHERS = policyNames().filter((name) => name !== OURS && !('batteryKnown' in POLICIES[name]));
/** What the policy must keep of the clairvoyant's reward. */
const GOAL = 0.83;
const HELD = 'Every battery holds what is declared of it.';
const OFF = `Batteries hold up to ${percent(CAPACITY_OFF)} less or more than is declared.`;
const FLEETS = { compared: 250, core: 60, fit: 1_000, endless: 2_000, limits: 60 } as const;

/** 0 where every figure is reached, 1 where one is not, 2 for usage. */
export async function benchPolicy(argv: readonly string[], { out, progress }: Streams): Promise<number> {
  const asked = readArguments(argv);
  if (asked === undefined) {
    out.write(`usage:\n${POLICY_USAGE}\n`);
    return 2;
  }
  const { seed } = asked;
  const figures = await figuresOf(asked, progress);
  if (figures !== undefined) {
    out.write(`${figureTable(figures)}\n`);
    return figures.some(({ kept }) => kept === false) ? 1 : 0;
  }
  const counted = await cutsOf(asked, progress);
  if (counted !== undefined) {
    out.write(`${counted.lines.join('\n')}\n`);
    return counted.cuts === 0 ? 0 : 1;
  }
  const { core, declared } = asked;
  const sites = await compared({ fleets: asked.fleets ?? (core ? FLEETS.core : FLEETS.compared), seed, core, declared, progress });
  out.write(`${declared ? HELD : OFF}\n\n${comparison(sites)}\n`);
  const { kept } = share(sites, OURS);
  return kept >= GOAL && OTHERS.every((name) => share(sites, name).kept < kept) ? 0 : 1;
}

/** Of what is shown as figures with their limits; undefined: something else was asked for. */
async function figuresOf(
  { fit, speed, fleets = FLEETS.fit, seed }: Asked,
  progress: Streams['progress'],
): Promise<readonly Figure[] | undefined> {
  if (speed) return planTimes(progress);
  return fit ? fitFigures({ sites: fleets, seed, progress }) : undefined;
}

/** Of what must end in no hard cut-off; undefined: something else was asked for. */
async function cutsOf(
  { endless: isEndless, limits, fleets, seed }: Asked,
  progress: Streams['progress'],
): Promise<{ readonly lines: readonly string[]; readonly cuts: number } | undefined> {
  if (limits) return limitsCompared({ sites: fleets ?? FLEETS.limits, seed, progress });
  return isEndless ? endless({ outages: fleets ?? FLEETS.endless, seed, progress }) : undefined;
}

interface Asked {
  readonly fleets?: number;
  readonly seed: number;
  readonly core: boolean;
  readonly declared: boolean;
  readonly fit: boolean;
  readonly endless: boolean;
  readonly limits: boolean;
  readonly speed: boolean;
}

function readArguments(argv: readonly string[]): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        fleets: { type: 'string' },
        seed: { type: 'string', default: '1' },
        core: { type: 'boolean', default: false },
        declared: { type: 'boolean', default: false },
        fit: { type: 'boolean', default: false },
        endless: { type: 'boolean', default: false },
        limits: { type: 'boolean', default: false },
        speed: { type: 'boolean', default: false },
      },
    });
    const others = [values.fit, values.endless, values.limits, values.speed].filter((one) => one).length;
    const more = others + (values.core || values.declared ? 1 : 0);
    const [fleets, seed] = [Number(values.fleets ?? 1), Number(values.seed)];
    if (!Number.isInteger(fleets) || fleets < 1 || !Number.isSafeInteger(seed) || more > 1) return undefined;
    return {
      ...(values.fleets !== undefined && { fleets }),
      seed,
      core: values.core,
      declared: values.declared,
      fit: values.fit,
      endless: values.endless,
      limits: values.limits,
      speed: values.speed,
    };
  } catch {
    return undefined;
  }
}

/** All tables, in Markdown. */
export function comparison(sites: readonly SiteTold[]): string {
  const sizes = FLEET_SIZES.filter((size) => sites.some(({ rigs }) => rigs === size));
  const batteries = BATTERIES.map(({ name }, battery) => ({ name, battery })).filter((one) =>
    sites.some((site) => site.battery === one.battery),
  );
  const lengths = LENGTHS.map(({ name }, length) => ({ name, length }));
  return [
    `${sites.length} sites. Reward kept of a clairvoyant's, restarts paid for; in brackets 95 of 100 redraws of the sites.`,
    overall(sites),
    `By rigs:\n${byColumn(
      sites,
      sizes.map((rigs) => ({ name: `${rigs}`, where: { rigs } })),
    )}`,
    `By what the battery carries all for:\n${byColumn(
      sites,
      batteries.map(({ name, battery }) => ({ name, where: { battery } })),
    )}`,
    `By how long the outage lasts:\n${byColumn(
      sites,
      lengths.map(({ name, length }) => ({ name, where: { length } })),
    )}`,
    ...honest(sites),
  ].join('\n\n');
}

/** Those that were played. */
const namesOf = ([first]: readonly SiteTold[]): readonly PolicyName[] => Object.keys(first?.told ?? {}) as PolicyName[];

function overall(sites: readonly SiteTold[]): string {
  return markdown([
    ['policy', 'kept', '', 'hard cut-offs, of 100 outages', 'of 100 endless ones', 'needless restarts, of 100 a rig and outage'],
    ...namesOf(sites).map((name) => {
      const { kept, between } = share(sites, name);
      const hard = sites.filter(({ endsHard }) => endsHard.has(name)).length;
      return [
        name,
        percent(kept),
        `[${between.map(percent).join(', ')}]`,
        inHundred(sites, name, 'hardCuts').toFixed(2),
        ((100 * hard) / sites.length).toFixed(1),
        inHundred(sites, name, 'needless').toFixed(1),
      ];
    }),
  ]);
}

interface Column {
  readonly name: string;
  readonly where: Where;
}

function byColumn(sites: readonly SiteTold[], columns: readonly Column[]): string {
  return markdown([
    ['policy', ...columns.map(({ name }) => name)],
    ...namesOf(sites).map((name) => [
      name,
      ...columns.map(({ where }) => {
        const { kept, between } = share(sites, name, where);
        return `${percent(kept)} [${between.map(percent).join(', ')}]`;
      }),
    ]),
  ]);
}

/** Which other policy is the best, and where one is better than outage-aware. */
function honest(sites: readonly SiteTold[]): readonly string[] {
  const keptBy = (name: PolicyName): number => share(sites, name).kept;
  const best = OTHERS.reduce((a, b) => (keptBy(b) > keptBy(a) ? b : a));
  const more = share(sites, OURS, {}, best);
  const lines = [
    `The best of the others is ${best}: ${OURS} keeps ${points(more.kept)} points more [${more.between.map(points).join(', ')}].`,
  ];
  const { kept } = share(sites, OURS);
  lines.push(`To be reached: ${percent(GOAL)}. ${OURS} keeps ${percent(kept)}: ${kept >= GOAL ? 'kept' : 'MISSED'}.`);
  const lost = BATTERIES.flatMap((own, battery) =>
    LENGTHS.flatMap((outage, length) =>
      OTHERS.flatMap((name) => {
        if (!sites.some((site) => site.battery === battery)) return [];
        const { kept, between } = share(sites, name, { battery, length }, OURS);
        return between[0] > 0 ? [{ where: `battery ${own.name}, outage ${outage.name}`, name, kept }] : [];
      }),
    ),
  ).sort((a, b) => b.kept - a.kept);
  const worst = lost.filter((one, i) => lost.findIndex(({ where }) => where === one.where) === i);
  const where = worst.map((one) => `  ${one.where}: ${one.name} keeps ${points(one.kept)} points more`);
  lines.push(worst.length === 0 ? `Where ${OURS} loses: nowhere that shows.` : `Where ${OURS} loses, to whom most:\n${where.join('\n')}`);
  return lines;
}

const points = (part: number): string => (100 * part).toFixed(1);

/** A table in Markdown, its columns aligned for a terminal. */
function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
