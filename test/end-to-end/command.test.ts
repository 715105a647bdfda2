// A night with what the others lack: a UPS read by its owner's program, rigs that share a switch, and a rig on bare mains.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { lastwatt } from '../support/built-service.ts';
import { EIGHT, type FleetRig } from '../support/rig-fleet.ts';
import { violations } from './judge.ts';
import { closeNights, NIGHT_MS, type Night, night } from './night.ts';

/** The best alone, the next on bare mains, the two worst behind one switch. */
const RIGS: readonly FleetRig[] = EIGHT.slice(0, 4).map((rig, place) => {
  if (place === 1) return { ...rig, onMains: true };
  return place === 0 ? rig : { ...rig, contact: 'k-pair' };
});

/** The record that the service is still writing: it comes to the same steps, and its receipt names those who left. */
async function keptAsItWas(one: Night): Promise<void> {
  await one.until('the record has the return', async () => (await one.cli('receipt', '--json')).stdout.includes('"outage-ended"'), 20);
  const receipt = JSON.parse((await one.cli('receipt', '--json')).stdout);
  expect(receipt.rigs.filter(({ leftSeconds }: { leftSeconds: number | null }) => leftSeconds === null)).toEqual([]);
  expect(receipt.rewardLost).toBeGreaterThan(0);
  const record = join(one.folder, 'state', 'outages', `${receipt.outage}.outage.gz`);
  const again = JSON.parse((await lastwatt('replay', record, '--json')).stdout);
  expect(again).toMatchObject({ identical: true, unthinking: 0 });
  expect(again.steps).toBeGreaterThan(8);
}

describe('a night with a UPS that a program reads', () => {
  afterAll(closeNights);

  it(
    'opens a shared switch once, when the last behind it is quiet, and that of a dark rig late; all come back best first',
    () =>
      night(
        { carriesSeconds: 12, shedBelowSeconds: 10, cutBelowSeconds: 4, cutPaused: 'always', rigs: RIGS, program: true },
        async (one) => {
          const { fleet, contacts } = one;
          const [best, bare, pairBetter, pairWorse] = fleet.bestFirst;
          const moved = (): readonly string[] => contacts.edges.map(({ contact, to }) => `${contact} ${to}`);
          await one.begin();
          const outMs = await one.mains(false);
          await one.until('every contact is open', () => contacts.edges.length >= 3, 50);
          expect(fleet.askedInOrder('pause', outMs)).toEqual([pairWorse, pairBetter, best]);
          expect(moved()).toEqual(['k-pair cut', `k-${best} cut`, `k-${bare} cut`]);
          expect(fleet.cuts.map(({ rig, level }) => `${rig} ${level}`)).toEqual([
            `${pairBetter} 0`,
            `${pairWorse} 0`,
            `${best} 0`,
            `${bare} 0`,
          ]);
          await one.allReturn();
          // Each the best of its own supply: they start together, and which program is done first is the machine's affair.
          expect(moved().slice(3, 5).sort()).toEqual([`k-${best} fed`, `k-${bare} fed`].sort());
          expect(moved().slice(5)).toEqual(['k-pair fed']);
          await keptAsItWas(one);
          expect(await violations(one)).toEqual([]);
        },
      ),
    NIGHT_MS,
  );
});
