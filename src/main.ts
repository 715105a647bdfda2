#!/usr/bin/env node
// lastwattd: read arguments, load the configuration, run, stop cleanly on a signal.
import { parseArgs } from 'node:util';
import { USUAL_CONFIG } from './config/config.ts';
import { explain, loadConfig } from './config/load.ts';
import { realClock } from './host/clock.ts';
import { openLog } from './host/log.ts';
import { ownVersion } from './host/version.ts';
import { messageOf } from './model/outcome.ts';
import { Service } from './service/service.ts';

const USAGE = `usage: lastwattd [--config FILE]   (default ${USUAL_CONFIG})`;

/** 0 stopped cleanly, 1 could not run, 2 usage or configuration: systemd does not restart on 2. */
async function run(argv: readonly string[]): Promise<number> {
  let file = USUAL_CONFIG;
  try {
    const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' }, help: { type: 'boolean' } }, strict: true });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    file = values.config ?? USUAL_CONFIG;
  } catch (error) {
    process.stderr.write(`lastwattd: ${messageOf(error)}; ${USAGE}\n`);
    return 2;
  }
  const loaded = await loadConfig(file);
  if (!loaded.ok) {
    process.stderr.write(`${explain(file, loaded)}\n`);
    return 2;
  }
  const log = openLog({ out: process.stdout, nowMs: realClock.monotonicMs, wallMs: realClock.wallMs, level: 'info' });
  for (const { line, column, path, say } of loaded.warnings) log.write('warning', `${file} ${line}:${column} ${path}: ${say}`);
  const started = await Service.start(loaded.config, { log, version: ownVersion() });
  if (!started.ok) {
    log.write('crit', started.fault.detail);
    await log.close();
    return 1;
  }
  const signal = await untilSignal(started.value);
  await started.value.stop(signal);
  await log.close();
  return 0;
}

function untilSignal(service: Service): Promise<string> {
  process.on('SIGHUP', () => void service.reload());
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}

process.exitCode = await run(process.argv.slice(2));
