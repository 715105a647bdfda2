// Serial boards in the file: whose a device is, what a bus must agree on, and which two names are one contact.
import { expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/load.ts';
import { SMALLEST } from '../support/config-text.ts';

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
