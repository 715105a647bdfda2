// A Whatsminer's driver before a simulated one, with one clock for both.
import { startWhatsminerFake, type WhatsminerFake, type WhatsminerFakeOptions } from '../../src/fakes/whatsminer-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { whatsminer } from '../../src/rigs/whatsminer.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

export interface WhatsminerBench {
  readonly rig: SimRig;
  readonly fake: WhatsminerFake;
  readonly driver: RigDriver;
  /** Time goes by for rig, fake and driver. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

export interface WhatsminerSetting extends Partial<WhatsminerFakeOptions> {
  readonly traits?: Partial<SimRigTraits>;
  readonly options?: Readonly<Record<string, unknown>>;
  /** absent: that of the API that the fake has; undefined: none */
  readonly password?: string | undefined;
}

/** Both passwords are given by the fake's own; one that has both APIs is ordered over the newer. */
export async function whatsminerBench(setting: WhatsminerSetting = {}): Promise<WhatsminerBench> {
  let now = 0;
  const nowMs = (): number => now;
  const { traits, options, ...fakeOptions } = setting;
  const rig = new SimRig({ id: 'rig-1', hashRate: 186e12, watts: 3_440, ...traits }, nowMs);
  const fake = await startWhatsminerFake({ ...fakeOptions, rig, nowMs });
  const usual = setting.has === 'v2' ? fake.box.adminPassword : fake.box.superPassword;
  const password = 'password' in setting ? setting.password : usual;
  const kit = { ...rigKit('rig-1', new Map(password === undefined ? [] : [['miner', password]])), nowMs };
  const at = { host: '127.0.0.1', port: fake.port, framedPort: fake.framedPort, passwordFile: 'miner', ...options };
  const driver = whatsminer.open(at, kit);
  return {
    rig,
    fake,
    driver,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    close: async () => {
      await driver.close();
      await fake.close();
    },
  };
}

export async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}
