// A program for the fleet alone: so many rigs that speak LuxOS, each on a port of its own, in a process apart from what is
// measured. Prints their ports as its first line, then a line at each order to pause: its rig, and monotonic ms. Of the first
// rig the second argument says how it is wedged. SIGUSR1: every rig hashes again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../src/fakes/listen.ts';
import { startLuxosFake } from '../src/fakes/luxos-rig.ts';
import { realClock } from '../src/host/clock.ts';
import { SimRig, type SimRigAnswer, type SimRigOrder } from '../src/sim/rig.ts';

const DRIP_MS = 1_000;

class HeardRig extends SimRig {
  override order(what: SimRigOrder): SimRigAnswer {
    if (what === 'pause') process.stdout.write(`${this.traits.id} ${realClock.monotonicMs()}\n`);
    return super.order(what);
  }
}

/** A program that takes no connection: its queue is full, and what comes is dropped without a word. */
async function blackHole(): Promise<number> {
  const program = `const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    () => process.stdout.write(s.address().port + '\\n', () => process.kill(process.pid, 'SIGSTOP')))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(said.toString('utf8'));
  for (let taken = 0; taken < 8; taken++) connect(port, '127.0.0.1').on('error', () => undefined);
  return port;
}

/** One byte a second, whatever is asked. */
function dripping(): Promise<number> {
  return listen(
    createServer((socket: Socket) => {
      const drip = setInterval(() => socket.write('{'), DRIP_MS);
      socket.on('error', () => undefined).on('close', () => clearInterval(drip));
    }),
  );
}

async function wedged(how: string, port: number): Promise<number> {
  if (how === 'black-hole') return blackHole();
  if (how === 'dripping') return dripping();
  // Somebody else is connected and says nothing: such a server serves nobody meanwhile.
  if (how === 'idle-socket') await once(connect(port, '127.0.0.1'), 'connect');
  return port;
}

async function run(count: number, wedge: string): Promise<void> {
  const nowMs = realClock.monotonicMs;
  const traits = { watts: 3_250, hashRate: 1e14, wattsNoise: 0.02, pauseSeconds: 0, wakeSeconds: 0 };
  const rigs = Array.from({ length: count }, (_, place) => new HeardRig({ id: `rig-${place + 1}`, seed: place, ...traits }, nowMs));
  const ports: number[] = [];
  for (const rig of rigs) ports.push((await startLuxosFake({ rig, nowMs })).port);
  ports[0] = await wedged(wedge, ports[0] ?? 0);
  process.on('SIGUSR1', () => {
    for (const rig of rigs) if (rig.look().level < 1) rig.order('resume');
  });
  process.stdout.write(`${JSON.stringify(ports)}\n`);
}

const [count = '1', wedge = 'none'] = process.argv.slice(2);
process.once('SIGTERM', () => process.exit(0));
await run(Number(count), wedge);
