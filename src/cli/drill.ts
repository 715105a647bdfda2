// `lastwatt drill`: one rig at a time, told as it goes from the journal, with the times and a verdict at the end.
import { JOURNAL_MOST } from '../control/protocol.ts';
import type { JournalRecord } from '../host/port.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type Link, warnIfDisarmed } from './ask.ts';
import { pages } from './journal.ts';
import { isAbout, renderRecord } from './journal-text.ts';
import { complain, EXIT, giveUp, lookOf, print } from './outside.ts';
import { short } from './reason-text.ts';
import { clean, paint, sayMs, wrap } from './text.ts';

const EVERY_MS = 500;
/** Pause, cut, the least time cut, a slow boot and three tries to resume stay well below. */
const VERDICT_MS = 45 * 60_000;
/** A restart of the service in the middle. */
const SILENCE_MS = 60_000;

interface DrillWish {
  readonly rigs: readonly string[];
  readonly cut: boolean;
}

/** A bad verdict ends the row: what went wrong with one rig is looked at before the next is touched. */
export async function drill(link: Link, { rigs, cut }: DrillWish): Promise<number> {
  const { outside } = link;
  const stop = outside.interrupted();
  for (const [at, rig] of rigs.entries()) {
    const rest = rigs.slice(at + 1);
    const left = rest.length === 0 ? [] : [`not drilled: ${rest.join(', ')}`];
    if (stop.aborted) {
      complain(outside, `you left; not drilled: ${[rig, ...rest].join(', ')}`);
      return EXIT.badNews;
    }
    const verdict = await drillOne(link, { rig, cut, stop });
    if (!verdict.ok) {
      const code = giveUp(outside, verdict.fault);
      for (const say of left) complain(outside, say);
      return code;
    }
    if (verdict.value === 'passed') continue;
    complain(outside, [verdict.value === 'left' ? goesOn(rig, cut) : `${rig} did not pass`, ...left].join('; '));
    return EXIT.badNews;
  }
  await warnIfDisarmed(link);
  return EXIT.done;
}

/** The drill is the service's, and ends when its rig is back. */
function goesOn(rig: string, cut: boolean): string {
  const what = cut ? 'it opens its switches, closes them again and brings it back by itself' : 'it brings it back by itself';
  return `you left; the service goes on with the drill of ${rig}: ${what} (lastwatt journal --follow)`;
}

type Verdict = 'passed' | 'failed' | 'left';

interface One {
  readonly rig: string;
  readonly cut: boolean;
  readonly stop: AbortSignal;
}

async function drillOne(link: Link, one: One): Promise<Outcome<Verdict>> {
  const { outside, client } = link;
  // From here on: an older verdict of the same rig is not this one's.
  const newest = await client.journal({ limit: 1 });
  if (!newest.ok) return newest;
  const asked = await client.command({ kind: 'drill', rig: one.rig, cut: one.cut });
  if (!asked.ok) return asked;
  print(outside, paint(`drill ${one.rig}${one.cut ? ' with its switches' : ''}`, 'strong', lookOf(outside)));
  for (const line of asked.value.say) print(outside, `  ${clean(line)}`);
  return follow(link, one, newest.value.records.at(-1)?.seq ?? 0);
}

async function follow({ outside, client }: Link, { rig, stop }: One, from: number): Promise<Outcome<Verdict>> {
  const { clock } = outside;
  const look = lookOf(outside);
  const startMs = clock.monotonicMs();
  let heardMs = startMs;
  let after = from;
  let verdict: JournalRecord | undefined;
  const show = (record: JournalRecord): void => {
    if (verdict !== undefined || !isAbout(record, rig)) return;
    if (record.event === 'drilled') verdict = record;
    else print(outside, `  ${renderRecord(record, look)}`);
  };
  while (!stop.aborted) {
    const more = await pages(client, { ask: { after, limit: JOURNAL_MOST }, show });
    if (verdict !== undefined) return ok(tellVerdict(verdict, outside));
    const nowMs = clock.monotonicMs();
    if (more.ok) {
      after = more.value;
      heardMs = nowMs;
    } else if (nowMs - heardMs > SILENCE_MS) {
      return more;
    }
    if (nowMs - startMs > VERDICT_MS) {
      return failed('timeout', `no verdict on ${rig} within ${VERDICT_MS / 60_000} min: look at it, then: lastwatt why ${rig}`);
    }
    await clock.sleep(EVERY_MS, stop);
  }
  return ok('left');
}

/** `pass  s19-1  quiet after 4.2 s, dark after 6.1 s, hashing again after 2 min 3 s: …` */
function tellVerdict(record: JournalRecord, outside: Link['outside']): Verdict {
  const look = lookOf(outside);
  const { rig, ok: passed, pauseMs, cutMs, backMs, say } = record;
  const times = [time('quiet after', pauseMs), time('dark after', cutMs), time('hashing again after', backMs)].filter(
    (part) => part !== '',
  );
  const word = passed === true ? paint('pass', 'good', look) : paint('fail', 'bad', look);
  const told = [times.join(', '), typeof say === 'string' ? short(say) : ''].filter((part) => part !== '').join(': ');
  print(outside, wrap([`${word}  ${clean(String(rig))}  ${told}`], look).join('\n'));
  return passed === true ? 'passed' : 'failed';
}

function time(what: string, ms: unknown): string {
  return typeof ms === 'number' ? `${what} ${sayMs(ms)}` : '';
}
