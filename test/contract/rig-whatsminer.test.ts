// The contract of rig drivers, over both APIs of a Whatsminer: the older one found by the driver itself, and the newer one.
import { startWhatsminerFake } from '../../src/fakes/whatsminer-rig.ts';
import type { RigDriverKind } from '../../src/rigs/port.ts';
import { frameOf } from '../../src/wire/whatsminer-v3.ts';
import { against, familyBench, kindOf, tcpBench, tcpMouth } from './rig-bench.ts';
import { describeRigDriver, rigKit } from './rig-driver.ts';

// Nobody listens on port 1: API 2 alone is there to be found.
const V2 = { options: { framedPort: 1, passwordFile: 'miner' }, secrets: new Map([['miner', 'notadmin']]) };

describeRigDriver('whatsminer', {
  bench: familyBench('whatsminer', { pausePersists: true }, (rig, nowMs) => startWhatsminerFake({ rig, nowMs, has: 'v2' }), V2),
  against: (mouth) => against('whatsminer', mouth, { login: V2 }),
  saysPaused: '{"STATUS":"S","When":0,"Code":131,"Msg":{"mineroff":"true","power_mode":"low"},"Description":""}',
});

const V3 = { options: { api: 'v3', passwordFile: 'miner' }, secrets: new Map([['miner', 'notsuper']]) };

/** As the suite opens it: its one port is that of API 3. */
const framed: RigDriverKind = {
  ...kindOf('whatsminer'),
  open: (options, kit) => {
    const { port, ...rest } = options as { readonly port: number };
    return kindOf('whatsminer').open({ ...rest, framedPort: port }, kit);
  },
};

describeRigDriver('whatsminer over API 3', {
  bench: async () => {
    const traits = { id: 'rig-1', hashRate: 186e12, watts: 3_440 };
    const bench = await tcpBench(
      framed,
      traits,
      async (rig, nowMs) => {
        const fake = await startWhatsminerFake({ rig, nowMs, has: 'v3' });
        return { port: fake.framedPort, close: fake.close };
      },
      V3,
    );
    return {
      ...bench,
      standsStill: () => bench.rig.look().level === 0,
      refuse: () => bench.rig.misbehave({ refuses: true }),
      meddle: () => bench.rig.misbehave({ changesPools: true }),
    };
  },
  against: async (mouth) => {
    const { port, close } = await tcpMouth(mouth instanceof Uint8Array ? frameOf(Buffer.from(mouth).toString('utf8')) : mouth);
    return { driver: framed.open({ host: '127.0.0.1', port, ...V3.options }, rigKit('rig-1', V3.secrets)), close };
  },
  saysPaused:
    '{"code":0,"when":1773869570,"msg":{"miner":{"working":"false","type":"M60S_VK40"},"salt":"uhCiDyVj"},"desc":"get.device.info"}',
});
