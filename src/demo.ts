// `lastwatt demo`: an embedded site, the real service on it, one night from end to end, and a receipt. Everything it
// starts it stops by its pid; its one folder under the system's temporary one is removed.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Claim, judge, judgeReceipt, type Marks } from './demo/claims.ts';
import { EmbeddedSite } from './demo/embedded-site.ts';
import { Night } from './demo/night.ts';
import { type Outage, writeReceipt } from './demo/receipt.ts';
import { renderClaims, renderReceipt } from './demo/receipt-text.ts';
import { lookOf, openScreen } from './demo/screen.ts';
import { bestFirst, configText, RIGS } from './demo/settings.ts';
import { realClock } from './host/clock.ts';
import type { Outcome } from './model/outcome.ts';

const INTRODUCTION = `lastwatt demo: the real service on an embedded site, for 80 seconds.
On 127.0.0.1: a NUT server, six rigs (LuxOS, cgminer), six switches; one battery
of 230 Wh in place of thousands, so that the night is short: no clock runs
faster. Ctrl-C ends it and leaves nothing behind.
`;

/** 0: all came true; 1: something did not, or the demo could not run; 130: a person ended it. */
export async function runDemo(): Promise<number> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    process.stdout.write(`${INTRODUCTION}\n`);
    return await inFolder(end.signal);
  } catch (error) {
    return failedWith(error instanceof Error ? error.message : String(error));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
  }
}

async function inFolder(signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lastwatt-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const site = await EmbeddedSite.start({ folder, nowMs: realClock.monotonicMs });
    try {
      return await onSite(site, folder, signal);
    } finally {
      await site.close();
    }
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function onSite(site: EmbeddedSite, folder: string, signal: AbortSignal): Promise<number> {
  const configFile = join(folder, 'lastwatt.yaml');
  await writeFile(configFile, configText(site.endpoints));
  await mkdir(site.endpoints.stateDir);
  const screen = openScreen(process.stdout, process.env);
  const night = new Night({ site, screen, clock: realClock, configFile, signal });
  const kill = (): void => night.killNow();
  process.once('exit', kill);
  let outcome: Outcome<Marks>;
  try {
    outcome = await night.run();
  } finally {
    screen.leave();
    await night.stop();
    process.off('exit', kill);
  }
  if (signal.aborted) {
    process.stdout.write('demo: ended before its end; everything it started is stopped\n');
    return 130;
  }
  if (outcome.ok) return report(site, night, outcome.value);
  for (const line of night.serviceSaid) process.stdout.write(`  lastwattd: ${line}\n`);
  return failedWith(outcome.fault.detail);
}

async function report(site: EmbeddedSite, night: Night, marks: Marks): Promise<number> {
  const measured = site.tally.account();
  const second = (ms: number): number => (ms - night.startMs) / 1000;
  const outages: Outage[] = [marks.blip, marks.outage, marks.relapse].map(({ fromMs, toMs }) => ({
    from: second(fromMs),
    to: second(toMs),
  }));
  const receipt = await writeReceipt(outages, second(marks.endMs));
  const claims: readonly Claim[] = [
    ...judge({
      marks,
      rigOrders: site.rigOrders,
      contactOrders: site.contactOrders,
      bestFirst: bestFirst(),
      liar: RIGS.find((rig) => rig.lies)?.id ?? '',
      hashing: site.hashing(),
      lowestPercent: measured.lowestPercent,
    }),
    ...judgeReceipt(receipt, measured.earned),
  ];
  const look = lookOf(process.stdout, process.env);
  process.stdout.write(
    `\n${renderReceipt(receipt, { measured, seconds: second(marks.endMs) }, look)}\n\n${renderClaims(claims, look)}\n\n`,
  );
  const broken = claims.filter(({ but }) => but !== undefined);
  if (broken.length > 0) return failedWith(broken.map(({ say, but }) => `${say}: ${but}`).join('; '));
  process.stdout.write('demo: ok\n');
  return 0;
}

function failedWith(what: string): number {
  process.stdout.write(`demo: failed: ${what}\n`);
  return 1;
}
