// A UPS that died with "battery" as its last word, beside one that is well: what it still tells, and what it does not.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const RIGS = [rig('a', 8), rig('h', 6, { fedBy: ['house'] }), rig('m', 4, { fedBy: ['mains'] }), rig('n', 2, { fedBy: ['mains'] })];
let desk: Desk;

/** The grid is gone, and with it what hangs on it alone. */
function outage(seconds: number): void {
  for (const id of ['rack', 'house']) desk.set(id, { words: 'OB', charge: 80 });
  for (const id of ['m', 'n']) desk.world(id, { fed: false, hashing: false });
  desk.pass(seconds);
}

/** It is back; the rack is not. */
function backWithoutRack(): void {
  desk.set('rack', { silent: true }).pass(30);
  desk.set('house', { words: 'OL', charge: 80 });
  for (const id of ['m', 'n']) if (!desk.asked('cut').includes(`k${id}`)) desk.world(id, { fed: true });
}

beforeEach(() => {
  desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS })).pass(40);
});

describe('a UPS that died on battery, beside one that is heard on mains', () => {
  it('does not keep down what hangs on mains alone; its own rigs stay as they are', () => {
    outage(120);
    expect(desk.asked('cut')).toEqual(expect.arrayContaining(['km', 'kn']));
    backWithoutRack();
    desk.pass(600);
    expect(desk.rig('m')?.phase).toBe('hashing');
    expect(desk.rig('n')?.phase).toBe('hashing');
    expect(desk.state.memory.rigs.get('m')?.owed).toBeUndefined();
    expect(desk.asked('resume')).not.toContain('a');
    expect(desk.supply('rack').draining).toBe(true);
  });

  it('has an outage that is not over in what people are shown', () => {
    outage(120);
    backWithoutRack();
    desk.pass(600);
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.outage).toEqual({ ups: ['rack'], seconds: 749 });
  });

  it('is no witness when the other is silent for a moment, long after its own last word', () => {
    outage(60);
    backWithoutRack();
    desk.pass(300).set('house', { silent: true });
    const before = desk.named('outage-began').length;
    desk.pass(20);
    expect(desk.supply('house').draining).toBe(false);
    desk.set('house', { silent: false }).pass(10);
    expect(desk.named('outage-began')).toHaveLength(before);
  });

  it('is one when both fall silent together, as behind one server', () => {
    desk.set('rack', { words: 'OB', charge: 80 }).pass(2);
    for (const id of ['rack', 'house']) desk.set(id, { silent: true });
    desk.pass(20);
    expect(desk.supply('house').draining).toBe(true);
  });

  it('lets what hangs on mains alone, or on the other, be drilled; not what hangs on itself', () => {
    outage(60);
    backWithoutRack();
    desk.pass(600);
    const drill = (id: string) => admitCommand(desk.scene(), { kind: 'drill', rig: id, cut: false });
    expect(drill('m')).toMatchObject({ ok: true });
    expect(drill('a')).toMatchObject({ ok: false, refused: expect.stringContaining('on battery') });
    desk.say({ kind: 'drill', rig: 'm', cut: false });
    desk.pass(120);
    expect(desk.named('drilled')).toMatchObject([{ rig: 'm', ok: true }]);
  });
});

describe('a UPS that died on battery, where nobody is heard on mains', () => {
  it('keeps down what hangs on mains alone', () => {
    outage(120);
    backWithoutRack();
    desk.set('house', { silent: true }).pass(600);
    expect(desk.rig('m')?.phase).not.toBe('hashing');
    expect(admitCommand(desk.scene(), { kind: 'drill', rig: 'm', cut: false })).toMatchObject({ ok: false });
  });
});
