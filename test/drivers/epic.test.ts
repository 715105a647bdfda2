// ePIC's firmware: what its answers mean, how its password is handled, and that nothing but its miner and its light is touched.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type EpicFake, type EpicFakeOptions, startEpicFake } from '../../src/fakes/epic-rig.ts';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { epic } from '../../src/rigs/epic.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { epicAgreementIn, epicIdentityIn, epicSummaryIn } from '../../src/wire/epic.ts';
import { type TcpBench, tcpBench, tcpMouth } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';

const open = closedAfterEach();

const LOGIN = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'letmein']]) };
const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };
const FROM = { where: '192.0.2.1:4028', who: 'a rig of ePIC' };

interface Extra extends Partial<EpicFakeOptions> {
  readonly traits?: Partial<SimRigTraits>;
}

async function bench({ traits, ...fake }: Extra = {}): Promise<TcpBench<EpicFake>> {
  return open(await tcpBench(epic, { ...TRAITS, ...traits }, (rig) => startEpicFake({ rig, ...fake }), LOGIN));
}

/** A server that answers what `say` gives, before a driver. */
async function speaking(say: (asked: HttpAsked) => HttpReply): Promise<RigDriver> {
  const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
  return open(epic.open({ host: '127.0.0.1', port: server.port, ...LOGIN.options }, rigKit('rig-1', LOGIN.secrets)));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const ordersTo = ({ asked }: { readonly asked: readonly string[] }): readonly string[] => asked.filter((one) => one.startsWith('POST'));

const summaryOf = (json: object) => epicSummaryIn({ status: 200, body: JSON.stringify(json) }, FROM);
const agreementTo = (body: string, status = 200) => epicAgreementIn({ status, body }, FROM);

describe('a reading of a rig of ePIC', () => {
  it('tells state, hash rate, watts of its meter, temperature of its boards, fans, uptime and who it is', async () => {
    const { driver, pass } = await bench();
    pass(5_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110e12,
      algorithm: 'sha256',
      watts: 3250,
      wattsFrom: 'measured',
      boardTemperatureC: 67,
      fansRpm: [5900, 0, 5800],
      uptimeSeconds: 5_000,
      identity: expect.stringMatching(/^02:03(:[0-9a-f]{2}){4}$/),
      firmware: 'PowerPlay-BMS v1.15.2',
    });
  });

  it('asks for its address once, and again when it has been away', async () => {
    const { driver, fake, rig, pass } = await bench();
    const times = (): number => fake.asked.filter((one) => one.endsWith('/network')).length;
    await readingOf(driver);
    await readingOf(driver);
    expect(times()).toBe(1);
    rig.reboot();
    expect((await driver.read?.(within()))?.ok).toBe(false);
    pass(60);
    await readingOf(driver);
    expect(times()).toBe(2);
  });

  it('has no hash rate while the boards are not in its list, and never its average', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    const idle = await readingOf(driver);
    expect(idle).toMatchObject({ state: 'paused', watts: 25, wattsFrom: 'measured' });
    expect(Object.keys(idle)).not.toContain('hashRate');
    expect(Object.keys(idle)).not.toContain('boardTemperatureC');
  });

  it('calls watts estimated where its power supply tells neither volts nor amperes, and has none while it idles', async () => {
    const { driver, pass } = await bench({ meter: false });
    expect(await readingOf(driver)).toMatchObject({ watts: 3250, wattsFrom: 'estimated' });
    await driver.pause?.(within());
    pass(60);
    const idle = await readingOf(driver);
    expect(idle.state).toBe('paused');
    expect(Object.keys(idle)).not.toContain('watts');
  });

  it('never takes for paused what says that it idles and draws more than a rig that does', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', watts: 3250, wattsFrom: 'measured' });
  });

  it.each([
    ['Idling', 60, undefined, 'paused'],
    ['Idling', undefined, undefined, 'paused'],
    ['Idling', undefined, 1e8, 'unknown'],
    ['Idling', 60, 1e8, 'paused'],
    ['Idling', 99.9, undefined, 'paused'],
    ['Idling', 100, undefined, 'unknown'],
    ['Mining', 3000, 1e8, 'hashing'],
    ['Mining', 3000, undefined, 'hashing'],
    ['Mining', 3000, 0, 'unknown'],
    ['AdjustingClockVoltage', 3000, 5e7, 'hashing'],
    ['AdjustingClockVoltage', 900, 0, 'starting'],
    ['Initializing', 80, undefined, 'starting'],
    ['Loading', 80, undefined, 'starting'],
    ['PreInitCooldown', 80, undefined, 'starting'],
    ['Rebooting', 80, undefined, 'starting'],
    ['SoftRebooting', 80, undefined, 'starting'],
    ['Stopping', 80, undefined, 'unknown'],
    ['Testing', 80, undefined, 'unknown'],
    ['UpdatingFirmware', 80, undefined, 'unknown'],
    ['idling', 60, undefined, 'unknown'],
  ])('takes one that is %s at %s W and %s MH/s for what it is', (word, watts, rate, state) => {
    const boards = rate === undefined ? [] : [{ Hashrate: [rate] }];
    const summary = summaryOf({ Status: { 'Operating State': word }, 'Power Supply Stats': { 'Input Power': watts }, HBs: boards });
    expect(summary).toMatchObject({ ok: true, value: { state } });
  });

  it('tells what the rig says where it has no figures, and is of no other machine', () => {
    const detail = expect.stringContaining('Failed to get summary');
    expect(summaryOf({ result: false, error: 'Failed to get summary' })).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(summaryOf({ STATUS: [{ STATUS: 'S' }] })).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    expect(epicSummaryIn({ status: 404, body: 'no' }, FROM)).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
  });

  it('tells the shares that its pool took, and none of those where it does not', () => {
    const Status = { 'Operating State': 'Mining' };
    expect(summaryOf({ Status, Session: { Accepted: 12 } })).toMatchObject({ ok: true, value: { acceptedShares: 12 } });
    expect(summaryOf({ Status, Session: {} })).not.toHaveProperty('value.acceptedShares');
  });

  it.each([
    ['{"dhcp":{"address":"192.0.2.7","mac_address":"02:00:00:00:00:07"}}', '02:00:00:00:00:07'],
    ['{"static":{"mac_address":"02:00:00:00:00:08"}}', '02:00:00:00:00:08'],
    ['{"dhcp":null}', undefined],
    ['<html>', undefined],
  ])('finds in %s the MAC %s', (body, mac) => {
    expect(epicIdentityIn({ status: 200, body }, FROM)).toBe(mac);
  });

  it('says of a miner of another family on this port that it answers no HTTP', async () => {
    const mouth = open(await tcpMouth(Buffer.from('{"STATUS":[{"STATUS":"E","Code":23,"Msg":"Invalid JSON"}],"id":1}\0')));
    const driver = open(epic.open({ host: '127.0.0.1', port: mouth.port, ...LOGIN.options }, rigKit('rig-1', LOGIN.secrets)));
    const detail = expect.stringContaining('answers no HTTP');
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled', detail } });
  });
});

