// Nights drawn by chance, with everything that goes wrong in them: what is kept of each comes to the same when it is played again.
import { expect, it, jest } from '@jest/globals';
import { accountOf } from '../../src/outages/account.ts';
import { adviceOf } from '../../src/outages/hindsight.ts';
import { renderReceipt } from '../../src/outages/receipt-text.ts';
import { replay } from '../../src/outages/replay.ts';
import { drawNight } from '../../src/proof/draw-night.ts';
import { live } from '../../src/proof/live.ts';
import { type MemoryStore, recordAll, recordIn } from '../support/recorded.ts';

jest.setTimeout(300_000);

async function recordsOf(seed: number): Promise<readonly (readonly [name: string, text: string])[]> {
  const stores: MemoryStore[] = [];
  await live(drawNight(seed), { begins: (night) => void stores.push(recordAll(night)) });
  return stores.flatMap(({ files }) => [...files]);
}

it.each([1, 2, 3, 4])('ten nights, part %d', async (part) => {
  let records = 0;
  for (let seed = 910_000 + 10 * part; seed < 910_010 + 10 * part; seed += 1) {
    for (const [name, text] of await recordsOf(seed)) {
      records += 1;
      const record = recordIn(text, name);
      const again = replay(record);
      const { difference } = again;
      const found = { skipped: record.skipped, was: difference?.tick.due, is: difference?.now, events: difference?.tick.events };
      expect({ seed, name, ...found }).toEqual({ seed, name, skipped: 0 });
      expect(again.sameSteps).toBe(again.steps);
      const account = accountOf(record);
      for (const { money } of account.rigs) {
        if (money === undefined) continue;
        expect(Math.min(money.kept, money.unseen)).toBeGreaterThanOrEqual(0);
        expect(money.lost).toBeGreaterThan(-0.5 * (money.kept + 1e-9));
      }
      const words = renderReceipt({ name, account, advice: adviceOf(record, account), doubts: [] }, { colour: false, timeZone: 'UTC' });
      expect(words).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
  expect(records).toBeGreaterThan(3);
});
