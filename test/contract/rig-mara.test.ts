// The contract of rig drivers, for Antminers under MARA's firmware.
import { startMaraFake } from '../../src/fakes/mara-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

// Never the port of its other API as it is from the factory: a fake of somebody else may listen there.
const login = { options: { passwordFile: 'rig-password', apiPort: 1 }, secrets: new Map([['rig-password', 'root']]) };

describeRigDriver('mara', {
  bench: familyBench('mara', { pausePersists: true }, (rig, nowMs) => startMaraFake({ rig, nowMs, writeSeconds: 0 }), login),
  against: (mouth) => against('mara', mouth, { wrapping: asHttp, login }),
  saysPaused:
    '{"mode":{"work-mode-selector":"Sleep"},"pools":[{"url":"stratum+tcp://a.invalid:1","user":"u","pass":"x"}],"status":"Sleeping","hashrate_realtime":0,"elapsed":90}',
});
