// One service a stateDir. The lock is an abstract Unix socket: no file, so it dies with its owner and nothing is left behind.
import { stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

export interface Lock {
  release(): Promise<void>;
}

/** How long the holder may take to tell its process id; without one the message is only less helpful. */
const ANSWER_MS = 500;
/** digits of a process id */
const ANSWER_LIMIT = 10;

/**
 * Takes the lock of a directory, or says who has it (`refused`). The name is device and inode, so that two paths to one directory
 * are one lock. Abstract sockets belong to a network namespace: two containers that share the directory do not see each other.
 */
export async function takeLock(stateDir: string): Promise<Outcome<Lock>> {
  let name: string;
  try {
    const directory = await stat(stateDir, { bigint: true });
    if (!directory.isDirectory()) return failed('unsupported', `stateDir ${stateDir} is not a directory: name one that is`);
    name = `\0lastwatt-${directory.dev}-${directory.ino}`;
  } catch (error) {
    return failed(
      'unsupported',
      `stateDir ${stateDir} cannot be used: ${messageOf(error)}; make it, and give it to the user of the service`,
    );
  }
  const held = await listen(name);
  if (typeof held === 'string') return held === 'EADDRINUSE' ? refused(stateDir, await holderOf(name)) : cannotLock(held);
  // An early Node 20 drops the leading NUL and binds a random name: every service would hold a lock of its own.
  const second = await listen(name);
  if (typeof second !== 'string') {
    await Promise.all([close(held), close(second)]);
    return cannotLock(`Node ${process.version} has no abstract sockets; a newer Node 20 has`);
  }
  return ok({ release: () => close(held) });
}

function refused(stateDir: string, pid: string | undefined): Outcome<Lock> {
  const who = pid === undefined ? 'another lastwatt' : `another lastwatt (process ${pid})`;
  return failed('refused', `${who} already works on ${stateDir}: stop that one, or give this one a stateDir of its own`, 'never');
}

function cannotLock(why: string): Outcome<Lock> {
  return failed('unsupported', `the lock that keeps two services apart cannot be taken: ${why}`);
}

/** The server that holds the name, or the errno why not. It answers whoever asks with its process id. */
function listen(name: string): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.setTimeout(ANSWER_MS, () => socket.destroy());
      socket.end(String(process.pid));
    });
    server.maxConnections = 4;
    server.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ path: name }, () => {
      // Holding a lock is no reason to stay alive.
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function holderOf(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path: name });
    const settle = (): void => {
      socket.destroy();
      resolve(/^\d{1,10}$/.test(answer) ? answer : undefined);
    };
    const timer = setTimeout(settle, ANSWER_MS);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > ANSWER_LIMIT) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      settle();
    });
  });
}
