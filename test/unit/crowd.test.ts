// How many do a costly thing at once, and who goes first.
import { describe, expect, it } from '@jest/globals';
import { crowd } from '../../src/transports/crowd.ts';

const never = new AbortController().signal;

describe('a crowd', () => {
  it('leaves places to orders that readings never take', async () => {
    const { enter } = crowd({ places: 3, forReadings: 2 });
    await enter(false, never);
    const leave = await enter(false, never);
    const inside: string[] = [];
    void enter(false, never).then(() => inside.push('reading'));
    await enter(true, never).then(() => inside.push('order'));
    expect(inside).toEqual(['order']);
    leave?.();
    await Promise.resolve();
    expect(inside).toEqual(['order', 'reading']);
  });

  it('lets an order go ahead of readings that wait longer', async () => {
    const { enter } = crowd({ places: 1, forReadings: 1 });
    const leave = await enter(true, never);
    const inside: string[] = [];
    void enter(false, never).then(() => inside.push('reading'));
    const order = enter(true, never).then((leaveAgain) => {
      inside.push('order');
      leaveAgain?.();
    });
    leave?.();
    leave?.();
    await order;
    await Promise.resolve();
    expect(inside).toEqual(['order', 'reading']);
  });

  it('forgets who has no time left', async () => {
    const { enter } = crowd({ places: 1, forReadings: 1 });
    const leave = await enter(true, never);
    const giveUp = new AbortController();
    const late = enter(true, giveUp.signal);
    giveUp.abort();
    expect(await late).toBeUndefined();
    expect(await enter(true, giveUp.signal)).toBeUndefined();
    leave?.();
    expect(await enter(true, never)).toBeDefined();
  });
});
