// The contract of rig drivers, for Auradine rigs.
import { startAuradineFake } from '../../src/fakes/auradine-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

// Never the port of its other API as it is from the factory: a fake of somebody else may listen there.
const login = { options: { passwordFile: 'rig-password', apiPort: 1 }, secrets: new Map([['rig-password', 'admin']]) };

describeRigDriver('auradine', {
  bench: familyBench('auradine', { pausedWatts: 58.94 }, (rig, nowMs) => startAuradineFake({ rig, nowMs }), login),
  against: (mouth) => against('auradine', mouth, { wrapping: asHttp, login }),
  limitTo: 2_000,
  saysPaused:
    '{"STATUS":[{"STATUS":"S","Code":540,"Msg":"x"}],"Token":[{"Token":"abc"}],"Mode":[{"Mode":"normal","Sleep":"on"}],"PSU":[{"PowerIn":"58.94W"}],"id":1}',
});
