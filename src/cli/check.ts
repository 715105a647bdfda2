// `lastwatt check`: the service looks with its own rights; without one the command looks itself and says so.
import type { ControlClient } from '../control/client.ts';
import type { CheckItem } from '../model/view.ts';
import { type Format, type Link, warnIfDisarmed } from './ask.ts';
import { EXIT, giveUp, lookOf, type Outside, print, printJson } from './outside.ts';
import { checkPasses, renderCheck } from './plan-text.ts';
import { renderReading } from './reading-text.ts';
import { clean } from './text.ts';

interface CheckWish extends Format {
  readonly config: string;
  readonly rig?: string;
}

export async function check(outside: Outside, client: ControlClient, wish: CheckWish): Promise<number> {
  const answer = await client.check(wish.rig);
  if (answer.ok) {
    const code = report(outside, await readOn(outside, answer.value.items, wish), { by: 'service', ...wish });
    if (!wish.json) await warnIfDisarmed({ outside, client });
    return code;
  }
  // A service that runs and does not let us in must be told apart from none.
  if (answer.fault.code !== 'unreachable') return giveUp(outside, answer.fault);
  const opened = await outside.openSite(wish.config);
  if (!opened.ok) return mistakes(outside, opened.say);
  outside.stderr.write(`lastwatt: no service runs; this looks itself, as ${clean(outside.user)}, at ${clean(wish.config)}\n`);
  return report(outside, await opened.site.visit(wish.rig), { by: 'command', ...wish });
}

/** What the service may not read, and whoever asks may (root, mostly), is looked at here: a right for once instead of one for ever. */
async function readOn(outside: Outside, items: readonly CheckItem[], { config }: CheckWish): Promise<readonly CheckItem[]> {
  if (items.every(({ unread }) => unread === undefined)) return items;
  const opened = await outside.openSite(config);
  const own = opened.ok ? await opened.site.upsmon() : items;
  return own.some(({ unread }) => unread !== undefined) ? items : [...items.filter(({ unread }) => unread === undefined), ...own];
}

/** The file alone: no device, no service. */
export async function checkOffline(outside: Outside, wish: CheckWish): Promise<number> {
  const opened = await outside.openSite(wish.config);
  if (!opened.ok) return mistakes(outside, opened.say);
  return report(outside, opened.site.appraise(wish.rig), { by: 'file', ...wish });
}

/** Whether the running service would take the file up as it is now, and what would change. What `systemctl reload` asks first. */
export async function checkReload({ outside, client }: Link, { json }: Format): Promise<number> {
  const answer = await client.reload();
  if (!answer.ok) return giveUp(outside, answer.fault);
  if (json) printJson(outside, answer.value);
  else for (const line of answer.value.say) print(outside, clean(line));
  return EXIT.done;
}

interface Reported {
  /** who looked; in the JSON as well */
  readonly by: 'service' | 'command' | 'file';
  readonly json?: true | undefined;
  /** the one rig that was asked for */
  readonly rig?: string | undefined;
}

/** Of one rig the whole reading stands beside the items; null where it gave none. */
function report(outside: Outside, items: readonly CheckItem[], { by, json, rig }: Reported): number {
  const reading = items.find((item) => item.about === rig && item.reading !== undefined)?.reading ?? null;
  if (json) printJson(outside, rig === undefined ? { by, items } : { by, rig, reading, items });
  else {
    const look = lookOf(outside);
    if (rig !== undefined && reading !== null) print(outside, renderReading(rig, reading, look));
    print(outside, renderCheck(items, look));
  }
  return checkPasses(items) ? EXIT.done : EXIT.badNews;
}

function mistakes(outside: Outside, say: string): number {
  outside.stderr.write(`${say.split('\n').map(clean).join('\n')}\n`);
  return EXIT.usage;
}
