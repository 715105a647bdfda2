// What the demo says it has shown, held against the logs of the rigs and contacts themselves, not against the service's
// word. Pure.
import type { ContactOrder, RigOrder } from './embedded-site.ts';
import type { Receipt } from './receipt.ts';

/** Monotonic ms. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the night did what. */
export interface Marks {
  readonly blip: Span;
  readonly outage: Span;
  /** from kill -9 until the service knew again what is dark */
  readonly without: Span;
  /** the second loss, in mid-return */
  readonly relapse: Span;
  readonly endMs: number;
}

export interface Evidence {
  readonly marks: Marks;
  readonly rigOrders: readonly RigOrder[];
  readonly contactOrders: readonly ContactOrder[];
  /** ids, the best earner per watt first */
  readonly bestFirst: readonly string[];
  readonly liar: string;
  /** rigs at full speed at the end */
  readonly hashing: readonly string[];
  /** percent of charge at its lowest */
  readonly lowestPercent: number;
}

export interface Claim {
  readonly say: string;
  /** what was found instead; undefined: it came true */
  readonly but?: string;
}

/** What is asked within so long after a blip may still be for its sake. */
const AFTER_BLIP_MS = 2_000;
/** An order that was on its way when the mains went; the service hears of it with its next look. */
const UNDER_WAY_MS = 2_000;
/** The computed night has no kill in it, and nothing there takes time but what is meant to. */
const APART = 0.2;
/** W; above it a rig is no longer on standby */
const STANDBY_WATTS = 400;

export function judge(evidence: Evidence): readonly Claim[] {
  return [
    claim('the blip moved nothing', blipMoved(evidence)),
    claim('the worst earners left first; the best never stopped', wrongOrder(evidence)),
    claim('the rig that lied was cut; no other lost its power while it drew', wrongCut(evidence)),
    claim('the service was killed and came back, and no switch moved for it', movedWithout(evidence)),
    claim('the second loss stopped the return', wentOn(evidence)),
    claim('every rig hashes again; they came back best first', wrongReturn(evidence)),
    claim('the battery was never empty', evidence.lowestPercent > 0 ? undefined : 'it was'),
  ];
}

/** What the receipt must show. */
export function judgeReceipt({ lastwatt, allAtOnce, untilLow }: Receipt, measured: number): readonly Claim[] {
  const others = Math.max(allAtOnce.earned, untilLow.earned);
  const apart = Math.abs(measured - lastwatt.earned) / lastwatt.earned;
  return [
    claim('more was earned than by either simple rule', lastwatt.earned > others ? undefined : 'it was not'),
    claim(
      'the night as computed earned what the night as seen did',
      apart < APART ? undefined : `they are ${Math.round(apart * 100)} % apart`,
    ),
  ];
}

function claim(say: string, but: string | undefined): Claim {
  return but === undefined ? { say } : { say, but };
}

function within(span: Span): (one: { readonly atMs: number }) => boolean {
  return ({ atMs }) => atMs >= span.fromMs && atMs < span.toMs;
}

function blipMoved({ marks, rigOrders, contactOrders }: Evidence): string | undefined {
  const span = { fromMs: marks.blip.fromMs, toMs: marks.blip.toMs + AFTER_BLIP_MS };
  const moved = [...rigOrders.filter(within(span)), ...contactOrders.filter(within(span))].map(({ rig }) => rig);
  return moved.length === 0 ? undefined : `orders went to ${moved.join(', ')}`;
}

function wrongOrder({ marks, rigOrders, bestFirst }: Evidence): string | undefined {
  const left = firsts(rigOrders.filter(within(marks.outage)).filter(({ what }) => what === 'pause'));
  const worst = [...bestFirst].reverse().slice(0, left.length);
  if (left.length < 2) return `only ${left.length} left`;
  if (left.join() !== worst.join()) return `they left as ${left.join(', ')}`;
  const best = bestFirst[0] ?? '';
  return rigOrders.some(({ rig, what }) => rig === best && what === 'pause') ? `${best} was asked to stop` : undefined;
}

function wrongCut({ rigOrders, contactOrders, liar }: Evidence): string | undefined {
  const cuts = contactOrders.filter(({ to }) => to === 'cut');
  const taken = cuts.find(({ rig }) => rig === liar);
  if (taken === undefined) return `${liar} was never cut`;
  const promised = rigOrders.some(
    ({ rig, what, answer, atMs }) => rig === liar && what === 'pause' && answer === 'done' && atMs < taken.atMs,
  );
  if (!promised) return `${liar} was cut and had not said that it was paused`;
  if (taken.watts <= STANDBY_WATTS) return `${liar} drew only ${Math.round(taken.watts)} W`;
  const hasty = cuts.find(({ rig, watts }) => rig !== liar && watts > STANDBY_WATTS);
  return hasty === undefined ? undefined : `${hasty.rig} was cut at ${Math.round(hasty.watts)} W`;
}

function movedWithout({ marks, contactOrders }: Evidence): string | undefined {
  const before = contactOrders.filter(({ atMs }) => atMs < marks.without.fromMs);
  if (before.length === 0) return 'no switch had been moved before';
  const moved = contactOrders.filter(within(marks.without));
  if (moved.length > 0) return moved.map(({ rig, to }) => `${rig} was ${to}`).join(', ');
  const needless = contactOrders.find(({ to, was }) => to === was);
  return needless === undefined ? undefined : `the switch of ${needless.rig} was told to be ${needless.to}, which it was`;
}

function wentOn({ marks, rigOrders, contactOrders }: Evidence): string | undefined {
  const { relapse, outage } = marks;
  const all = comingBack({ rigOrders, contactOrders });
  if (!all.some(within({ fromMs: outage.toMs, toMs: relapse.fromMs }))) return 'the return had not begun';
  const late = all.filter(within({ fromMs: relapse.fromMs + UNDER_WAY_MS, toMs: relapse.toMs }));
  return late.length === 0 ? undefined : `${late.map(({ rig }) => rig).join(', ')} went on`;
}

function wrongReturn({ marks, rigOrders, contactOrders, bestFirst, hashing }: Evidence): string | undefined {
  const missing = bestFirst.filter((id) => !hashing.includes(id));
  if (missing.length > 0) return `${missing.join(', ')} did not come back`;
  const back = firsts(comingBack({ rigOrders, contactOrders }).filter(within({ fromMs: marks.outage.toMs, toMs: marks.endMs })));
  const best = bestFirst.filter((id) => back.includes(id));
  return back.join() === best.join() ? undefined : `they came back as ${back.join(', ')}`;
}

/** A rig comes back with its feed, or with its resume where it was never cut. */
function comingBack({ rigOrders, contactOrders }: Pick<Evidence, 'rigOrders' | 'contactOrders'>): { atMs: number; rig: string }[] {
  const all = [...contactOrders.filter(({ to }) => to === 'fed'), ...rigOrders.filter(({ what }) => what === 'resume')];
  return all.map(({ atMs, rig }) => ({ atMs, rig })).sort((a, b) => a.atMs - b.atMs);
}

function firsts(orders: readonly { readonly rig: string }[]): readonly string[] {
  return [...new Set(orders.map(({ rig }) => rig))];
}
