// What systemd hears, and what it is spared. The messenger is as slow and as broken as a busy Pi makes it.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Supervisor } from '../../src/host/port.ts';
import { type SystemdEnvironment, systemdSupervisor } from '../../src/host/supervisor.ts';
import { DONE, failed, type Outcome } from '../../src/model/outcome.ts';

let nowMs: number;
let sent: string[][];
let complaints: string[];
/** ends the message under way */
let arrive: (outcome?: Outcome) => Promise<void>;

function supervise(env: SystemdEnvironment = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '9000000' }): Supervisor {
  return systemdSupervisor({
    env,
    nowMs: () => nowMs,
    log: { write: (_level, message) => complaints.push(message) },
    send: (assignments) => {
      sent.push([...assignments]);
      return new Promise((resolve) => {
        arrive = async (outcome = DONE) => {
          resolve(outcome);
          await Promise.resolve();
          await Promise.resolve();
        };
      });
    },
  });
}

beforeEach(() => {
  nowMs = 50_000;
  sent = [];
  complaints = [];
});

describe('under systemd', () => {
  it('is told ready with the status in one message', async () => {
    supervise().ready('armed, 8 rigs');
    expect(sent).toEqual([['READY=1', 'STATUS=armed, 8 rigs']]);
  });

  it('is pinged by ticks alone, at a third of what it waits', async () => {
    const supervisor = supervise();
    for (let tick = 0; tick < 70; tick++) {
      supervisor.alive();
      await arrive();
      nowMs += 100;
    }
    expect(sent).toEqual([['WATCHDOG=1'], ['WATCHDOG=1'], ['WATCHDOG=1']]);
  });

  it('never has two messages under way; pings meanwhile are lost, the newest state is not', async () => {
    const supervisor = supervise();
    supervisor.alive();
    for (let tick = 0; tick < 20; tick++) {
      nowMs += 4000;
      supervisor.alive();
    }
    supervisor.reloading();
    supervisor.stopping();
    expect(sent).toEqual([['WATCHDOG=1']]);
    await arrive();
    expect(sent).toEqual([['WATCHDOG=1'], ['STOPPING=1']]);
  });

  it('hears a new status at most every ten seconds, and the same one never twice', async () => {
    const supervisor = supervise({ NOTIFY_SOCKET: '/run/systemd/notify' });
    for (let second = 0; second < 25; second++) {
      supervisor.status(`${second} s`);
      if (second === 0 || second % 10 === 0) await arrive();
      nowMs += 1000;
    }
    expect(sent).toEqual([['STATUS=0 s'], ['STATUS=10 s'], ['STATUS=20 s']]);
    nowMs += 60_000;
    supervisor.status('20 s');
    expect(sent).toHaveLength(3);
  });

  it('gets a status that came too soon with a later tick', async () => {
    const supervisor = supervise();
    supervisor.status('first');
    await arrive();
    supervisor.status('second');
    nowMs += 10_000;
    supervisor.alive();
    expect(sent.at(-1)).toEqual(['STATUS=second', 'WATCHDOG=1']);
  });

  it('gets the state again with the next tick when its message was lost, and the log says so once', async () => {
    const supervisor = supervise();
    supervisor.ready('up');
    await arrive(failed('timeout', 'systemd-notify did not end in time'));
    expect(sent).toHaveLength(1);
    supervisor.alive();
    await arrive(failed('timeout', 'systemd-notify did not end in time'));
    supervisor.alive();
    expect(sent.map((message) => message[0])).toEqual(['READY=1', 'READY=1', 'READY=1']);
    expect(complaints).toHaveLength(1);
  });

  it('gets one line of bounded length, whatever the status holds', () => {
    supervise().status(`a\nREADY=1\n${'x'.repeat(1000)}`);
    expect(sent[0]?.[0]).toMatch(/^STATUS=a READY=1 x{100,200}$/);
  });

  it('is not pinged where its watchdog waits for another process', () => {
    supervise({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '9000000', WATCHDOG_PID: '1' }).alive();
    expect(sent).toEqual([]);
  });
});

it('does nothing where there is no systemd', () => {
  const supervisor = supervise({ WATCHDOG_USEC: '9000000' });
  supervisor.ready('up');
  supervisor.alive();
  supervisor.status('up');
  supervisor.reloading();
  supervisor.stopping();
  expect(sent).toEqual([]);
});

it('speaks through the program systemd-notify', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'notify-'));
  const heard = join(directory, 'heard');
  const program = join(directory, 'systemd-notify');
  try {
    writeFileSync(program, `#!/bin/sh\nprintf '%s|' "$@" > '${heard}.part' && mv '${heard}.part' '${heard}'\n`);
    chmodSync(program, 0o755);
    const supervisor = systemdSupervisor({ env: { NOTIFY_SOCKET: 'x' }, program, nowMs: () => nowMs, log: { write: () => undefined } });
    supervisor.ready('up; $(reboot)');
    await expect(eventually(() => readFileSync(heard, 'utf8'))).resolves.toBe('READY=1|STATUS=up; $(reboot)|');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** What `look` gives as soon as it does not throw; its last error after 5 s. */
async function eventually<T>(look: () => T): Promise<T> {
  for (const endMs = performance.now() + 5000; ; ) {
    try {
      return look();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
