import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** The production packages are fetched and two add-ons may be compiled. */
const PATIENCE_MS = 240_000;

let scratch: string;
let root: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'install-'));
  root = join(scratch, 'root');
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const done = spawnSync(join(REPOSITORY, 'scripts', script), args, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { ...process.env, ...env },
  });
  return { status: done.status, said: done.stdout + done.stderr, lines: done.stdout.trimEnd().split('\n') };
}

const modeOf = async (path: string): Promise<string> => ((await stat(join(root, path))).mode & 0o777).toString(8);

/** Every file and folder under `at`, without what is below a folder of packages. */
async function treeOf(at: string): Promise<string[]> {
  const all = await readdir(at, { recursive: true });
  return all.filter((path) => !path.includes('node_modules/')).sort();
}

describe('installing into a folder', () => {
  it(
    'puts everything in its place and ends with the three commands that come next',
    async () => {
      const before = process.umask(0o077);
      const { status, said, lines } = run('install.sh', ['--root', root]);
      process.umask(before);
      expect(said).toContain('written as an example');
      expect(status).toBe(0);
      expect(lines.slice(-3).map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
        'lastwatt check',
        'lastwatt drill RIG',
        'lastwatt arm',
      ]);
      const tree = await treeOf(root);
      for (const path of [
        'opt/lastwatt/dist/main.js',
        'opt/lastwatt/dist/cli.js',
        'opt/lastwatt/package.json',
        'opt/lastwatt/node_modules',
      ]) {
        expect(tree).toContain(path);
      }
      for (const path of ['usr/local/bin/lastwatt', 'usr/local/bin/lastwattd', 'etc/systemd/system/lastwatt.service'])
        expect(tree).toContain(path);
      expect(await modeOf('etc/lastwatt/secrets.d')).toBe('750');
      expect(await modeOf('etc/lastwatt/lastwatt.yaml')).toBe('640');
      expect(await modeOf('var/lib/lastwatt')).toBe('750');
      expect(await modeOf('usr/local/bin/lastwatt')).toBe('755');
      // The service's own user reads it, whatever mask root had.
      for (const path of ['opt/lastwatt/dist', 'opt/lastwatt/node_modules', 'opt/lastwatt/node_modules/zod']) {
        expect([path, await modeOf(path)]).toEqual([path, '755']);
      }
      for (const path of ['opt/lastwatt/dist/main.js', 'opt/lastwatt/package.json', 'opt/lastwatt/node_modules/zod/package.json']) {
        expect([path, await modeOf(path)]).toEqual([path, '644']);
      }
      expect(existsSync(join(root, 'opt/lastwatt/node_modules/jest'))).toBe(false);
    },
    PATIENCE_MS,
  );

  it('leaves no link of the README without its page', async () => {
    const links = async (page: string): Promise<string[]> =>
      [...(await readFile(join(root, 'opt/lastwatt', page), 'utf8')).matchAll(/]\((?!https?:)([^)#]+)/g)].map((link) => link[1] ?? '');
    const pages = await links('README.md');
    expect(pages).toContain('docs/configuration.md');
    const further = await Promise.all(
      pages.filter((page) => page.startsWith('docs/')).map(async (page) => (await links(page)).map((link) => join('docs', link))),
    );
    expect([...pages, ...further.flat()].filter((page) => !existsSync(join(root, 'opt/lastwatt', page)))).toEqual([]);
  });

  it('gives an example that is disarmed and that the installed program reads', async () => {
    const example = join(root, 'etc/lastwatt/lastwatt.yaml');
    expect(await readFile(example, 'utf8')).not.toMatch(/^\s*armed:\s*true/m);
    const check = spawnSync(process.execPath, [join(root, 'opt/lastwatt/dist/cli.js'), '--config', example, 'check', '--offline'], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(check.stderr).toBe('');
    expect([0, 1]).toContain(check.status);
  });

  it('makes a unit that starts the Node it was installed with', async () => {
    const unit = await readFile(join(root, 'etc/systemd/system/lastwatt.service'), 'utf8');
    const starts = /^ExecStart=(\S+) (?:--\S+ )*\/opt\/lastwatt\/dist\/main\.js --config \/etc\/lastwatt\/lastwatt\.yaml$/m.exec(unit);
    expect(existsSync(starts?.[1] ?? '')).toBe(true);
    // A file that is wrong must fail the reload before the service is told.
    expect(unit.match(/^ExecReload=.*$/gm)?.map((line) => /check --reload$|kill -HUP \$MAINPID$/.exec(line)?.[0])).toEqual([
      'check --reload',
      'kill -HUP $MAINPID',
    ]);
  });

  it(
    'upgrades in place: the configuration and the state stay as they are',
    async () => {
      await writeFile(join(root, 'etc/lastwatt/lastwatt.yaml'), 'mine\n');
      await writeFile(join(root, 'var/lib/lastwatt/journal.jsonl'), 'history\n');
      await writeFile(join(root, 'opt/lastwatt/dist/left-over.js'), '');
      const { status, said } = run('install.sh', ['--root', root]);
      expect(status).toBe(0);
      expect(said).not.toContain('written as an example');
      expect(await readFile(join(root, 'etc/lastwatt/lastwatt.yaml'), 'utf8')).toBe('mine\n');
      expect(await readFile(join(root, 'var/lib/lastwatt/journal.jsonl'), 'utf8')).toBe('history\n');
      expect(existsSync(join(root, 'opt/lastwatt/dist/left-over.js'))).toBe(false);
    },
    PATIENCE_MS,
  );

  it('is uninstalled to the last file but for configuration and state', async () => {
    expect(run('uninstall.sh', ['--root', root]).status).toBe(0);
    const files = (await treeOf(root)).filter((path) => /\.[a-z]+$/.test(path) && !path.endsWith('.d'));
    expect(files).toEqual(['etc/lastwatt/lastwatt.yaml', 'var/lib/lastwatt/journal.jsonl']);
    expect(existsSync(join(root, 'opt/lastwatt'))).toBe(false);
    expect(existsSync(join(root, 'usr/local/bin/lastwatt'))).toBe(false);
    expect(run('uninstall.sh', ['--root', root]).status).toBe(0);
  });
});

/** A PATH with these programs first, or alone, each a line or two of shell. */
async function programs(bodies: Readonly<Record<string, string>>, { alone = false } = {}): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'programs-'));
  for (const [name, body] of Object.entries(bodies)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return alone ? folder : `${folder}:${process.env['PATH'] ?? ''}`;
}

describe('installing on a machine with an old Node', () => {
  it('names the version it found and the way to a newer one, and touches nothing', async () => {
    const target = join(scratch, 'untouched');
    const path = await programs({
      node: 'case $1 in --version) echo v18.19.1 ;; *) echo 18 ;; esac',
      'apt-cache': 'printf "nodejs:\\n  Installed: 18.19.1\\n  Candidate: 18.20.4+dfsg-1\\n"',
      dpkg: 'echo arm64',
    });
    const { status, said } = run('install.sh', ['--root', target], { PATH: path });
    expect(status).toBe(2);
    expect(said).toMatch(/this is v18\.19\.1: install a newer one/);
    expect(said).toMatch(/of this system is too old \(18\.20\.4/);
    expect(said).toContain('sudo tar -xzf node-v22*-linux-arm64.tar.gz -C /usr/local --strip-components=1');
    expect(existsSync(target)).toBe(false);
  });

  it('names the packages of the system where they are new enough', async () => {
    const path = await programs({
      node: 'case $1 in --version) echo v18.19.1 ;; *) echo 18 ;; esac',
      'apt-cache': 'printf "nodejs:\\n  Candidate: 20.19.2+dfsg-1\\n"',
    });
    const { status, said } = run('install.sh', ['--root', join(scratch, 'untouched')], { PATH: path });
    expect([status, said]).toEqual([2, expect.stringContaining('sudo apt-get install nodejs npm')]);
    expect(said).not.toContain('nodejs.org');
  });

  it('says that npm is missing, which comes apart from nodejs', async () => {
    const bare = await mkdtemp(join(scratch, 'clone-'));
    await cp(join(REPOSITORY, 'scripts'), join(bare, 'scripts'), { recursive: true });
    const tools = await programs({ node: 'echo 20' }, { alone: true });
    for (const tool of ['bash', 'dirname', 'readlink', 'id', 'env']) await symlink(join('/usr/bin', tool), join(tools, tool));
    const done = spawnSync(join(bare, 'scripts', 'install.sh'), ['--root', join(scratch, 'untouched')], {
      encoding: 'utf8',
      env: { PATH: tools },
    });
    expect([done.status, done.stderr]).toEqual([2, expect.stringContaining('sudo apt-get install npm')]);
  });

  it('takes no other words than the ones it knows', () => {
    expect(run('install.sh', ['--prefix', '/x']).status).toBe(2);
    expect(run('uninstall.sh', ['--everything']).status).toBe(2);
  });
});
