// A simulated rig of graphics cards behind ssh, without a server of that: the driver is given a program that stands in for the client
// (its option `client`) and leads to a port of 127.0.0.1, where the rig's shell is played by a folder.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimRig } from '../sim/rig.ts';
import { type CardKind, GpuFolder } from './gpu-folder.ts';
import { listen } from './listen.ts';
import { callIn, isStandIn, type StandInCall, type StandInEnd, standInFor } from './ssh-stand-in.ts';

export interface SshHostFakeOptions {
  readonly rig: SimRig;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
  /** where the program that stands in for ssh is written; absent: into the folder of the rig */
  readonly client?: string;
  /** Default nvidia. */
  readonly cardKind?: CardKind;
}

export interface SshHostFake {
  readonly port: number;
  /** what the driver wants beside host, port and key */
  readonly options: { readonly os: 'hive'; readonly client: string };
  /** every line for its shell, oldest first */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** What its owner put into authorized_keys, as far as anybody can tell. */
export const FAKE_KEY = 'fake-key';
/** ms after which it is looked whether it still listens: nobody listens on a rig that is dark or boots */
const LOOK_EVERY_MS = 100;
/** characters of a call */
const CALL_LIMIT = 256 * 1024;
const ASKED_LIMIT = 10_000;

/** Rejects where the port or the file of the client cannot be had; EEXIST: that is another program. */
export async function startSshHostFake({ rig, port = 0, client, cardKind = 'nvidia' }: SshHostFakeOptions): Promise<SshHostFake> {
  // It is not to be written over a program of somebody else's, and least of all over ssh.
  if (client !== undefined && existsSync(client) && !isStandIn(readFileSync(client, 'utf8'))) {
    throw Object.assign(new Error(`${client} is there already`), { code: 'EEXIST' });
  }
  const folder = mkdtempSync(join(tmpdir(), 'fake-ssh-host-'));
  const inside = new GpuFolder(join(folder, 'rig'), rig, cardKind);
  const program = client ?? join(folder, 'ssh');
  const asked: string[] = [];
  const open = new Set<Socket>();
  const shell = new PlayedShell(rig, inside, asked);
  const door = new Door((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    shell.meet(socket);
  });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const mine = await door.open(port).catch((error: unknown) => {
    remove();
    throw error;
  });
  try {
    // Who has the port may write the program: two that are played keep their hands off each other's.
    writeFileSync(program, standInFor(process.execPath));
    chmodSync(program, 0o755);
  } catch (error) {
    await door.close();
    remove();
    throw error;
  }
  const timer = setInterval(() => door.follow(rig.look().answers, mine), LOOK_EVERY_MS).unref();
  return {
    port: mine,
    options: { os: 'hive', client: program },
    asked,
    close: async () => {
      clearInterval(timer);
      for (const socket of open) socket.destroy();
      await door.close();
      await shell.settled();
      rmSync(program, { force: true });
      remove();
    },
  };
}

/** A listener that comes and goes with its rig. */
class Door {
  readonly #server: Server;
  #moving = false;

  constructor(meet: (socket: Socket) => void) {
    this.#server = createServer(meet);
  }

  open(port: number): Promise<number> {
    return listen(this.#server, port);
  }

  follow(lit: boolean, port: number): void {
    if (this.#moving || lit === this.#server.listening) return;
    this.#moving = true;
    const moved = lit ? listen(this.#server, port).then(() => undefined) : this.close();
    void moved
      .catch(() => undefined)
      .finally(() => {
        this.#moving = false;
      });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

class PlayedShell {
  readonly #rig: SimRig;
  readonly #inside: GpuFolder;
  readonly #asked: string[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(rig: SimRig, inside: GpuFolder, asked: string[]) {
    this.#rig = rig;
    this.#inside = inside;
    this.#asked = asked;
  }

  meet(socket: Socket): void {
    const gone = new AbortController();
    socket.on('close', () => gone.abort());
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (heard.endsWith('\n') || heard.length > CALL_LIMIT) return;
      heard += text;
      const call = heard.endsWith('\n') ? callIn(heard) : undefined;
      if (call !== undefined) void this.#answer(call, socket, gone.signal);
    });
  }

  /** When the shells that were begun have ended. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #answer(call: StandInCall, socket: Socket, gone: AbortSignal): Promise<void> {
    if (this.#asked.length < ASKED_LIMIT) this.#asked.push(call.line);
    if (this.#rig.quirks.hangs) return;
    const end = this.#refusal(call) ?? (await this.#inTurn(call, gone));
    const { answerSeconds = 0 } = this.#rig.quirks;
    if (gone.aborted) return;
    const timer = setTimeout(() => socket.end(end === undefined ? '' : JSON.stringify(end)), answerSeconds * 1000);
    gone.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  #refusal({ username, key }: StandInCall): StandInEnd | undefined {
    const { locked, page } = this.#rig.quirks;
    const bad = (complaint: string): StandInEnd => ({ output: '', complaint, code: 255 });
    if (!this.#rig.look().answers) return bad('ssh: connect to host 127.0.0.1: Connection timed out');
    if (page === 'elsewhere') return bad('@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @');
    if (locked === true || key.trim() !== FAKE_KEY) return bad(`${username}@127.0.0.1: Permission denied (publickey).`);
    return page === 'login' ? { output: 'Welcome. 1) start the miner 2) stop it\n', complaint: '', code: 0 } : undefined;
  }

  /** One shell after the other, so that each finds the rig as the one before has left it. Undefined: its answer is lost. */
  #inTurn({ line }: StandInCall, gone: AbortSignal): Promise<StandInEnd | undefined> {
    const run = this.#last.then(() => this.#inside.run(line, gone));
    this.#last = run.catch(() => undefined);
    return run.then((end) => {
      const { losesAnswers, garbles } = this.#rig.quirks;
      if (losesAnswers === true) return undefined;
      // Its system went down under the connection.
      if (!this.#rig.look().answers) return { ...end, complaint: 'Connection to 127.0.0.1 closed by remote host.', code: 255 };
      return garbles === true ? { ...end, output: end.output.slice(0, end.output.length / 2) } : end;
    });
  }
}
