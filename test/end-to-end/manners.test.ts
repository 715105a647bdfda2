// How the built service behaves toward people and the system: a second one, signals, reloads, and the command line.
import { expect, it } from '@jest/globals';
import { BuiltService, lastwatt } from '../support/built-service.ts';
import { EIGHT } from '../support/rig-fleet.ts';
import { violations } from './judge.ts';
import { describeNights, NIGHT_MS, type Night, night } from './night.ts';

const THREE = EIGHT.slice(0, 3);

async function json(one: Night, ...argv: string[]): Promise<unknown> {
  const { code, stdout } = await one.cli(...argv, '--json');
  expect(code).not.toBe(2);
  return JSON.parse(stdout);
}

describeNights('the built service', () => {
  it.concurrent(
    'is the only one on its stateDir: a second one ends with a clear word and moves nothing',
    () =>
      night({ carriesSeconds: 60, rigs: THREE }, async (one) => {
        await one.begin();
        const second = new BuiltService({ file: one.file, socket: `${one.folder}/s`, stateDir: `${one.folder}/state` });
        await second.launch();
        expect(await second.ended()).toBe(1);
        expect(second.output).toMatch(/another lastwatt \(process \d+\) already works on .*state: stop that one/);
        expect((await one.service.status())?.armed).toBe(true);
        expect(one.deeds).toBe(0);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'moves nothing when it is told to end in mid-shed, and brings the rigs back when it is started after the outage',
    () =>
      night({ carriesSeconds: 23, rigs: THREE, cutPaused: 'always' }, async (one) => {
        const { fleet, service } = one;
        await one.begin();
        await one.mains(false);
        await one.until('the worst is dark', () => fleet.dark(fleet.worstFirst[0] ?? ''));
        const deeds = one.deeds;
        expect(await service.stop()).toBe(0);
        expect(one.deeds).toBe(deeds);
        await one.mains(true);
        await service.launch();
        await one.until('every rig hashes again', () => fleet.allHashing, 60);
        await one.recorded('outage-ended', ({ seconds }) => seconds === null);
        await one.recorded('stopped', ({ signal }) => signal === 'SIGTERM');
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'keeps its configuration when the file turns bad, takes up a good one on mains, and one that comes in an outage when mains is back',
    () =>
      night({ carriesSeconds: 60, rigs: THREE }, async (one) => {
        const { service } = one;
        const said = (what: string, pattern: RegExp): Promise<void> => one.until(what, () => pattern.test(service.output));
        await one.begin();
        await one.configure({ polcy: {} });
        service.signal('SIGHUP');
        await said('it names the mistake', /polcy +unknown key; did you mean policy\?/);
        await said('it keeps the old one', /the old one stays in force/);
        await one.configure({ site: { name: 'byre' } });
        service.signal('SIGHUP');
        await one.recorded('noted', ({ say }) => String(say).startsWith('reloaded: '));
        expect((await service.status())?.site).toBe('byre');
        await one.mains(false);
        await one.recorded('outage-began');
        await one.configure();
        service.signal('SIGHUP');
        await said(
          'it waits for mains',
          /is held back, for an outage is on, or a generator carries: the old one stays in force until mains has returned/,
        );
        expect((await service.status())?.site).toBe('byre');
        await one.mains(true);
        await one.recorded('outage-ended');
        await one.recorded('noted', ({ say }) => String(say).startsWith('reloaded: site: name byre -> barn'));
        expect((await service.status())?.site).toBe('barn');
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'answers the command line: what is, what would be, why, and the wishes of a person',
    () =>
      night({ carriesSeconds: 100, rigs: THREE }, async (one) => {
        const { fleet } = one;
        const [best = '', middle = '', worst = ''] = fleet.bestFirst;
        await one.begin();
        expect(await json(one, 'status')).toEqual(STATUS);
        expect(await json(one, 'plan')).toMatchObject({
          ups: [{ id: 'rack', fits: true, shedBelowSeconds: 20, cutBelowSeconds: 8, say: 'fits' }],
          steps: expect.arrayContaining([expect.objectContaining({ kind: 'pause', rig: worst, because: expect.anything() })]),
        });
        expect(await json(one, 'why', best)).toMatchObject({ subject: best, say: expect.arrayContaining([expect.any(String)]) });
        expect(await json(one, 'check')).toMatchObject({ by: 'service' });
        expect(await one.cli('down', worst, '--now')).toMatchObject({ code: 0, stdout: expect.stringContaining('a hold is no lock') });
        await one.until('it is dark', () => fleet.dark(worst));
        expect(await json(one, 'status')).toMatchObject({
          rigs: [{ hold: null }, { hold: null }, { id: worst, phase: 'dark', hold: { as: 'down', from: 'cli', endsInSeconds: null } }],
          switches: expect.arrayContaining([{ id: `k-${worst}`, state: 'cut' }]),
        });
        expect(await json(one, 'why', worst)).toMatchObject({ subject: worst, because: [{ rule: 'held-down', facts: { person: true } }] });
        expect(await one.cli('release', worst)).toMatchObject({ code: 0 });
        await one.until('it hashes again', () => fleet.hashing(worst));
        await one.recorded('returned', ({ rig }) => rig === worst);
        expect(await one.cli('up', 'nobody')).toMatchObject({
          code: 4,
          stderr: expect.stringContaining('nobody: no such rig; there are:'),
        });
        expect(await one.cli('fly')).toMatchObject({ code: 2 });
        expect(await one.cli('journal', '--since', '1h')).toMatchObject({ code: 0, stdout: expect.stringContaining(worst) });
        // Not the one that was fed just now: its contact stays closed for two minutes.
        expect(await one.cli('drill', middle, '--cut')).toMatchObject({ code: 0, stdout: expect.stringContaining(`pass  ${middle}`) });
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'refuses in an outage what would be wrong then, and says what to do instead',
    () =>
      night({ carriesSeconds: 60, rigs: THREE, armed: false }, async (one) => {
        const { fleet } = one;
        const [best = '', , worst = ''] = fleet.bestFirst;
        await one.begin();
        expect(await one.cli('disarm')).toMatchObject({ code: 0 });
        expect((await one.cli('status')).stdout).toMatch(/disarmed/i);
        expect(await one.cli('arm')).toMatchObject({ code: 0, stdout: expect.stringContaining(`never drilled: `) });
        await one.mains(false);
        await one.lastStand();
        expect(await one.cli('up', best)).toMatchObject({ code: 4, stderr: expect.stringMatching(/is not started on battery \(rack/) });
        expect(await one.cli('drill', worst)).toMatchObject({ code: 4, stderr: expect.stringContaining('no drill on battery') });
        expect(await one.cli('disarm')).toMatchObject({ code: 4, stderr: expect.stringContaining('--yes') });
        expect(await json(one, 'status')).toMatchObject({ level: 'dark', outage: { ups: ['rack'] }, armed: true });
        await one.allReturn();
        expect(await one.service.stop()).toBe(0);
        expect(await one.cli('status')).toMatchObject({ code: 3, stdout: '' });
        expect(await lastwatt('--socket', `${one.folder}/nowhere`, 'status')).toMatchObject({ code: 3 });
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );
});

const RIG = {
  phase: 'hashing',
  watts: expect.any(Number),
  wattsFrom: 'measured',
  rewardPerDay: expect.any(Number),
  rewardPerKwh: expect.any(Number),
  hold: null,
  fault: null,
  drilledAt: null,
  fedBy: ['rack'],
  times: { stopSeconds: null, wakeSeconds: null, bootSeconds: null, cutSeconds: null },
  limitWatts: null,
  identity: expect.any(String),
  next: null,
};

/** All that people and programs may rely on, and no more. */
const STATUS = {
  site: 'barn',
  currency: 'USD',
  armed: true,
  ready: true,
  notReady: [],
  level: 'normal',
  outage: null,
  ups: [
    {
      id: 'rack',
      line: 'mains',
      level: 'normal',
      chargePercent: 100,
      runtimeSeconds: expect.any(Number),
      runtimeFrom: expect.any(String),
      loadWatts: expect.any(Number),
      ageSeconds: expect.any(Number),
      alarms: [],
      fits: true,
      marginSeconds: expect.any(Number),
      battery: {
        sources: expect.any(Array),
        rejected: expect.any(Array),
        size: { from: expect.any(String), fullSeconds: expect.any(Number), learnedPercent: null, discharges: 0 },
        learned: null,
        say: expect.any(Array),
      },
    },
  ],
  rigs: [
    { id: 'ivy', rank: 1, ...RIG },
    { id: 'ash', rank: 2, ...RIG },
    { id: 'oak', rank: 3, ...RIG },
  ],
  switches: ['k-ivy', 'k-ash', 'k-oak'].map((id) => ({ id, state: 'fed' })),
  notes: expect.any(Array),
};
