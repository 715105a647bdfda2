// Whatsminers: what the answers of both APIs mean, and which of the two is used.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { whatsminer } from '../../src/rigs/whatsminer.ts';
import { frameOf } from '../../src/wire/whatsminer-v3.ts';
import { tcpMouth } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { readingOf, type WhatsminerSetting, whatsminerBench } from '../support/whatsminer-bench.ts';

const open = closedAfterEach();
const bench = async (setting?: WhatsminerSetting) => open(await whatsminerBench(setting));

/** One of API 2 that gives these answers, by command. */
async function answering(answers: Readonly<Record<string, string>>): Promise<RigDriver> {
  const reply = (text: string): string => `${answers[JSON.parse(text).cmd] ?? '{"STATUS":"E","Code":14,"Msg":"invalid cmd"}'}\0`;
  const { port } = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
  return open(whatsminer.open({ host: '127.0.0.1', port, api: 'v2' }, rigKit()));
}

/** One of API 3 that says these bytes to every question. */
async function framing(bytes: Uint8Array): Promise<RigDriver> {
  const { port } = open(await tcpMouth(bytes));
  return open(whatsminer.open({ host: '127.0.0.1', framedPort: port, api: 'v3' }, rigKit()));
}

/** One of API 3 that gives these answers, by command. */
async function answeringFramed(say: (cmd: string) => string): Promise<RigDriver> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(frameOf(say(JSON.parse(chunk.subarray(4).toString('utf8')).cmd))));
  });
  const port = await listen(server, 0);
  open({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return open(whatsminer.open({ host: '127.0.0.1', framedPort: port, api: 'v3' }, rigKit()));
}

const status = (told: string): string => `{"STATUS":"S","When":0,"Code":131,"Msg":{${told}}}`;
const summary = (row: string): string => `{"STATUS":[{"STATUS":"S","Code":11,"Msg":"Summary"}],"SUMMARY":[{${row}}],"id":1}`;

describe('a reading of a Whatsminer', () => {
  it.each(['v2', 'v3'] as const)('tells everything that it knows, over API %s', async (has) => {
    const { driver, pass } = await bench({ has });
    pass(3_600);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 186e12,
      algorithm: 'sha256',
      watts: 3_440,
      wattsFrom: 'measured',
      temperatureC: has === 'v2' ? 88.2 : 82,
      boardTemperatureC: has === 'v2' ? 71.5 : 62.5,
      fansRpm: [5_400, 5_280],
      uptimeSeconds: has === 'v2' ? 3_660 : 3_600,
      mode: 'normal',
      identity: expect.stringMatching(/^02:00(:[0-9a-f]{2}){4}$/),
      firmware: has === 'v2' ? '20240624.18.REL' : '20251209.16.Rel2',
    });
  });

  it.each(['v2', 'v3'] as const)(
    'shows a pause, cool boards without a temperature, and a fan that stands still, over API %s',
    async (has) => {
      const { driver, pass } = await bench({ has });
      await driver.pause?.(within());
      pass(60);
      const asleep = await readingOf(driver);
      expect(asleep).toMatchObject({ state: 'paused', hashRate: 0, watts: 25, fansRpm: [1_200, 0] });
      expect(Object.keys(asleep)).not.toContain('temperatureC');
      expect(Object.keys(asleep)).not.toContain('boardTemperatureC');
    },
  );

  it.each(['v2', 'v3'] as const)('is not paused while its watts say otherwise, over API %s', async (has) => {
    const { driver, rig, pass } = await bench({ has });
    rig.misbehave({ lies: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', watts: 3_440, hashRate: 186e12 });
  });

  it.each([
    ['v2', { v2: { meter: false } }],
    ['v3', { v3: { meter: false } }],
  ] as const)('has no watts where -1 stands for them, over API %s', async (has, habits) => {
    const { driver } = await bench({ has, ...habits });
    expect(Object.keys(await readingOf(driver))).not.toContain('watts');
  });

  it('is the same in the style of letters and texts', async () => {
    const usual = await bench({ has: 'v2' });
    const letters = await bench({ has: 'v2', v2: { style: 'letters' } });
    expect(await readingOf(letters.driver)).toEqual(await readingOf(usual.driver));
  });

  it('is the same where its JSON is broken as some of its firmware breaks it', async () => {
    const usual = await bench({ has: 'v2' });
    const broken = await bench({ has: 'v2', v2: { broken: true } });
    expect(await readingOf(broken.driver)).toEqual(await readingOf(usual.driver));
    expect((await broken.driver.pause?.(within()))?.ok).toBe(true);
    expect(broken.fake.box.obeyed).toEqual(['pause']);
  });

  it('knows the older word for stopped', async () => {
    const { driver, pass } = await bench({ has: 'v2', v2: { old: true } });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', firmware: '20210109.22.REL' });
    await driver.pause?.(within());
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it('asks who it is only where its summary does not say', async () => {
    const { driver, fake } = await bench({ has: 'v2', v2: { mac: false } });
    expect((await readingOf(driver)).identity).toBe(fake.box.mac.toLowerCase());
    expect(fake.v2.asked).toContain('get_miner_info');
    const other = await bench({ has: 'v2' });
    await readingOf(other.driver);
    expect(other.fake.v2.asked).not.toContain('get_miner_info');
  });

  it.each([
    ['stopped, with nothing said of its watts', '"mineroff":"true"', '"HS RT":0', 'paused'],
    ['stopped and drawing next to nothing', '"mineroff":"true"', '"Power":24,"HS RT":0', 'paused'],
    ['stopped and still drawing', '"mineroff":"true"', '"Power":900,"HS RT":0', 'unknown'],
    ['stopped and hashing', '"mineroff":"true"', '"HS RT":1.5', 'unknown'],
    ['just started', '"mineroff":"false"', '"Elapsed":60,"HS RT":0', 'starting'],
    ['at 0 H/s for hours, perhaps without a pool', '"mineroff":"false"', '"Elapsed":9000,"HS RT":0,"Power":3300', 'unknown'],
    ['at 0 H/s and next to no watts, and not stopped', '"mineroff":"false"', '"Elapsed":9000,"HS RT":0,"Power":24', 'unknown'],
    ['hashing', '"mineroff":"false"', '"Elapsed":60,"MHS 5s":100', 'hashing'],
    ['known by its average alone', '"mineroff":"false"', '"Elapsed":9000,"MHS av":125000000', 'unknown'],
    ['of which it does not say whether it stopped', '"power_mode":"low"', '"HS RT":0,"Power":20', 'unknown'],
    ['stopped in a word of which nobody has heard', '"mineroff":"perhaps"', '"HS RT":0,"Power":20', 'unknown'],
  ] as const)('takes one %s for what it is', async (_which, told, row, state) => {
    expect((await readingOf(await answering({ status: status(told), summary: summary(row) }))).state).toBe(state);
  });

  it.each([
    ['hashes', '"Power":3300,"MHS 5s":60000000', 'hashing'],
    ['stands still, which is no pause', '"Power":30,"MHS 5s":0', 'unknown'],
  ])('of firmware without a word for stopped shows that it %s', async (_what, row, state) => {
    const reading = await readingOf(await answering({ summary: summary(row) }));
    expect(reading).toMatchObject({ state, wattsFrom: 'measured' });
  });

  it('tells the shares that its pool took over API 2, and none where it does not', async () => {
    const hashes = status('"mineroff":"false"');
    expect(await readingOf(await answering({ status: hashes, summary: summary('"Power":3300,"Accepted":12') }))).toMatchObject({
      acceptedShares: 12,
    });
    expect(await readingOf(await answering({ status: hashes, summary: summary('"Power":3300') }))).not.toHaveProperty('acceptedShares');
  });

  it('stands on the state alone when the figures do not come', async () => {
    const reading = await readingOf(await answering({ status: status('"mineroff":"true","power_mode":"Low"') }));
    expect(reading).toEqual({ rig: 'rig-1', takenAtMs: expect.any(Number), state: 'paused', algorithm: 'sha256', mode: 'low' });
  });

  it('is no pause by its word alone where the figures break off, for it says so before it has stopped', async () => {
    const driver = await answering({ status: status('"mineroff":"true","power_mode":"Low"'), summary: '{"STATUS":[{"STATUS":"S",' });
    expect((await readingOf(driver)).state).toBe('unknown');
    const off = { code: 0, msg: { miner: { working: 'false' }, salt: 'abc' } };
    const broken = await answeringFramed((cmd) => (cmd === 'get.device.info' ? JSON.stringify(off) : '{"code":0,'));
    expect((await readingOf(broken)).state).toBe('unknown');
    const told = await answeringFramed((cmd) => JSON.stringify(cmd === 'get.device.info' ? off : { code: -1, msg: 'asleep' }));
    expect((await readingOf(told)).state).toBe('paused');
  });

  const V2 = '../shared/data/miners/whatsminer-v2/v2';
  (existsSync(`${V2}.summary.json`) ? it : it.skip)('is right on the answers recorded over API 2', async () => {
    const recorded = (command: string): string => readFileSync(`${V2}.${command}.json`, 'utf8');
    const driver = await answering({ status: recorded('status'), summary: recorded('summary') });
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 124.5e12,
      watts: 3_200,
      temperatureC: 81,
      fansRpm: [5_400, 5_280],
      uptimeSeconds: 25_500,
      acceptedShares: 5_412,
      mode: 'normal',
      identity: '02:00:00:00:00:01',
      firmware: '20240624.18.REL',
    });
  });

  const V3 = '../shared/data/miners/whatsminer-v3/m60s.v3';
  (existsSync(`${V3}.get_device_info.json`) ? it : it.skip)('is right on the answers recorded from an M60S over API 3', async () => {
    // One mouth for both questions: what each tells stands side by side.
    const told = ['device_info', 'miner_status_summary'].map((name) => JSON.parse(readFileSync(`${V3}.get_${name}.json`, 'utf8')).msg);
    const driver = await framing(frameOf(JSON.stringify({ code: 0, when: 1_773_869_570, msg: Object.assign({}, ...told) })));
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 171.259e12,
      watts: 3_156,
      temperatureC: 82,
      boardTemperatureC: 41.5,
      fansRpm: [5_400, 5_280],
      uptimeSeconds: 50_000,
      identity: '02:00:00:00:00:01',
      firmware: '20251209.16.Rel2',
    });
  });
});

