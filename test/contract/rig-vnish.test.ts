// The contract of rig drivers, for rigs under VNish.
import { startVnishFake } from '../../src/fakes/vnish-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const login = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'admin']]) };

describeRigDriver('vnish', {
  bench: familyBench('vnish', {}, (rig, nowMs) => startVnishFake({ rig, nowMs }), login),
  against: (mouth) => against('vnish', mouth, { wrapping: asHttp, login }),
  limitTo: 2_000,
  saysPaused: '{"miner_state":"stopped","miner":{"hr_realtime":0,"power_consumption":0},"hr_measure":"GH/s","fw_name":"Vnish"}',
});
