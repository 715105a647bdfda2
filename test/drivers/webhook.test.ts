// A rig behind a page of the owner's: what its answers mean by the paths that he gave, and where its secrets go.
import { afterEach, describe, expect, it } from '@jest/globals';
import { PAGE, startWebhookFake, type WebhookFakeOptions } from '../../src/fakes/webhook-rig.ts';
import { readingIn, webhook } from '../../src/rigs/webhook.ts';
import { tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

const TRAITS = { id: 'rig-1', hashRate: 95e12, watts: 3250, pausedWatts: 30 };
const DONE = { ok: true, value: undefined };
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function bench(page: Omit<WebhookFakeOptions, 'rig'> = {}, options: object = {}, secrets: ReadonlyMap<string, string> = new Map()) {
  const made = await tcpBench(webhook, TRAITS, (rig) => startWebhookFake({ rig, ...page }), { options: { ...PAGE, ...options }, secrets });
  open.push(made);
  return made;
}

describe('a rig behind a page', () => {
  it('is read by the paths and the units of its owner', async () => {
    const { driver, pass } = await bench();
    expect(await driver.read?.(within())).toMatchObject({
      ok: true,
      value: { state: 'hashing', watts: 3250, wattsFrom: 'measured', hashRate: 95e12 },
    });
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(60);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused', watts: 30, hashRate: 0 } });
  });

  it('that answers 200 and no did not do it', async () => {
    const { driver, rig } = await bench();
    rig.misbehave({ refuses: true });
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('did not pause: result.ok is not true') },
    });
  });

  it.each([
    ['a path that is not there', { path: '/rigs/run' }, 'unsupported', 'HTTP 404'],
    ['a body that means nothing to it', { bodyJson: { go: false } }, 'refused', 'HTTP 400'],
    ['a test for what it never says', { okWhen: 'done' }, 'garbled', 'correct okWhen'],
  ])('is told of at %s', async (_which, own, code, say) => {
    const { driver } = await bench({}, { pause: { ...PAGE.pause, ...own } });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(say) } });
  });

  it('is done with any good answer where its owner names no test', async () => {
    const { driver } = await bench({}, { pause: { ...PAGE.pause, okWhen: undefined } });
    expect(await driver.pause?.(within())).toEqual(DONE);
  });

  it('that sends us to another host is not followed', async () => {
    const elsewhere = await bench();
    const { driver } = await bench({ movedTo: `http://localhost:${elsewhere.fake.port}/rig` });
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    expect(elsewhere.fake.asked).toEqual([]);
  });

  it('that answers slowly is waited for as long as its owner says', async () => {
    const { driver, rig } = await bench({}, { answerSeconds: 1 });
    rig.misbehave({ answerSeconds: 1.5 });
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  });
});

describe('the secret of a page', () => {
  const HEADER = { headerFile: 'page.header' };

  it('goes with every request, from its file', async () => {
    const { driver } = await bench({ token: 't0ken' }, HEADER, new Map([['page.header', 'X-Rig-Token: t0ken']]));
    expect(await driver.pause?.(within())).toEqual(DONE);
  });

  it('that is wrong is said once, and not tried again for three minutes; reading goes on', async () => {
    const { driver, fake } = await bench({ token: 't0ken' }, HEADER, new Map([['page.header', 'X-Rig-Token: wrong']]));
    for (let times = 0; times < 4; times++) {
      const outcome = await driver.pause?.(within());
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining('correct headerFile') } });
      expect(JSON.stringify(outcome)).not.toContain('wrong');
      expect(await driver.read?.(within())).toMatchObject({ ok: true });
    }
    expect(fake.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('is tried again after those minutes, for it may have been put right over there', async () => {
    const { rig, fake } = await bench();
    let now = 0;
    const driver = webhook.open({ host: '127.0.0.1', port: fake.port, ...PAGE }, { ...rigKit(), nowMs: () => now });
    open.push(driver);
    rig.misbehave({ locked: true });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    rig.behave({});
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    now = 181_000;
    expect(await driver.pause?.(within())).toEqual(DONE);
  });

  it.each([
    ['is missing', new Map<string, string>(), 'could not be read'],
    ['is no header', new Map([['page.header', 't0ken']]), 'one line, Name: value'],
    ['is two headers', new Map([['page.header', 'a: b\r\nhost: elsewhere']]), 'one line, Name: value'],
  ])('whose file %s is told of before anybody is asked', async (_which, secrets, say) => {
    const { driver, fake } = await bench({}, HEADER, secrets);
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining(say) },
    });
    expect(fake.asked).toEqual([]);
  });

  it.each([
    ['a header', { headers: { Authorization: 'Bearer x' } }],
    ['a key of an API', { headers: { 'X-Api-Key': 'x' } }],
    ['a query', { path: '/rig?token=x' }],
    ['a body', { bodyJson: { run: false, password: 'x' } }],
  ])('never stands in the file as %s', (_which, own) => {
    const given = { host: 'rig', ...PAGE, pause: { ...PAGE.pause, ...own } };
    const taken = webhook.options.safeParse(given);
    expect(taken.success).toBe(false);
    expect(JSON.stringify(taken.error?.issues)).toContain('headerFile');
  });
});

