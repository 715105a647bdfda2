// The contract of rig drivers, for rigs of ePIC.
import { startEpicFake } from '../../src/fakes/epic-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const login = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'letmein']]) };

describeRigDriver('epic', {
  bench: familyBench('epic', {}, (rig) => startEpicFake({ rig }), login),
  against: (mouth) => against('epic', mouth, { wrapping: asHttp, login }),
  saysPaused: '{"Software":"PowerPlay v1.2","Status":{"Operating State":"Idling"},"HBs":null,"Power Supply Stats":{"Input Power":41.5}}',
});
