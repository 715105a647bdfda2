// How often a contact may move: its least times open and closed, its moves an hour, and what an emergency is let off.
import { describe, expect, it } from '@jest/globals';
import { whyOf } from '../../src/core/why.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

function down(desk: Desk): Desk {
  desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
  return desk.pass(15);
}

function up(desk: Desk): Desk {
  desk.say({ kind: 'release', rigs: ['a'] });
  return desk.pass(65);
}

const why = (desk: Desk): string => (whyOf(desk.state, desk.site, desk.nowMs, 'a', new Map())?.say ?? []).join('; ');
const moves = (desk: Desk): number => desk.asked('cut').length + desk.asked('feed').length;

describe('a contact that was fed less than two minutes ago', () => {
  it('is not opened in calm, and why says so', () => {
    const desk = up(down(new Desk(siteOf()).pass(40)));
    expect(desk.asked('feed')).toEqual(['ka']);
    const fedAt = desk.steps.find(({ due }) => due.step.kind === 'feed')?.atMs ?? 0;
    down(desk);
    expect([desk.asked('cut'), desk.rig('a')?.phase]).toEqual([['ka'], 'paused']);
    expect(why(desk)).toMatch(/stays down until released; cut in \d+ s: switch was just fed/);
    desk.pass(120);
    expect(desk.asked('cut')).toEqual(['ka', 'ka']);
    expect((desk.steps.findLast(({ due }) => due.step.kind === 'cut')?.atMs ?? 0) - fedAt).toBeGreaterThanOrEqual(120_000);
  });

  it.each([
    ['by a person who says now', (desk: Desk) => void desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true })],
    ['at the floor', (desk: Desk) => void desk.set('rack', { words: 'OB LB', charge: 18 })],
  ])('is opened at once %s', (_, act) => {
    const desk = up(down(new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40)));
    act(desk);
    desk.pass(15);
    expect(desk.asked('cut')).toEqual(['ka', 'ka']);
  });

  it('is no reason for a drill to fail', () => {
    const desk = up(down(new Desk(siteOf({ rigs: [rig('a', 8, { graceSeconds: 5, coolDownSeconds: 0 })] })).pass(40)));
    desk.say({ kind: 'drill', rig: 'a', cut: true });
    desk.pass(400);
    expect(desk.named('drilled')).toEqual([expect.objectContaining({ ok: true })]);
  });
});

it('a contact is opened in calm only where the moves of the hour let it be closed again', () => {
  const desk = new Desk(siteOf()).pass(40);
  for (let round = 0; round < 3; round += 1) up(down(desk)).pass(120);
  expect(moves(desk)).toBe(6);
  down(desk).pass(200);
  expect([moves(desk), desk.rig('a')?.phase]).toEqual([6, 'paused']);
  expect(why(desk)).toMatch(/cut in \d+ s: switch moved too often/);
  up(desk);
  expect(desk.rig('a')?.phase).toBe('hashing');
});