describe('the password of a rig of ePIC', () => {
  it.each([[false], [true]])(
    'is tried once in five minutes where it is wrong (named errors: %s), and reading goes on',
    async (namesErrors) => {
      let now = 0;
      const nowMs = (): number => now;
      const fake = open(await startEpicFake({ rig: new SimRig(TRAITS, nowMs), password: 'another', namesErrors }));
      const driver = open(
        epic.open({ host: '127.0.0.1', port: fake.port, ...LOGIN.options }, { ...rigKit('rig-1', LOGIN.secrets), nowMs }),
      );
      for (const ask of [driver.pause, driver.mayOrder, driver.pause]) {
        const detail = expect.stringContaining('correct the file of passwordFile');
        expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later', detail } });
      }
      expect(fake.wrongPasswords()).toBe(1);
      expect((await readingOf(driver)).state).toBe('hashing');
      now += 301_000;
      await driver.pause?.(within());
      expect(fake.wrongPasswords()).toBe(2);
    },
  );

  it('is not guessed where its file could not be read', async () => {
    const fake = open(await startEpicFake({ rig: new SimRig(TRAITS, () => 0) }));
    const driver = open(epic.open({ host: '127.0.0.1', port: fake.port, passwordFile: 'rig-password' }, rigKit()));
    const detail = expect.stringContaining('the file of passwordFile could not be read');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    expect(ordersTo(fake)).toEqual([]);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it('never stands in a fault, even where the rig quotes it', async () => {
    const driver = await speaking(({ method, body }) =>
      method === 'POST' ? { status: 200, json: { result: false, error: `can't do ${body}` } } : { status: 200, json: {} },
    );
    const refused = await driver.reboot?.(within());
    expect(refused).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(JSON.stringify(refused)).not.toContain('letmein');
  });

  it('is wanted in a file', () => {
    expect(epic.options.safeParse({ host: '10.0.0.21' }).success).toBe(false);
    expect(epic.secretFiles?.({ host: '10.0.0.21', passwordFile: 'a' })).toEqual(['a']);
  });
});

describe('an order to a rig of ePIC', () => {
  it('stops and starts its miner, and leaves pools, fans and tuning as they are', async () => {
    const { driver, fake, pass } = await bench();
    const kept = async (): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${fake.port}/summary`);
      const { StratumConfigs, Fans, PerpetualTune, Misc } = JSON.parse(await answer.text());
      return { StratumConfigs, Fans, PerpetualTune, Misc };
    };
    const before = await kept();
    await driver.pause?.(within());
    pass(60);
    await driver.resume?.('x', within());
    expect(ordersTo(fake)).toEqual(['POST /miner', 'POST /miner']);
    expect(await kept()).toEqual(before);
  });

  it('has succeeded where the rig refuses to become what it is', async () => {
    const { driver } = await bench({ refusesRepeats: true, traits: { startsAs: 'paused' } });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    const { driver: hashing } = await bench({ refusesRepeats: true });
    expect((await hashing.resume?.(undefined, within()))?.ok).toBe(true);
  });

  it('says what the rig says where it will not', async () => {
    const { driver, rig } = await bench({ namesErrors: true });
    rig.misbehave({ refuses: true });
    const detail = expect.stringContaining('the miner is busy: no');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
  });

  it('lets the rig be read while its answer is on its way, which comes when all is dark', async () => {
    const { driver, fake } = await bench({ settleSeconds: 3 });
    let answered = false;
    const pausing = driver.pause?.(within()).then((outcome) => {
      answered = true;
      return outcome;
    });
    await eventually('the order is sent', () => fake.asked.includes('POST /miner'), 10_000);
    expect((await driver.read?.(within()))?.ok).toBe(true);
    expect(answered).toBe(false);
    expect((await pausing)?.ok).toBe(true);
  });

  it('ends at its deadline where the answer does not come', async () => {
    const { driver } = await bench({ settleSeconds: 60 });
    const began = performance.now();
    expect(await driver.pause?.(within(500))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    ['{"result":true,"error":null}', 200, undefined],
    ['{"result":false,"error":"BadPassword"}', 200, 'unauthorized'],
    ['{"result":false,"error":{"BadPassword":"no"}}', 200, 'unauthorized'],
    ['{"result":false,"error":"{\\"BadPassword\\":\\"no\\"}"}', 200, 'unauthorized'],
    ['{"result":false,"error":"Incorrect password"}', 200, 'unauthorized'],
    ['{"result":false,"error":"the pool has no password"}', 200, 'refused'],
    ['', 401, 'unauthorized'],
    ['{"result":false,"error":{"InvalidUrl":"x"}}', 200, 'unsupported'],
    ['not found', 404, 'unsupported'],
    ['{"result":false,"error":null}', 200, 'refused'],
    ['{"result":true,"error":null}', 500, 'refused'],
    ['{"result":"true"}', 200, 'refused'],
    ['{}', 200, 'garbled'],
    ['', 200, 'garbled'],
    ['<html>', 200, 'garbled'],
  ])('that is answered with %s and status %s is %s', (body, status, code) => {
    expect(agreementTo(body, status)).toMatchObject(code === undefined ? { ok: true } : { ok: false, fault: { code } });
  });

  it('makes it blink, and tries the password in calm without changing that', async () => {
    const { driver, fake } = await bench();
    for (const on of [true, true, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
      expect(fake.blinks()).toBe(on);
    }
    expect(ordersTo(fake)).not.toContain('POST /miner');
  });

  it('is not tried in calm where it can not be without a change', async () => {
    const driver = await speaking(() => ({ status: 200, json: { Status: { 'Operating State': 'Mining' } } }));
    expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
  });

  it('starts it anew, and a pause outlives that', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(100);
    expect((await readingOf(driver)).state).toBe('paused');
    expect(rig.look().level).toBe(0);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect((await readingOf(driver)).state).toBe('starting');
    pass(5);
    expect((await readingOf(driver)).state).toBe('hashing');
  });
});

const RECORDED = '../shared/data/miners/epic/powerplay-bms-1.5.13.summary.json';

(existsSync(RECORDED) ? describe : describe.skip)('a recorded rig of ePIC', () => {
  it('is read as it was', () => {
    const summary = epicSummaryIn({ status: 200, body: readFileSync(RECORDED, 'utf8') }, FROM);
    expect(summary).toMatchObject({
      ok: true,
      value: {
        state: 'hashing',
        hashRate: expect.closeTo(99.365848e12, -6),
        algorithm: 'sha256',
        watts: expect.closeTo(2166.6, 0),
        wattsFrom: 'estimated',
        boardTemperatureC: 67,
        fansRpm: [5971, 0, 5942, 5745],
        uptimeSeconds: 23_170,
        acceptedShares: 1862,
        firmware: 'PowerPlay-BMS v1.5.13',
        blinks: false,
      },
    });
  });
});
