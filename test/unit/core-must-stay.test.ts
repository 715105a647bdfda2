// What a file may not lose while the service runs, for nobody would bring it back.
import { describe, expect, it } from '@jest/globals';
import { mustStay } from '../../src/core/must-stay.ts';
import { setRig, type Tick } from '../../src/core/tick.ts';
import { A, type Known, NOW, site, tickOf } from '../support/contact-desk.ts';
import { Desk, siteOf } from '../support/core-desk.ts';
import { site as limitSite, mains, untilLimited } from '../support/limit-desk.ts';

const switches = (tick: Tick): string[] => [...mustStay(tick).switches];
const seen = (state: 'fed' | 'cut') => ({ seen: state, seenAtMs: NOW });
const STOP = { askedAtMs: NOW, tries: 1, nextTryAtMs: NOW, relapses: 0 };

describe('a contact that must stay in the file', () => {
  it.each<[string, Known, boolean]>([
    ['was cut by us', { switches: { ka: { want: 'cut' } } }, true],
    ['was fed by us', { switches: { ka: {} } }, false],
    ['is seen open, whoever opened it', { states: { ka: seen('cut') } }, true],
    ['is seen closed', { states: { ka: seen('fed') } }, false],
    ['is seen closed, and told to open', { states: { ka: { ...seen('fed'), flight: { kind: 'cut', sinceMs: NOW } } } }, true],
    ['is seen closed, and told to close', { states: { ka: { ...seen('fed'), flight: { kind: 'feed', sinceMs: NOW } } } }, false],
    ['was opened by us before a reboot', { switches: { ka: { want: 'fed', done: false, opened: ['a'] } } }, true],
    ['was tried to be closed, and never opened by us', { switches: { ka: { want: 'fed', done: false } } }, false],
    ['is one of which nothing is known', {}, false],
  ])('%s: %j is %s', (_, known, stays) => {
    expect(switches(tickOf(site(A), known))).toEqual(stays ? ['ka'] : []);
  });

  it('is one that we opened and that is closed again only while its rig is on its way down', () => {
    const tick = tickOf(site(A), { switches: { ka: { want: 'cut' } }, states: { ka: seen('fed') } });
    expect(switches(tick)).toEqual([]);
    setRig(tick, 'a', { stop: STOP });
    expect(switches(tick)).toEqual(['ka']);
  });

  it('is one that a reboot has left at its rest, which is open', () => {
    const farm = site(A);
    const rests = { ...farm, switches: new Map([...farm.switches].map(([id, one]) => [id, { ...one, atRest: 'cut' as const }])) };
    const known: Known = { switches: { ka: { done: false } } };
    expect([switches(tickOf(rests, known)), switches(tickOf(farm, known))]).toEqual([['ka'], []]);
  });
});

it('a rig must stay while it is down or owed its return, and not while it hashes', () => {
  const desk = new Desk(siteOf()).pass(40);
  expect([...mustStay(desk.scene()).rigs]).toEqual([]);
  desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
  desk.pass(60);
  expect([...mustStay(desk.scene()).rigs]).toEqual(['d']);
  desk.restart();
  expect([...mustStay(desk.scene()).rigs]).toEqual(['d']);
});

it('a rig must stay in the file, and keep its driver, while it is limited', () => {
  const desk = untilLimited(limitSite()).pass(3);
  expect([...mustStay(desk.scene()).limited]).toEqual(['a']);
  mains(desk);
  expect([...mustStay(desk.scene()).limited]).toEqual([]);
});
