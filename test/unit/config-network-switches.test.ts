// Switches on the network in the file: each driver as its owner would write it, and what check says of the way to it.
import { describe, expect, it } from '@jest/globals';
import { appraise } from '../../src/config/appraise.ts';
import { explain, parseConfig } from '../../src/config/load.ts';
import { configOf } from '../support/config-text.ts';

/** Each with a contact of it. */
const BOARDS = {
  'a Shelly plug': ['plug: { driver: shelly, host: 192.0.2.11, passwordFile: plug.secret }', 'plug'],
  'a Shelly with two relays at the coils of contactors': [
    'coils: { driver: shelly, host: 192.0.2.12, channels: [0, 1], fedWhile: off, contactor: true, passwordFile: coils.secret }',
    'coils:0',
  ],
  'a plug under Tasmota': ['plug: { driver: tasmota, host: 192.0.2.13 }', 'plug'],
  'a strip under Tasmota': ['strip: { driver: tasmota, host: 192.0.2.14, channels: [1, 2, 3], passwordFile: strip.secret }', 'strip:3'],
  'an APC PDU over v2c': [
    'pdu: { driver: snmp-pdu, host: 192.0.2.15, mib: apc-rpdu, outlets: [1, 2, 8], passwordFile: community }',
    'pdu:8',
  ],
  'a Raritan PDU over v3': [
    'pdu: { driver: snmp-pdu, host: 192.0.2.16, mib: raritan, outlets: [4], version: v3, username: me, passwordFile: a, keyFile: k }',
    'pdu:4',
  ],
  'the outlets of a UPS': [
    'outlets: { driver: nut-outlet, name: cyber, outlets: [1, 2], username: outlets, passwordFile: nut.secret }',
    'outlets:2',
  ],
} as const;

function file(board: string, contact: string, networkFedBy: 'cyber' | 'mains' = 'cyber'): string {
  return `
site: { controllerFedBy: [cyber], networkFedBy: [${networkFedBy}] }
ups: { cyber: { nut: { name: cyber } } }
rigs: { s9: { driver: luxos, host: 192.0.2.1, fedBy: [cyber], cutBy: ["${contact}"], watts: 900, pausePersists: false, reward: { perDay: 1 } } }
switches: { ${board} }
`;
}

describe.each(Object.entries(BOARDS))('%s in the file', (_name, [board, contact]) => {
  it('is taken as it stands, and is a switch that can be read', () => {
    const loaded = parseConfig(file(board, contact), { file: 'f' });
    expect(loaded.ok ? '' : explain('f', loaded)).toBe('');
    expect(loaded.ok && loaded.config.site.switches.get(contact)).toMatchObject({ id: contact, canRead: true });
  });

  it('stays as it is when this machine dies, so nothing is said of its rest', () => {
    expect(appraise(configOf(file(board, contact)))).toEqual([]);
    const loaded = parseConfig(file(board.replace(/ }$/, ', atRest: cut }'), contact), { file: 'f' });
    expect(loaded.ok ? '' : explain('f', loaded)).toMatch(/atRest.*leaves its contacts as they are when this machine dies/s);
  });
});

describe('a network that hangs on mains', () => {
  const saying = (networkFedBy: 'cyber' | 'mains', [board, contact]: readonly [string, string]): readonly string[] =>
    appraise(configOf(file(board, contact, networkFedBy))).map(({ verdict, about, say }) => `${verdict} ${about} ${say}`);

  it('is a warning for the switch that nobody reaches in an outage', () => {
    expect(saying('mains', BOARDS['a Shelly plug'])).toContainEqual(
      expect.stringMatching(
        /^warn plug the network hangs on mains, so in an outage nobody tells it to cut s9\. .*networkFedBy: \[cyber\]$/,
      ),
    );
  });

  it('is none for one behind a program on this machine', () => {
    expect(saying('mains', BOARDS['the outlets of a UPS']).filter((line) => line.startsWith('warn outlets'))).toEqual([]);
  });
});

it('refuses a rig that is too big for a bare plug, and takes it behind a contactor', () => {
  const [board, contact] = BOARDS['a plug under Tasmota'];
  const big = file(board, contact).replace('watts: 900', 'watts: 3500');
  const loaded = parseConfig(big, { file: 'f' });
  expect(loaded.ok ? '' : explain('f', loaded)).toMatch(/s9 draws 15\.2 A through plug, a relay takes 10 A/);
  expect(parseConfig(big.replace('host: 192.0.2.13', 'host: 192.0.2.13, contactor: true'), { file: 'f' }).ok).toBe(true);
});
