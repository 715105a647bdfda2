// Avalons, read: what their fields mean, and what is no proof that one is paused.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import { avalon } from '../../src/rigs/avalon.ts';
import { avalonFields } from '../../src/wire/avalon.ts';
import { decodeText4028 } from '../../src/wire/text-4028.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { avalonAnswering, avalonBench, readingOf, said, stats } from '../support/avalon.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const DONE = { ok: true, value: undefined };

describe('a reading of an Avalon', () => {
  it('tells state, hash rate of now, watts at the wall, temperatures, fans, work mode and identity', async () => {
    const { driver } = await avalonBench(open);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 90e12,
      algorithm: 'sha256',
      watts: 1674,
      wattsFrom: 'measured',
      temperatureC: 71,
      fansRpm: [3000, 3000],
      mode: '1',
      identity: expect.stringMatching(/^02010000[0-9a-f]{8}$/),
      firmware: 'Q-25052801_14a19a2',
    });
  });

  it('shows one asleep by its own watts, not by the 2245 of its volts, and without a temperature', async () => {
    const { driver, pass } = await avalonBench(open);
    await driver.pause?.(within());
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep).toMatchObject({ state: 'paused', hashRate: 0, watts: 146, fansRpm: [0, 0] });
    expect(Object.keys(asleep)).not.toContain('temperatureC');
  });

  it('does not take for paused one that calls itself idle and still winds down', async () => {
    const { driver, pass } = await avalonBench(open, {}, { pauseSeconds: 20 });
    await driver.pause?.(within());
    pass(10);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown' });
    pass(30);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused' });
  });

  it('shows by its watts one that says it sleeps and does not', async () => {
    const { driver, rig, pass } = await avalonBench(open);
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', hashRate: 90e12, watts: 1674 });
  });

  it.each([
    ['idle, put to sleep and dark', 'Work: In Idle, Hash Board: 1', 'PS[0 1 4 0 0 2245 146] GHSspd[0] SoftOFF[4]', 'paused', 146],
    ['idle and on its way to sleep', 'Work: In Idle', 'PS[0 1199 1393 223 3107 1393 3334] GHSspd[0] SoftOFF[5]', 'unknown', 3334],
    ['idle with a last hash', 'Work: In Idle', 'PS[0 1 0 0 0 1393 11] GHSspd[10.00] SoftOFF[5]', 'unknown', 11],
    ['idle, though nobody put it to sleep', 'Work: In Idle', 'PS[0 1 0 0 0 1393 11] GHSspd[0] SoftOFF[0]', 'unknown', 11],
    ['idle with averages alone', 'Work: In Idle', 'GHSavg[0] GHSmm[0] SoftOFF[4]', 'unknown', undefined],
    ['starting', 'Work: In Init, Hash Board: 1', 'GHSspd[0] SoftOFF[0]', 'starting', undefined],
    ['at work at 0 GH/s since its boot', 'Work: In Work', 'Elapsed[60] GHSspd[0]', 'starting', undefined],
    ['at work at 0 GH/s since it woke', 'Work: In Work', 'Elapsed[9000] SoftOnTime[1754999900] GHSspd[0]', 'starting', undefined],
    ['at work at 0 GH/s for long, perhaps without a pool', 'Work: In Work', 'Elapsed[9000] GHSspd[0]', 'unknown', undefined],
    ['at work', 'Work: In Work, Hash Board: 3 ', 'GHSspd[1.5] WALLPOWER[3731] PS[0 1 2 3 3526 1188 3700]', 'hashing', 3731],
    ['in a state of which nobody has heard', 'Work: In Repair', 'GHSspd[0] SoftOFF[4]', 'unknown', undefined],
    ['with its state twice', 'Work: In Idle] SYSTEMSTATU[Work: In Work', 'GHSspd[0] SoftOFF[4]', 'unknown', undefined],
    ['without a meter', 'Work: In Work', 'GHSspd[1] PS[0 0 0 0 0 0 0]', 'hashing', undefined],
    ['with a shorter list of its power supply', 'Work: In Work', 'GHSspd[1] PS[0 1214 1316 242 3189 1320]', 'hashing', undefined],
    ['that would draw less than its boards', 'Work: In Work', 'GHSspd[1] PS[0 1214 1316 242 3189 1320 35]', 'hashing', undefined],
  ] as const)('takes one %s for what it is', async (_which, work, rest, state, watts) => {
    const { driver } = await avalonAnswering(open, { litestats: stats(`Ver[Q-1] SYSTEMSTATU[${work}] ${rest}`) });
    const reading = await readingOf(driver);
    expect(reading.state).toBe(state);
    expect(reading.watts).toBe(watts);
  });

  it('asks an older one, that knows no litestats, for stats, and goes on with that', async () => {
    const { driver, fake } = await avalonBench(open, { kind: 'a12' });
    await readingOf(driver);
    await readingOf(driver);
    expect(fake.asked).toEqual(['litestats', 'stats', 'pools', 'stats']);
  });

  it('reads one that takes requests as text alone', async () => {
    const { driver, fake, pass } = await avalonBench(open, { kind: 'a12', reads: 'text' });
    await readingOf(driver);
    const { settings, ...reading } = await readingOf(driver);
    expect(reading).toMatchObject({ state: 'hashing', watts: 1674, firmware: '1246-83-21072802_4ec6bb0' });
    expect(settings?.pools).toBeDefined();
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(60);
    await readingOf(driver);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', settings });
    expect(fake.asked.at(-4)).toMatch(/^ascset 0 softoff 1:\d+$/);
  });

  it('goes back to JSON where an update took the older form away', async () => {
    let updated = false;
    const refused = 'STATUS=E,When=92,Code=14,Msg=Invalid command,Description=cgminer 4.11.1|';
    const fields = 'Ver[1346-1] SYSTEMSTATU[Work: In Work] GHSspd[1]';
    const inText = `STATUS=S,When=92,Code=70,Msg=x,Description=cgminer 4.11.1|STATS=0,MM ID0=${fields}|`;
    const reply = (text: string): string => {
      if (text.startsWith('{') !== updated) return refused;
      return text.includes('litestats') ? (updated ? stats(fields) : refused) : inText;
    };
    const { port } = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
    const driver = open(avalon.open({ host: '127.0.0.1', port }, rigKit()));
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    updated = true;
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });

  it('says so before a miner of another family, and before several machines behind one controller', async () => {
    const other = await avalonAnswering(open, { litestats: said('S', 70, 'x'), stats: said('S', 70, 'x') });
    expect(await other.driver.read?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'garbled', detail: expect.stringContaining('is this really one?') },
    });
    const several = await avalonAnswering(open, {
      litestats: '{"STATUS":[{"STATUS":"S"}],"STATS":[{"MM ID0":"Ver[841-1] GHSspd[1]","MM ID1":"Ver[841-1] GHSspd[1]"}]}',
    });
    expect(await several.driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
  });

  const FOLDER = '../shared/data/miners/avalon';
  const recorded = (file: string): string => readFileSync(`${FOLDER}/${file}.json`, 'utf8');
  const where = existsSync(`${FOLDER}/avalonq-asleep.litestats.json`) ? it : it.skip;

  where('is right on the answers recorded from a Q asleep', async () => {
    const { driver } = await avalonAnswering(open, { litestats: recorded('avalonq-asleep.litestats') });
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({
      state: 'paused',
      hashRate: 0,
      watts: 146,
      wattsFrom: 'measured',
      boardTemperatureC: 27,
      fansRpm: [0, 0, 0, 0],
      uptimeSeconds: 37_977,
      mode: '0',
      firmware: 'Q-25052801_14a19a2',
    });
    // Its number was taken out of the record.
    expect(reading.identity).toBeUndefined();
  });

  where('is right on the answer recorded from an A1246 at work', async () => {
    const { driver } = await avalonAnswering(open, { stats: recorded('a1246-working.stats') });
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 81_072.68e9,
      watts: 3504,
      temperatureC: 77,
      fansRpm: [5344, 5392, 5349, 5309],
      uptimeSeconds: 24_684,
      mode: '1',
    });
  });

  where('takes the recorded answers to orders for agreement', async () => {
    const { driver } = await avalonAnswering(open, {
      litestats: stats('Ver[Q-1] SYSTEMSTATU[Work: In Work] GHSspd[5] WORKMODE[0] SoftOFF[0]', 1_753_434_700),
      softoff: recorded('avalonq.ascset_softoff').replace(/"When": \d+/, '"When": 1753434701'),
      help: recorded('avalonq.ascset_help'),
      workmode: recorded('avalonq.ascset_workmode'),
    });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(await driver.resume?.('2', within())).toEqual(DONE);
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
  });
});