describe('an answer in a frame', () => {
  const whole = Buffer.from(frameOf('{"code":0,"msg":{"miner":{"working":"false"},"salt":"abc"}}'));

  it('that is cut off anywhere is no pause', async () => {
    for (let end = 1; end < whole.length; end += 7) {
      const driver = await framing(whole.subarray(0, end));
      expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    }
  });

  it('may come behind signs of life, and with more behind it', async () => {
    const driver = await framing(Buffer.concat([Buffer.alloc(12), whole, Buffer.from('more')]));
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['API 2', '{"STATUS":"E","Code":23}\0'],
  ])('is not what %s says', async (_who, text) => {
    const driver = await framing(Buffer.from(text));
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });
});

describe('which API a Whatsminer is asked over', () => {
  it('is the newer one where it has both, and stays so', async () => {
    const { driver, fake } = await bench();
    await readingOf(driver);
    await driver.pause?.(within());
    await readingOf(driver);
    expect(fake.v2.asked).toEqual(['summary']);
    expect(fake.v3.asked).toContain('set.miner.service stop');
  });

  it('is found out by an order, if that comes first', async () => {
    const { driver, fake } = await bench({ has: 'v2' });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.v2.asked).toEqual(['summary', 'get_token', 'sealed power_off']);
  });

  it.each([
    ['v2', 'v3'],
    ['v3', 'v2'],
  ] as const)('is %s alone where its owner says so', async (api, other) => {
    const { driver, fake } = await bench({ options: { api } });
    await readingOf(driver);
    expect(fake[other].asked).toEqual([]);
  });

  it('is looked at again where the newer one came up after the older', async () => {
    const older = await bench({ has: 'v2' });
    const newer = await bench({ has: 'v3' });
    const at = { host: '127.0.0.1', port: older.fake.port, framedPort: older.fake.framedPort };
    let now = 0;
    const driver = open(whatsminer.open(at, { ...rigKit(), nowMs: () => now }));
    expect((await readingOf(driver)).firmware).toBe('20240624.18.REL');
    // Somebody listens on the other port from now on.
    const { connect } = await import('node:net');
    const bridge = createServer((socket) => {
      const on = connect(newer.fake.framedPort, '127.0.0.1');
      socket.on('error', () => on.destroy()).on('close', () => on.destroy());
      on.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.pipe(on).pipe(socket);
    });
    await new Promise<void>((resolve) => bridge.listen(older.fake.framedPort, '127.0.0.1', resolve));
    open({ close: () => new Promise<void>((resolve) => bridge.close(() => resolve())) });
    now += 10 * 60_000;
    expect((await readingOf(driver)).firmware).toBe('20240624.18.REL');
    now += 20 * 60_000;
    expect((await readingOf(driver)).firmware).toBe('20251209.16.Rel2');
  });

  it('is the older one where the port of the newer takes connections and says nothing', async () => {
    const silent = open(await tcpMouth('silent'));
    const { driver, pass } = await bench({ has: 'v2', options: { framedPort: silent.port } });
    for (const minutes of [0, 30, 0]) {
      pass(minutes * 60);
      const reading = await driver.read?.(within(4_000));
      expect(reading).toMatchObject({ ok: true, value: { state: 'hashing' } });
    }
  });

  it('is the newer one at once where the port of the older takes connections and says nothing', async () => {
    const silent = open(await tcpMouth('silent'));
    const { driver, fake } = await bench({ has: 'v3', options: { port: silent.port } });
    expect((await driver.pause?.(within(3_000)))?.ok).toBe(true);
    expect(fake.box.obeyed).toEqual(['pause']);
  });

  it('is found out for an order at once where a first reading makes room for it', async () => {
    const silent = open(await tcpMouth('silent'));
    const { driver } = await bench({ has: 'v2', options: { framedPort: silent.port } });
    const reading = driver.read?.(within());
    expect((await driver.pause?.(within(4_000)))?.ok).toBe(true);
    expect(await reading).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
  });

  it('is forgotten while nobody is there', async () => {
    const { driver, rig, pass } = await bench();
    await readingOf(driver);
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect((await readingOf(driver)).firmware).toBe('20251209.16.Rel2');
  });
});
