// The scripts as root runs them on a machine, with its users, owners and services, on a copy of this machine that vanishes.
// What npm fetches is install.test.ts's business: here the packages are copied.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrivateMachine, type Ran } from '../support/private-machine.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const CONFIG = '/etc/lastwatt/lastwatt.yaml';
const OURS = ['/opt/lastwatt', '/usr/local/bin/lastwatt', '/etc/systemd/system/lastwatt.service', '/etc/modules-load.d/lastwatt.conf'];
/** The one who types sudo. */
const CALLER = 'rig-keeper';
const PATIENCE_MS = 60_000;

const scratch = mkdtempSync(join(tmpdir(), 'install-live-'));
const layers = join(scratch, 'layers');
const programs = join(scratch, 'programs');
for (const folder of [layers, programs]) mkdirSync(folder);

const skipped = whyNot();
if (skipped !== undefined) {
  console.warn(`installing on the machine itself skipped: ${skipped}`);
  putAway();
}

function putAway(): void {
  rmSync(scratch, { recursive: true, force: true });
}

function whyNot(): string | undefined {
  const node = spawnSync('sh', ['-c', 'readlink -f "$(command -v node)"'], { encoding: 'utf8' }).stdout.trim();
  if (node.startsWith('/home/')) return `node is in a home folder, where the service could not see it (${node})`;
  const tools = ['useradd', 'usermod', 'groupadd', 'getent', 'setpriv', 'nsenter'];
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing.length > 0) return `no ${missing.join(', ')} here`;
  if (['/etc/lastwatt', '/var/lib/lastwatt', ...OURS].some(existsSync)) return 'lastwatt is installed here';
  if (spawnSync('getent', ['passwd', 'lastwatt']).status === 0) return 'a user lastwatt is here';
  return PrivateMachine.whyNot(layers);
}

/** systemctl writes down what it is told; npm, asked for the packages to run with, copies them. */
const PROGRAMS = {
  systemctl: `echo "$*" >>${scratch}/systemctl.told`,
  npm: `[ "$1" = ci ] || { PATH=\${PATH#*:} exec npm "$@"; }
node -p 'Object.entries(require("./package-lock.json").packages).filter(([at, { dev }]) => at && !dev).map(([at]) => at).join("\\n")' |
  grep -E '^node_modules/(@[^/]+/)?[^/]+$' | while read -r at; do
    [ -d "${REPOSITORY}/$at" ] || continue
    mkdir -p "$(dirname "$at")"
    cp -R "${REPOSITORY}/$at" "$at"
  done`,
} as const;

