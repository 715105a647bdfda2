// That nobody is armed with a contact that another program holds, and that one which is slow to say stands in nobody's way.
import { expect, it } from '@jest/globals';
import { DONE, failed, type Outcome } from '../../src/model/outcome.ts';
import { unmovable, whyNotArmed } from '../../src/service/unmovable.ts';
import type { Switch } from '../../src/switches/port.ts';

const contact = (may?: () => Promise<Outcome>): Switch => ({
  set: () => Promise.reject(new Error('nothing is moved to find out')),
  ...(may !== undefined && { maySet: may }),
});
const held = contact(() => Promise.resolve(failed('refused', 'gpio 17 is held by gpioset (pid 4711): end it')));
const free = contact(() => Promise.resolve(DONE));

it('names each contact that could not be moved, and why, and moves none', async () => {
  const switches = new Map([
    ['k1', held],
    ['k2', free],
    ['k3', contact()],
  ]);
  expect(await unmovable(switches)).toEqual(['k1: gpio 17 is held by gpioset (pid 4711): end it']);
  expect(await whyNotArmed(switches)).toBe(
    'not armed, for a contact could not be moved: k1: gpio 17 is held by gpioset (pid 4711): end it. Mend that, then arm again',
  );
});

it('has nothing against arming where all are free, or tell nothing beforehand', async () => {
  expect(await whyNotArmed(new Map([['k2', free]]))).toBeUndefined();
  expect(await whyNotArmed(new Map([['k3', contact()]]))).toBeUndefined();
  expect(await whyNotArmed(new Map())).toBeUndefined();
});

it('takes whoever did not say in time for no reason against', async () => {
  const mute = contact(() => Promise.resolve(failed('timeout', 'no time left to ask who has it')));
  expect(await whyNotArmed(new Map([['k4', mute]]))).toBeUndefined();
});
