// The socket against callers who are wrong, slow, greedy or hostile, and against what earlier runs left behind.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlClient } from '../../src/control/client.ts';
import { type Control, type ControlLimits, startControl } from '../../src/control/server.ts';
import { type FakeService, fakeService } from '../support/fake-service.ts';

let home: string;
let socket: string;
let service: FakeService;
let running: Control[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lastwatt-'));
  socket = join(home, 'c.sock');
  service = fakeService();
  running = [];
});

afterEach(async () => {
  for (const control of running) await control.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(limits?: Partial<ControlLimits>, handlers = service.handlers): Promise<string[]> {
  const bugs: string[] = [];
  const all = { connections: 32, headersMs: 2_000, requestMs: 4_000, answerMs: 5_000, ...limits };
  const started = await startControl({ socket, handlers, limits: all, onBug: (say) => bugs.push(say) });
  if (!started.ok) throw new Error(started.fault.detail);
  running.push(started.value);
  return bugs;
}

interface Reply {
  readonly status: number;
  readonly allow: string | undefined;
  readonly body: unknown;
}

function ask(method: string, path: string, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, allow: response.headers.allow, body: JSON.parse(text) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Writes bytes as they are and gives back all that came until the server hung up. */
function raw(bytes: string, drip?: (wire: Socket) => NodeJS.Timeout): Promise<string> {
  return new Promise((resolve) => {
    const wire = connect(socket);
    let text = '';
    const timer = drip?.(wire);
    wire.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    wire.on('error', () => undefined);
    wire.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
    wire.write(bytes);
  });
}

describe('what is asked', () => {
  it('gives status, plan, why, journal and check as JSON', async () => {
    await start();
    expect(await ask('GET', '/v1/status')).toMatchObject({ status: 200, body: { site: 'barn', ready: true } });
    expect(await ask('GET', '/v1/plan')).toMatchObject({ status: 200, body: { ups: [{ say: 'fits' }] } });
    expect(await ask('GET', '/v1/why?rig=s19-1')).toMatchObject({ status: 200, body: { subject: 's19-1' } });
    expect(await ask('GET', '/v1/journal')).toMatchObject({ status: 200, body: { records: [{ seq: 1, event: 'started' }] } });
    expect(await ask('GET', '/v1/check')).toMatchObject({ status: 200, body: { items: [{ verdict: 'pass' }] } });
  });

  it('carries a command to the service and answers with the new plan', async () => {
    await start();
    const body = '{ "kind": "hold", "as": "up", "rigs": ["s19-1"], "forSeconds": 7200 }';
    expect(await ask('POST', '/v1/command', body)).toMatchObject({ status: 200, body: { say: ['held up: s19-1'], plan: { steps: [{}] } } });
    expect(service.asked).toEqual([{ command: { kind: 'hold', as: 'up', rigs: ['s19-1'], forSeconds: 7200 }, actor: undefined }]);
  });

  it('says no with 409 and the reason', async () => {
    await start();
    service.line = 'battery';
    const reply = await ask('POST', '/v1/command', '{"kind":"hold","as":"up","rigs":["s19-1"]}');
    expect(reply).toMatchObject({ status: 409, body: { refused: expect.stringContaining('is not started on battery') } });
    expect(await ask('GET', '/v1/why?rig=nobody')).toMatchObject({
      status: 409,
      body: { refused: expect.stringContaining('there is no rig nobody') },
    });
  });

  it('gives the lines behind a number, and those from a time on', async () => {
    await start();
    for (let at = 0; at < 5; at += 1) service.note('noted', { say: String(at) });
    expect(await ask('GET', '/v1/journal?after=4')).toMatchObject({ body: { records: [{ seq: 5 }, { seq: 6 }] } });
    expect(await ask('GET', '/v1/journal?since=2026-11-03T09:00:05Z&after=0&limit=1')).toMatchObject({ body: { records: [{ seq: 5 }] } });
    expect(await ask('GET', '/v1/journal?limit=2')).toMatchObject({ body: { records: [{ seq: 5 }, { seq: 6 }] } });
  });

  const wrong: readonly (readonly [string, string, string, string | undefined, number, RegExp])[] = [
    ['a body that is not JSON', 'POST', '/v1/command', 'hold s19-1', 400, /not JSON/],
    ['an empty body', 'POST', '/v1/command', undefined, 400, /not JSON/],
    ['a body that is no object', 'POST', '/v1/command', '5', 400, /object/],
    ['an unknown kind', 'POST', '/v1/command', '{"kind":"explode"}', 400, /kind: expected hold/],
    ['an unknown field', 'POST', '/v1/command', '{"kind":"arm","force":true}', 400, /unknown: "force"/],
    ['a prototype for a field', 'POST', '/v1/command', '{"kind":"arm","__proto__":{"yes":true}}', 400, /unknown: "__proto__"/],
    ['no rigs', 'POST', '/v1/command', '{"kind":"release","rigs":[]}', 400, /rigs:/],
    ['a path for a rig', 'POST', '/v1/command', '{"kind":"drill","rig":"../etc","cut":false}', 400, /rig: no name of a rig/],
    ['a channel to be held down', 'POST', '/v1/command', '{"kind":"hold","as":"down","rigs":["box:1"]}', 400, /no name of a rig: a-z/],
    ['a path for a switch', 'POST', '/v1/command', '{"kind":"release","rigs":["box:../1"]}', 400, /no name of a rig or a switch/],
    ['a hold for half a second', 'POST', '/v1/command', '{"kind":"hold","as":"up","rigs":"all","forSeconds":0.5}', 400, /forSeconds/],
    ['a hold for a century', 'POST', '/v1/command', '{"kind":"hold","as":"up","rigs":"all","forSeconds":3e9}', 400, /forSeconds/],
    ['an up without grace', 'POST', '/v1/command', '{"kind":"hold","as":"up","rigs":"all","now":true}', 400, /now:/],
    ['a query with a command', 'POST', '/v1/command?now=1', '{"kind":"arm"}', 400, /unknown: "now"/],
    ['an unknown path', 'GET', '/v2/status', undefined, 404, /there are: \/v1\/status/],
    ['a path upwards', 'GET', '/v1/../../etc/passwd', undefined, 404, /no such path/],
    ['a command by GET', 'GET', '/v1/command', undefined, 405, /takes POST only/],
    ['a reading by DELETE', 'DELETE', '/v1/status', undefined, 405, /takes GET only/],
    ['an unknown question', 'GET', '/v1/status?verbose=1', undefined, 400, /unknown: "verbose"/],
    ['a question twice', 'GET', '/v1/why?rig=a&rig=b', undefined, 400, /given twice/],
    ['too many lines', 'GET', '/v1/journal?limit=100000', undefined, 400, /limit/],
    ['a time nobody knows', 'GET', '/v1/journal?since=yesterday', undefined, 400, /since: expected a time/],
  ];
  it.each(wrong)('answers %s with a reason and hands nothing on', async (_what, method, path, body, status, reason) => {
    await start();
    const reply = await ask(method, path, body);
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ error: expect.stringMatching(reason) });
    expect(reply.allow !== undefined).toBe(status === 405);
    expect(service.asked).toEqual([]);
  });

  it('writes down who asks only when it is a name', async () => {
    await start();
    for (const actor of ['pi', 'pi;reboot\u0007']) await controlClient({ socket, actor }).command({ kind: 'arm' });
    await raw(`POST /v1/command HTTP/1.1\r\nhost: x\r\nx-lastwatt-actor: ${'a'.repeat(65)}\r\ncontent-length: 14\r\n\r\n{"kind":"arm"}`);
    expect(service.asked.map(({ actor }) => actor)).toEqual(['pi', 'pi_reboot_', undefined]);
  });
});

describe('hostile callers', () => {
  it('takes no body with a GET', async () => {
    await start();
    expect(await raw('GET /v1/status HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}')).toMatch(/^HTTP\/1.1 400 .*takes no body/s);
  });

  it('stops reading a body over 64 KiB', async () => {
    await start();
    const head = 'POST /v1/command HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    expect(await raw(head + chunk.repeat(8))).toMatch(/^HTTP\/1.1 413 .*\{"error":"the body is over 65536 bytes"\}/s);
    expect((await ask('GET', '/v1/status')).status).toBe(200);
  });

  it('gives up on a body that never ends', async () => {
    await start({ headersMs: 150, requestMs: 300 });
    const head = 'POST /v1/command HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n';
    expect(await raw(head, (wire) => setInterval(() => wire.write(' '), 20))).toMatch(/^HTTP\/1.1 408 .*took too long/s);
  });

  it('gives up on a caller that says nothing, and on one that drips its headers', async () => {
    await start({ headersMs: 150, requestMs: 300 });
    expect(await raw('')).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(await raw('GET /v1/status HTTP/1.1\r\n', (wire) => setInterval(() => wire.write('x: y\r\n'), 20))).toMatch(/^HTTP\/1.1 408 /);
  });

  it.each([
    ['garbage', '\u0000\u0001\u0002 hello\r\n\r\n', /^HTTP\/1.1 400 .*not HTTP/s],
    ['another protocol', 'LIST UPS\n', /^HTTP\/1.1 400 /],
    ['headers without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, /^HTTP\/1.1 431 /],
    ['two lengths', 'POST /v1/command HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}', /^HTTP\/1.1 400 /],
    ['a tunnel', 'CONNECT elsewhere:80 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
    ['an upgrade', 'GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', /^HTTP\/1.1 200 /],
  ])('survives %s', async (_what, bytes, answer) => {
    await start();
    expect(await raw(bytes)).toMatch(answer);
    expect((await ask('GET', '/v1/status')).status).toBe(200);
  });

  it('serves the first of many requests in one breath and hangs up', async () => {
    await start();
    const arm = 'POST /v1/command HTTP/1.1\r\nhost: x\r\ncontent-length: 14\r\n\r\n{"kind":"arm"}';
    await raw(arm.repeat(200));
    expect(service.asked.length).toBeLessThanOrEqual(1);
  });

  it('closes one connection too many at once and serves again when there is room', async () => {
    await start({ connections: 4 });
    const idle = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise<Socket>((resolve) => {
            const wire = connect(socket, () => resolve(wire));
            wire.on('error', () => undefined);
          }),
      ),
    );
    const crowd = await Promise.all(Array.from({ length: 50 }, () => raw('GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n')));
    expect(crowd.every((answer) => answer === '')).toBe(true);
    for (const wire of idle) wire.destroy();
    await until(async () => (await controlClient({ socket, actor: 'pi' }).status()).ok);
  });

  it('answers in time for a handler that does not, and says nothing of the inside of one that throws', async () => {
    const never = new Promise<never>(() => undefined);
    const broken = (): never => {
      throw new Error('undefined is not a function');
    };
    const bugs = await start({ answerMs: 100 }, { ...service.handlers, check: () => never, plan: broken });
    expect(await ask('GET', '/v1/check')).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('no answer within 0.1 s') },
    });
    expect(await ask('GET', '/v1/plan')).toMatchObject({ status: 500, body: { error: expect.not.stringContaining('undefined') } });
    expect(bugs).toEqual([expect.stringContaining('undefined is not a function')]);
  });

  it('lets no two checks ask the devices at once, and a failed one bars nobody', async () => {
    let now = 0;
    let most = 0;
    const check = async (rig: string | undefined) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      if (rig === 'bad') throw new Error('a bug');
      return service.items;
    };
    await start({}, { ...service.handlers, check });
    const replies = await Promise.all(['', '?rig=bad', '', ''].map((query) => ask('GET', `/v1/check${query}`)));
    expect(replies.map(({ status }) => status)).toEqual([200, 500, 200, 200]);
    expect(most).toBe(1);
  });
});

