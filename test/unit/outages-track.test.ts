// What a rig did in a recorded night, from what was heard of it.
import { expect, it } from '@jest/globals';
import type { Input } from '../../src/model/input.ts';
import { DONE, ok } from '../../src/model/outcome.ts';
import { looksOf, tracksOf, workedIn } from '../../src/outages/track.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

it('a word that a rig gave before its contact opened, and that was heard after, does not make it hash in the dark', () => {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
  const { nowMs, state, site } = desk;
  const at = (seconds: number): number => nowMs + 1000 * seconds;
  const reads = (seconds: number): Input => ({
    kind: 'rig',
    rig: 'a',
    atMs: at(seconds),
    outcome: ok({ rig: 'a', takenAtMs: at(seconds), state: 'hashing', hashRate: 1e14, wattsFrom: 'measured' }),
  });
  const step = { kind: 'cut', switch: 'ka', rigs: ['a'] } as const;
  const cut: Input = { kind: 'settled', step, outcome: DONE, beganAtMs: at(9.8), atMs: at(10) };
  const ticks = [[reads(1)], [reads(9), cut, reads(9.9)]].map((inputs, i) => ({ nowMs: at(1 + 9 * i), inputs, due: [], events: [] }));
  const stretch = { version: '', wallLessMono: 0, clockUnset: false, site, state, ticks };
  const track = tracksOf({ stretches: [stretch], end: 'over', skipped: 0, rebooted: false }).get('a');
  if (track === undefined) throw new Error('no track');
  expect(looksOf(track, nowMs).at(-1)).toEqual({ fromSeconds: 10, look: 'dark' });
  expect(workedIn(track, at(10), at(1000))).toEqual({ seconds: 0, unseenSeconds: 0 });
});
