// The contract of rig drivers, for SealMiners.
import { startSealminerFake } from '../../src/fakes/sealminer-rig.ts';
import { against, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

describeRigDriver('sealminer', {
  bench: familyBench('sealminer', {}, (rig, nowMs) => startSealminerFake({ rig, nowMs })),
  against: (mouth) => against('sealminer', mouth),
  saysPaused:
    '{"STATUS":[{"STATUS":"S","Code":70,"Msg":"x"}],"STATS":[{"PM State":"Suspend","PSU Input Power":41}],"SUMMARY":[{"MHS 5s":0}],"id":1}',
});
