// Every switch driver there is: one line each.
import { command } from './command.ts';
import { gpio } from './gpio.ts';
import { icstation } from './icstation.ts';
import { kmtronic } from './kmtronic.ts';
import { lcus } from './lcus.ts';
import { modbusRelay } from './modbus-relay.ts';
import { numato } from './numato.ts';
import type { SwitchDriverKind } from './port.ts';

export const switchDrivers: readonly SwitchDriverKind[] = [gpio, lcus, kmtronic, numato, modbusRelay, icstation, command];

/** The driver of that name; undefined where there is none. */
export function switchDriver(name: string): SwitchDriverKind | undefined {
  return switchDrivers.find((driver) => driver.name === name);
}
