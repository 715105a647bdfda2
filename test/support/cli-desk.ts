// The command line at a desk: run in this process, with a service of behaviour at its socket once one is started, and a
// site that is sound.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outside, SiteFile } from '../../src/cli/outside.ts';
import { runCli } from '../../src/cli/program.ts';
import { type Control, type ControlLimits, startControl } from '../../src/control/server.ts';
import { realClock } from '../../src/host/clock.ts';
import { type FakeService, fakeService } from './fake-service.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Stage extends Partial<Omit<Outside, 'stdout' | 'stderr'>> {
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** called with all of standard output so far */
  readonly onOut?: (out: string) => void;
}

/** All that a verb may say on standard error. */
export const ONE_LINE = /^(lastwatt|refused): [^\n]+\n$/;

export const unread = { verdict: 'warn', about: 'site', say: 'could not read upsmon.conf', unread: '/etc/nut/upsmon.conf' } as const;
const sound = { verdict: 'pass', about: 'site', say: 'all figures are sound' } as const;
const slow = { verdict: 'warn', about: 's19-1', say: 'slow to answer' } as const;
export const soundSite: SiteFile = {
  appraise: (rig) => (rig === undefined ? [sound] : []),
  upsmon: () => Promise.resolve([unread]),
  rigs: () => Promise.resolve([]),
  simulate: () => Promise.reject(new Error('no night is lived through at this desk')),
  visit: (rig) => Promise.resolve(rig === undefined ? [sound, slow] : [slow]),
};

export class CliDesk {
  readonly home = mkdtempSync(join(tmpdir(), 'lastwatt-'));
  readonly socket = join(this.home, 'c.sock');
  readonly service: FakeService = fakeService();
  #control: Control | undefined;

  async start(limits?: ControlLimits): Promise<void> {
    const started = await startControl({
      socket: this.socket,
      handlers: this.service.handlers,
      ...(limits === undefined ? {} : { limits }),
    });
    if (!started.ok) throw new Error(started.fault.detail);
    this.#control = started.value;
  }

  async close(): Promise<void> {
    await this.#control?.close();
  }

  async end(): Promise<void> {
    await this.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  run(line: string, stage: Stage = {}): Promise<Ran> {
    return this.perform(
      (outside) =>
        runCli(
          line.split(' ').filter((word) => word !== ''),
          outside,
        ),
      stage,
    );
  }

  /** A verb that is called by itself. */
  async perform(verb: (outside: Outside) => Promise<number>, { terminal, onOut, ...stage }: Stage = {}): Promise<Ran> {
    let out = '';
    let err = '';
    const outside: Outside = {
      stdout: {
        write: (text) => {
          out += text;
          onOut?.(out);
        },
        isTTY: terminal !== undefined,
        ...terminal,
      },
      stderr: {
        write: (text) => {
          err += text;
        },
        isTTY: false,
      },
      env: { LASTWATT_SOCKET: this.socket },
      user: 'pi',
      version: '0.1.0',
      clock: realClock,
      interrupted: () => new AbortController().signal,
      networks: () => [],
      plug: () => () => undefined,
      readText: (file) => readFile(file, 'utf8'),
      writeText: (file, text) => writeFile(file, text),
      openSite: () => Promise.resolve({ ok: true, site: soundSite }),
      demo: () => Promise.resolve(0),
      ...stage,
    };
    const code = await verb(outside);
    return { code, out, err };
  }
}
