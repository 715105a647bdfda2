// What status shows: figures that are known, and null for those that are not.
import { describe, expect, it } from '@jest/globals';
import { viewOf } from '../../src/core/views.ts';
import type { RigView } from '../../src/model/view.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

function rigView(desk: Desk, id: string): RigView | undefined {
  return viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find((one) => one.id === id);
}

describe('the watts of a rig that reports none', () => {
  it.each([
    ['hashing', { hashing: true }, 1000, 'configured'],
    ['paused', { hashing: false }, 20, 'configured'],
    ['never heard', { silent: true }, null, null],
  ] as const)('are, while it is %s, those of the file for that, or unknown', (_, change, watts, wattsFrom) => {
    const desk = new Desk(siteOf()).world('a', { noWatts: true, ...change }).pass(40);
    expect(rigView(desk, 'a')).toMatchObject({ watts, wattsFrom });
  });

  it('are none behind an open switch', () => {
    const desk = new Desk(siteOf()).world('a', { noWatts: true }).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(60);
    expect(rigView(desk, 'a')).toMatchObject({ phase: 'dark', watts: 0 });
  });
});
