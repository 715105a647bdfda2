// The site that is measured: twenty rigs on TCP that speak LuxOS, a real upsd where there is one, and the built service
// with its configuration in a folder of its own. Defaults wherever the configuration has them.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ControlClient, controlClient } from '../src/control/client.ts';
import { type LuxosFake, startLuxosFake } from '../src/fakes/luxos-rig.ts';
import { FakeUpsd } from '../src/fakes/upsd.ts';
import type { StatusView } from '../src/model/view.ts';
import { SimRig } from '../src/sim/rig.ts';
import { available, type RealUpsd, startRealUpsd } from '../test/support/real-upsd.ts';
import { Child } from './child.ts';
import { asTheUnit } from './unit.ts';

export const RIGS = 20;
/** The defaults of `pollSeconds`, ms. */
export const POLL_MS = { mains: 2_000, battery: 1_000 } as const;
const WATTS = 3_250;
/** lastwattd as it was built together with us. */
const SERVICE = fileURLToPath(new URL('../src/main.js', import.meta.url));

const RACK = {
  'device.type': 'ups',
  'ups.status': 'OL',
  'ups.load': '70',
  'ups.realpower': String(RIGS * WATTS + 60),
  'ups.realpower.nominal': '93000',
  'battery.charge': '100',
  'battery.charge.low': '10',
  'battery.runtime': '1200',
  'battery.runtime.low': '60',
};

/** A site for one measure, put away however that ends. */
export function onSite<T>(measure: (site: BenchSite) => Promise<T>): Promise<T> {
  return onSites(1, ([site]) => {
    if (site === undefined) throw new Error('no site');
    return measure(site);
  });
}

/** As many of them side by side. */
export async function onSites<T>(count: number, measure: (sites: readonly BenchSite[]) => Promise<T>): Promise<T> {
  const sites: BenchSite[] = [];
  try {
    for (let place = 0; place < count; place++) sites.push(await BenchSite.open());
    return await measure(sites);
  } finally {
    await Promise.all(sites.map((site) => site.close()));
  }
}

export class BenchSite {
  readonly folder: string;
  readonly rigs: readonly SimRig[];
  readonly #fakes: readonly LuxosFake[];
  readonly #told: Map<string, string>;
  readonly #real: RealUpsd | undefined;
  readonly #fake: FakeUpsd | undefined;
  readonly #client: ControlClient;
  readonly #tidy = (): void => rmSync(this.folder, { recursive: true, force: true });

  private constructor(parts: {
    readonly folder: string;
    readonly rigs: readonly SimRig[];
    readonly fakes: readonly LuxosFake[];
    readonly told: Map<string, string>;
    readonly upsd: RealUpsd | FakeUpsd;
  }) {
    this.folder = parts.folder;
    this.rigs = parts.rigs;
    this.#fakes = parts.fakes;
    this.#told = parts.told;
    if (parts.upsd instanceof FakeUpsd) this.#fake = parts.upsd;
    else this.#real = parts.upsd;
    this.#client = controlClient({ socket: join(parts.folder, 's'), actor: 'bench', answerMs: 2_000 });
    process.once('exit', this.#tidy);
  }

  static async open(): Promise<BenchSite> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    const nowMs = (): number => performance.now();
    const traits = { watts: WATTS, hashRate: 1e14, wattsNoise: 0.02, pauseSeconds: 0, wakeSeconds: 0 };
    const rigs = Array.from({ length: RIGS }, (_, place) => new SimRig({ id: `rig-${place + 1}`, seed: place, ...traits }, nowMs));
    const fakes = await Promise.all(rigs.map((rig) => startLuxosFake({ rig, nowMs })));
    const told = new Map(Object.entries(RACK));
    const upsd = available() ? await startRealUpsd({ rack: RACK }) : await FakeUpsd.start({ names: ['rack'], variablesOf: () => told });
    const site = new BenchSite({ folder, rigs, fakes, told, upsd });
    await site.#configure();
    return site;
  }

  get upsd(): 'real upsd' | 'fake upsd' {
    return this.#real === undefined ? 'fake upsd' : 'real upsd';
  }

  get upsdPort(): number {
    return this.#real?.port ?? this.#fake?.port ?? 0;
  }

  get config(): string {
    return join(this.folder, 'lastwatt.yaml');
  }

  get stateDir(): string {
    return join(this.folder, 'state');
  }

  /** Status words as from now on; visible to every client when it resolves. */
  async say(status: string): Promise<void> {
    this.#told.set('ups.status', status);
    await this.#real?.set('rack', { 'ups.status': status });
  }

  /** upsd anew, without a forced shutdown that somebody latched. */
  async restartUpsd(): Promise<void> {
    await this.#real?.stopServer();
    await this.#real?.startServer();
  }

  /** Mains, every rig at full speed, an empty state folder. */
  async renew(): Promise<void> {
    await this.say('OL');
    for (const rig of this.rigs) if (rig.look().level < 1) rig.order('resume');
    await rm(this.stateDir, { recursive: true, force: true });
    await mkdir(this.stateDir);
  }

  startService(env: Readonly<Record<string, string>> = {}): Child {
    const unit = asTheUnit();
    return new Child(process.execPath, [...unit.nodeArgs, SERVICE, '--config', this.config], { env: { ...unit.env, ...env } });
  }

  /** Undefined while nobody answers. */
  async status(): Promise<StatusView | undefined> {
    const answer = await this.#client.status();
    return answer.ok ? answer.value : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#fakes.map((fake) => fake.close()), this.#real?.stop(), this.#fake?.close()]);
    process.off('exit', this.#tidy);
    this.#tidy();
  }

  #configure(): Promise<void> {
    const rigs = this.rigs.map(({ traits }, place) => [
      traits.id,
      {
        driver: 'luxos',
        host: '127.0.0.1',
        port: this.#fakes[place]?.port,
        fedBy: ['rack'],
        reward: { perDay: 4 + place / 10 },
        watts: WATTS,
      },
    ]);
    const config = {
      stateDir: 'state',
      socket: 's',
      armed: true,
      ups: { rack: { nut: { port: this.upsdPort, name: 'rack' }, baseWatts: 60 } },
      rigs: Object.fromEntries(rigs),
    };
    return writeFile(this.config, JSON.stringify(config, null, 2));
  }
}

/** Every rig seen hashing, and the UPS on this line. */
export function sees(status: StatusView | undefined, line: 'mains' | 'battery'): boolean {
  return status !== undefined && status.ups[0]?.line === line && status.rigs.every(({ phase }) => phase === 'hashing');
}
