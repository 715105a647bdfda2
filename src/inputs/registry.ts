// Every kind of contact that is read: one line each.
import { command } from './command.ts';
import { gpio } from './gpio.ts';
import type { InputDriverKind } from './port.ts';

export const inputDrivers: readonly InputDriverKind[] = [gpio, command];

/** The driver of that name; undefined where there is none. */
export function inputDriver(name: string): InputDriverKind | undefined {
  return inputDrivers.find((driver) => driver.name === name);
}
