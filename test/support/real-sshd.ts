// A real sshd on a free port of 127.0.0.1, with keys of its own, that gives whoever has the key a shell on a rig that is a folder.
// As root or not: a login is always of the user who runs it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../src/fakes/listen.ts';
import { eventually } from './eventually.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find(existsSync);
const CLIENT = '/usr/bin/ssh';

export const ABSENT = 'skipped: no sshd and ssh here (packages openssh-server, openssh-client)';

export function available(): boolean {
  return SSHD !== undefined && existsSync(CLIENT);
}

export interface RealSshd {
  readonly port: number;
  readonly username: string;
  /** a private key that is let in, as a secret is read: without its last newline */
  readonly key: string;
  /** one that is not */
  readonly strangersKey: string;
  readonly knownHostsFile: string;
  /** the process id of its listener */
  readonly pidFile: string;
  /** shows another key to those who know it, from its next start on */
  renewHostKey(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** how many connections it has now */
  connections(): number;
  remove(): Promise<void>;
}

/** `folder`: the rig whose programs stand first on the PATH of its shells. */
export async function startRealSshd(rigFolder: string): Promise<RealSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'));
  const path = (name: string): string => join(folder, name);
  const newKey = (name: string): void => {
    for (const part of [name, `${name}.pub`]) rmSync(path(part), { force: true });
    execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path(name)]);
  };
  const port = await freePort();
  for (const name of ['host', 'owner', 'stranger']) newKey(name);
  // Root's sshd wants this folder, which the package's own service makes.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(path('known_hosts'), '');
  for (const name of ['127.0.0.1', 'localhost']) {
    appendFileSync(path('known_hosts'), `[${name}]:${port} ${readFileSync(path('host.pub'), 'utf8')}`);
  }
  writeFileSync(
    path('config'),
    [
      ...['ListenAddress 127.0.0.1', `Port ${port}`, `HostKey ${path('host')}`, 'PidFile none', 'UsePAM no', 'StrictModes no'],
      ...[`AuthorizedKeysFile ${path('owner.pub')}`, 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
      ...['PermitRootLogin prohibit-password', 'LogLevel ERROR', `SetEnv RIG=${rigFolder} PATH=${rigFolder}/bin:/usr/bin:/bin`],
    ].join('\n'),
  );
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn(SSHD ?? '', ['-D', '-e', '-f', path('config')], { stdio: 'ignore' });
    server = child;
    writeFileSync(path('pid'), String(child.pid));
    await eventually('sshd takes connections', () => takesConnections(port), 10_000);
  };
  const stop = async (): Promise<void> => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  const secret = (name: string): string => readFileSync(path(name), 'utf8').trimEnd();
  return {
    port,
    username: userInfo().username,
    key: secret('owner'),
    strangersKey: secret('stranger'),
    knownHostsFile: path('known_hosts'),
    pidFile: path('pid'),
    renewHostKey: () => newKey('host'),
    start,
    stop,
    connections: () => (server?.pid === undefined ? 0 : childrenOf(server.pid)),
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: number): number {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((one) => one !== '').length;
  } catch {
    return 0;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
