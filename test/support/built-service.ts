// The built programs, run as processes: lastwattd with its journal and output, and lastwatt. What `npm run build` made
// serves where it is newer than every source; else the sources are built into a folder of our own, which removeBuilt takes away.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ControlClient, controlClient } from '../../src/control/client.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { StatusView } from '../../src/model/view.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Of what it prints, so much is kept for the story of a night that went wrong. */
const OUTPUT_LIMIT = 200_000;
const STOP_MS = 10_000;
const CLI_MS = 90_000;

let programs: Promise<string> | undefined;

/** The folder that holds main.js and cli.js; built at most once a test process. */
export function builtPrograms(): Promise<string> {
  programs ??= findOrBuild();
  return programs;
}

async function findOrBuild(): Promise<string> {
  const dist = join(ROOT, 'dist');
  const made = await changedMs(join(dist, 'main.js'));
  const sources = await readdir(join(ROOT, 'src'), { recursive: true });
  const changed = await Promise.all(sources.filter((name) => name.endsWith('.ts')).map((name) => changedMs(join(ROOT, 'src', name))));
  if (changed.every((ms) => ms < made)) return dist;
  // Under node_modules the programs find their packages, as they would in dist.
  const own = join(ROOT, 'node_modules', '.cache', `lastwatt-built-${process.pid}`);
  await mkdir(own, { recursive: true });
  await copyFile(join(ROOT, 'package.json'), join(own, 'package.json'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json'), '--outDir', join(own, 'dist')]);
  if ((await changedMs(join(own, 'dist', 'main.js'))) === 0) throw new Error(`the sources could not be built: ${built.stdout}`);
  return join(own, 'dist');
}

/** Takes away what was built for these tests alone; for afterAll, as jest's workers tell nobody that they end. */
export async function removeBuilt(): Promise<void> {
  programs = undefined;
  await rm(join(ROOT, 'node_modules', '.cache', `lastwatt-built-${process.pid}`), { recursive: true, force: true });
}

async function changedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    // Who calls may have a socket of his own in the environment; no test may reach it.
    const { PATH } = process.env;
    const child = execFile(program, argv, { timeout: CLI_MS, env: { PATH }, maxBuffer: 10_000_000 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** `lastwatt` with these words; resolves when it has ended, with 90 s of patience. */
export async function lastwatt(...argv: string[]): Promise<Ended> {
  return run(process.execPath, [join(await builtPrograms(), 'cli.js'), ...argv]);
}

export interface Launching {
  /** main.js; absent: the one that was built for these tests */
  readonly main?: string;
  /** a program that becomes node: its argv, to which node's own is added */
  readonly through?: readonly string[];
  /** arguments for node itself, before the program */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** an open file that takes its standard output; what is printed is then not kept here */
  readonly stdout?: number;
}

/** lastwattd on one configuration file. Its journal is read as it stands on the disk, whether it runs or not. */
export class BuiltService {
  readonly #file: string;
  readonly #client: ControlClient;
  readonly #stateDir: string;
  readonly #how: Launching;
  readonly #journal = new Map<string, { size: number; rest: string }>();
  readonly #records: JournalRecord[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);
  #output = '';

  constructor(paths: { readonly file: string; readonly socket: string; readonly stateDir: string }, how: Launching = {}) {
    this.#how = how;
    this.#file = paths.file;
    this.#client = controlClient({ socket: paths.socket, actor: 'test', answerMs: 2_000 });
    this.#stateDir = paths.stateDir;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of the one that was started last. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Everything that it printed, over its restarts. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process and does not wait for anything. */
  async launch(): Promise<void> {
    const { main = join(await builtPrograms(), 'main.js'), through = [], nodeArgs = [], env = {}, stdout = 'pipe' } = this.#how;
    const { PATH } = process.env;
    const [program = '', ...argv] = [...through, process.execPath, ...nodeArgs, main, '--config', this.#file];
    const child = spawn(program, argv, { env: { PATH, ...env }, stdio: ['ignore', stdout, 'pipe'] });
    this.#child = child;
    const endWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithUs);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        process.off('exit', endWithUs);
        resolve(code);
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(signal);
  }

  /** Its exit code; null where a signal ended it. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Dead without a word, as by a power cut. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Asked to end, and made to when it does not. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    const patience = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    const code = await this.#ended;
    clearTimeout(patience);
    return code;
  }

  /** Undefined while nobody answers. */
  async status(): Promise<StatusView | undefined> {
    const answer = await this.#client.status();
    return answer.ok ? answer.value : undefined;
  }

  /** All whole lines so far, oldest first, each once. */
  async journal(): Promise<readonly JournalRecord[]> {
    const names = await readdir(this.#stateDir).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.jsonl'))) await this.#readOn(name);
    return this.#records;
  }

  async #readOn(name: string): Promise<void> {
    const known = this.#journal.get(name) ?? { size: 0, rest: '' };
    this.#journal.set(name, known);
    const file = await open(join(this.#stateDir, name)).catch(() => undefined);
    if (file === undefined) return;
    try {
      const { size } = await file.stat();
      // A torn tail was cut off, by a start after a kill.
      if (size < known.size) Object.assign(known, { size, rest: '' });
      const { bytesRead, buffer } = await file.read(Buffer.alloc(size - known.size), 0, size - known.size, known.size);
      known.size += bytesRead;
      const lines = (known.rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      known.rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.#records.push(JSON.parse(line));
    } finally {
      await file.close();
    }
  }
}
