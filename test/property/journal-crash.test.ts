import { describe, expect, it } from '@jest/globals';
import { chance } from '../../src/sim/chance.ts';
import { AFTERMATHS, type Aftermath, SimDisk } from '../../src/sim/disk.ts';
import { forEver, numbersIn, openBench, upTo } from '../support/journal-bench.ts';

/** So small that the workload goes through every kind of rotation, the dropping of old files included. */
const LIMITS = { files: 3, fileBytes: 700 };
const LAST = 40;

/** Notes the numbers from `from` on, two or three at a time; returns the last one that was acknowledged, also when power goes. */
async function work(disk: SimDisk): Promise<{ acknowledged: number; noted: number }> {
  const progress = { acknowledged: 0, noted: 0 };
  const run = async (): Promise<void> => {
    const bench = await openBench(disk, LIMITS);
    progress.acknowledged = bench.known.length;
    progress.noted = bench.known.length;
    while (progress.noted < LAST) {
      const size = Math.min(2 + (progress.noted % 2), LAST - progress.noted);
      const numbers = upTo(progress.noted + size).slice(progress.noted);
      progress.noted += size;
      const seq = bench.noteDown(...numbers);
      const outcome = await bench.journal.durable(seq, forEver());
      if (outcome.ok) progress.acknowledged = progress.noted;
    }
    await bench.journal.close();
  };
  await Promise.race([run(), disk.dark]);
  return progress;
}

/** Whatever a power cut left, the next run knows all that was acknowledged, and nothing that was never noted. */
async function expectComplete(disk: SimDisk, ran: { acknowledged: number; noted: number }): Promise<void> {
  const { records, journal } = await openBench(disk, LIMITS);
  const numbers = numbersIn(records);
  expect(numbers).toEqual(upTo(numbers.length));
  expect(numbers.length).toBeGreaterThanOrEqual(ran.acknowledged);
  expect(numbers.length).toBeLessThanOrEqual(ran.noted);
  await journal.close();
}

async function expectGapless(disk: SimDisk): Promise<void> {
  const { journal, records, report } = await openBench(disk, LIMITS);
  expect(numbersIn(records)).toEqual(upTo(LAST));
  expect(report).toEqual({ cutBytes: 0 });
  const all = await journal.tail({ sinceSeq: 1, limit: 1_000 });
  const first = all[0]?.seq ?? 0;
  expect(all.map((record) => record.seq)).toEqual(upTo(all.length).map((index) => first + index - 1));
  // Power may go between a new file and the removal of the oldest: one more stands until the next rotation.
  expect((await disk.list()).filter((name) => name.endsWith('.jsonl')).length).toBeLessThanOrEqual(LIMITS.files + 1);
}

async function operationsOfAQuietRun(): Promise<number> {
  const disk = new SimDisk();
  await work(disk);
  await expectGapless(disk);
  return disk.operations;
}

describe('a journal whose card loses power', () => {
  it.each(AFTERMATHS)(
    'loses nothing it acknowledged at any operation (found afterwards of the unsynced: %s)',
    async (aftermath) => {
      const operations = await operationsOfAQuietRun();
      expect(operations).toBeGreaterThan(60);
      for (let crash = 1; crash <= operations; crash += 1) {
        for (let seed = 0; seed < (draws(aftermath) ? 4 : 1); seed += 1) {
          const dice = chance(seed, `power lost in operation ${crash}`);
          const disk = new SimDisk();
          disk.losePowerIn(crash);
          const ran = await work(disk);
          const found = disk.afterPowerLoss(aftermath, dice);
          await expectComplete(found, ran);
          await work(found);
          await expectGapless(found);
        }
      }
    },
    60_000,
  );

  it('loses nothing when power goes again while the next run repairs what the first left', async () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const dice = chance(seed, 'power lost twice');
      let disk = new SimDisk();
      let acknowledged = 0;
      for (let cut = 0; cut < 4; cut += 1) {
        disk.losePowerIn(1 + dice.below(40));
        const ran = await work(disk);
        expect(ran.acknowledged).toBeGreaterThanOrEqual(acknowledged);
        acknowledged = ran.acknowledged;
        disk = disk.afterPowerLoss(dice.pick(AFTERMATHS) ?? 'nothing', dice);
        await expectComplete(disk, ran);
      }
      await work(disk);
      await expectGapless(disk);
    }
  }, 60_000);

  it('would be caught if it acknowledged what the card does not hold yet', async () => {
    const disk = new SimDisk();
    const open = disk.open.bind(disk);
    disk.open = async (name) => ({ ...(await open(name)), sync: async () => undefined });
    disk.losePowerIn(40);
    const ran = await work(disk);
    expect(ran.acknowledged).toBeGreaterThan(0);
    await expect(expectComplete(disk.afterPowerLoss('nothing', chance(1, 'a card that lies')), ran)).rejects.toThrow();
  });
});

function draws(aftermath: Aftermath): boolean {
  return aftermath !== 'nothing' && aftermath !== 'all';
}
