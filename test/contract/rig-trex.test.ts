// The contract of rig drivers, over T-Rex.
import { startTrexFake } from '../../src/fakes/trex-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const LOGIN = { options: { passwordFile: 'trex.password' }, secrets: new Map([['trex.password', 'A-password-1']]) };

describeRigDriver('trex', {
  bench: familyBench(
    'trex',
    { hashRate: 120e6, watts: 260, pausedWatts: 30, pausePersists: false },
    (rig) => startTrexFake({ rig, password: 'A-password-1' }),
    LOGIN,
  ),
  against: (mouth) => against('trex', mouth, { wrapping: asHttp, login: LOGIN }),
  saysPaused:
    '{"name":"t-rex","version":"0.26.8","gpus":[{"gpu_user_id":0,"hashrate_instant":0,"paused":true,"power":14},{"gpu_user_id":1,"hashrate_instant":0,"paused":true,"power":12}],"uptime":900}',
});
