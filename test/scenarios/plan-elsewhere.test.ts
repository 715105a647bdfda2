// A site of more rigs on one UPS than are planned in a tick, lived through by the whole engine: its plans come from a searcher beside it,
// or from nobody, and the record of the night comes to the same steps again.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { emptyMemory } from '../../src/core/memory.ts';
import { answerTo, type PlanQuestion } from '../../src/core/plan-question.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { PlanSearcher } from '../../src/engine/world.ts';
import { failed, ok } from '../../src/model/outcome.ts';
import { Recorder } from '../../src/outages/recorder.ts';
import { replay } from '../../src/outages/replay.ts';
import { SimSite } from '../../src/sim/site.ts';
import { placeOf } from '../../src/sim/site-settings.ts';
import { farm, RACK, rig } from '../support/farm.ts';
import { MemoryStore, recordIn } from '../support/recorded.ts';

jest.setTimeout(180_000);
const MANY = 1_005;
const CALM_MS = 20_000;
const OUTAGE_MS = 60_000;

const site = farm({
  ups: { rack: { ...RACK, battery: { carries: { watts: MANY * 100, minutes: 2 } }, nominalWatts: MANY * 150 } },
  rigs: Object.fromEntries(
    Array.from({ length: MANY }, (_, i) => [`r${i}`, rig(1 + ((i * 7919) % 1009) / 300, { watts: 100, mute: true, cutBy: [`k${i}`] })]),
  ),
  policy: { kind: 'outage-aware' },
});

let end = async (): Promise<void> => undefined;
afterEach(() => end());

interface Lived {
  readonly engine: Engine;
  readonly record: () => ReturnType<typeof recordIn>;
  readonly dark: number;
}

async function live(searcher?: PlanSearcher): Promise<Lived> {
  const world = new SimSite(placeOf(site));
  const { clock } = world;
  const store = new MemoryStore();
  const recorder = new Recorder({ clock, log: { write: () => undefined }, store, version: '0.0.0' });
  const engine = new Engine({
    world: { ...world.boot(), ...(searcher && { searcher }) },
    site: world.site,
    memory: emptyMemory(),
    bootId: 'one',
    version: '0.0.0',
    pid: 1,
    overhear: (tick) => recorder.ticked(tick),
  });
  end = async () => {
    world.kill();
    await recorder.close();
  };
  await engine.start();
  await clock.advance(CALM_MS);
  world.loseMains();
  await clock.advance(OUTAGE_MS);
  await end();
  const dark = [...engine.state.rigs.values()].filter(({ phase }) => phase === 'dark').length;
  return { engine, dark, record: () => recordIn([...store.files.values()][0] ?? '') };
}

describe('a UPS with more rigs than are planned in a tick', () => {
  it('sheds by what is searched for beside the tick, and its record comes to the same steps again', async () => {
    const questions: PlanQuestion[] = [];
    const searcher: PlanSearcher = {
      search: (question) => {
        questions.push(question);
        return Promise.resolve(ok(answerTo(question)));
      },
    };
    const { engine, dark, record } = await live(searcher);
    expect(questions.length).toBeGreaterThanOrEqual(2);
    expect(questions.map(({ atMs }) => atMs)).toContain(engine.state.supplies.get('rack')?.plan?.atMs);
    expect(dark).toBeGreaterThan(50);
    const { steps, sameSteps, events, sameEvents } = replay(record());
    expect(steps).toBeGreaterThan(50);
    expect([sameSteps, sameEvents]).toEqual([steps, events]);
  });

  it.each([
    ['nobody searches beside it', undefined],
    ['who searches beside it fails', { search: () => Promise.resolve(failed('unreachable', 'it broke off')) }],
    ['who searches beside it hangs', { search: () => new Promise<never>(() => undefined) }],
  ])('sheds all the same where %s', async (_, searcher) => {
    const { engine, dark } = await live(searcher);
    expect(engine.state.supplies.get('rack')?.plan).toBeDefined();
    expect(dark).toBeGreaterThan(50);
  });
});
