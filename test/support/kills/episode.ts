// One episode: a drawn site lives through its course while its service is killed again and again, and is judged.
import { realClock } from '../../../src/host/clock.ts';
import { type Act, drawKills, type Moment, type MomentKind } from './draw.ts';
import { judge, saidAgain } from './judge.ts';
import { KillSite, type SiteSetting } from './site.ts';

export interface EpisodeSetting extends SiteSetting {
  /** kills that are still wanted; the rest of the course is lived through without. Default: as drawn. */
  readonly mostKills?: () => number;
  readonly onKill?: () => void;
}

export interface Episode {
  readonly seed: number;
  readonly kills: readonly MomentKind[];
  /** ms from the start of the process to its first tick, of each life that came so far */
  readonly startMs: readonly number[];
  readonly orders: number;
  readonly edges: number;
  readonly records: number;
  /** orders that told a rig what it was already */
  readonly saidAgain: number;
  readonly violations: readonly string[];
  /** for people, where something is wrong */
  readonly story: string;
}

const FIRST_TICK_MS = 30_000;
/** What does not come is not waited for: the kill then comes without it, and counts as one at any moment. */
const PATIENCE_MS = 2_500;
const GOAL_MS = 60_000;
const CALM_MS = 500;

export async function liveEpisode(seed: number, setting: EpisodeSetting): Promise<Episode> {
  const draw = drawKills(seed);
  const site = await KillSite.open(draw, setting);
  try {
    const lost: string[] = [];
    await site.launch();
    for (const [place, act] of draw.acts.entries()) {
      const failed = await live(site, act, setting);
      if (failed === undefined) continue;
      lost.push(`act ${place + 1} (${act.world}): ${failed}`);
      break;
    }
    return await told(site, lost);
  } finally {
    await site.close();
  }
}

/** One act; gives what did not come true. */
async function live(site: KillSite, act: Act, setting: EpisodeSetting): Promise<string | undefined> {
  begin(site, act);
  for (const moment of act.kills) {
    if (setting.mostKills !== undefined && setting.mostKills() <= 0) break;
    const failed = await killAt(site, moment, act);
    if (failed !== undefined) return failed;
    setting.onKill?.();
    await site.launch();
  }
  if (!(await site.becomes(() => site.ticked(), FIRST_TICK_MS))) return 'the service did not come up';
  const came = await site.becomes(async () => reached(site, act) && (act.world !== 'calm' || (await seesAll(site))), GOAL_MS);
  if (!came) return `${act.goal} did not come true within ${GOAL_MS / 1000} s after the last kill`;
  return site.service.running ? undefined : 'the service ended by itself';
}

function begin(site: KillSite, { world }: Act): void {
  if (world === 'outage') site.misbehave(true);
  if (world === 'mains') site.misbehave(false);
  if (world === 'outage' || world === 'mains') site.mains(world === 'mains');
  if (world === 'low-battery') site.lowBattery();
}

function reached({ fleet }: KillSite, { goal }: Act): boolean {
  switch (goal) {
    case 'all-hash':
      return fleet.allHashing;
    case 'all-dark':
      return fleet.allDark;
    case 'one-is-back':
      return fleet.bestFirst.some((id) => fleet.hashing(id));
    case 'some-down':
      return fleet.bestFirst.some((id) => fleet.quiet(id));
  }
}

/** Where this has come true no order is left to be heard and no contact to move. */
function isOver(site: KillSite, act: Act): boolean {
  return (act.goal === 'all-hash' || act.goal === 'all-dark') && reached(site, act);
}

async function seesAll({ service }: KillSite): Promise<boolean> {
  const status = await service.status();
  return status !== undefined && status.ups[0]?.line === 'mains' && status.rigs.every(({ phase }) => phase === 'hashing');
}

