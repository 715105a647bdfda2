// Nights in which deciding itself fails: a fault of our own must not leave the rigs to the battery's end.
import { expect, it } from '@jest/globals';
import { farm } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

/** A night in which every look at the policy throws from a while after the mains went, until all is dark; mends it. */
async function darkWithoutDeciding(): Promise<() => void> {
  night = await scenario(farm({ policy: { cutPaused: 'always' } }));
  const { site } = night.world;
  const { policy } = site;
  await night.at(60, () => night.loseMains());
  await night.run(20);
  Object.defineProperty(site, 'policy', {
    configurable: true,
    get: () => {
      throw new Error('a bug');
    },
  });
  await night.until('every rig is dark', () => night.edges.length === 4, 60);
  return () => Object.defineProperty(site, 'policy', { configurable: true, value: policy });
}

it('takes every rig down in order when deciding fails on battery, says so, and gives power to nobody', async () => {
  const mend = await darkWithoutDeciding();
  expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
  expect(night.edges.every(({ to, watts }) => to === 'cut' && watts < 200)).toBe(true);
  expect(night.faults()).toEqual(['fallback']);
  expect(night.events('step-due').every((record) => (record['because'] as { rule: string }).rule === 'fallback')).toBe(true);
  await night.run(60);
  expect(night.asked('resume')).toEqual([]);
  mend();
  night.kill();
});

it('brings back after a fresh start what it took down while it could not decide', async () => {
  const mend = await darkWithoutDeciding();
  mend();
  night.kill();
  night.returnMains();
  await night.run(5);
  await night.start();
  await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  expect(night.edges.slice(4).map((edge) => `${edge.switch} ${edge.to}`)).toEqual(['ka fed', 'kb fed', 'kc fed', 'kd fed']);
});
