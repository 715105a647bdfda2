// What a person is told beside the figures: what stands in the way of ready, and what nobody puts right by itself.
import { describe, expect, it } from '@jest/globals';
import { emptyMemory, type Memory, type SwitchMemory } from '../../src/core/memory.ts';
import { type Orphan, rewiringOf } from '../../src/core/orphans.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const statusOf = (desk: Desk) => viewOf(desk.state, desk.site, desk.nowMs).status;
const notesOf = (desk: Desk): readonly string[] => statusOf(desk).notes;

describe('a person is told', () => {
  it.each([
    [false, 'armed', 'disarm'],
    [true, 'disarmed', 'arm'],
  ] as const)('that the file says armed: %s and lastwatt is %s, and how to change that', (inFile, is, verb) => {
    const desk = new Desk(siteOf({ armed: inFile })).pass(2);
    desk.say(inFile ? { kind: 'disarm' } : { kind: 'arm' });
    const note = `the file says armed: ${inFile}, and lastwatt is ${is}: the file counts at the first start only; lastwatt ${verb} decides`;
    expect(notesOf(desk)).toEqual([note]);
  });

  it('of a rig behind a contact that somebody else opened, and how to bring it up', () => {
    const desk = new Desk(siteOf()).pass(40).world('d', { fed: false, hashing: false });
    desk.tick({ kind: 'switch', switch: 'kd', atMs: desk.nowMs, outcome: { ok: true, value: 'cut' } });
    desk.pass(5);
    expect([desk.rig('d')?.phase, desk.asked('feed')]).toEqual(['dark', []]);
    const note = 'd is dark behind kd, and not by a step that is remembered: it is left alone; to bring it up: lastwatt up d';
    expect([notesOf(desk), desk.named('noted').map(({ say }) => say)]).toEqual([[note], [note]]);
  });

  it.each([
    ['held', { kind: 'hold', as: 'down', rigs: ['gone'] }],
    ['down', { kind: 'hold', as: 'up', rigs: ['gone'] }],
  ] as const)('of a rig that left the file while it was %s, after %j', (was, command) => {
    const desk = new Desk(siteOf());
    const stamp = { monoMs: desk.nowMs, at: '', allRigs: [] };
    desk.state = { ...desk.state, memory: remember(emptyMemory(), { event: 'command', command, from: 'cli' }, stamp) };
    expect(notesOf(desk)).toEqual([`gone left the file while it was ${was}: put it back, or forget it with: lastwatt release gone`]);
  });

  it('which figure of a UPS is not believed, and why', () => {
    const desk = new Desk(siteOf()).set('rack', { charge: 120 }).pass(2);
    expect(notesOf(desk)).toEqual(['rack: charge "120" is not believed: outside 0..100 %']);
  });

  it('what is wrong with each UPS, and nothing of one that is well', () => {
    const desk = new Desk(siteOf()).pass(40);
    expect(statusOf(desk).notReady).toEqual([]);
    desk.set('rack', { charge: 5 }).pass(60);
    expect(statusOf(desk).notReady).toEqual([expect.stringMatching(/^rack: \S/)]);
    desk.set('rack', { silent: true }).pass(10);
    expect(statusOf(desk).notReady).toEqual(['rack is not heard: rack did not answer']);
  });
});

describe('a contact in a journal of before wirings and rigs behind it were written down', () => {
  const ONE: SwitchMemory = { want: 'cut', sinceMs: 5, done: true, movedAtMs: [5] };
  const memoryOf = (known: readonly (readonly [string, SwitchMemory])[], orphans: readonly Orphan[] = []): Memory => ({
    ...emptyMemory(),
    switches: new Map(known),
    orphans,
  });

  it('is told of without them once it left the file', () => {
    const site = siteOf({ rigs: [rig('a', 8)] });
    const rewiring = rewiringOf(site, memoryOf([['gone', ONE]]));
    expect(rewiring).toEqual({ orphaned: [{ switch: 'gone', rigs: [] }] });
    const desk = new Desk(site);
    const stamp = { monoMs: desk.nowMs, at: '', allRigs: ['a'] };
    desk.state = { ...desk.state, memory: remember(memoryOf([['gone', ONE]]), { event: 'rewired', ...rewiring }, stamp) };
    expect(notesOf(desk)).toEqual([
      'switch gone left the file while it was cut: that one may be open still, and lastwatt does not close it: put it back, or close it by hand and forget it with: lastwatt release gone',
    ]);
  });

  it('is one of none that left the file, where that journal knew of none', () => {
    const { orphans: _, ...before } = snapshotOf(memoryOf([['ka', ONE]]));
    expect(fromSnapshot(JSON.parse(JSON.stringify(before)))).toEqual(memoryOf([['ka', ONE]]));
  });

  it('is taken for the contact of its name that the file has', () => {
    expect(rewiringOf(siteOf({ rigs: [rig('a', 8)] }), memoryOf([['ka', ONE]]))).toEqual({});
  });
});

describe('a contact that left the file open and is in it again', () => {
  const one = (wiring: string): SwitchMemory => ({ want: 'cut', sinceMs: 5, done: true, movedAtMs: [5], wiring, opened: ['a'] });
  const site = siteOf({ rigs: [rig('a', 8)] });
  const memory = (...known: (readonly [string, SwitchMemory])[]): Memory => ({
    ...emptyMemory(),
    switches: new Map(known),
    orphans: [{ ...one('sim ka'), switch: 'ka' }],
  });

  it('is ours again', () => {
    expect(rewiringOf(site, memory())).toEqual({ regained: [{ switch: 'ka', wiring: 'sim ka' }] });
  });

  it('is so in the place of another that had its name meanwhile, and may be open as well', () => {
    const rewiring = rewiringOf(site, memory(['ka', one('sim other')]));
    expect(rewiring).toEqual({
      orphaned: [{ switch: 'ka', wiring: 'sim other', rigs: ['a'] }],
      regained: [{ switch: 'ka', wiring: 'sim ka' }],
    });
    const after = remember(memory(['ka', one('sim other')]), { event: 'rewired', ...rewiring }, { monoMs: 9, at: '', allRigs: ['a'] });
    expect(after.orphans.map(({ wiring }) => wiring)).toEqual(['sim other']);
    expect(after.switches.get('ka')).toMatchObject({ wiring: 'sim ka', done: false, opened: ['a'] });
  });

  it('is not regained where what is known under its name is that contact already', () => {
    expect(rewiringOf(site, memory(['ka', one('sim ka')]))).toEqual({});
  });
});
