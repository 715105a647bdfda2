// One outage, crashed at every third operation of the card in every way. All of them, and of many nights more:
// scripts/prove --crash-points
import { expect, it } from '@jest/globals';
import { live } from '../../src/proof/live.ts';
import { CRASHES, type Scenario } from '../../src/proof/scenario.ts';

const EVERY = 3;
const sim = { bootSeconds: 20, pauseSeconds: 3, wakeSeconds: 8 };
const times = { graceSeconds: 15, coolDownSeconds: 5, resumeMinutes: 1, restartMinutes: 2 };

/** Both rigs are shed and return; the worse one is cut and wakes, the better one boots awake. */
const EPISODE: Scenario = {
  name: 'one outage of two rigs',
  wired: false,
  lastsSeconds: 190,
  site: {
    ups: { rack: { battery: { carries: { watts: 2000, minutes: 4 }, chargeHours: 0.5 }, nominalWatts: 2500 } },
    rigs: {
      worse: { perDay: 1, watts: 900, fedBy: ['rack'], cutBy: ['k1'], sim, site: times },
      better: { perDay: 5, watts: 900, fedBy: ['rack'], cutBy: ['k2'], sim: { ...sim, pausePersists: false }, site: times },
    },
    switches: { k1: { minOffSeconds: 10 }, k2: { minOffSeconds: 10, canRead: false } },
    policy: { cutPaused: 'always' },
    restore: { mainsHeldSeconds: 20, staggerSeconds: 5, doubtMinutes: 3 },
  },
  troubles: [
    { kind: 'mains-gone', fromSeconds: 5, toSeconds: 135 },
    { kind: 'person', command: { kind: 'hold', as: 'down', rigs: ['better'], forSeconds: 20 }, from: 'cli', fromSeconds: 150 },
  ],
};

it('keeps every promise wherever it crashes in an outage, and whatever is found on the card', async () => {
  const { operations, wrong } = await live(EPISODE);
  expect(wrong).toEqual([]);
  expect(operations).toBeGreaterThan(30);
  const bad: string[] = [];
  for (let operation = 1; operation <= operations; operation += EVERY)
    for (const as of CRASHES) {
      const account = await live({ ...EPISODE, crash: { operation, as } });
      if (account.wrong.length > 0) bad.push(`${operation}:${as} ${account.wrong.join('; ')}`);
    }
  expect(bad).toEqual([]);
}, 120_000);

it('crashes where it is told to, and is there again', async () => {
  const { journal } = await live({ ...EPISODE, crash: { operation: 12, as: 'torn' } }, { tells: true });
  expect(journal.match(/ started /g)).toHaveLength(2);
});
