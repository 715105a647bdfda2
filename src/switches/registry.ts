// Every switch driver there is: one line each.
import { command } from './command.ts';
import { gpio } from './gpio.ts';
import { nutOutlet } from './nut-outlet.ts';
import type { SwitchDriverKind } from './port.ts';
import { shelly } from './shelly.ts';
import { snmpPdu } from './snmp-pdu.ts';
import { tasmota } from './tasmota.ts';

export const switchDrivers: readonly SwitchDriverKind[] = [gpio, shelly, tasmota, snmpPdu, nutOutlet, command];

/** The driver of that name; undefined where there is none. */
export function switchDriver(name: string): SwitchDriverKind | undefined {
  return switchDrivers.find((driver) => driver.name === name);
}
