// A program for the fleet alone: the service as main.ts runs it, with a timer beside it that notes how late it is called. On
// SIGUSR2 it prints what it noted, as one line of JSON: monotonic ms, ms late, and ms of CPU that the process took since the
// call before, which on a busy machine tell how late it would have been on a quiet one.
import { Writable } from 'node:stream';
import { loadConfig } from '../src/config/load.ts';
import { realClock } from '../src/host/clock.ts';
import { openLog } from '../src/host/log.ts';
import { Service } from '../src/service/service.ts';

const EVERY_MS = 5;
/** A minute of them. */
const KEPT = 12_000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function run(file: string): Promise<void> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error(`${file} was not understood`);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = openLog({ out: nowhere, nowMs: realClock.monotonicMs, wallMs: realClock.wallMs });
  const started = await Service.start(loaded.config, { log, version: '0' });
  if (!started.ok) throw new Error(started.fault.detail);
  const noted: (readonly [number, number, number])[] = [];
  let spentMs = cpuMs();
  const note = (dueMs: number): void => {
    const nowMs = realClock.monotonicMs();
    const before = spentMs;
    spentMs = cpuMs();
    noted.push([nowMs, nowMs - dueMs, spentMs - before]);
    if (noted.length > KEPT) noted.shift();
    setTimeout(note, EVERY_MS, nowMs + EVERY_MS);
  };
  note(realClock.monotonicMs());
  process.on('SIGUSR2', () => process.stdout.write(`${JSON.stringify(noted)}\n`));
}

await run(process.argv[2] ?? '');
