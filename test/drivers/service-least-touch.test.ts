// The service before a rig whose firmware changes a pool when it is told to pause: found out by a question of its own, benched, told.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { controlClient } from '../../src/control/client.ts';
import { type LuxosFake, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { realClock } from '../../src/host/clock.ts';
import type { OpenLog } from '../../src/host/log.ts';
import { Service } from '../../src/service/service.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { eventually } from '../support/eventually.ts';

const log: OpenLog = { write: () => undefined, hide: () => undefined, close: () => Promise.resolve() };
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('benches its driver over that rig alone, and names no pool in its journal', async () => {
  const home = mkdtempSync(join(tmpdir(), 'touch-'));
  ends.push(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'state'));
  writeFileSync(join(home, 'ups'), JSON.stringify({ line: 'mains', chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
  const rigs: string[] = [];
  const fakes: LuxosFake[] = [];
  for (const [id, changesPools] of [
    ['ash', true],
    ['elm', false],
  ] as const) {
    const rig = new SimRig({ id, hashRate: 110e12, watts: 3250, pauseSeconds: 0.2 }, realClock.monotonicMs);
    rig.misbehave({ changesPools });
    const fake = await startLuxosFake({ rig, nowMs: realClock.monotonicMs });
    fakes.push(fake);
    ends.push(() => fake.close());
    rigs.push(`  ${id}: { driver: luxos, host: 127.0.0.1, port: ${fake.port}, fedBy: [rack], watts: 3250, reward: { perDay: 1 } }`);
  }
  writeFileSync(
    join(home, 'lastwatt.yaml'),
    `
site: { name: barn, controllerFedBy: [rack] }
stateDir: state
socket: s
armed: true
ups: { rack: { command: [/bin/cat, ${home}/ups], pollSeconds: { mains: 0.5, battery: 0.5 }, nominalWatts: 7000 } }
rigs:
${rigs.join('\n')}
`,
  );
  const loaded = await loadConfig(join(home, 'lastwatt.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  const started = await Service.start(loaded.config, { log, version: 'test' });
  if (!started.ok) throw new Error(started.fault.detail);
  ends.push(() => started.value.stop('the end of the test'));
  const client = controlClient({ socket: join(home, 's'), actor: 'test' });
  const journal = (): string =>
    existsSync(join(home, 'state', 'journal.jsonl')) ? readFileSync(join(home, 'state', 'journal.jsonl'), 'utf8') : '';
  const phase = async (id: string): Promise<string | undefined> => {
    const status = await client.status();
    return status.ok ? status.value.rigs.find((one) => one.id === id)?.phase : undefined;
  };
  for (const id of ['ash', 'elm']) await eventually(`${id} is read`, async () => (await phase(id)) === 'hashing', 15_000);
  // What its owner set comes with the second reading, which follows the first at once; a check waits for its turn behind that.
  const isReadAgain = ({ asked }: LuxosFake): boolean => asked.includes('pools') && asked.lastIndexOf('config') > asked.indexOf('pools');
  await eventually('they are read again', () => fakes.every(isReadAgain), 10_000);
  for (const id of ['ash', 'elm']) expect((await client.check(id)).ok).toBe(true);
  expect((await client.command({ kind: 'hold', as: 'down', rigs: ['ash', 'elm'] })).ok).toBe(true);
  await eventually('ash is benched', () => journal().includes('"rig-benched"'), 45_000);
  await eventually('elm is paused', async () => (await phase('elm')) === 'paused', 15_000);
  const benched = journal()
    .split('\n')
    .filter((line) => line.includes('"rig-benched"'));
  expect(benched).toEqual([expect.stringContaining('"rig":"ash","changed":["pools"]')]);
  expect(journal()).not.toMatch(/stratum|farm\.worker/);
}, 90_000);
