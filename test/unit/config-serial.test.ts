// Serial boards in the file: whose a device is, what a bus must agree on, and which two names are one contact.
import { describe, expect, it } from '@jest/globals';
import { appraise } from '../../src/config/appraise.ts';
import { explain, parseConfig } from '../../src/config/load.ts';
import { configOf, SMALLEST } from '../support/config-text.ts';

const BUS = '/dev/serial/by-id/usb-FTDI_RS485-if00-port0';

/** What is said of a file with these two boards. */
function told(one: string, two: string): readonly string[] {
  const text = `${SMALLEST}switches:\n  one: { ${one} }\n  two: { ${two} }\n`;
  const loaded = parseConfig(text, { file: '/etc/site/lastwatt.yaml' });
  return loaded.ok ? [] : loaded.mistakes.map(({ path, say }) => `${path} | ${say}`);
}

const relay = (more: string): string => `driver: modbus-relay, device: ${BUS}, ${more}`;

it.each<[string, string, string, readonly string[]]>([
  ['two units of one bus', relay('unit: 1'), relay('unit: 2'), []],
  ['one unit on two buses', relay('unit: 1'), 'driver: modbus-relay, device: /dev/ttyAMA0, unit: 1', []],
  ['two boards with a port each', 'driver: lcus, device: /dev/a', 'driver: lcus, device: /dev/b', []],
  [
    'two boards that want the port for themselves',
    `driver: lcus, device: ${BUS}`,
    `driver: kmtronic, channels: 2, device: ${BUS}`,
    [`switches.two.device | ${BUS} is one's already (line 5); a board like this wants a port of its own`],
  ],
  [
    'a bus that would speak two ways',
    relay('unit: 1'),
    relay('unit: 2, baudRate: 19200'),
    [`switches.two.device | ${BUS} is set to 9600 8N1 by one (line 5) and to 19200 8N1 here; a bus speaks one way`],
  ],
  [
    'two names for one board, told once',
    relay('unit: 1, channels: 4'),
    relay('unit: 1, channels: 2, atRest: cut'),
    ['switches.two | two:1 is the same contact as one:1 (line 5); give each board on a bus its own unit'],
  ],
])('%s', (_, one, two, expected) => {
  expect(told(one, two)).toEqual(expected);
});

describe('a board with a supply of its own', () => {
  const board = (own: string): string =>
    `${SMALLEST.replace('driver: luxos, host: 192.0.2.10, fedBy: [shelf],', 'driver: none, fedBy: [shelf], cutBy: ["box:1"],')}switches:\n  box: { contactor: true, device: /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0, ${own} }\n`;
  const said = (own: string): string => {
    const loaded = parseConfig(board(own), { file: 'f' });
    return loaded.ok ? '' : explain('f', loaded);
  };
  const appraised = (own: string): readonly string[] =>
    appraise(configOf(board(own)))
      .filter(({ about }) => about === 'box')
      .map(({ verdict, say }) => `${verdict} ${say}`);

  it.each([
    'driver: kmtronic, channels: 2, ownSupply: true, atRest: cut',
    'driver: numato, channels: 2, ownSupply: true, atRest: cut',
    'driver: modbus-relay, atRest: cut',
  ])('is wired as it is, and believed to fall nowhere: %s', (own) => {
    const config = configOf(board(own).replace('box:1', own.includes('numato') ? 'box:0' : 'box:1'));
    expect(config.boards.get('box')).toMatchObject({ atRest: 'cut', holds: true });
    expect([...config.site.switches.values()].map(({ atRest }) => atRest)).not.toContain('cut');
    expect([...config.site.switches.values()][0]?.wiring).toMatch(/atRest: cut$/);
  });

  it.each(['driver: lcus', 'driver: icstation, channels: 2, armed: true'])('that cannot be read is wired to feed at rest: %s', (own) => {
    expect(said(`${own}, ownSupply: true`)).toBe('');
    expect(said(`${own}, ownSupply: true, atRest: cut`)).toMatch(/switches\.box\.atRest .*cannot be read: wire them atRest: fed/);
    expect(said(`${own}, atRest: cut`)).toBe('');
  });

  it('is not warned of as one that feeds its rigs when the machine dies', () => {
    expect(appraised('driver: lcus')).toEqual([expect.stringMatching(/^warn when this machine dies in an outage, its contacts feed/)]);
    expect(appraised('driver: lcus, ownSupply: true')).toEqual([
      expect.stringMatching(/^pass ownSupply: when this machine dies its contacts stay/),
    ]);
    expect(appraised('driver: modbus-relay, ownSupply: false, atRest: cut')).toEqual([
      expect.stringMatching(/^pass atRest: cut, so when this machine dies/),
    ]);
  });
});