(skipped === undefined ? describe : describe.skip)('installing on the machine itself', () => {
  let machine: PrivateMachine;
  let before: readonly string[];
  beforeAll(async () => {
    before = await accounts('');
    for (const [name, body] of Object.entries(PROGRAMS)) {
      await writeFile(join(programs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    machine = await PrivateMachine.open(layers, REPOSITORY);
    expect(inside(['useradd', '--no-create-home', CALLER])).toMatchObject({ status: 0 });
  }, PATIENCE_MS);
  afterAll(async () => {
    await machine.close();
    putAway();
  });

  function inside(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
    // HOME is none that holds a node, and of sudo only what a test says is known.
    const { SUDO_USER: _, ...ours } = process.env;
    return machine.run(argv, { ...ours, HOME: scratch, PATH: `${programs}:${process.env['PATH'] ?? ''}`, ...env });
  }

  /** What the script said, and what it told systemctl. */
  async function script(name: string, env: Readonly<Record<string, string>> = {}) {
    const told = machine.at(join(scratch, 'systemctl.told'));
    await writeFile(told, '');
    const ran = inside([join(REPOSITORY, 'scripts', name)], env);
    return { ...ran, told: (await readFile(told, 'utf8')).trimEnd().split('\n') };
  }

  function accounts(of: string): Promise<string[]> {
    return Promise.all(['passwd', 'group'].map((name) => readFile(join(of, '/etc', name), 'utf8')));
  }

  const ownersOf = (...paths: readonly string[]): readonly string[] => inside(['stat', '-c', '%n %a %U:%G', ...paths]).lines;
  const membersOf = (group: string): string | undefined => inside(['getent', 'group', group]).lines[0]?.split(':')[3];

  it(
    'makes user, group and folders, takes in the caller, enables the service and does not start it on the example',
    async () => {
      const { status, said, lines, told } = await script('install.sh', { SUDO_USER: CALLER });
      expect([status, said]).toEqual([0, expect.stringContaining('user lastwatt made')]);
      const [passwd = '', group = ''] = await accounts(machine.at('/'));
      expect(passwd).toMatch(/^lastwatt:x:\d+:\d+::\/var\/lib\/lastwatt:\/usr\/sbin\/nologin$/m);
      for (const name of ['lastwatt', 'gpio', 'dialout']) expect(group).toMatch(new RegExp(`^${name}:`, 'm'));
      expect(ownersOf('/etc/lastwatt', '/etc/lastwatt/secrets.d', CONFIG, '/var/lib/lastwatt', ...OURS)).toEqual([
        '/etc/lastwatt 750 root:lastwatt',
        '/etc/lastwatt/secrets.d 750 root:lastwatt',
        `${CONFIG} 640 root:lastwatt`,
        '/var/lib/lastwatt 750 lastwatt:lastwatt',
        '/opt/lastwatt 755 root:root',
        '/usr/local/bin/lastwatt 755 root:root',
        '/etc/systemd/system/lastwatt.service 644 root:root',
        '/etc/modules-load.d/lastwatt.conf 644 root:root',
      ]);
      expect(membersOf('lastwatt')).toBe(CALLER);
      expect(said).toContain(`${CALLER} is now in group lastwatt and may use the lastwatt command after logging in again`);
      expect(told).toEqual(['daemon-reload', 'enable lastwatt.service']);
      expect(said).toContain('service enabled; it is not started on the example');
      expect(lines.slice(-3).map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
        'lastwatt check',
        'lastwatt drill RIG',
        'lastwatt arm',
      ]);
    },
    PATIENCE_MS,
  );

  it('gives the service its own user, who reads the configuration and writes the state alone', () => {
    const asService = ['setpriv', '--reuid=lastwatt', '--regid=lastwatt', '--clear-groups'];
    const check = inside([...asService, 'lastwatt', '--config', CONFIG, 'check', '--offline']);
    expect([check.said, [0, 1].includes(check.status ?? 2)]).toEqual([expect.stringContaining('rigs'), true]);
    const writes = (path: string) => inside([...asService, 'test', '-w', path]).status === 0;
    expect(['/var/lib/lastwatt', '/etc/lastwatt', CONFIG, '/opt/lastwatt'].map(writes)).toEqual([true, false, false, false]);
  });

  it(
    'starts it anew on a configuration that is no longer the example, and makes nobody twice',
    async () => {
      const config = machine.at(CONFIG);
      await writeFile(config, (await readFile(config, 'utf8')).replace('perDay: 0.60', 'perDay: 0.61'));
      const { status, said, told } = await script('install.sh');
      expect([status, said]).toEqual([0, expect.stringContaining('service enabled and started; a new one is disarmed until you arm it')]);
      expect(told).toEqual(['daemon-reload', 'enable lastwatt.service', 'restart lastwatt.service']);
      expect(said).not.toMatch(/ made$| is now in group /m);
      expect(membersOf('lastwatt')).toBe(CALLER);
      expect(await readFile(config, 'utf8')).toContain('perDay: 0.61');
    },
    PATIENCE_MS,
  );

  it(
    'does not start it on a configuration that it cannot read, and says what to ask',
    async () => {
      await writeFile(machine.at(CONFIG), 'rigs: [\n');
      const { status, said, told } = await script('install.sh', { SUDO_USER: 'root' });
      expect([status, said]).toEqual([0, expect.stringContaining('and not started: lastwatt check --offline says what is wrong')]);
      expect(told).toEqual(['daemon-reload', 'enable lastwatt.service']);
      expect(membersOf('lastwatt')).toBe(CALLER);
    },
    PATIENCE_MS,
  );

  it('leaves configuration, state, user and group when it goes, and says so', async () => {
    await writeFile(machine.at('/var/lib/lastwatt/journal.jsonl'), 'history\n');
    const kept = ['/etc/lastwatt', CONFIG, '/var/lib/lastwatt'];
    const owners = ownersOf(...kept);
    const { status, said, told } = await script('uninstall.sh');
    expect([status, told]).toEqual([0, ['disable --now lastwatt.service', 'daemon-reload']]);
    expect(said).toContain('/etc/lastwatt (configuration), /var/lib/lastwatt (state and journal), the user and group lastwatt.');
    expect([...OURS, '/usr/local/bin/lastwattd'].filter((path) => existsSync(machine.at(path)))).toEqual([]);
    expect(ownersOf(...kept)).toEqual(owners);
    expect(await readFile(machine.at('/var/lib/lastwatt/journal.jsonl'), 'utf8')).toBe('history\n');
    expect((await accounts(machine.at('/'))).every((text) => /^lastwatt:/m.test(text))).toBe(true);
    expect(membersOf('lastwatt')).toBe(CALLER);
  });

  it('has changed nothing of the machine that ran this test', async () => {
    expect(await accounts('')).toEqual(before);
    expect(OURS.filter(existsSync)).toEqual([]);
    await expect(stat('/etc/lastwatt')).rejects.toThrow('ENOENT');
  });
});
