// The contract of rig drivers, for rigs behind a page of the owner's.
import { PAGE, startWebhookFake } from '../../src/fakes/webhook-rig.ts';
import { against, asHttp, familyBench } from './rig-bench.ts';
import { describeRigDriver } from './rig-driver.ts';

const login = { options: PAGE };

describeRigDriver('webhook', {
  bench: familyBench('webhook', { pausePersists: false }, (rig) => startWebhookFake({ rig }), login),
  // A page in front of a rig goes on though the rig is dark.
  unread: 'unreachable',
  against: (mouth) => against('webhook', mouth, { wrapping: asHttp, login }),
  saysPaused: '{"power": [{"kilowatts": 0.03}], "rate": {"TH 5s": "0"}, "state": "asleep"}',
});
