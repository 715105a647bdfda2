// The contract of rig drivers, for NerdQAxe boards.
import { startNerdqaxeFake } from '../../src/fakes/nerdqaxe-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

describeRigDriver('nerdqaxe', {
  bench: familyBench('nerdqaxe', { hashRate: 4.8e12, watts: 78, pausedWatts: 6, pausePersists: false }, (rig) =>
    startNerdqaxeFake({ rig }),
  ),
  against: (mouth) => against('nerdqaxe', mouth, { wrapping: asHttp }),
  saysPaused: '{"version":"v1.0.36","ASICModel":"BM1370","shutdown":true,"power":0.4,"hashRate":0}',
});
