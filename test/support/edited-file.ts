// An engine whose file says other than the site it acts on: edited while the service was stopped, or written wrongly.
import { Engine } from '../../src/engine/engine.ts';
import { recall } from '../../src/engine/recall.ts';
import type { Site } from '../../src/model/site.ts';
import type { Night } from './scenario.ts';

/** Starts on what the service before left behind, in the place of a night's own engine; the test stops it. */
export async function startOn(night: Night, site: Site, bootId = 'boot-1'): Promise<Engine> {
  const { world } = night;
  const { memory } = recall(night.journal, [...site.rigs.keys()]);
  const engine = new Engine({ world: world.boot(), site, memory, bootId, version: '0.0.0', pid: 1 });
  await world.clock.settle(engine.start(), 60_000);
  return engine;
}

export async function stop(night: Night, engine: Engine): Promise<void> {
  await night.world.clock.settle(engine.stop('SIGTERM'), 120_000);
}
