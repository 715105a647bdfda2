// `lastwatt journal`: the past in pages, and with --follow what comes.
import type { ControlClient, JournalAsk } from '../control/client.ts';
import { JOURNAL_MOST } from '../control/protocol.ts';
import type { JournalRecord } from '../host/port.ts';
import { type Fault, type Outcome, ok } from '../model/outcome.ts';
import { type Format, type Link, warnIfDisarmed } from './ask.ts';
import { renderRecord } from './journal-text.ts';
import { complain, EXIT, giveUp, lookOf, print, printJson } from './outside.ts';

/** Shown where nobody says since when. */
const USUAL = 50;
const EVERY_MS = 1_000;

interface JournalWish extends Format {
  /** ISO 8601 */
  readonly since?: string;
  readonly follow?: true;
}

export async function showJournal({ outside, client }: Link, { since, follow, json }: JournalWish): Promise<number> {
  const look = lookOf(outside);
  const show = (record: JournalRecord): void => (json ? printJson(outside, record) : print(outside, renderRecord(record, look)));
  const stop = follow ? outside.interrupted() : undefined;
  const past = await pages(client, { ask: since === undefined ? { limit: USUAL } : { since, after: 0, limit: JOURNAL_MOST }, show });
  if (!past.ok) return giveUp(outside, past.fault);
  if (past.value === 0 && !json && !follow) complain(outside, since === undefined ? 'the journal is empty' : 'nothing happened since then');
  if (!json) await warnIfDisarmed({ outside, client }, 'beside');
  if (stop !== undefined) await followOn({ outside, client }, { after: past.value, show, stop });
  return EXIT.done;
}

interface Following {
  readonly after: number;
  readonly show: (record: JournalRecord) => void;
  readonly stop: AbortSignal;
}

async function followOn({ outside, client }: Link, { after: seen, show, stop }: Following): Promise<void> {
  let after = seen;
  let said: Fault['code'] | undefined;
  while (!stop.aborted) {
    await outside.clock.sleep(EVERY_MS, stop);
    if (stop.aborted) return;
    const more = await pages(client, { ask: { after, limit: JOURNAL_MOST }, show });
    if (more.ok) after = Math.max(after, more.value);
    // A restart of the service is waited out, and said once.
    else if (more.fault.code !== said) complain(outside, more.fault.detail);
    said = more.ok ? undefined : more.fault.code;
  }
}

interface Pages {
  readonly ask: JournalAsk & { readonly limit: number };
  readonly show: (record: JournalRecord) => void;
}

/** Shows all there is from `ask` on, page by page; the number of the last record, or the one asked behind, or 0. */
export async function pages(client: ControlClient, { ask, show }: Pages): Promise<Outcome<number>> {
  let asking: JournalAsk & { readonly limit: number } = ask;
  let last = ask.after ?? 0;
  for (;;) {
    const page = await client.journal(asking);
    if (!page.ok) return page;
    const { records } = page.value;
    for (const record of records) show(record);
    const newest = records.at(-1)?.seq ?? last;
    // The newest ones were asked for, the page was not full, or (a broken service) it does not advance: done.
    if (asking.after === undefined || records.length < asking.limit || newest <= last) return ok(Math.max(last, newest));
    last = newest;
    asking = { after: last, limit: ask.limit };
  }
}
