// What a switch driver is given by the service.
import type { SwitchKit } from '../../src/switches/port.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';

export function switchKit(own: Partial<SwitchKit> = {}): SwitchKit {
  return {
    board: 'box',
    atRest: 'fed',
    nowMs: () => performance.now(),
    addresses: addressBook(() => Promise.reject(new Error('no name is looked up here'))),
    secrets: new Map(),
    serial: serialLines(),
    ...own,
  };
}
