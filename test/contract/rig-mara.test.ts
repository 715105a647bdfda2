// The contract of rig drivers, for Antminers under MARA's firmware.
import { startMaraFake } from '../../src/fakes/mara-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const login = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'root']]) };

describeRigDriver('mara', {
  bench: familyBench('mara', {}, (rig) => startMaraFake({ rig }), login),
  against: (mouth) => against('mara', mouth, { wrapping: asHttp, login }),
  saysPaused:
    '{"status":"Sleep","hashrate_realtime":0,"power_consumption_estimated":25,"mode":{"work-mode-selector":"Sleep"},"pools":[{"url":"a"}]}',
});
