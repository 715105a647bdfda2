// A driver before a rig under Braiins OS, with a clock that both share.
import { type BraiinsFake, type BraiinsFakeOptions, startBraiinsFake } from '../../src/fakes/braiins-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { braiins } from '../../src/rigs/braiins.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

export interface BraiinsDesk {
  readonly rig: SimRig;
  readonly fake: BraiinsFake;
  readonly driver: RigDriver;
  pass(seconds: number): void;
  close(): Promise<void>;
}

export interface BraiinsDeskOptions extends Partial<BraiinsFakeOptions> {
  /** what stands in the file of passwordFile; undefined: there is no such option. Default the right one. */
  readonly secret?: string | undefined;
  readonly traits?: Partial<SimRigTraits>;
  /** options of the driver beside */
  readonly more?: Readonly<Record<string, unknown>>;
}

export async function braiinsDesk({ traits, more, ...options }: BraiinsDeskOptions = {}): Promise<BraiinsDesk> {
  let now = 5_000_000;
  const nowMs = (): number => now;
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  const rig = new SimRig({ id: 'rig-1', hashRate: 200e12, watts: 3500, pausePersists: false, ...traits }, nowMs);
  const fake = await startBraiinsFake({ rig, nowMs, ...options });
  const secret = 'secret' in options ? options.secret : 'pass word';
  const kit = { ...rigKit('rig-1', new Map(secret === undefined ? [] : [['braiins', secret]])), nowMs };
  const file = secret === undefined ? {} : { passwordFile: 'braiins' };
  const driver = braiins.open({ host: '127.0.0.1', port: fake.port, apiPort: fake.apiPort ?? 1, ...file, ...more }, kit);
  const close = async (): Promise<void> => {
    await driver.close();
    await fake.close();
  };
  return { rig, fake, driver, pass, close };
}

/** A reading, or a throw with why there is none. */
export async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}
