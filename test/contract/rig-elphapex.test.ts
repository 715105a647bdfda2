// The contract of rig drivers, for Elphapex rigs under both kinds of their firmware.
import { startElphapexFake } from '../../src/fakes/elphapex-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const login = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'root']]) };
const TRAITS = { hashRate: 14.4e9, watts: 3920, pausePersists: true };

describeRigDriver('elphapex', {
  bench: familyBench('elphapex', TRAITS, (rig, nowMs) => startElphapexFake({ rig, nowMs, writeSeconds: 0 }), login),
  against: (mouth) => against('elphapex', mouth, { wrapping: asHttp, login }),
  saysPaused:
    '{"fc-work-mode":1,"algo":"ltc","pools":[{"url":"stratum+tcp://a.invalid:1","user":"u","pass":"x"}],"SUMMARY":[],"STATS":[],"minertype":"DG1+"}',
});

describeRigDriver('elphapex, newer firmware', {
  bench: familyBench('elphapex', TRAITS, (rig, nowMs) => startElphapexFake({ rig, nowMs, writeSeconds: 0, firmware: 'luci' }), login),
  against: (mouth) => against('elphapex', mouth, { wrapping: asHttp, login }),
  saysPaused:
    '{"fc-work-mode":-1000,"pools":[{"url":"stratum+tcp://a.invalid:1","user":"u","pass":"x"}],"SUMMARY":[{"rate_5s":0,"elapsed":0}]}',
});
