// One episode of scripts/under-fire, so that each change is tried under kills of every kind: in a start, at any moment, in the
// moment of an order, of an edge and of a record. The campaign itself is a matter of hours of a machine.
import { afterAll, expect, it } from '@jest/globals';
import { removeBuilt } from '../support/built-service.ts';
import { drawKills } from '../support/kills/draw.ts';
import { liveEpisode } from '../support/kills/episode.ts';

/** Few kills, but all kinds; a shared contact, a rig that hangs and a slow one. */
const SEED = 909;

const LAST_LINES = 40;

afterAll(removeBuilt);

it('killed nine times from calm to the last return, the built service loses nothing and does nothing twice', async () => {
  const drawn = drawKills(SEED).acts.flatMap(({ kills }) => kills);
  const episode = await liveEpisode(SEED, { upsd: 'fake' });
  // Of a story the end tells what did not come; all of it is in scripts/under-fire.
  expect([episode.violations, episode.story.split('\n').slice(-LAST_LINES)]).toEqual([[], ['']]);
  expect(episode.kills).toHaveLength(drawn.length);
  expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(5);
  expect(episode.orders).toBeGreaterThan(3);
  expect(episode.edges).toBeGreaterThan(3);
}, 180_000);