async function killAt(site: KillSite, moment: Moment, act: Act): Promise<string | undefined> {
  const { life } = site;
  const kill = (kind: MomentKind): void => {
    if (life !== undefined && site.service.running) life.killed = kind;
    site.service.signal('SIGKILL');
  };
  if (moment.kind === 'starting') {
    await realClock.sleep((life?.spawnedMs ?? 0) + moment.afterMs - site.now());
    await site.ticked();
  } else if (!(await site.becomes(() => site.ticked(), FIRST_TICK_MS))) {
    return 'the service did not come up';
  } else if (moment.kind === 'living') {
    await realClock.sleep(moment.afterMs);
  } else {
    const { kind, nth } = moment;
    const callOff = site.atThe(kind, nth, () => kill(kind));
    await site.becomes(() => !site.service.running || (kind !== 'record' && isOver(site, act)), PATIENCE_MS);
    callOff();
  }
  if (!site.service.running && life?.killed === undefined) return 'the service ended by itself';
  kill(moment.kind === 'starting' ? 'starting' : 'living');
  await site.service.ended();
  return undefined;
}

async function told(site: KillSite, lost: readonly string[]): Promise<Episode> {
  const overMs = lost.length === 0 ? site.now() + CALM_MS : Number.POSITIVE_INFINITY;
  await site.becomes(() => false, 2 * CALM_MS);
  const code = lost.length === 0 ? await site.service.stop() : 0;
  await site.service.kill();
  const seen = await site.service.journal();
  const records = await site.records();
  const evidence = {
    graceSeconds: site.draw.graceSeconds,
    orders: site.orders,
    edges: site.contacts.edges,
    cuts: site.fleet.cuts,
    deaf: new Set([...site.draw.quirks].filter(([, { hangs }]) => hangs).map(([id]) => id)),
    outages: site.outages,
    records,
    seen,
    overMs,
  };
  const violations = [...lost, ...(code === 0 ? [] : [`told to stop, it ended with ${code}`]), ...judge(evidence)];
  return {
    seed: site.draw.seed,
    kills: site.lives.flatMap(({ killed }) => (killed === undefined ? [] : [killed])),
    startMs: site.lives.flatMap(({ tickedMs, spawnedMs }) => (tickedMs === undefined ? [] : [tickedMs - spawnedMs])),
    orders: site.orders.length,
    edges: site.contacts.edges.length,
    records: records.length,
    saidAgain: saidAgain(evidence),
    violations,
    story: violations.length === 0 ? '' : storyOf(site, records),
  };
}

function storyOf(site: KillSite, records: Awaited<ReturnType<KillSite['records']>>): string {
  const { lives, orders, contacts, outages } = site;
  const fromMs = lives[0]?.spawnedMs ?? 0;
  const told = [
    ...records.map(({ monoMs, event, v: _, seq: __, at: ___, sum: ____, ...rest }) => ({
      ms: monoMs,
      say: `journal ${event} ${JSON.stringify(rest)}`,
    })),
    ...orders.map(({ atMs, rig, what, was }) => ({
      ms: atMs,
      say: `rig ${rig} ${what} (level ${was.level.toFixed(2)}, says ${was.saysPaused ? 'paused' : 'awake'})`,
    })),
    ...contacts.edges.map(({ atMs, contact, from, to }) => ({ ms: atMs, say: `contact ${contact} ${from} -> ${to}` })),
    ...lives.map(({ spawnedMs, pid, killed }) => ({ ms: spawnedMs, say: `START ${pid}, to be killed: ${killed ?? 'no'}` })),
    ...outages.flatMap(({ fromMs: from, toMs }) => [
      { ms: from, say: 'MAINS GONE' },
      { ms: toMs, say: 'MAINS BACK' },
    ]),
  ];
  const lines = told.filter(({ ms }) => Number.isFinite(ms)).sort((a, b) => a.ms - b.ms);
  const head = `${JSON.stringify({ ...site.draw, quirks: [...site.draw.quirks] })}`;
  return [
    head,
    ...lines.map(({ ms, say }) => `${((ms - fromMs) / 1000).toFixed(3).padStart(8)} ${say}`),
    site.service.output.slice(-3000),
  ].join('\n');
}
