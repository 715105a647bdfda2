// Nights on which the journal can't be written any more (safety case, F50 and F51).
import { expect, it } from '@jest/globals';
import { failed } from '../../src/model/outcome.ts';
import { farm } from '../support/farm.ts';
import { scenario } from '../support/scenario.ts';

const FULL = failed('refused', 'the journal cannot be written (ENOSPC)').fault;

// Fails: a feed waits for the journal however long (contract.md 5), so on a card that died in the outage nobody comes back
// until somebody mends it. The safety case wants what this outage shed brought back all the same, one rig at a time.
it.failing('brings back what this outage shed, one rig after the other, though its card takes nothing any more', async () => {
  const night = await scenario(farm({ policy: { cutPaused: 'always' } }));
  await night.at(60, () => night.loseMains());
  night.world.journal.misbehave({ fault: FULL });
  await night.until('every contact is open', () => night.edges.filter(({ to }) => to === 'cut').length === 4, 1_800);
  night.returnMains();
  await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  const fed = night.edges.filter(({ to }) => to === 'fed').map(({ at }) => at);
  expect(fed.slice(1).filter((at, place) => at - (fed[place] ?? 0) < 10)).toEqual([]);
  expect(await night.end()).toEqual([]);
});