describe('the options of a page', () => {
  it.each([
    ['another host in a path', { pause: { ...PAGE.pause, path: '//elsewhere/run' } }],
    ['a whole address as a path', { pause: { ...PAGE.pause, path: 'http://elsewhere/run' } }],
    ['a host among its headers', { pause: { ...PAGE.pause, headers: { Host: 'elsewhere' } } }],
    ['a line break in a header', { pause: { ...PAGE.pause, headers: { 'X-A': 'a\r\nb: c' } } }],
    ['a blank in a path', { pause: { ...PAGE.pause, path: '/run now' } }],
    ['a method that is none', { pause: { ...PAGE.pause, method: 'DELETE' } }],
    ['an empty step in a path of its answer', { reading: { hashing: 'a..b' } }],
    ['a unit that is none', { reading: { hashRate: { at: 'rate', unit: 'Sol/s' } } }],
  ])('are refused with %s', (_which, own) => {
    expect(webhook.options.safeParse({ host: 'rig', ...PAGE, ...own }).success).toBe(false);
    expect(webhook.options.safeParse({ host: 'rig', ...PAGE }).success).toBe(true);
  });

  it('are those of a driver that opens and closes without a word to anybody', async () => {
    const { fake } = await bench();
    const driver = webhook.open({ host: '127.0.0.1', port: fake.port, ...PAGE }, rigKit());
    await driver.close();
    expect(fake.asked).toEqual([]);
  });
});

describe('an answer', () => {
  const at = { rig: 'r', takenAtMs: 1, where: 'page' };

  it.each([
    ['{"p":true,"h":false,"w":20}', { state: 'paused', watts: 20 }],
    ['{"p":true,"h":true}', { state: 'unknown' }],
    ['{"p":false,"h":false,"w":0}', { state: 'unknown', watts: 0 }],
    ['{"p":null,"w":null}', { state: 'unknown' }],
    ['{"p":true}', { state: 'paused' }],
    ['{"h":true,"w":"1480.5"}', { state: 'hashing', watts: 1480.5 }],
    ['{"__proto__":{"p":true,"w":3}}', { state: 'unknown' }],
  ])('%s is read so', (text, expected) => {
    const reading = readingIn(JSON.parse(text), { watts: { at: 'w', unit: 'W', from: 'estimated' }, hashing: 'h', paused: 'p' }, at);
    expect(reading).toMatchObject({ ok: true, value: expected });
    if (reading.ok) expect('watts' in reading.value).toBe('watts' in expected);
  });

  it.each([
    ['{"w":"many"}', 'at w stands no figure'],
    ['{"w":-1}', 'at w stands no figure'],
    ['{"w":[20]}', 'at w stands no figure'],
    ['{"p":"yes"}', 'at p stands neither true nor false'],
    ['{"p":{"a":1}}', 'at p stands no single value'],
  ])('%s is an error of the page or of the paths, and said', (text, say) => {
    const reading = readingIn(JSON.parse(text), { watts: { at: 'w', unit: 'W', from: 'measured' }, paused: 'p' }, at);
    expect(reading).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringContaining(say) } });
  });

  it('with a length that nobody wrote has none', () => {
    expect(readingIn({ a: [1, 2] }, { watts: { at: 'a.length', unit: 'W', from: 'measured' } }, at)).toEqual({
      ok: true,
      value: { rig: 'r', takenAtMs: 1, state: 'unknown' },
    });
  });
});