describe('the fields of an Avalon', () => {
  it.each([
    ["'STATS':{Ver[Q-1] Nonce Mask[25]}", { Ver: 'Q-1', 'Nonce Mask': '25' }],
    ['A[] B[ 1 2 ]C[x', { A: '', B: '1 2' }],
    ['A[1] A[2] B[3]', { B: '3' }],
    ['__proto__[1]', JSON.parse('{"__proto__":"1"}')],
    ['no brackets', {}],
  ])('of %s', (text, fields) => {
    expect(Object.fromEntries(avalonFields(text))).toEqual(fields);
  });

  it('are found in the older form, whose commas stand within brackets too', () => {
    const text = 'STATUS=S,When=92,Code=70,Msg=x,Description=cgminer 4.11.1|STATS=0,ID=AVA100,MM ID0=A[b, c|d] E[f],MM Count=1|\0';
    const answer = decodeText4028(Buffer.from(text));
    expect(answer).toMatchObject({ ok: true, value: { letter: 'S', code: 70, description: 'cgminer 4.11.1', truncated: false } });
    expect(answer.ok && answer.value.rows('STATS').map((row) => row.get('MM ID0'))).toEqual(['A[b, c|d] E[f]']);
    expect(decodeText4028(Buffer.from(text.slice(0, 80)))).toMatchObject({ ok: true, value: { truncated: true } });
  });
});
