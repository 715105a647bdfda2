// Braiins OS before its REST API, by GraphQL and by port 4028: which way a rig speaks is found out and remembered, and
// paused is told from two figures, for neither way has a word for it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { macOf } from '../../src/fakes/number-of-name.ts';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { braiins } from '../../src/rigs/braiins.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { graphqlLookIn, type OlderLook, olderState } from '../../src/wire/braiins-older.ts';
import { rigKit, secondReading, within } from '../contract/rig-driver.ts';
import { type BraiinsDesk, type BraiinsDeskOptions, braiinsDesk, readingOf } from '../support/braiins-desk.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const desk = async (options: BraiinsDeskOptions): Promise<BraiinsDesk> => open(await braiinsDesk(options));

describe('which way a rig under Braiins OS speaks', () => {
  it('is asked for once: REST, then GraphQL, then port 4028', async () => {
    const { driver, fake } = await desk({ speaks: 'nothing' });
    await driver.read?.(within());
    await driver.read?.(within());
    expect(fake.asked).toEqual(['GET /api/v1/miner/details', 'POST /graphql']);
    expect(fake.apiAsked.filter((asked) => asked === 'version')).toHaveLength(1);
    expect(fake.apiAsked.filter((asked) => asked === 'summary')).toHaveLength(2);
  });

  it('is not settled by a page that is not up yet', async () => {
    const { driver, fake } = await desk({ speaks: 'rest' });
    fake.pageIsUp(false);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', firmware: 'BOSer boser-buildroot 0.1.0' });
    fake.pageIsUp(true);
    expect(await readingOf(driver)).toMatchObject({ identity: macOf('rig-1', 12) });
  });

  it('is found anew when another firmware is put on it', async () => {
    const { driver, fake, rig, pass } = await desk({ speaks: 'graphql' });
    expect((await readingOf(driver)).firmware).toContain('25.01');
    rig.reboot();
    expect(await driver.read?.(within())).toMatchObject({ ok: false });
    fake.update('rest');
    pass(200);
    expect((await readingOf(driver)).firmware).toContain('26.01');
  });

  it('is none of a machine that is something else', async () => {
    const rig = new SimRig({ id: 'rig-1', hashRate: 1, watts: 1 }, () => 0);
    const { port } = open(await serveRigHttp(rig, { say: () => ({ status: 200, json: { power: 3, miningPaused: true } }) }));
    const driver = open(braiins.open({ host: '127.0.0.1', port, apiPort: 1 }, rigKit()));
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('is port 4028 for a pause where its page takes the question and says nothing', async () => {
    const hung = open(
      await serveRigHttp(new SimRig({ id: 'rig-1', hashRate: 1, watts: 1 }, () => 0), {
        say: () => ({ status: 200, json: {}, afterSeconds: 3_600 }),
      }),
    );
    const { driver, rig, pass } = await desk({ speaks: 'nothing', more: { port: hung.port } });
    expect(await driver.pause?.(within(12_000))).toEqual({ ok: true, value: undefined });
    pass(60);
    expect(rig.look().level).toBe(0);
  }, 15_000);

  it('needs its page only where there is one: with the page dark, port 4028 serves alone', async () => {
    const { driver, fake, rig, pass } = await desk({ speaks: 'rest', more: { port: 1 } });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect(rig.look().level).toBe(0);
    expect(fake.asked).toEqual([]);
  });
});

describe.each([
  ['GraphQL', 'graphql', { temperatureC: 74.5, boardTemperatureC: 60.5, fansRpm: [6_100, 6_130] }],
  ['port 4028', 'nothing', { temperatureC: 74, boardTemperatureC: 60, fansRpm: [4_200, 4_260] }],
] as const)('a rig under Braiins OS by %s', (_which, speaks, heat) => {
  it('tells hash rate of the last seconds, estimated watts, temperatures and fans', async () => {
    const { driver, pass } = await desk({ speaks });
    pass(1_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 200e12,
      algorithm: 'sha256',
      watts: 3_500,
      wattsFrom: 'estimated',
      uptimeSeconds: 1_000,
      ...heat,
    });
  });

  it('pauses, twice without harm, and resumes, with pools and fans as they were', async () => {
    const { driver, rig, fake, pass } = await desk({ speaks });
    const before = structuredClone(fake.state.settings);
    for (let turn = 0; turn < 2; turn++) {
      expect((await driver.pause?.(within()))?.ok).toBe(true);
      pass(30);
    }
    expect(rig.look().level).toBe(0);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 0 });
    for (let turn = 0; turn < 2; turn++) {
      expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
      pass(60);
    }
    expect((await readingOf(driver)).state).toBe('hashing');
    expect(fake.state).toMatchObject({ settings: before, stopped: false, target: 3_500 });
  });

  it('tells its pools, and shows after a pause that one is another', async () => {
    const { driver, rig, pass } = await desk({ speaks });
    const before = (await secondReading(driver))?.settings;
    expect(before?.pools).toBeDefined();
    pass(61);
    expect((await secondReading(driver))?.settings).toEqual(before);
    rig.misbehave({ changesPools: true });
    await driver.pause?.(within());
    pass(30);
    expect((await secondReading(driver))?.settings?.pools).not.toBe(before?.pools);
  });

  it('is paused only by its figures: not while it starts, nor while it says it pauses and does not', async () => {
    const { driver, rig, pass } = await desk({ speaks, traits: { startsAs: 'cut' } });
    rig.feed();
    pass(40);
    expect((await readingOf(driver)).state).toBe('starting');
    pass(60);
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', watts: 3_500 });
  });

  it('says so when it refuses', async () => {
    const { driver, rig } = await desk({ speaks });
    rig.misbehave({ refuses: true });
    const refused = await driver.pause?.(within());
    expect(refused?.ok === false && refused.fault.code).toMatch(/^(refused|unauthorized)$/);
    expect(rig.look().level).toBe(1);
  });
});

