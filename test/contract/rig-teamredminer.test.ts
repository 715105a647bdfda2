// The contract of rig drivers, over TeamRedMiner.
import { startTeamredminerFake } from '../../src/fakes/teamredminer-rig.ts';
import { against, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

describeRigDriver('teamredminer', {
  bench: familyBench('teamredminer', { hashRate: 56e6, watts: 260, pausedWatts: 60, pausePersists: false }, (rig, nowMs) =>
    startTeamredminerFake({ rig, nowMs }),
  ),
  against: (mouth) => against('teamredminer', mouth),
  saysPaused:
    '{"STATUS":[{"STATUS":"S","Code":9,"Msg":"2 GPU(s)"}],"DEVS":[{"GPU":0,"Enabled":"N","GPU Power":21},{"GPU":1,"Enabled":"N"}],"id":1}',
});
