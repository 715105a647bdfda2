// Antminers under Bitmain's own firmware before their driver: the fake, and a web server that answers what a test wants.
import { type AntminerFake, type AntminerFakeOptions, startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { antminer } from '../../src/rigs/antminer.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

export const SECRETS: ReadonlyMap<string, string> = new Map([['rig-password', 'root']]);
export const OPTIONS = { passwordFile: 'rig-password' };

export interface AntminerBench extends Partial<AntminerFakeOptions> {
  readonly traits?: Partial<SimRigTraits>;
}

export function antminerBench({ traits, ...fake }: AntminerBench = {}): Promise<TcpBench<AntminerFake>> {
  const all = { id: 'rig-1', hashRate: 110e12, watts: 3250, ...traits };
  const login = { options: OPTIONS, secrets: SECRETS };
  return tcpBench(antminer, all, (rig, nowMs) => startAntminerFake({ rig, nowMs, writeSeconds: 0, ...fake }), login);
}

/** Rejects where the rig can't be read. */
export async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

export interface SpeakingAntminer {
  readonly driver: RigDriver;
  readonly asked: readonly string[];
  /** bodies of the POSTs */
  readonly written: readonly string[];
  close(): Promise<void>;
}

/** A web server that wants no login and answers what `say` gives. */
export async function speakingAntminer(
  say: (path: string, body: string) => HttpReply,
  options: Readonly<Record<string, unknown>> = {},
): Promise<SpeakingAntminer> {
  const written: string[] = [];
  const rig = new SimRig({ id: 'rig-1', hashRate: 110e12, watts: 3250 }, () => 0);
  const server = await serveRigHttp(rig, {
    say: ({ method, path, body }) => {
      if (method === 'POST') written.push(body);
      return say(path, body);
    },
  });
  const driver = antminer.open({ host: '127.0.0.1', port: server.port, ...OPTIONS, ...options }, rigKit('rig-1', SECRETS));
  const close = async (): Promise<void> => {
    await driver.close();
    await server.close();
  };
  return { driver, asked: server.asked, written, close };
}

const POOL = { url: 'stratum+tcp://first.pool.invalid:3333', user: 'farm.worker', pass: 'x' };
/** a configuration that may be written back */
export const GOOD = { 'bitmain-work-mode': '0', pools: [POOL] };
export const NONE: HttpReply = { status: 404, text: 'no' };
