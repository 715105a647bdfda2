#!/usr/bin/env node
// lastwatt, the command line: hands the real world to cli/program.ts. Rooms that a verb may not need are loaded when it does.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, constants, networkInterfaces, setPriority, userInfo } from 'node:os';
import type { Outside, RigAt, Sink } from './cli/outside.ts';
import { runCli } from './cli/program.ts';
import type { Config } from './config/config.ts';
import { realClock } from './host/clock.ts';
import { ownVersion } from './host/version.ts';
import type { Simulation } from './simulate/account.ts';
import type { SimulationWish } from './simulate/simulate.ts';

/** Each takes some 100 MB. */
const MOST_WORKERS = 4;
/** Who has no resolver is not kept waiting for it. */
const RESOLVE_MS = 2_000;

/** Aborts when the person leaves; undefined: no verb minds, and the program ends there and then. */
let leaving: AbortController | undefined;

/**
 * Ends without a word when the reader of a pipe has gone, as in `lastwatt journal | head`. A verb that minds when the person leaves is told
 * instead, and ends as it sees fit: at Ctrl-C the reader may be gone before the signal is here.
 */
function sink(stream: NodeJS.WriteStream): Sink {
  let isGone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (leaving === undefined || (error.code !== 'EPIPE' && !isGone)) process.exit(error.code === 'EPIPE' ? 0 : 1);
    isGone = true;
    leaving.abort();
  });
  return {
    write: (text) => {
      if (!isGone) stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
  };
}

function userName(): string {
  const { SUDO_USER: behindSudo } = process.env;
  if (behindSudo !== undefined && behindSudo !== '') return behindSudo;
  try {
    return userInfo().username;
  } catch {
    // A uid without a name, as in a container.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

function interrupted(): AbortSignal {
  const left = new AbortController();
  leaving = left;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => left.abort());
  return left.signal;
}

function networks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.flatMap(({ family, internal, cidr }) => (family === 'IPv4' && !internal && cidr !== null ? [cidr] : [])),
  );
}

async function rigsOf({ rigs }: Config): Promise<readonly RigAt[]> {
  const { resolveName } = await import('./service/devices.ts');
  const all = [...rigs].map(async ([id, { driver, host }]) => {
    const address =
      host === undefined ? undefined : await Promise.race([resolveName(host), realClock.sleep(RESOLVE_MS)]).catch(() => undefined);
    return address === undefined ? [] : [{ id, driver, address }];
  });
  return (await Promise.all(all)).flat();
}

function plug(turn: () => void): () => void {
  process.on('SIGUSR2', turn);
  return () => process.off('SIGUSR2', turn);
}

/** At the lowest priority: a service on this machine has the right of way. */
async function simulate({ site }: Config, wish: SimulationWish): Promise<Simulation> {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid it; then as it is.
  }
  const { simulateApart } = await import('./simulate/apart.ts');
  return simulateApart(site, wish, Math.min(availableParallelism(), MOST_WORKERS));
}

const openSite: Outside['openSite'] = async (file) => {
  const { explain, loadConfig } = await import('./config/load.ts');
  const loaded = await loadConfig(file);
  if (!loaded.ok) return { ok: false, say: explain(file, loaded) };
  const { config, warnings } = loaded;
  const said = warnings.map(({ line, column, path, say }) => ({
    verdict: 'warn' as const,
    about: 'site',
    say: `${line}:${column} ${path}: ${say}`,
  }));
  const { appraise, appraiseRig } = await import('./config/appraise.ts');
  const { floorOfFile } = await import('./service/floor.ts');
  return {
    ok: true,
    site: {
      rules: config.site,
      appraise: (rig) => (rig === undefined ? [...said, ...appraise(config), ...floorOfFile(config)] : appraiseRig(config, rig)),
      upsmon: async () => (await import('./service/upsmon.ts')).checkUpsmon(config),
      // Has the appraisal in it.
      visit: async (rig) => {
        const { checkSite } = await import('./service/check.ts');
        return [...(rig === undefined ? said : []), ...(await checkSite(config, rig))];
      },
      rigs: () => rigsOf(config),
      simulate: (wish) => simulate(config, wish),
    },
  };
};

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  env: process.env,
  user: userName(),
  version: ownVersion(),
  clock: realClock,
  interrupted,
  networks,
  plug,
  readText: (file) => readFile(file, 'utf8'),
  writeText: (file, text) => writeFile(file, text),
  openSite,
  demo: async () => (await import('./demo.ts')).runDemo(),
});
