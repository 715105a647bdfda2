// A program for the latency alone: the service's engine, adapters and journal, on a card whose every sync takes as long as the
// second argument says. Prints `ready` once every rig was seen hashing on mains.
import { Writable } from 'node:stream';
import { loadConfig } from '../src/config/load.ts';
import { emptyMemory } from '../src/core/memory.ts';
import { Engine } from '../src/engine/engine.ts';
import { realClock } from '../src/host/clock.ts';
import { openJournal } from '../src/host/journal-file.ts';
import { realFiles } from '../src/host/journal-files.ts';
import { openLog } from '../src/host/log.ts';
import { openDevices } from '../src/service/devices.ts';
import { simHost } from '../src/sim/host.ts';
import { sleep } from './child.ts';
import { withBeside } from './files.ts';
import { sees } from './site.ts';

async function run(file: string, syncMs: number): Promise<void> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error(`${file} was not understood`);
  const { config } = loaded;
  const opened = await openJournal({
    dir: config.stateDir,
    clock: realClock,
    snapshot: () => [engine.snapshot()],
    files: withBeside(realFiles(config.stateDir), { sync: () => sleep(syncMs) }),
  });
  if (!opened.ok) throw new Error(opened.fault.detail);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = openLog({ out: nowhere, nowMs: realClock.monotonicMs, wallMs: realClock.wallMs });
  const { ups, rigs, switches, answerMs } = await openDevices(config, { clock: realClock, hide: log.hide });
  const { supervisor, alarmist } = simHost();
  const world = { clock: realClock, journal: opened.value.journal, log, supervisor, alarmist, ups, rigs, switches, answerMs };
  const engine = new Engine({ world, site: config.site, memory: emptyMemory(), bootId: 'bench', version: '0', pid: process.pid });
  await engine.start();
  while (!sees(engine.status(), 'mains')) await sleep(50);
  process.stdout.write('ready\n');
}

const [file = '', syncMs = '0'] = process.argv.slice(2);
await run(file, Number(syncMs));
