#!/usr/bin/env node
// lastwatt, the command line: hands the real world to cli/program.ts. Rooms that a verb may not need are loaded when it does.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { EXIT, type Outside, type Sink } from './cli/outside.ts';
import { runCli } from './cli/program.ts';
import { realClock } from './host/clock.ts';

/** Ends without a word when the reader of a pipe has gone, as `lastwatt journal | head` does. */
function sink(stream: NodeJS.WriteStream): Sink {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    write: (text) => void stream.write(text),
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

function versionOf(manifest: URL): string {
  const read: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof read === 'object' && read !== null && 'version' in read ? String(read.version) : 'unknown';
}

function interrupted(): AbortSignal {
  const leaving = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort());
  return leaving.signal;
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
  const { appraise } = await import('./config/appraise.ts');
  return {
    ok: true,
    site: {
      rigs: [...config.site.rigs.keys()],
      appraise: () => [...said, ...appraise(config)],
      // Has the appraisal in it.
      visit: async () => [...said, ...(await (await import('./check.ts')).checkSite(config))],
    },
  };
};

/** A room of its own, which an installation may leave out. */
async function demo(): Promise<number> {
  const room: string = './demo.ts';
  try {
    const found: unknown = await import(room);
    if (typeof found === 'object' && found !== null && 'runDemo' in found && typeof found.runDemo === 'function')
      return await found.runDemo();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
  }
  process.stderr.write('lastwatt: this installation has no demo: run scripts/demo from a checkout\n');
  return EXIT.usage;
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  env: process.env,
  user: userName(),
  version: versionOf(new URL('../package.json', import.meta.url)),
  clock: realClock,
  interrupted,
  readText: (file) => readFile(file, 'utf8'),
  openSite,
  demo,
});
