// A UPS that is read by a program which takes its time: heard on battery as it is on mains.
import { expect, it } from '@jest/globals';
import { farm, RACK } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;
const BY_PROGRAM = farm({ ups: { rack: { ...RACK, sim: { answerMs: 4_500 } } } });

it.each([[1.5], [3], [4.4]])(
  'a program that takes %d s to answer is heard through an outage, and everything returns',
  async (answerSeconds) => {
    night = await scenario(BY_PROGRAM, (before) => before.ups({ answerSeconds }));
    let silent = 0;
    await night.at(CALM, () => night.loseMains());
    for (let second = 0; second < 300; second += 1) {
      await night.run(1);
      if (night.engine.status().ups[0]?.alarms.includes('silent')) silent += 1;
    }
    expect(silent).toBe(0);
    expect(night.engine.status().ups[0]).toMatchObject({ line: 'battery', alarms: [] });
    night.returnMains();
    await night.until('mains is heard', () => night.engine.status().ups[0]?.line === 'mains', 15);
    await night.until('every rig hashes again', () => night.hashing().length === 4, 1_800);
    expect(night.events('blind')).toEqual([]);
  },
);
