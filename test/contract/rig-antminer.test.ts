// The contract of rig drivers, for Antminers under Bitmain's own firmware.
import { startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

// Never the port of its other API as it is from the factory: a fake of somebody else may listen there.
const login = { options: { passwordFile: 'rig-password', apiPort: 1 }, secrets: new Map([['rig-password', 'root']]) };

describeRigDriver('antminer', {
  bench: familyBench('antminer', { pausePersists: true }, (rig, nowMs) => startAntminerFake({ rig, nowMs, writeSeconds: 0 }), login),
  against: (mouth) => against('antminer', mouth, { wrapping: asHttp, login }),
  saysPaused:
    '{"bitmain-work-mode":"1","pools":[{"url":"stratum+tcp://a.invalid:1","user":"u","pass":"x"}],"SUMMARY":[],"STATS":[],"minertype":"Antminer S21"}',
});
