// What one input leaves in the state.
import { expect, it } from '@jest/globals';
import { decide } from '../../src/core/decide.ts';
import { initialState, type RigState } from '../../src/core/state.ts';
import { type FaultCode, failed } from '../../src/model/outcome.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

/** The rig after a question that ended so. */
function after(code: FaultCode): RigState | undefined {
  const heard = { kind: 'rig', rig: 'a', atMs: 900, outcome: failed(code, 'what happened') } as const;
  return decide(initialState(0), [heard], siteOf(), { nowMs: 1_000, stamp: '' }).state.rigs.get('a');
}

it.each(['unreachable', 'timeout'] as const)('takes a rig that is %s for silent since then', (code) => {
  expect(after(code)).toMatchObject({ silentSinceMs: 900, readFault: { code } });
});

it.each(['refused', 'garbled', 'unauthorized', 'unsupported'] as const)('takes a rig whose answer is %s for one that answers', (code) => {
  expect(after(code)).toMatchObject({ readFault: { code } });
  expect(after(code)?.silentSinceMs).toBeUndefined();
});

it('learns nothing from a question that was not asked: no silence, and no failed question', () => {
  expect(after('not-asked')?.silentSinceMs).toBeUndefined();
  expect(after('not-asked')?.readFault).toBeUndefined();
});

it('ranks a rig that was killed on its way down by what it was seen doing at work, and not by the watts of its ramp', () => {
  const desk = new Desk(siteOf()).pass(20);
  desk.world('d', { stubborn: true });
  desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
  desk.pass(1);
  desk.world('d', { watts: 800 });
  desk.restart();
  desk.pass(2);
  expect(desk.state.memory.rigs.get('d')?.owed).toBeDefined();
  expect(desk.rig('d')?.lastHashing).toBeUndefined();
});

it('puts back in the queue the rig whose feed waited in vain for the card, and makes nothing of one that the file does not name', () => {
  const desk = new Desk(siteOf()).pass(20);
  const step = { kind: 'feed', switch: 'ka', rigs: ['a', 'gone'] } as const;
  const state = desk.rig('a');
  if (state === undefined) throw new Error('a was not seen');
  desk.state = { ...desk.state, rigs: new Map([...desk.state.rigs, ['a', { ...state, admitted: true }]]) };
  const outcome = failed('timeout', 'the journal did not answer');
  desk.tick({ kind: 'settled', step, outcome, unsynced: true, beganAtMs: desk.nowMs, atMs: desk.nowMs });
  expect([desk.rig('a')?.admitted, desk.rig('gone')]).toEqual([false, undefined]);
});
