// This machine as a program finds it that installs something, and none of it changed: a mount namespace of its own in which /etc,
// /opt, /usr/local, /var and one more folder are overlays that vanish with it. For root only.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Everything that a script may write to. The system's own sockets are hidden: nobody out there is told anything. */
const WRITTEN = ['/etc', '/opt', '/usr/local', '/var'];
const ENTER_MS = 10_000;
const RUN_MS = 60_000;

const SETUP = `
set -eu
mount -t tmpfs tmpfs "$1"; layers=$1; shift
for folder; do
  layer=$layers/$#; shift
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" "$folder"
done
mount -t tmpfs tmpfs /run
`;

export interface Ran {
  readonly status: number | null;
  readonly said: string;
  readonly lines: readonly string[];
}

export class PrivateMachine {
  readonly #child: ChildProcess;
  readonly #endWithUs = (): void => void this.#child.kill('SIGKILL');

  private constructor(child: ChildProcess) {
    this.#child = child;
    process.once('exit', this.#endWithUs);
  }

  /** Why there can be none here; `layers` is an empty folder. */
  static whyNot(layers: string): string | undefined {
    if (process.getuid?.() !== 0) return 'not root';
    const tried = spawnSync('unshare', ['--mount', 'sh', '-c', SETUP, 'sh', layers, ...WRITTEN], { encoding: 'utf8', timeout: ENTER_MS });
    return tried.status === 0 ? undefined : `no mount namespace with overlays (${(tried.stderr ?? 'no unshare').trim()})`;
  }

  /** `more` is a folder that is written to as well. */
  static open(layers: string, more: string): Promise<PrivateMachine> {
    const argv = ['--mount', 'sh', '-c', `${SETUP}\necho entered\nexec cat`, 'sh', layers, more, ...WRITTEN];
    const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const machine = new PrivateMachine(child);
    return new Promise((resolve, reject) => {
      child.stdout.once('data', () => resolve(machine));
      child.once('error', reject).once('exit', () => reject(new Error('no private machine')));
    });
  }

  run(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Ran {
    const done = spawnSync('nsenter', [`--mount=/proc/${this.#child.pid}/ns/mnt`, ...argv], { encoding: 'utf8', timeout: RUN_MS, env });
    return { status: done.status, said: done.stdout + done.stderr, lines: done.stdout.trimEnd().split('\n') };
  }

  /** Where a file of that machine is seen from out here. */
  at(path: string): string {
    return join(`/proc/${this.#child.pid}/root`, path);
  }

  async close(): Promise<void> {
    process.off('exit', this.#endWithUs);
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}
