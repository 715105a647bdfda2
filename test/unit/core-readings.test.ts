// What one reading shows of a rig, whatever its firmware calls that.
import { describe, expect, it } from '@jest/globals';
import { hashingProof, quietProof } from '../../src/core/seen.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const A = rig('a', 8);
type Shown = Partial<RigReading>;
const reading = (shown: Shown, takenAtMs = 0): RigReading => ({ rig: 'a', takenAtMs, state: 'unknown', ...shown });

describe('a rig of 1000 W, 20 W asleep,', () => {
  it.each<[string, Shown, string | undefined]>([
    ['at 20 W by a meter', { watts: 20, wattsFrom: 'measured' }, 'watts'],
    ['at 20 W by its own estimate, and asleep by its word', { watts: 20, wattsFrom: 'estimated', state: 'paused' }, 'watts'],
    ['at 20 W by its own estimate alone', { watts: 20, wattsFrom: 'estimated', state: 'hashing' }, undefined],
    ['asleep by its word alone', { state: 'paused' }, 'state'],
    ['asleep by its word, at a hash rate', { state: 'paused', hashRate: 1 }, undefined],
    ['asleep by its word, at 160 W', { state: 'paused', watts: 160 }, undefined],
    ['that tells nothing', {}, undefined],
  ])('%s, is quiet by: %s', (_, shown, proof) => {
    expect(quietProof(A, reading(shown))).toBe(proof);
  });

  it.each<[string, Shown, string | undefined]>([
    ['with a hash rate', { hashRate: 1e12 }, 'hash-rate'],
    ['at 501 W, and with no word for what it does', { watts: 501 }, 'watts'],
    ['at 500 W', { watts: 500 }, undefined],
    ['at 900 W, and asleep by its word: it is slow to sleep, or lies', { watts: 900, state: 'paused' }, undefined],
    ['hashing by its word, where it tells nothing else', { state: 'hashing' }, 'state'],
    ['hashing by its word, at 0 H/s', { state: 'hashing', hashRate: 0 }, undefined],
    ['hashing by its word, at 400 W', { state: 'hashing', watts: 400 }, undefined],
    ['that tells nothing', {}, undefined],
  ])('%s, hashes by: %s', (_, shown, proof) => {
    expect(hashingProof(A, reading(shown))).toBe(proof);
  });
});

describe('a rig at 400 W of 1000 and 0 H/s, in calm,', () => {
  it.each([
    ['starting', 'waking'],
    ['hashing', 'hashing'],
    ['unknown', 'unknown'],
    ['paused', 'unknown'],
  ] as const)('that calls itself %s is %s', (state, phase) => {
    const desk = new Desk(siteOf()).pass(5);
    desk.nowMs += 1000;
    const value = reading({ state, watts: 400, wattsFrom: 'measured', hashRate: 0 }, desk.nowMs);
    desk.tick({ kind: 'rig', rig: 'a', atMs: desk.nowMs, outcome: { ok: true, value } });
    expect([desk.rig('a')?.phase, desk.asked('pause'), desk.asked('resume')]).toEqual([phase, [], []]);
  });
});
