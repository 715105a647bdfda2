// `lastwatt check --rig` of a rig on a socket, without a service: what it answers is what is printed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Outside } from '../../src/cli/outside.ts';
import { type LuxosFake, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { startWhatsminerFake } from '../../src/fakes/whatsminer-rig.ts';
import { checkSite } from '../../src/service/check.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { CliDesk, soundSite } from '../support/cli-desk.ts';
import { configOf } from '../support/config-text.ts';

const nowMs = (): number => performance.now();
let desk: CliDesk;
let rig: SimRig;
let fake: LuxosFake;
let openSite: Outside['openSite'];

beforeEach(async () => {
  desk = new CliDesk();
  rig = new SimRig({ id: 'ash', watts: 3250, hashRate: 110e12 }, nowMs);
  fake = await startLuxosFake({ rig, nowMs });
  const config = configOf(`
ups: { rack: { nut: { name: rack, host: 127.0.0.1 }, nominalWatts: 7000 } }
rigs: { ash: { driver: luxos, host: 127.0.0.1, port: ${fake.port}, fedBy: [rack], reward: { perDay: 2 }, watts: 3250 } }`);
  openSite = () => Promise.resolve({ ok: true, site: { ...soundSite, visit: (id) => checkSite(config, id) } });
});

afterEach(async () => {
  await fake.close();
  await desk.end();
});

it('holds what the rig tells, in the units that the keys name, and moves nothing', async () => {
  const { code, out } = await desk.run('check --rig ash --json', { openSite });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    by: 'command',
    rig: 'ash',
    reading: {
      state: 'hashing',
      hashRate: 110e12,
      watts: 3250,
      wattsFrom: 'measured',
      mode: 'default',
      firmware: 'LUXminer 2025.4.8.220305',
      identity: expect.stringMatching(/^02:00:/),
      temperatureC: null,
      boardTemperatureC: 49,
      fansRpm: [1920, 1920, 2340, 2340],
    },
  });
  expect(rig.log).toEqual([]);
  expect(fake.asked.filter((command) => !['config', 'summary', 'power', 'temps', 'fans', 'pools'].includes(command))).toEqual([]);
});

it('says of a Whatsminer over API 3 that its password is seen by an order alone, and gives none', async () => {
  const whatsminer = await startWhatsminerFake({ rig, nowMs, has: 'v3' });
  const secret = mkdtempSync(join(tmpdir(), 'check-'));
  writeFileSync(join(secret, 'miner'), 'hunter22\n', { mode: 0o600 });
  const at = `host: 127.0.0.1, port: 1, framedPort: ${whatsminer.framedPort}, api: v3, passwordFile: ${join(secret, 'miner')}`;
  const config = configOf(`
ups: { rack: { nut: { name: rack, host: 127.0.0.1 }, nominalWatts: 7000 } }
rigs: { ash: { driver: whatsminer, ${at}, fedBy: [rack], watts: 3250 } }`);
  const { out } = await desk.run('check --rig ash --json', {
    openSite: () => Promise.resolve({ ok: true, site: { ...soundSite, visit: (id) => checkSite(config, id) } }),
  });
  await whatsminer.close();
  rmSync(secret, { recursive: true, force: true });
  const said = JSON.parse(out) as { readonly reading: object; readonly items: readonly object[] };
  expect(said.reading).toMatchObject({ takesOrders: null });
  expect(said.items).toContainEqual(
    expect.objectContaining({ verdict: 'pass', say: expect.stringContaining('by an order alone: drill it') }),
  );
  expect(rig.log).toEqual([]);
});

it('has no reading of a rig that is dark, and says what to do', async () => {
  rig.cut();
  const { code, out } = await desk.run('check --rig ash --json', { openSite });
  expect([code, JSON.parse(out).reading]).toEqual([1, null]);
  expect(JSON.parse(out).items).toContainEqual(expect.objectContaining({ verdict: 'fail', about: 'ash' }));
});
