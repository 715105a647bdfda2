// The contract of rig drivers, for boards under AxeOS.
import { startAxeosFake } from '../../src/fakes/axeos-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

describeRigDriver('axeos', {
  bench: familyBench('axeos', { hashRate: 0.65e12, watts: 14, pausedWatts: 3, pauseSeconds: 1, pausePersists: false }, (rig) =>
    startAxeosFake({ rig }),
  ),
  against: (mouth) => against('axeos', mouth, { wrapping: asHttp }),
  saysPaused: '{"ASICModel":"BM1368","version":"v2.14.0","miningPaused":true,"power":3.1,"hashRate":0,"macAddr":"02:00:00:00:00:01"}',
});
