import { describe, expect, it } from '@jest/globals';
import { changes, type Down, reloadBlockers } from '../../src/config/change.ts';
import type { Config } from '../../src/config/config.ts';
import { configOf, edited, FULL } from '../support/config-text.ts';

const was = configOf(FULL);

/** What the full file gives with each part replaced by the one beside it. */
function fullWith(...edits: readonly (readonly [string, string])[]): Config {
  return configOf(edited(FULL, ...edits));
}

function down(rigs: readonly string[], switches: readonly string[] = [], limited: readonly string[] = []): Down {
  return { rigs: new Set(rigs), switches: new Set(switches), limited: new Set(limited) };
}

const LIMITABLE = '  south: { driver: braiins, host: 192.0.2.22, watts: 3250, fedBy: [mains] }\n';
const SOUTH = '  south: { model: s19, host: 192.0.2.22, port: 4029, fedBy: [mains] }\n';

describe('a reload', () => {
  it('may change anything while everything is up', () => {
    const is = fullWith(
      [SOUTH, ''],
      ['gpios: [5, 6]', 'gpios: [12, 13]'],
      ['command, cut: [/opt/site/plug, open]', 'command, cut: [/bin/other]'],
    );
    expect(reloadBlockers(was, is, down([]))).toEqual([]);
  });

  it('may change what has nothing to do with what is down', () => {
    const is = fullWith(
      [SOUTH, ''],
      ['minOffSeconds: 90', 'minOffSeconds: 30'],
      ['watts: 900', 'watts: 950'],
      ['gpios: [5, 6]', 'gpios: [5, 13]'],
    );
    expect(reloadBlockers(was, is, down(['north', 'scrypt'], ['board:1', 'plug']))).toEqual([]);
  });

  it('does not forget a rig that is not hashing, nor one under a new name', () => {
    const say = [
      'rig south is not hashing and would be forgotten: bring it back first (lastwatt release south), then take it out of the file',
    ];
    expect(reloadBlockers(was, fullWith([SOUTH, '']), down(['south']))).toEqual(say);
    expect(reloadBlockers(was, fullWith(['  south:', '  sued:']), down(['south']))).toEqual(say);
  });

  it('neither forgets a rig that is limited nor gives it another driver', () => {
    const say = (what: string) => [`rig south is limited and ${what}: wait until the limit is off, which needs mains that hold`];
    const limited = down([], [], ['south']);
    const can = configOf(edited(FULL, [SOUTH, LIMITABLE]));
    expect(reloadBlockers(can, can, limited)).toEqual([]);
    expect(reloadBlockers(can, fullWith([SOUTH, '']), limited)).toEqual(say('it would be forgotten'));
    expect(reloadBlockers(can, was, limited)).toEqual(say('its driver would change'));
    expect(reloadBlockers(can, fullWith([SOUTH, '']), down(['south'], [], ['south']))).toHaveLength(1);
  });

  it.each<[string, readonly [string, string], string, string]>([
    ['forgotten', ['gpios: [5, 6]', 'gpios: [5]'], 'board:2', 'would be forgotten'],
    ['moved to another pin', ['gpios: [5, 6]', 'gpios: [5, 7]'], 'board:2', 'channel or wiring would change'],
    ['put on another chip', ['gpios: [5, 6]', 'gpios: [5, 6]\n    chip: other'], 'board:2', 'channel or wiring would change'],
    ['turned round', ['activeLow: true', 'activeLow: false'], 'board:1', 'channel or wiring would change'],
    ['wired the other way', ['atRest: cut', 'atRest: fed'], 'board:1', 'channel or wiring would change'],
    [
      'moved by another program',
      ['feed: [/opt/site/plug, close]', 'feed: [/opt/site/plug2, close]'],
      'plug',
      'channel or wiring would change',
    ],
    [
      'given another driver',
      ['command, cut: [/opt/site/plug, open], feed: [/opt/site/plug, close], read: [/opt/site/plug, show]', 'gpio, gpio: 17'],
      'plug',
      'driver would change',
    ],
  ])('does not let a switch that is not fed be %s', (_, edit, id, say) => {
    const edits = edit[1] === 'gpios: [5]' ? [edit, ['cutBy: [board:1, board:2]', 'cutBy: [board:1]'] as const] : [edit];
    const blockers = reloadBlockers(was, fullWith(...edits), down([], [id]));
    expect(blockers).toHaveLength(1);
    expect(blockers[0]).toContain(`switch ${id} is not fed`);
    expect(blockers[0]).toContain(say);
  });

  it('does not take a dark rig from behind its open switch', () => {
    expect(
      reloadBlockers(
        was,
        fullWith(['fedBy: [solar], cutBy: [plug], reward: { coin', 'fedBy: [solar], reward: { coin']),
        down(['scrypt'], ['plug']),
      ),
    ).toEqual(['rig scrypt is dark behind plug, which would no longer be in its cutBy: feed it first (lastwatt release scrypt)']);
  });

  it('passes over what the old file did not know either', () => {
    expect(reloadBlockers(was, was, down(['gone'], ['gone:1']))).toEqual([]);
  });

  it('does not move the journal or the socket under a running service', () => {
    expect(reloadBlockers(was, fullWith(['/srv/lastwatt/state', '/srv/else']), down([]))).toEqual([
      'stateDir would change from /srv/lastwatt/state to /srv/else: that takes a restart (systemctl restart lastwatt)',
    ]);
  });
});

describe('the changes', () => {
  it('of the same file are none', () => {
    expect(changes(was, configOf(FULL))).toEqual([]);
  });

  it('are said by the thing and the key, with what was and what is', () => {
    const is = fullWith(
      [SOUTH, '  west: { model: s19, host: 192.0.2.29, fedBy: [mains] }\n'],
      ['watts: 900', 'watts: 950'],
      ['fedBy: [shelf, solar]', 'fedBy: [shelf]'],
      ['shedBelowSeconds: 600', 'shedBelowSeconds: auto'],
      ['name: cellar', 'name: attic'],
      ['batteryWh: 2400\n', 'batteryWh: 2400\n    nominalWatts: 3000\n'],
    );
    expect(changes(was, is)).toEqual([
      'rig south removed',
      'site: name cellar -> attic',
      'policy: shedBelowSeconds 600 -> auto',
      'ups solar: nominalWatts nothing -> 3000',
      'rig north: fedBy ["shelf","solar"] -> ["shelf"]',
      'rig west added',
      'rig scrypt: watts 900 -> 950',
    ]);
  });

  it('of programs keep their arguments to themselves', () => {
    const is = fullWith(
      ['[/opt/site/stove, pause]', '[/opt/site/stove, pause, --token=hunter2]'],
      ['[/opt/site/ring, loudly]', '[/opt/site/ring, hunter2]'],
    );
    expect(changes(was, is)).toEqual(['site: onAlarm changed', 'rig stove: options.pause changed']);
  });
});
