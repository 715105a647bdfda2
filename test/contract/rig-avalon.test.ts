// The contract of rig drivers, over Avalons of both kinds.
import { type AvalonFake, type AvalonFakeOptions, startAvalonFake } from '../../src/fakes/avalon-rig.ts';
import { against, familyBench } from './rig-bench.ts';
import { describeRigDriver, type RigFamily } from './rig-driver.ts';

/** Its orders name a moment, so that time goes by for it second by second. */
function avalonBench(options: Partial<AvalonFakeOptions> = {}): RigFamily['bench'] {
  return async () => {
    let fake: AvalonFake | undefined;
    const bench = await familyBench('avalon', {}, async (rig, nowMs) => {
      fake = await startAvalonFake({ rig, nowMs, ...options });
      return fake;
    })();
    const pass = (seconds: number): void => {
      for (let gone = 0; gone < seconds; gone++) {
        bench.pass(1);
        fake?.settle();
      }
    };
    return { ...bench, pass };
  };
}

const SAYS_PAUSED = `{"STATUS":[{"STATUS":"S","When":1755000000,"Code":70,"Msg":"x"}],"STATS":[{"MM ID0:Summary":"'STATS':{Ver[Q-1] SYSTEMSTATU[Work: In Idle, Hash Board: 1] PS[0 1221 4 0 0 2245 146] GHSspd[0.00] SoftOFF[4] WORKMODE[0]}"}],"id":1}`;

describeRigDriver('avalon', { bench: avalonBench(), against: (mouth) => against('avalon', mouth), saysPaused: SAYS_PAUSED });

describeRigDriver('avalon A12, without a clock', {
  bench: avalonBench({ kind: 'a12', clockSeconds: 40 }),
  against: (mouth) => against('avalon', mouth),
  saysPaused: SAYS_PAUSED,
});