describe('the socket file', () => {
  it('is for owner and group alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await start();
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
    expect((statSync(socket).mode & 0o777).toString(8)).toBe('660');
  });

  it('is replaced when its service was killed, and gone after a clean end', async () => {
    const serve = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', serve], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(socket)).toBe(true);
    await start();
    expect((await ask('GET', '/v1/status')).status).toBe(200);
    await running.pop()?.close();
    expect(existsSync(socket)).toBe(false);
  });

  it('is left alone while another service answers, even one that never says a word', async () => {
    await start();
    expect(await startControl({ socket, handlers: service.handlers })).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('another lastwattd') },
    });
    expect((await ask('GET', '/v1/status')).status).toBe(200);
  });

  it('never replaces a file that is no socket', async () => {
    writeFileSync(socket, 'precious');
    expect(await startControl({ socket, handlers: service.handlers })).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('is no socket') },
    });
    expect(statSync(socket).size).toBe(8);
  });

  it.each([
    ['a directory that is missing', () => join(home, 'nowhere', 'c.sock'), /cannot listen at .*directory/],
    ['a path that is too long', () => join(home, 'x'.repeat(120)), /at most 107 bytes/],
  ])('says what is in the way: %s', async (_what, path, reason) => {
    const started = await startControl({ socket: path(), handlers: service.handlers });
    expect(started).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringMatching(reason) } });
  });

  it('closes though a caller still hangs on', async () => {
    await start();
    const wire = connect(socket);
    wire.on('error', () => undefined);
    await new Promise((resolve) => wire.once('connect', resolve));
    const gone = new Promise((resolve) => wire.once('close', resolve));
    await running.pop()?.close();
    await gone;
  });
});

