// Nights in which the Pi itself dies, and every contact falls to its rest.
import { expect, it } from '@jest/globals';
import type { SiteSwitch } from '../../src/model/site.ts';
import { farm } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const ALL = ['a', 'b', 'c', 'd'];
const BOOT_SECONDS = 40;

/** All four up, whatever their contacts are at rest. */
async function site(change: Partial<SiteSwitch>): Promise<void> {
  const switches = Object.fromEntries(ALL.map((id) => [`k${id}`, change]));
  night = await scenario(farm({ switches, policy: { cutPaused: 'always' }, controllerFedBy: ['mains'] }));
  await night.run(5);
  if (night.hashing().length === 0) await night.submit({ kind: 'hold', as: 'up', rigs: 'all' });
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_200);
  await night.submit({ kind: 'release', rigs: 'all' });
  // So long that what the battery carries is known.
  await night.run(300);
}

it.each([true, false])('leaves hashing rigs alone where contacts rest closed (contacts that tell: %s)', async (canRead) => {
  await site({ atRest: 'fed', canRead });
  night.killController();
  await night.run(BOOT_SECONDS);
  expect(night.hashing()).toEqual(ALL);
  await night.start();
  await night.run(600);
  expect([night.orders, night.edges]).toEqual([[], []]);
});

it.each([true, false])(
  'brings back best first what a dead Pi stopped where contacts rest open (contacts that tell: %s)',
  async (canRead) => {
    await site({ atRest: 'cut', canRead });
    night.killController();
    await night.run(1);
    expect(night.hashing()).toEqual([]);
    await night.run(BOOT_SECONDS);
    const back = night.nowSeconds;
    await night.start();
    await night.until('every rig hashes', () => night.hashing().length === 4, 1_800);
    const fed = night.edges.filter(({ at, to }) => at >= back && to === 'fed').map((edge) => edge.switch);
    expect(fed).toEqual(['ka', 'kb', 'kc', 'kd']);
  },
);

it('waits until mains has held also after a blackout that was the first it ever saw, and the Pi died with', async () => {
  await site({ atRest: 'cut' });
  night.loseMains();
  night.killController();
  await night.run(BOOT_SECONDS);
  night.returnMains();
  const back = night.nowSeconds;
  await night.start();
  await night.until('the first is fed', () => night.edges.some(({ at, to }) => at >= back && to === 'fed'), 300);
  expect(night.nowSeconds - back).toBeGreaterThanOrEqual(60);
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_800);
});

it.each(['fed', 'cut'] as const)('that dies in mid-outage is no end of the night where contacts rest %s', async (atRest) => {
  await site({ atRest });
  night.loseMains();
  await night.until('the worst is dark', () => night.world.watts('d') === 0, 1_200);
  night.killController();
  await night.run(BOOT_SECONDS);
  await night.start();
  await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
  expect(night.world.ups.get('rack')?.live).toBe(true);
  const lost = night.nowSeconds;
  await night.run(60);
  expect(night.asked('resume', lost)).toEqual([]);
  night.returnMains();
  await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
});

it('leaves down what a person held down before it died', async () => {
  await site({ atRest: 'fed' });
  await night.submit({ kind: 'hold', as: 'down', rigs: ['b'] });
  await night.until('it is dark', () => night.world.watts('b') === 0, 300);
  night.killController();
  await night.run(BOOT_SECONDS);
  await night.start();
  await night.until('it is dark again', () => night.world.watts('b') === 0, 300);
  await night.run(600);
  expect(night.hashing()).toEqual(['a', 'c', 'd']);
});
