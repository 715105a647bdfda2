// What a board that tells nothing is told of its contacts when it is opened.
import { describe, expect, it } from '@jest/globals';
import { emptyMemory, type Memory, type SwitchMemory } from '../../src/core/memory.ts';
import { lastOrders } from '../../src/service/last-orders.ts';
import { configOf } from '../support/config-text.ts';

const { site } = configOf(`
ups: { rack: { nut: { name: rack } } }
rigs: { ash: { driver: none, fedBy: [rack], cutBy: ["box:1"], watts: 900, reward: { perDay: 1 } } }
switches: { box: { driver: lcus, device: /dev/a, channels: 2 } }
`);
const wiring = site.switches.get('box:1')?.wiring ?? '';
const memoryOf = (one: Partial<SwitchMemory>, more: Partial<Memory> = {}): Memory => ({
  ...emptyMemory(),
  bootId: 'this',
  switches: new Map([['box:1', { want: 'cut', sinceMs: 1_000, done: true, movedAtMs: [], ...one }]]),
  ...more,
});
const told = (memory: Memory, id = 'box:1') => lastOrders(memory, { site, bootId: 'this' })(id);

describe('the last order to a contact', () => {
  it('is what the journal tells of it, and nothing of one that was never moved', () => {
    expect(told(memoryOf({ wiring }))).toEqual({ want: 'cut', done: true, thisBoot: true });
    expect(told(memoryOf({}))).toEqual({ want: 'cut', done: true, thisBoot: true });
    expect(told(memoryOf({}), 'box:2')).toBeUndefined();
  });

  it('is one to a board that was lost since, where it was', () => {
    expect(told(memoryOf({ lost: true }))).toEqual({ want: 'cut', done: true, thisBoot: true, boardLost: true });
  });

  it('is none of a contact that was another then', () => {
    expect(told(memoryOf({ wiring: 'lcus /dev/b 1, atRest: fed' }))).toBeUndefined();
  });

  it('was before this boot of the machine by the boot that is remembered, or by when it was', () => {
    expect(told(memoryOf({}, { bootId: 'another' }))?.thisBoot).toBe(false);
    expect(told(memoryOf({}, { rebootedAtMs: 2_000 }))?.thisBoot).toBe(false);
    expect(told(memoryOf({}, { rebootedAtMs: 500 }))?.thisBoot).toBe(true);
  });
});
