// The drill on a whole site: what it must find is not there in any journal, it is in the wiring.
import { describe, expect, it, jest } from '@jest/globals';
import { siteOf } from '../../src/sim/site-settings.ts';
import { startOn, stop } from '../support/edited-file.ts';
import { farm, RIGS } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

jest.setTimeout(60_000);
let night: Night;

const DRILL = { kind: 'drill', rig: 'a', cut: true } as const;

describe('a relay that takes another rig as well', () => {
  // Rigs are asked every 15 s in calm: the drill must find it whenever it comes in between.
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])('is found by a drill at second %i of the poll', async (second) => {
    // In truth b hangs on the contact of a; the file says that it has its own.
    night = await scenario(
      farm({ rigs: { ...RIGS, b: { ...RIGS['a'], perDay: 6, fedBy: ['rack'], watts: 1_500 } }, switches: { kb: {} } }),
    );
    night.kill();
    const engine = await startOn(night, siteOf(farm()));
    await night.run(120 + second);
    expect(await night.world.clock.settle(engine.submit(DRILL, 'cli'), 30_000)).toMatchObject({ ok: true });
    // This engine's journal is the one in memory, beside that of the night.
    const verdicts = (): readonly unknown[] => night.world.journal.records.filter(({ event }) => event === 'drilled');
    await night.until('there is a verdict', () => verdicts().length > 0, 1_500);
    expect(verdicts()).toEqual([
      expect.objectContaining({ ok: false, say: 'b fell silent with it: the wiring is not what the file says' }),
    ]);
    await stop(night, engine);
  });
});

describe('a relay that takes its own rig alone', () => {
  judgeEach(() => night);

  it('passes, also beside a rig that answers nobody', async () => {
    night = await scenario(farm());
    night.rig('c', { hangs: true });
    await night.run(120);
    await night.submit(DRILL);
    await night.until('there is a verdict', () => night.events('drilled').length > 0, 1_500);
    expect(night.events('drilled')).toEqual([expect.objectContaining({ ok: true })]);
  });
});

describe('a drill that nobody sees through', () => {
  judgeEach(() => night);

  it.each([5, 20, 100])(
    'for the service started anew %i s into it, is told to have failed, once, and its rig comes back',
    async (seconds) => {
      night = await scenario(farm());
      await night.run(120);
      await night.submit(DRILL);
      await night.run(seconds);
      night.kill();
      await night.start();
      await night.run(5);
      expect(night.events('drilled')).toEqual([
        expect.objectContaining({
          rig: 'a',
          ok: false,
          say: 'the service started anew in mid-drill; a comes back by itself, then drill it again',
        }),
      ]);
      await night.until('it hashes', () => night.hashing().includes('a'), 600);
      night.kill();
      await night.start();
      await night.run(5);
      expect(night.events('drilled')).toHaveLength(1);
    },
  );

  it('for its rig left the file is told to have failed', async () => {
    night = await scenario(farm());
    await night.run(120);
    await night.submit({ ...DRILL, cut: false });
    const { a: _, ...others } = RIGS;
    await night.engine.adopt(night.world.world(night.world.journal), siteOf(farm({ rigs: others, switches: {} })));
    await night.run(5);
    const told = night.world.journal.records.filter(({ event }) => event === 'drilled');
    expect(told).toEqual([expect.objectContaining({ rig: 'a', ok: false, say: 'a left the file in mid-drill' })]);
    night.kill();
  });
});
