// A street of 127.0.0.0/8: machines with mouths on the ports that a scan knocks at, which note what is asked of them and how
// many connections they have at a time.
import { createServer, type Server, type Socket } from 'node:net';
import { listen } from '../../src/fakes/listen.ts';
import type { ScanPorts } from '../../src/scan/questions.ts';

/** One request in; what goes out, or how it misbehaves. `undefined`: closes without a word. */
export type StreetMouth = (request: string) => string | Uint8Array | 'silent' | 'dripping' | 'flooding' | undefined;

export type House = { readonly [K in keyof ScanPorts]?: StreetMouth };

export interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A web server: pages by their paths; any other is a 404. */
export function pages(all: Readonly<Record<string, Page>>): StreetMouth {
  return (request) => {
    const path = /^GET (\S+) HTTP/.exec(request)?.[1] ?? '';
    return http(Object.hasOwn(all, path) ? (all[path] ?? {}) : { status: 404, body: 'no such page' });
  };
}

export function http({ status = 200, headers = {}, body = '' }: Page): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(text)), ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`HTTP/1.1 ${status} X`, ...lines, '', text].join('\r\n');
}

/** A miner on 4028: answers by their commands, whichever of both words is used for it; any other is unknown to it. */
export function miner(who: string, all: Readonly<Record<string, unknown>>): StreetMouth {
  return (request) => {
    const asked = JSON.parse(request) as { readonly command?: string; readonly cmd?: string };
    const command = asked.command ?? asked.cmd ?? '';
    const unknown = { STATUS: [{ STATUS: 'E', When: 0, Code: 14, Msg: 'Invalid command', Description: who }], id: 1 };
    return `${JSON.stringify(Object.hasOwn(all, command) ? all[command] : unknown)}\0`;
  };
}

/** The answer to `version`. */
export function versionOf(who: string, row: Readonly<Record<string, unknown>>): unknown {
  return { STATUS: [{ STATUS: 'S', When: 0, Code: 22, Msg: 'versions', Description: who }], VERSION: [row], id: 1 };
}

const COUNT_AFTER_MS = 10;
const SAY_AFTER_MS = 20;

export class Street {
  readonly ports: ScanPorts;
  /** `127.0.0.2 web GET / HTTP/1.1`, oldest first */
  readonly asked: string[] = [];
  /** connections at a time, the most so far, by address */
  readonly most = new Map<string, number>();
  readonly #open = new Map<string, number>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(ports: ScanPorts) {
    this.ports = ports;
  }

  /** Houses by their addresses, on ports that were free a moment ago. */
  static async build(houses: Readonly<Record<string, House>>): Promise<Street> {
    const servers = [0, 1, 2, 3, 4, 5].map(() => createServer());
    const [miner = 0, web = 0, framed = 0, xmrig = 0, second = 0, trex = 0] = await Promise.all(servers.map((server) => listen(server)));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    const street = new Street({ miner, web, framed, xmrig, second, trex });
    for (const [address, house] of Object.entries(houses)) await street.#settle(address, house);
    return street;
  }

  async #settle(address: string, house: House): Promise<void> {
    for (const name of ['miner', 'web', 'framed', 'xmrig', 'second', 'trex'] as const) {
      const mouth = house[name];
      if (mouth === undefined) continue;
      const server = createServer((socket) => this.#serve(socket, { address, name, mouth }));
      this.#servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(this.ports[name], address, resolve);
      });
    }
  }

  #serve(socket: Socket, { address, name, mouth }: { address: string; name: string; mouth: StreetMouth }): void {
    this.#sockets.add(socket);
    this.#open.set(address, (this.#open.get(address) ?? 0) + 1);
    // Counted a moment later: the end of the one before may be heard behind the begin of this one.
    this.#later(COUNT_AFTER_MS, () => this.most.set(address, Math.max(this.#open.get(address) ?? 0, this.most.get(address) ?? 0)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#open.set(address, (this.#open.get(address) ?? 1) - 1);
    });
    socket.once('data', (chunk) => {
      const request = chunk.toString('latin1');
      this.asked.push(`${address} ${name} ${request.split('\r\n')[0]}`);
      this.#later(SAY_AFTER_MS, () => this.#say(socket, mouth(request)));
    });
  }

  #later(ms: number, what: () => void): void {
    this.#timers.add(setTimeout(what, ms));
  }

  #say(socket: Socket, said: ReturnType<StreetMouth>): void {
    if (said === 'silent') return;
    if (said === 'dripping') this.#timers.add(setInterval(() => socket.write('{'), 200));
    else if (said === 'flooding') flood(socket);
    else if (said === undefined) socket.end();
    else socket.end(said);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function flood(socket: Socket): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
