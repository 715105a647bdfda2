// The contract of rig drivers, over xmrig.
import { startXmrigFake } from '../../src/fakes/xmrig-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const LOGIN = { options: { passwordFile: 'xmrig.token' }, secrets: new Map([['xmrig.token', 'a-token']]) };

describeRigDriver('xmrig', {
  bench: familyBench(
    'xmrig',
    { hashRate: 12_000, watts: 180, pausedWatts: 60, pausePersists: false },
    (rig, nowMs) => startXmrigFake({ rig, nowMs, token: 'a-token', restricted: false }),
    LOGIN,
  ),
  against: (mouth) => against('xmrig', mouth, { wrapping: asHttp, login: LOGIN }),
  saysPaused:
    '{"id":"a1b2c3d4e5f60718","uptime":90,"version":"6.26.0","kind":"miner","paused":true,"hashrate":{"total":[null,1,1],"highest":1}}',
});
