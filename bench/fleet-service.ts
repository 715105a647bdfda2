// A program for the fleet alone: the service as main.ts runs it, with a timer beside it that notes how late it is called. On
// SIGUSR2 it prints what it noted, as one line of JSON: monotonic ms, ms late, and of the time since the call before the ms that its
// thread had a core, and those that it waited for one, which others on the machine had: so late it would not have been on a quiet one.
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { loadConfig } from '../src/config/load.ts';
import { realClock } from '../src/host/clock.ts';
import { openLog } from '../src/host/log.ts';
import { Service } from '../src/service/service.ts';

const EVERY_MS = 5;
/** A minute of them. */
const KEPT = 12_000;

/** ms of the loop's own thread, so far: on a core, and ready while others had it. */
function coreMs(): readonly [number, number] {
  const [on = Number.NaN, waited = Number.NaN] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ').map(Number);
  return [on / 1e6, waited / 1e6];
}

async function run(file: string): Promise<void> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error(`${file} was not understood`);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = openLog({ out: nowhere, nowMs: realClock.monotonicMs, wallMs: realClock.wallMs });
  const started = await Service.start(loaded.config, { log, version: '0' });
  if (!started.ok) throw new Error(started.fault.detail);
  const noted: (readonly [number, number, number, number])[] = [];
  let spentMs = coreMs();
  const note = (dueMs: number): void => {
    const nowMs = realClock.monotonicMs();
    const before = spentMs;
    spentMs = coreMs();
    noted.push([nowMs, nowMs - dueMs, spentMs[0] - before[0], spentMs[1] - before[1]]);
    if (noted.length > KEPT) noted.shift();
    setTimeout(note, EVERY_MS, nowMs + EVERY_MS);
  };
  note(realClock.monotonicMs());
  process.on('SIGUSR2', () => process.stdout.write(`${JSON.stringify(noted)}\n`));
}

await run(process.argv[2] ?? '');
