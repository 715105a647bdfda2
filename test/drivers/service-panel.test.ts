// The real service with a panel on the simulated kernel: its ticks make the light blip, a held button takes the rig down, and its end
// leaves the light dark.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import type { OpenLog } from '../../src/host/log.ts';
import { Service } from '../../src/service/service.ts';
import { eventually } from '../support/eventually.ts';
import { BASE, GpioKernel } from '../support/gpio-kernel.ts';
import { CdevKernel } from '../support/gpio-kernel-cdev.ts';

const log: OpenLog = { write: () => undefined, hide: () => undefined, close: () => Promise.resolve() };
const [LED, BUTTON] = [BASE + 24, BASE + 23];

it('blips with the ticks of the service, obeys the button within its time, and is dark when the service is gone', async () => {
  const home = mkdtempSync(join(tmpdir(), 'panel-'));
  mkdirSync(join(home, 'state'));
  writeFileSync(join(home, 'ups'), JSON.stringify({ line: 'mains', chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
  writeFileSync(
    join(home, 'lastwatt.yaml'),
    `
site: { controllerFedBy: [rack], networkFedBy: [rack] }
stateDir: state
socket: s
armed: true
ups: { rack: { command: [/bin/cat, ${home}/ups] } }
rigs: { ash: { driver: command, read: [/bin/echo, '{"watts": 1000, "hashing": true}'], pause: [/usr/bin/touch, ${home}/paused], resume: [/bin/true], fedBy: [rack], watts: 1000, reward: { perDay: 1 } } }
panel: { led: { gpio: 24 }, button: { gpio: 23 } }
`,
  );
  const kernel = new GpioKernel();
  kernel.line(BUTTON).pull = 1;
  const loaded = await loadConfig(join(home, 'lastwatt.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  const started = await Service.start(loaded.config, { log, version: 'test', gpio: new CdevKernel(kernel).host });
  if (!started.ok) throw new Error(started.fault.detail);
  const journal = (): string => readFileSync(join(home, 'state', 'journal.jsonl'), 'utf8');
  try {
    const alight = (): number => kernel.edges.filter(({ number, level }) => number === LED && level === 1).length;
    await eventually('it blips', () => alight() >= 2, 10_000);
    kernel.change(BUTTON, { pull: 0 });
    await eventually('the rig is asked to pause', () => existsSync(join(home, 'paused')), 10_000);
    kernel.change(BUTTON, { pull: 1 });
    await eventually(
      'what it shows is journaled',
      () => journal().includes('"shows":"hold"') || journal().includes('"shows":"fault"'),
      10_000,
    );
  } finally {
    await started.value.stop('the end of the test');
  }
  expect(kernel.line(LED)).toMatchObject({ direction: 'out', driven: 0 });
  rmSync(home, { recursive: true, force: true });
}, 40_000);
