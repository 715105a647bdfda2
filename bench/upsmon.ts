// The peer of the latency: NUT's own upsmon as primary on the same upsd, paced as we are, told to shut down a machine that is
// a file with a time in it.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIMARY } from '../test/support/real-upsd.ts';
import { Child, until } from './child.ts';
import type { BenchSite } from './site.ts';

/** The binary itself: Debian's /sbin/upsmon is a script that obeys /etc/nut/nut.conf. */
const UPSMON = ['/lib/nut/upsmon', '/usr/lib/nut/upsmon', '/usr/libexec/nut/upsmon', '/usr/local/sbin/upsmon'].find(existsSync);

const LOGIN_MS = 10_000;

export const ABSENT = 'no upsmon here (package nut-client)';

/** It asks a real upsd to be somebody: the fake one has no users. */
export function upsmonServes(site: BenchSite): boolean {
  return UPSMON !== undefined && site.upsd === 'real upsd';
}

export class Upsmon {
  readonly #folder: string;
  readonly #child: Child;

  private constructor(folder: string, child: Child) {
    this.#folder = folder;
    this.#child = child;
  }

  /** Runs, and has looked at its UPS. */
  static async start(site: BenchSite): Promise<Upsmon> {
    const folder = join(site.folder, 'upsmon');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    const conf = [
      `MONITOR rack@127.0.0.1:${site.upsdPort} 1 ${PRIMARY.username} ${PRIMARY.password} primary`,
      'MINSUPPLIES 1',
      'POLLFREQ 2',
      'POLLFREQALERT 1',
      // Without it the figure would be its default of 5 s and nothing else.
      'FINALDELAY 0',
      `POWERDOWNFLAG ${join(folder, 'killpower')}`,
      `SHUTDOWNCMD "date +%s.%N > ${join(folder, 'shutdown')}"`,
      ...['ONLINE', 'ONBATT', 'LOWBATT', 'FSD', 'COMMOK', 'COMMBAD', 'SHUTDOWN'].map((what) => `NOTIFYFLAG ${what} IGNORE`),
      '',
    ];
    await writeFile(join(folder, 'upsmon.conf'), conf.join('\n'), { mode: 0o600 });
    const env = { NUT_CONFPATH: folder, NUT_STATEPATH: folder, NUT_ALTPIDPATH: folder };
    const child = new Child(UPSMON ?? '', ['-F', '-p', '-D'], { env });
    const one = new Upsmon(folder, child);
    try {
      await until('upsmon is logged in', () => /Logged into UPS/i.test(child.said), LOGIN_MS, child);
      return one;
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** When SHUTDOWNCMD ran, as performance.now counts. */
  async shutdownMs(withinMs: number): Promise<number> {
    const file = join(this.#folder, 'shutdown');
    await until('upsmon ran its SHUTDOWNCMD', async () => (await text(file)).endsWith('\n'), withinMs);
    return Number(await text(file)) * 1000 - performance.timeOrigin;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
