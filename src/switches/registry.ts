// Every switch driver there is: one line each.
import { command } from './command.ts';
import { gpio } from './gpio.ts';
import { icstation } from './icstation.ts';
import { kmtronic } from './kmtronic.ts';
import { lcus } from './lcus.ts';
import { modbusRelay } from './modbus-relay.ts';
import { numato } from './numato.ts';
import { nutOutlet } from './nut-outlet.ts';
import type { SwitchDriverKind } from './port.ts';
import { shelly } from './shelly.ts';
import { snmpPdu } from './snmp-pdu.ts';
import { tasmota } from './tasmota.ts';

export const switchDrivers: readonly SwitchDriverKind[] = [
  ...[gpio, lcus, kmtronic, numato, modbusRelay, icstation],
  ...[shelly, tasmota, snmpPdu, nutOutlet, command],
];

/** The driver of that name; undefined where there is none. */
export function switchDriver(name: string): SwitchDriverKind | undefined {
  return switchDrivers.find((driver) => driver.name === name);
}
