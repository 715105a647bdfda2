// What the service is put together from, and small things that it asks of what it has.
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { World } from '../engine/world.ts';
import { startAlarmist } from '../host/alarmist.ts';
import { realClock } from '../host/clock.ts';
import type { OpenLog } from '../host/log.ts';
import type { Alarmist, Supervisor } from '../host/port.ts';
import type { StatusView } from '../model/view.ts';
import { type DeviceKit, type Devices, openDevices } from './devices.ts';

/** No UPS is on battery, and none is carried by a generator. */
export function isCalm({ outage, ups }: StatusView): boolean {
  return outage === null && ups.every(({ line }) => line !== 'generator');
}

/** Secrets that could not be read are told; the device then works as far as it can without. */
export async function openAll(
  config: Config,
  { log, ...kit }: Required<Pick<DeviceKit, 'addresses' | 'serial' | 'lastOrder'>> & { readonly log: OpenLog },
): Promise<Devices> {
  const devices = await openDevices(config, { clock: realClock, hide: log.hide, ...kit });
  for (const say of devices.troubles) log.write('error', say);
  return devices;
}

export function alarmistOf({ onAlarm }: Config, log: OpenLog): Alarmist {
  return startAlarmist({ log, ...(onAlarm === undefined ? {} : { argv: onAlarm }) });
}

export function worldOf(devices: Devices, house: Pick<World, 'journal' | 'supervisor' | 'alarmist' | 'log' | 'searcher'>): World {
  const { ups, rigs, switches, inputs, answerMs, places } = devices;
  return { clock: realClock, ups, rigs, switches, inputs, answerMs, places, ...house };
}

/** `act` after each completed tick, besides. */
export function alsoTelling(supervisor: Supervisor, act: () => void): Supervisor {
  return {
    ready: (status) => supervisor.ready(status),
    alive: () => {
      supervisor.alive();
      act();
    },
    status: (text) => supervisor.status(text),
    reloading: () => supervisor.reloading(),
    stopping: () => supervisor.stopping(),
  };
}

/** Which boot of the kernel this is; without /proc every start counts as another boot, the careful way round. */
export async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return `unknown-${process.pid}-${Date.now()}`;
  }
}
