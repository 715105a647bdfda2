import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/load.ts';
import { listed } from '../../src/config/nearest.ts';
import { rigDrivers } from '../../src/rigs/registry.ts';
import { edited, FULL, SMALLEST, smallestWith } from '../support/config-text.ts';

/** `path | what is said` of each mistake, in the order of the file. */
function told(text: string): readonly string[] {
  const loaded = parseConfig(text, { file: '/etc/site/lastwatt.yaml' });
  return loaded.ok ? [] : loaded.mistakes.map(({ path, say }) => `${path} | ${say}`);
}

const rig = (keys: string): string => smallestWith('reward: { perDay: 3.2 }', keys);
const ups = (keys: string): string => smallestWith('{ nut: { name: shelf } }', keys);
const nut = (keys: string): string => ups(`{ nut: { name: shelf, ${keys} } }`);
const also = (lines: string): string => `${SMALLEST}${lines}\n`;
const full = (part: string, instead: string): string => edited(FULL, [part, instead]);

const RIG_DRIVERS = listed(rigDrivers.map(({ name }) => name));
const HASH_RATE = 'expected a hash rate with its unit (H/s, kH/s, MH/s, GH/s, TH/s, PH/s, EH/s), such as 110 TH/s';

describe('one wrong thing in a good file', () => {
  it.each<[string, string, readonly string[]]>([
    ['a key nobody knows', also('arm: true'), ['arm | unknown key; did you mean armed?']],
    ['a key in other letters', also('statedir: /x'), ['statedir | unknown key; did you mean stateDir?']],
    ['a key unlike any other', also('zzz: 1'), ['zzz | unknown key']],
    [
      'a merge key',
      rig('<<: { watts: 1 }'),
      ['rigs.m30.<< | unknown key; YAML 1.2 merges nothing: keys that rigs share go under models'].map((s) => s.replace('.<<', '."<<"')),
    ],
    ['a prototype', also('__proto__: { armed: true }'), ['__proto__ | unknown key']],
    ['a key twice', also('armed: false\narmed: true'), ['armed | stands here twice, first in line 4; keep one']],
    [
      'a rig twice',
      also('coins: { a: { perDay: 1, per: 1 TH/s }, a: { perDay: 2, per: 1 TH/s } }'),
      ['coins.a | stands here twice, first in line 4; keep one'],
    ],
    ['no UPS', 'rigs: {}', ['ups | missing; expected a mapping', 'rigs | is empty; at least one is needed']],
    ['a list for a mapping', also('switches: [k1]'), ['switches | expected a mapping, found a list']],
    ['nothing for a mapping', also('panel:'), ['panel | expected a mapping, found nothing']],
    ['a text as the whole file', 'hello', [' | expected a mapping with at least ups and rigs, found "hello"']],
    ['a word for a truth', also('armed: yes'), ['armed | expected true or false, found "yes"']],
    [
      'a unit after a number',
      smallestWith('2900', '2900 W'),
      ['rigs.m30.watts | expected a number, found "2900 W"; the unit is in the key: write the number alone'],
    ],
    ['a number in quotes', smallestWith('2900', '"2900"'), ['rigs.m30.watts | expected a number, found "2900"; write it without quotes']],
    ['no number', smallestWith('2900', '.nan'), ['rigs.m30.watts | expected a number, found NaN']],
    ['no end', smallestWith('2900', '.inf'), ['rigs.m30.watts | expected a number, found Infinity']],
    [
      'limits where nothing can be limited',
      smallestWith('driver: luxos, ', 'driver: cgminer, limits: { 2000: 0.8 }, '),
      ["rigs.m30.limits | a cgminer rig can't be limited, or not quickly, or not be taken back from it: leave limits out"],
    ],
    [
      'limits of a rig that can, each of them wrong',
      smallestWith('driver: luxos, ', 'driver: vnish, apiKeyFile: key, limits: { 100: 0.1, 1500: 0.6, 2300: 0.5, 2900: 0.9 }, '),
      [
        'rigs.m30.limits.100 | 100 W is too near to what it draws asleep to be told from it: 870 W at least',
        'rigs.m30.limits.2300 | a share of 0.5 at 2300 W, and 0.6 at fewer watts: it must rise',
        'rigs.m30.limits.2900 | 2900 W is no limit for a rig of 2900 W: less than that',
      ],
    ],
    ['no watts', smallestWith(', watts: 2900', ''), ['rigs.m30.watts | missing; expected a number: W at the wall while it hashes']],
    ['watts of nothing', smallestWith('2900', '0'), ['rigs.m30.watts | expected more than 0, found 0']],
    [
      'a program as a shell string',
      also('onAlarm: mail -s alarm me'),
      ['onAlarm | expected an argv list such as [/usr/local/bin/tell-me, now], never a shell string, found "mail -s alarm me"'],
    ],
    [
      'a program by half its path',
      also('onAlarm: [mail]'),
      ['onAlarm | the program must be named by its whole path, such as /usr/local/bin/tell-me'],
    ],
    ['an argument that is a number', also('onAlarm: [/bin/ring, 3]'), ['onAlarm[1] | expected text, found 3; write it in quotes']],
    [
      'a supply that is not there',
      smallestWith('[shelf]', '[shlef]'),
      ['rigs.m30.fedBy[0] | "shlef" is no supply of this file; did you mean shelf? there are: shelf, mains'],
    ],
    ['a supply twice', smallestWith('[shelf]', '[shelf, shelf]'), ['rigs.m30.fedBy[1] | "shelf" stands here twice; keep one']],
    [
      'no supply',
      smallestWith('[shelf]', '[]'),
      ['rigs.m30.fedBy | expected a list of supplies, such as [rack] or [mains], found an empty list'],
    ],
    [
      'a supply of the controller that is not there',
      also('site: { controllerFedBy: [x] }'),
      ['site.controllerFedBy[0] | "x" is no supply of this file; there are: shelf, mains'],
    ],
    ['a switch that is not there', rig('cutBy: [k1]'), ['rigs.m30.cutBy[0] | "k1" is no switch of this file; there are: none']],
    [
      'a board for a channel',
      full('cutBy: [board:1, board:2]', 'cutBy: [board]'),
      ['rigs.north.cutBy[0] | "board" is no switch of this file; did you mean board:1? there are: board:1, board:2, plug'],
    ],
    [
      'a model that is not there',
      full('south: { model: s19', 'south: { model: s91'),
      ['rigs.south.model | "s91" is no model of this file; did you mean s19? there are: s19'],
    ],
    [
      'a driver that is not there',
      smallestWith('luxos', 'luxor'),
      [`rigs.m30.driver | "luxor" is no rig driver; did you mean luxos? there are: ${RIG_DRIVERS}`],
    ],
    [
      'an option of another driver',
      smallestWith('luxos, host: 192.0.2.10', 'none, hostname: a'),
      [expect.stringContaining('rigs.m30.hostname | unknown key; there are: ') as unknown as string],
    ],
    ['a wrong letter in a key of a rig', rig('graceSecond: 3'), ['rigs.m30.graceSecond | unknown key; did you mean graceSeconds?']],
    [
      'the name of the grid',
      also('switches: { mains: { driver: gpio, gpio: 17 } }'),
      ['switches.mains | "mains" is taken: it means the grid itself; choose another name'],
    ],
    [
      'a name with capitals',
      smallestWith('m30', 'M30'),
      ['rigs.M30 | expected a name of small letters, digits and dashes, at most 32, beginning with a letter or digit'],
    ],
    [
      'a reward both ways',
      rig('reward: { perDay: 1, coin: btc }'),
      ['rigs.m30.reward | expected either perDay, or coin with hashrate; found perDay with coin'],
    ],
    ['a reward of nothing', rig('reward: {}'), ['rigs.m30.reward | expected either perDay, or coin with hashrate; found nothing']],
    [
      'a coin that is not there',
      rig('reward: { coin: btc, hashrate: 1 TH/s }'),
      ['rigs.m30.reward.coin | "btc" is no coin of this file; there are: none'],
    ],
    ['a hash rate without a unit', full('hashrate: 600 MH/s', 'hashrate: "600"'), [`rigs.scrypt.reward.hashrate | ${HASH_RATE}`]],
    ['a hash rate in another unit', full('per: 1 TH/s', 'per: 1 Wh'), [`coins.btc.per | ${HASH_RATE}`]],
    ['more idle than at work', rig('pausedWatts: 3000'), ['rigs.m30.pausedWatts | 3000 W paused is more than 2900 W hashing; correct one']],
    [
      'a UPS that is read two ways',
      ups('{ nut: { name: a }, command: [/bin/a] }'),
      ['ups.shelf | give either nut or command, found both: it is how this UPS is read'],
    ],
    [
      'a UPS that is read no way',
      ups('{ batteryWh: 3 }'),
      ['ups.shelf | give either nut or command, found neither: it is how this UPS is read'],
    ],
    [
      'the same UPS twice',
      smallestWith('{ shelf: { nut: { name: shelf } }', '{ shelf: { nut: { name: a } }, b: { nut: { name: a } }'),
      ['ups.b | reads the same UPS as shelf (line 2); name it once'],
    ],
    [
      'a secondary without a login',
      nut('role: secondary'),
      ['ups.shelf.nut.role | secondary logs in at upsd: give username and passwordFile too'],
    ],
    ['a user without a password', nut('username: me'), ['ups.shelf.nut | a login wants both: give passwordFile too, or neither']],
    [
      'encryption with nobody to trust',
      nut('tls: {}'),
      [
        "ups.shelf.nut.tls.ca | missing; expected text: PEM file, relative to this one, with the certificate that signed upsd's (or upsd's own, self-signed); read at start and reload",
      ],
    ],
    ['the role that is not built', nut('role: primary'), ['ups.shelf.nut.role | expected one of observer, secondary, found "primary"']],
    [
      'more in reserve than there is',
      ups('{ nut: { name: a }, reservePercent: 130 }'),
      ['ups.shelf.reservePercent | expected at most 95, found 130'],
    ],
    [
      'more runtime under more load',
      ups('{ nut: { name: a }, minutesAtWatts: { 300: 20, 900: 21 } }'),
      ['ups.shelf.minutesAtWatts.900 | 21 min at 900 W and 20 min at 300 W: more load must last less long'],
    ],
    [
      'the same runtime under more load',
      ups('{ nut: { name: a }, minutesAtWatts: { 300: 20, 900: 20 } }'),
      ['ups.shelf.minutesAtWatts.900 | 20 min at 900 W and 20 min at 300 W: more load must last less long'],
    ],
    [
      'a load that is no number',
      ups('{ nut: { name: a }, minutesAtWatts: { full: 20 } }'),
      ['ups.shelf.minutesAtWatts.full | expected a number of W as the key, such as 600'],
    ],
    [
      'no line in the runtime table',
      ups('{ nut: { name: a }, minutesAtWatts: {} }'),
      ['ups.shelf.minutesAtWatts | is empty; give pairs of W and minutes such as { 600: 60, 1500: 21 }'],
    ],
    [
      'a light and a buzzer on one pin',
      also('panel: { led: { gpio: 24 }, buzzer: { gpio: 24 } }'),
      ['panel.buzzer.gpio | gpio 24 is taken already by panel.led, line 4'],
    ],
    [
      'a buzzer on the pin of a relay',
      also('switches: { a: { driver: gpio, gpio: 25 } }\npanel: { buzzer: { gpio: 25 } }'),
      ['panel.buzzer.gpio | gpio 25 is taken already by switches.a, line 4'],
    ],
    ['a meter, which is not built', also('meters: {}'), ['meters | not built yet: meters of their own; take this key out']],
    [
      'a schedule that never comes',
      also('schedules: { selfTest: "0 25 * * 1" }'),
      ['schedules.selfTest | the hour takes 0 to 23, *, ranges (1-5), lists (1,3) and steps (*/2)'],
    ],
    [
      'the button on the pin of a relay',
      full('gpio: 23', 'gpio: 6'),
      ['panel.button.gpio | gpio 6 is taken already by switches.board, line 57'],
    ],
    [
      'two contacts on one pin',
      also('switches:\n  a: { driver: gpio, gpio: 17 }\n  b: { driver: gpio, gpios: [4, 17] }'),
      ['switches.b.gpios[1] | gpio 17 is taken already by switches.a, line 5'],
    ],
    [
      'two rigs at one address',
      full('host: 192.0.2.22, port: 4029', 'host: 192.0.2.21'),
      ['rigs.south.host | 192.0.2.21:4028 is north already (line 32); a rig stands here once'],
    ],
    [
      'two supplies and nobody knows which is cut',
      full('    interrupts: shelf\n', ''),
      ['switches.board | north has more than one supply (shelf, solar): say which of them this interrupts, interrupts: shelf'],
    ],
    [
      'a switch in the wrong line',
      full('interrupts: shelf', 'interrupts: mains'),
      [
        'rigs.north.cutBy[0] | board:1 interrupts mains, which does not feed north (fedBy: shelf, solar); correct one',
        'rigs.north.cutBy[1] | board:2 interrupts mains, which does not feed north (fedBy: shelf, solar); correct one',
      ],
    ],
    [
      'a switch of a supply that is not there',
      full('interrupts: shelf', 'interrupts: shelv'),
      [
        expect.stringContaining('rigs.north.cutBy[0]') as unknown as string,
        expect.stringContaining('rigs.north.cutBy[1]') as unknown as string,
        'switches.board.interrupts | "shelv" is no supply of this file; did you mean shelf? there are: shelf, solar, mains',
      ],
    ],
    [
      'a big rig on a small relay',
      also('switches: { k1: { driver: gpio, gpio: 17 } }').replace('fedBy', 'cutBy: [k1], fedBy'),
      ['switches.k1 | m30 draws 12.6 A through k1, a relay takes 8 A: let it move a contactor and say contactor: true'],
    ],
  ])('says of %s what it is and what to write', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe('secrets', () => {
  it.each([
    ['ups.shelf.nut.password', nut('username: me, password: hunter2'), 'passwordFile: NAME'],
    ['rigs.m30.apiKey', rig('apiKey: hunter2'), 'keyFile: NAME'],
    ['ups.shelf.nut.passwordFile', nut('username: me, passwordFile: { x: hunter2 }'), 'found a mapping'],
    ['ups.shelf.nut.passwordFile', nut('username: me, passwordFile: ""'), 'found something else'],
  ])('at %s are refused and never repeated', (path, text, part) => {
    const all = told(text);
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(`${path} | `);
    expect(all[0]).toContain(part);
    expect(all.join()).not.toContain('hunter2');
  });
});

describe('many mistakes', () => {
  it('are told at once, those between things beside those within them', () => {
    const text = `site: { nam: a, networkFedBy: [rak] }
ups: { rack: { nut: { nme: rack } } }
rigs:
  a: { driver: luxos, hst: 192.0.2.1, fedBy: [rak], watts: -1, cutBy: [k9], reward: { coin: btc, hashrate: fast } }
  b: { driver: luxxos, fedBy: [rack], watts: 5, cutBy: [k1] }
switches: { k1: { driver: gpio, gpio: 17, interupts: rack }, k2: { driver: gpio, gpio: 17 } }
policy: { cutBelowSeconds: 9, shedBelowSeconds: 5, cutPased: auto }
`;
    expect(told(text).map((line) => line.split(' |')[0])).toEqual([
      'site.nam',
      'site.networkFedBy[0]',
      'ups.rack.nut.name',
      'ups.rack.nut.nme',
      'rigs.a.host',
      'rigs.a.hst',
      'rigs.a.fedBy[0]',
      'rigs.a.watts',
      'rigs.a.cutBy[0]',
      'rigs.a.reward.coin',
      'rigs.a.reward.hashrate',
      'rigs.b.driver',
      'switches.k1.interupts',
      'switches.k2.gpio',
      'policy.cutBelowSeconds',
      'policy.cutPased',
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a rig whose driver is not there, but for what some driver takes',
      smallestWith('luxos, host', 'luxor, graceSecond: 3, hots: a, host'),
      [
        `rigs.m30.driver | "luxor" is no rig driver; did you mean luxos? there are: ${RIG_DRIVERS}`,
        'rigs.m30.graceSecond | unknown key; did you mean graceSeconds?',
        'rigs.m30.hots | unknown key; did you mean host?',
      ],
    ],
    [
      'a rig without a driver',
      smallestWith('driver: luxos, ', 'graceSecond: 3, '),
      ['rigs.m30.driver | missing; expected text: how it is spoken to', 'rigs.m30.graceSecond | unknown key; did you mean graceSeconds?'],
    ],
    [
      'a switch whose driver is not there',
      also('switches: { k: { driver: gpoi, gpios: [4], atRset: cut } }'),
      [
        'switches.k.driver | "gpoi" is no switch driver; did you mean gpio? there are: gpio, lcus, kmtronic, numato, modbus-relay, icstation, shelly, tasmota, snmp-pdu, nut-outlet, command',
        'switches.k.atRset | unknown key; did you mean atRest?',
      ],
    ],
    [
      'a rig whose model is not there',
      full('south: { model: s19', 'south: { watts: none, model: s91'),
      [
        'rigs.south.watts | expected a number, found "none"',
        'rigs.south.model | "s91" is no model of this file; did you mean s19? there are: s19',
      ],
    ],
    [
      'a UPS',
      ups('{ nut: { name: a }, reservePercent: 130, minutesAtWatts: { 300: 20, 900: 21 } }'),
      [
        'ups.shelf.reservePercent | expected at most 95, found 130',
        'ups.shelf.minutesAtWatts.900 | 21 min at 900 W and 20 min at 300 W: more load must last less long',
      ],
    ],
    [
      'a coin',
      full('perDay: 0.05, per: 1 TH/s', 'perDay: lots, per: 1 Wh'),
      ['coins.btc.perDay | expected a number, found "lots"', `coins.btc.per | ${HASH_RATE}`],
    ],
    [
      'the top of the file',
      also(`armed: yes\nsocket: /${'d'.repeat(120)}`),
      [
        'armed | expected true or false, found "yes"',
        'socket | the path of a socket has at most 107 bytes, this one 121: choose a shorter one',
      ],
    ],
  ])('in %s are all told', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('of switches hide none of the names there are', () => {
    const box = 'box: { driver: gpio, gpios: [5, 6], atRest: open }';
    const text = also(`switches:\n  k1: { driver: gpio, gpio: 17 }\n  ${box}\n  k3: { driver: gpio, gpio: 99, contactor: true }`);
    const names = 'k1, box:1, box:2, k3';
    expect(told(text.replace('fedBy', 'cutBy: [k4, box:3, k3:1], fedBy'))).toEqual([
      `rigs.m30.cutBy[0] | "k4" is no switch of this file; there are: ${names}`,
      `rigs.m30.cutBy[1] | "box:3" is no switch of this file; did you mean box:1? there are: ${names}`,
      'switches.box.atRest | expected one of fed, cut, found "open"',
      'switches.k3.gpio | a gpio is the number printed on the pinout, 2 to 27; found 99',
    ]);
  });

  it('in a model are told once, where they stand, however many rigs have it', () => {
    const text = full('    watts: 3000\n', '    watts: 3 kW\n    porrt: 1\n');
    expect(told(text)).toEqual([
      'models.s19.watts | expected a number, found "3 kW"; the unit is in the key: write the number alone',
      'models.s19.porrt | unknown key; did you mean port?',
    ]);
  });

  it('are cut off at a hundred', () => {
    const keys = Array.from({ length: 500 }, (_, i) => `unknown${i}: 1`).join('\n');
    expect(told(also(keys))).toHaveLength(100);
  });
});

describe('what stands in a message', () => {
  it('is short, on one line, and moves no cursor', () => {
    const [first = ''] = told(also(`armed: "\\e[2Jred\\u202e\\n${'x'.repeat(200)}"`));
    expect(first).toMatch(/^armed \| expected true or false, found "\\u001b\[2Jred\\u\{202e\}\\nx+…"$/);
    expect(first.length).toBeLessThan(120);
  });
});
