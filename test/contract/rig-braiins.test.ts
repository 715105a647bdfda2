// The contract of rig drivers, for rigs under Braiins OS with its REST API; its older ways have their own tests.
import { startBraiinsFake } from '../../src/fakes/braiins-rig.ts';
import { against, asHttp, familyBench, type Login } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

// Nobody listens at its older port.
const login: Login = { options: { passwordFile: 'braiins', apiPort: 1 }, secrets: new Map([['braiins', 'pass word']]) };

describeRigDriver('braiins', {
  bench: familyBench('braiins', { pausePersists: false }, (rig, nowMs) => startBraiinsFake({ rig, nowMs, api: false }), login),
  against: (mouth) => against('braiins', mouth, { wrapping: asHttp, login }),
  limitTo: 2_400,
  saysPaused: '{"status":3,"mac_address":"02:00:00:00:00:01","miner_stats":{"real_hashrate":{"last_5s":{"gigahash_per_second":0.0}}}}',
});
