// The demo's figures must hold together: the file loads, and the engine in virtual time earns what the receipt promises.

import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { EmbeddedSite } from '../../src/demo/embedded-site.ts';
import { writeReceipt } from '../../src/demo/receipt.ts';
import { bestFirst, configText, contactOf, RIGS, UPS } from '../../src/demo/settings.ts';
import { realClock } from '../../src/host/clock.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let site: EmbeddedSite;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-demo-test-'));
  site = await EmbeddedSite.start({ folder, nowMs: realClock.monotonicMs });
});

afterEach(async () => {
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the site of the demo', () => {
  it('is a configuration without a mistake, of six rigs that each have a switch', async () => {
    const file = join(folder, 'lastwatt.yaml');
    await writeFile(file, configText(site.endpoints));
    const loaded = await loadConfig(file);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded));
    const { rigs, supplies } = loaded.config.site;
    expect([...supplies.keys()]).toEqual([UPS]);
    expect([...rigs.values()].map(({ id, cutBy }) => [id, cutBy])).toEqual(RIGS.map(({ id }) => [id, [contactOf(id)]]));
  });

  it('ranks by reward per watt, and lies with one of its worse rigs', () => {
    expect(bestFirst()).toEqual(['l9', 's21', 's19k', 'l7', 's19', 's17']);
    expect(bestFirst().indexOf(RIGS.find((rig) => rig.lies)?.id ?? '')).toBeGreaterThan(3);
  });

  it('darkens a rig whose contact is told to open, keeps the order in its log, and lightens the UPS', async () => {
    const before = site.ups.loadWatts;
    await appendFile(site.endpoints.contactFile('s21'), 'cut\n');
    await eventually('the rig is dark', () => site.rigs.get('s21')?.look().fed === false);
    await eventually('the UPS carries less', () => site.ups.loadWatts < before - 3_000);
    expect(site.contactOrders).toMatchObject([{ rig: 's21', to: 'cut', was: 'fed' }]);
    expect(site.contactOrders[0]?.watts).toBeGreaterThan(3_000);
    expect(site.hashing()).not.toContain('s21');
  });

  it('drains its battery by what the rigs draw, only while the mains are gone', async () => {
    await eventually('it has a load', () => site.ups.loadWatts > 18_000);
    expect(site.ups.depth).toBe(0);
    site.mains(false);
    await eventually('the battery drains', () => site.ups.depth > 0);
    expect(site.ups.onMains).toBe(false);
    expect(site.ups.variables().get('ups.status')).toContain('OB');
  });
});

describe('the receipt', () => {
  const OUTAGES = [
    { from: 4, to: 6 },
    { from: 9, to: 51 },
    { from: 57, to: 61 },
  ];

  it('is in favour of the worst leaving first where the outage outlasts the battery', async () => {
    const { lastwatt, allAtOnce, untilLow, withoutOutage } = await writeReceipt(OUTAGES, 80);
    expect(lastwatt.earned).toBeGreaterThan(1.1 * untilLow.earned);
    expect(untilLow.earned).toBeGreaterThan(allAtOnce.earned);
    expect(lastwatt.earned).toBeLessThan(withoutOutage);
    expect(lastwatt.stops).toBe(4);
    expect(allAtOnce.stops).toBe(6);
    expect(lastwatt.lowestPercent).toBeGreaterThan(0);
  });

  it('does not hide that all staying earns most where the mains come back soon', async () => {
    const { lastwatt, untilLow } = await writeReceipt([{ from: 4, to: 24 }], 60);
    expect(untilLow.earned).toBeGreaterThan(lastwatt.earned);
  });
});