describe('the other end', () => {
  it('tells a service that does not run from one that ended and from a file', async () => {
    const status = () => controlClient({ socket, actor: 'pi' }).status();
    expect(await status()).toMatchObject({ fault: { code: 'unreachable', detail: expect.stringContaining('systemctl start') } });
    writeFileSync(socket, '');
    expect(await status()).toMatchObject({ fault: { code: 'unreachable', detail: expect.stringContaining('it has ended') } });
  });

  const elsewhere: readonly (readonly [string, string, string])[] = [
    ['what is not HTTP', 'BEGIN LIST UPS\n', 'garbled'],
    ['HTTP without JSON', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', 'garbled'],
    ['JSON of somebody else', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}', 'garbled'],
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{"ups":', 'timeout'],
    ['nothing at all', '', 'timeout'],
  ];
  it.each(elsewhere)('takes %s for a fault and not for an answer', async (_what, bytes, code) => {
    const other = createServer((wire) => {
      wire.on('error', () => undefined);
      if (bytes !== '') wire.end(bytes);
    });
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    const answer = await controlClient({ socket, actor: 'pi', answerMs: 300 }).status();
    other.close();
    expect(answer).toMatchObject({ ok: false, fault: { code } });
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = process.hrtime.bigint() + 5_000_000_000n;
  while (!(await holds())) if (process.hrtime.bigint() > deadline) throw new Error('it did not come true in 5 s');
}
