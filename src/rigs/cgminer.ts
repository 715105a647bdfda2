// Anything that runs cgminer or bfgminer: USB sticks, old rigs, GPU rigs. A pause disables each device, a resume enables
// it; neither outlives a restart of the miner. It tells no watts and has no identity.
import { z } from 'zod';
import { DONE, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort } from '../transports/endpoint.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { tcpDevice } from '../transports/tcp-device.ts';
import { advised, devicesOf, disableAll, enableAll, hottestOfDevices, modeOfDevices, stateOfDevices } from '../wire/devices-4028.ts';
import { poolsAsked } from '../wire/pools.ts';
import { paceOf } from '../wire/rows-4028.ts';
import { Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the miner'),
  port: devicePort(4028).describe('its api-port'),
});

export const cgminer = rigDriverKind({
  name: 'cgminer',
  maturity: 'simulated',
  about: 'cgminer and bfgminer: disables and enables each device; wants W: for this machine in api-allow.',
  options,
  defaults: {
    // Devices stop within 1 s and start within 10; what the machine around them draws nobody says, so this is a guess.
    pausedWatts: 40,
    graceSeconds: 15,
    coolDownSeconds: 30,
    resumeMinutes: 0.2,
    restartMinutes: 3,
    pausePersists: false,
    answerSeconds: 10,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  open: cgminerRig,
});

const ADVICE = 'add W: and the address of this machine to api-allow of the miner and restart it';

function cgminerRig(at: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = (kit.tcp ?? tcpDevice)(at, kit.addresses);
  const driver: RigDriver = {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => look(new Talk4028(device, own), kit) }),
    pause: (signal) => device.run({ signal, urgent: true, work: (own) => disableAll(new Talk4028(device, own), ADVICE) }),
    resume: (mode, signal) => device.run({ signal, urgent: true, work: (own) => enableAll(new Talk4028(device, own), mode, ADVICE) }),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => mayOrder(new Talk4028(device, own)) }),
    close: () => device.close(),
  };
  const ask = (signal: AbortSignal): ReturnType<typeof poolsAsked> =>
    device.run({ signal, urgent: false, work: (own) => poolsAsked(new Talk4028(device, own)) });
  return tellingSettings(driver, { nowMs: kit.nowMs, ask });
}

/** Two short connections in turn; only the first must succeed, for it holds the state. */
export async function look(talk: Talk4028, kit: RigKit): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const devices = await devicesOf(talk);
  if (!devices.ok) return devices;
  const summary = await talk.agree('summary');
  const pace = paceOf(summary.ok ? summary.value.rows('SUMMARY')[0] : undefined);
  const state = stateOfDevices(devices.value, pace);
  const firmware = summary.ok ? summary.value.description : undefined;
  const mode = modeOfDevices(devices.value);
  const temperatureC = hottestOfDevices(devices.value);
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, { ...pace, temperatureC, firmware, mode }));
}

async function mayOrder(talk: Talk4028): Promise<Outcome> {
  const answer = await talk.agree('privileged');
  return answer.ok ? DONE : { ok: false, fault: advised(answer.fault, ADVICE) };
}
