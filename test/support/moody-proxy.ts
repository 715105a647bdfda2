// A proxy between the service and upsd that turns bad in the ways a network does: it keeps the connection and says nothing,
// stops in the middle of a list, or talks rubbish without end.
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../../src/fakes/listen.ts';

export type ProxyMood =
  | 'well'
  /** takes what comes and never answers */
  | 'mute'
  /** passes the first rows of a list, and then no more */
  | 'mute-in-mid-list'
  | 'garbage'
  /** one line that never ends */
  | 'endless-line';

export interface MoodyProxy {
  readonly port: number;
  /** Breaks what is open, so that the next connection finds the mood; a half-open one is left as it is. */
  be(mood: ProxyMood): void;
  close(): Promise<void>;
}

const ROWS_PASSED = 3;
const PIECE = 'x'.repeat(16_384);

export async function moodyProxy(upsdPort: () => number): Promise<MoodyProxy> {
  const open = new Set<Socket>();
  let mood: ProxyMood = 'well';
  const server = createServer((client) => {
    const keep = (socket: Socket): void => {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    };
    keep(client);
    const upsd = connect(upsdPort(), '127.0.0.1');
    keep(upsd);
    client.on('close', () => upsd.destroy());
    upsd.on('close', () => client.destroy());
    client.on('data', (asked) => {
      if (mood === 'garbage') client.write('\u0000\u0001 VAR rubbish "\n');
      else if (mood === 'endless-line') flood(client);
      else upsd.write(asked);
    });
    let passed = 0;
    upsd.setEncoding('utf8').on('data', (told: string) => {
      if (mood === 'well') client.write(told);
      if (mood !== 'mute-in-mid-list') return;
      const rows = told.split('\n').slice(0, Math.max(0, ROWS_PASSED - passed));
      passed += rows.length;
      if (rows.length > 0) client.write(rows.map((row) => `${row}\n`).join(''));
    });
  });
  return {
    port: await listen(server),
    be: (next) => {
      mood = next;
      if (next !== 'mute') for (const socket of open) socket.destroy();
    },
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function flood(client: Socket): void {
  const more = (): void => {
    while (!client.destroyed && client.write(PIECE));
    if (!client.destroyed) client.once('drain', more);
  };
  more();
}