/** with all that would end a text in the midst of a question */
const ODD = 'p"a\\ss){x}\u00e9 w';

describe('a rig under Braiins OS by GraphQL', () => {
  it('is stopped, and started, only where port 4028 knows no pause', async () => {
    const { driver, rig, fake, pass } = await desk({ speaks: 'graphql', apiPauses: false });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(30);
    expect(fake.state.stopped).toBe(true);
    // Its miner is gone, so nothing is told of it, and nothing made up.
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown' });
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    pass(60);
    expect(fake.state.stopped).toBe(false);
    expect(rig.look().level).toBe(1);
  });

  it('logs in for what it changes, and keeps the cookie', async () => {
    const { driver, fake } = await desk({ speaks: 'graphql', api: false, password: ODD, secret: ODD });
    await driver.read?.(within());
    const asked = fake.asked.length;
    await driver.pause?.(within());
    await driver.resume?.(undefined, within());
    // Without a cookie, the login, with it; and then at once.
    expect(fake.asked.length - asked).toBe(4);
  });

  it('says what is wrong with its password, once, and is not asked again for a while', async () => {
    const { driver, fake } = await desk({ speaks: 'graphql', api: false, secret: 'wrong' });
    await driver.read?.(within());
    const asked = fake.asked.length;
    for (let turn = 0; turn < 3; turn++) {
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    }
    expect(fake.asked.length - asked).toBe(4);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it.each([
    ['the right password', { secret: 'pass word' }, true],
    ['a wrong password, though port 4028 is open', { secret: 'wrong' }, false],
    ['no password, with port 4028 open', { secret: undefined }, true],
    ['no password, and nothing else', { secret: undefined, api: false }, false],
  ] as const)('says in advance whether it would take an order: %s', async (_which, options, would) => {
    const { driver, rig } = await desk({ speaks: 'graphql', ...options });
    const may = await driver.mayOrder?.(within());
    expect(may?.ok).toBe(would);
    if (may?.ok === false) expect(may.fault.code).toBe('unauthorized');
    expect(rig.log).toEqual([]);
  });

  it('is limited by its power limit, which is given back, and starts anew', async () => {
    const { driver, fake, rig } = await desk({ speaks: 'graphql' });
    expect((await driver.limitWatts?.(2_400, undefined, within()))?.ok).toBe(true);
    expect(fake.state.target).toBe(2_400);
    expect(await driver.limitWatts?.(200, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect(fake.state.target).toBe(3_500);
    expect(await driver.locate?.(true, within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(rig.look().answers).toBe(false);
  });

  const RECORDED = '../shared/data/miners/braiins-graphql/25.03';
  (existsSync(`${RECORDED}.gql_system.json`) ? it : it.skip)('is right on the answers recorded from 25.03', () => {
    const data = (which: string): Record<string, Record<string, object>> =>
      (JSON.parse(readFileSync(`${RECORDED}.gql_${which}.json`, 'utf8')) as { data: Record<string, Record<string, object>> }).data;
    // Of two questions, which we put as one.
    const { bos, bosminer } = data('system');
    const info = { ...bosminer?.['info'] } as Record<string, object>;
    const boards = data('boards')['bosminer']?.['info'] as Record<string, object>;
    info['workSolver'] = { ...boards['workSolver'], ...info['workSolver'] };
    const look = graphqlLookIn(
      new Map<string, unknown>([
        ['bos', bos],
        ['bosminer', { info }],
      ]),
    );
    expect(look).toEqual({
      hashRate: expect.closeTo(251235330.7059e6, -3),
      watts: 4448,
      target: 3878,
      uptimeSeconds: 96949,
      temperatureC: 75,
      boardTemperatureC: 60,
      fansRpm: [6418, 6448, 6328, 5998],
      firmware: 'Braiins OS 2025-04-07-0-424f9a7f-25.03-plus',
    });
    expect(olderState(look, false)).toBe('hashing');
  });
});

describe('a rig under Braiins OS by port 4028 alone', () => {
  it('is not paused where it knows no pause, and said to be of that kind', async () => {
    const { driver, rig } = await desk({ speaks: 'nothing', apiPauses: false });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(rig.look().level).toBe(1);
  });

  it('has no limit, no restart and no light', async () => {
    const { driver } = await desk({ speaks: 'nothing' });
    for (const outcome of [
      await driver.limitWatts?.(2_000, undefined, within()),
      await driver.reboot?.(within()),
      await driver.locate?.(true, within()),
    ]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unsupported', detail: expect.stringContaining('25.07') } });
    }
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
  });
});

describe('the state of a rig that has no word for it', () => {
  const QUIET: Pick<OlderLook, 'hashRate' | 'watts' | 'uptimeSeconds' | 'minerSeconds'> = { hashRate: 0, watts: 0, uptimeSeconds: 9_000 };

  it.each([
    ['dark, with a miner that has run for long', { ...QUIET, minerSeconds: 9_000 }, false, 'paused'],
    ['dark, behind a pause that it took', QUIET, true, 'paused'],
    ['dark, and of its miner nobody knows how long it has run', QUIET, false, 'unknown'],
    ['dark, and its miner has just started', { ...QUIET, uptimeSeconds: 60, minerSeconds: 60 }, false, 'starting'],
    ['at 0 H/s with watts, perhaps without a pool', { ...QUIET, watts: 3_400, minerSeconds: 9_000 }, true, 'unknown'],
    ['at 0 H/s, of whose watts nothing is told', { ...QUIET, watts: undefined, minerSeconds: 9_000 }, true, 'unknown'],
    ['of whose hash rate nothing is told', { ...QUIET, hashRate: undefined, minerSeconds: 9_000 }, true, 'unknown'],
    ['hashing', { ...QUIET, hashRate: 1, watts: 0, minerSeconds: 9_000 }, true, 'hashing'],
  ] as const)('is told from its figures: %s', (_which, look, paused, state) => {
    expect(olderState(look, paused)).toBe(state);
  });
});

it('a pause that somebody has ended since is none any more: a miner that starts anew is not taken for paused', async () => {
  let now = 5_000_000;
  let [mhs5S, approxConsumptionW] = [2e8, 3_400];
  const say = ({ body }: HttpAsked): HttpReply => {
    if (body.includes('stop')) return { status: 200, json: { data: { bosminer: { stop: { void: null } } } } };
    const bos = { info: { version: { full: '25.01' } }, uptime: { durationS: 90_000 } };
    const info = { summary: { power: { approxConsumptionW } }, workSolver: { realHashrate: { mhs5S } } };
    return { status: 200, json: { data: { bos, bosminer: { info } } } };
  };
  const rig = new SimRig({ id: 'rig-1', hashRate: 1, watts: 1 }, () => now);
  const { port } = open(await serveRigHttp(rig, { say: (asked) => (asked.path === '/graphql' ? say(asked) : { status: 404, text: '' }) }));
  const driver = open(braiins.open({ host: '127.0.0.1', port, apiPort: 1 }, { ...rigKit(), nowMs: () => now }));
  expect((await driver.pause?.(within()))?.ok).toBe(true);
  now += 10_000;
  expect((await readingOf(driver)).state).toBe('hashing');
  [mhs5S, approxConsumptionW] = [0, 0];
  now += 10_000;
  expect((await readingOf(driver)).state).toBe('paused');
  [mhs5S, approxConsumptionW] = [2e8, 3_400];
  now += 300_000;
  expect((await readingOf(driver)).state).toBe('hashing');
  [mhs5S, approxConsumptionW] = [0, 0];
  now += 10_000;
  expect((await readingOf(driver)).state).toBe('unknown');
});
