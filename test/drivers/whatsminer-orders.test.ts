// Orders to Whatsminers: one request each, few logins, and nothing touched but what was asked for.
import { describe, expect, it } from '@jest/globals';
import { whatsminer } from '../../src/rigs/whatsminer.ts';
import { tcpMouth } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { readingOf, type WhatsminerSetting, whatsminerBench } from '../support/whatsminer-bench.ts';

const open = closedAfterEach();
const bench = async (setting?: WhatsminerSetting) => open(await whatsminerBench(setting));
const BOTH = ['v2', 'v3'] as const;

/** Orders of so many that the fake understood. */
const ordersIn = (asked: readonly string[]): readonly string[] => asked.filter((one) => /^(sealed|set\.)/.test(one));

describe('a pause', () => {
  it.each([
    ['v2', 'sealed power_off'],
    ['v3', 'set.miner.service stop'],
  ] as const)('is one request once the rig has been read, over API %s', async (has, request) => {
    const { driver, fake } = await bench({ has });
    await readingOf(driver);
    const before = fake[has].asked.length;
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake[has].asked.slice(before)).toEqual([request]);
  });

  it.each(BOTH)('and the resume after it touch neither pools nor fans, mode nor limit, over API %s', async (has) => {
    const { driver, fake, pass } = await bench({ has });
    const { pools, fans, mode, limitWatts } = fake.box;
    const before = JSON.stringify({ pools, fans, mode, limitWatts });
    const reading = await readingOf(driver);
    await driver.pause?.(within());
    pass(60);
    await driver.resume?.(reading.mode, within());
    pass(600);
    const after = { pools: fake.box.pools, fans: fake.box.fans, mode: fake.box.mode, limitWatts: fake.box.limitWatts };
    expect(JSON.stringify(after)).toBe(before);
    expect(fake.box.obeyed).toEqual(['pause', 'resume']);
    expect(fake.box.restarts).toBe(0);
  });

  it.each(BOTH)('counts as done where the rig refuses because it has stopped already, over API %s', async (has) => {
    const { driver, rig } = await bench({ has, traits: { startsAs: 'paused' } });
    rig.misbehave({ refuses: true });
    expect(await driver.pause?.(within())).toEqual({ ok: true, value: undefined });
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it.each(BOTH)('sleeps on through a power cut and is woken after it, over API %s', async (has) => {
    const { driver, rig, pass } = await bench({ has });
    await readingOf(driver);
    await driver.pause?.(within());
    rig.cut();
    pass(3_600);
    rig.feed();
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
    expect((await driver.resume?.('normal', within()))?.ok).toBe(true);
    pass(600);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it('is in doubt where its answer is lost, and a reading shows what became of it', async () => {
    const { driver, rig, pass } = await bench({ has: 'v3' });
    await readingOf(driver);
    rig.misbehave({ losesAnswers: true });
    expect(await driver.pause?.(within(200))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    rig.misbehave({ losesAnswers: false });
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it('goes through on firmware that cannot read an order with respbefore in it', async () => {
    const { driver, fake } = await bench({ has: 'v2', v2: { respbefore: false } });
    await readingOf(driver);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.box.obeyed).toEqual(['pause']);
  });
});

describe('the token of API 2', () => {
  it('is taken by the readings, a new one every 25 minutes', async () => {
    const { driver, fake, pass } = await bench({ has: 'v2' });
    for (let minute = 0; minute < 120; minute++) {
      await readingOf(driver);
      pass(60);
    }
    expect(fake.v2.asked.filter((one) => one === 'get_token')).toHaveLength(5);
  });

  it('is used by an order though it is not the freshest, for nothing is to stand before a pause', async () => {
    const { driver, fake, pass } = await bench({ has: 'v2' });
    await readingOf(driver);
    pass(28 * 60);
    const before = fake.v2.asked.length;
    await driver.pause?.(within());
    expect(fake.v2.asked.slice(before)).toEqual(['sealed power_off']);
  });

  it('that died with a reboot is taken anew, and the order given once more', async () => {
    const { driver, fake } = await bench({ has: 'v2' });
    await readingOf(driver);
    fake.v2.forgetTokens();
    const before = fake.v2.asked.length;
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.v2.asked.slice(before)).toEqual(['sealed power_off', 'get_token', 'sealed power_off']);
  });

  it('is not asked for again and again where others hold them all', async () => {
    const { driver, fake, pass } = await bench({ has: 'v2' });
    const others = await Promise.all([...Array(32).keys()].map(() => whatsminerTokens(fake.port)));
    expect(others.at(-1)).toContain('newsalt');
    for (let poll = 0; poll < 30; poll++) {
      expect((await readingOf(driver)).state).toBe('hashing');
      pass(20);
    }
    // Two tries in ten minutes, beside the 32 of others.
    expect(fake.v2.asked.filter((one) => one === 'get_token')).toHaveLength(32 + 2);
    const refused = await driver.pause?.(within());
    expect(refused).toMatchObject({
      ok: false,
      fault: { code: 'refused', retry: 'later', detail: expect.stringContaining('no more tokens') },
    });
    pass(30 * 60);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
  });
});

/** As another program does it. */
async function whatsminerTokens(port: number): Promise<string> {
  const { addressBook } = await import('../../src/transports/address-book.ts');
  const { askTcp } = await import('../../src/transports/tcp.ts');
  const addresses = addressBook(() => new Promise(() => undefined));
  const answer = await askTcp({ host: '127.0.0.1', port, addresses, payload: '{"cmd":"get_token"}', signal: within() });
  return answer.ok ? Buffer.from(answer.value).toString() : answer.fault.detail;
}

describe('the salt of API 3', () => {
  it('that has changed is asked for, and the order given once more', async () => {
    const { driver, fake } = await bench({ has: 'v3' });
    await readingOf(driver);
    fake.v3.salt = 'another1';
    const before = fake.v3.asked.length;
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.v3.asked.slice(before)).toEqual(['set.miner.service stop', 'get.device.info salt', 'set.miner.service stop']);
  });

  it('is used with the time of the rig, whose clock stands years behind', async () => {
    const { driver, fake, pass } = await bench({ has: 'v3' });
    await readingOf(driver);
    pass(1_200);
    expect(Math.abs(fake.box.clock - Date.now() / 1000)).toBeGreaterThan(1_000_000);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(ordersIn(fake.v3.asked)).toHaveLength(1);
  });
});

describe('a password', () => {
  it.each(BOTH)('that is wrong is tried twice, then not for five minutes, and reading goes on, over API %s', async (has) => {
    const { driver, fake, pass } = await bench({ has, password: 'hunter22' });
    await readingOf(driver);
    const first = await driver.pause?.(within());
    expect(first).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
    expect(JSON.stringify(first)).not.toContain('hunter22');
    const tried = fake[has].asked.length;
    for (let second = 0; second < 240; second += 20) {
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
      pass(20);
    }
    expect(fake[has].asked).toHaveLength(tried);
    expect((await readingOf(driver)).state).toBe('hashing');
    if (has === 'v2') fake.box.adminPassword = 'hunter22';
    else fake.box.superPassword = 'hunter22';
    pass(90);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
  });

  it.each([
    ['is not named', { passwordFile: undefined }, 'name its file, passwordFile'],
    ['cannot be read', {}, 'could not be read'],
  ])('whose file %s is wanted for orders alone', async (_how, options, words) => {
    for (const has of BOTH) {
      const { driver, fake } = await bench({ has, password: undefined, options });
      expect((await readingOf(driver)).state).toBe('hashing');
      expect(await driver.pause?.(within())).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining(words) },
      });
      expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
      expect(fake[has].asked.filter((one) => /token|sealed|^set/.test(one))).toEqual([]);
    }
  });

  it.each(BOTH)('does not help where its API was never switched on, over API %s', async (has) => {
    const { driver } = await bench({ has, open: false });
    expect((await readingOf(driver)).state).toBe('hashing');
    const words = { ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining('WhatsMinerTool') } };
    expect(await driver.pause?.(within())).toMatchObject(words);
    expect(await driver.mayOrder?.(within())).toMatchObject(words);
  });

  it('that was given for the older API serves on when an update has brought the newer one', async () => {
    const { driver, fake, pass } = await bench({ password: 'notadmin' });
    await readingOf(driver);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(ordersIn(fake.v3.asked)).toHaveLength(2);
    pass(60 * 60);
    expect((await readingOf(driver)).state).toBe('paused');
    const before = fake.v2.asked.length;
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(fake.v2.asked.slice(before)).toEqual(['sealed power_on']);
    expect(ordersIn(fake.v3.asked)).toHaveLength(2);
  });

  it('that fits neither API is tried twice over each', async () => {
    const { driver, fake } = await bench({ password: 'hunter22' });
    for (let times = 0; times < 4; times++) {
      expect(await driver.pause?.(within())).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('account') },
      });
    }
    expect(ordersIn(fake.v3.asked)).toHaveLength(2);
    expect(fake.v2.asked.filter((one) => one === 'get_token')).toHaveLength(2);
    expect(fake.box.obeyed).toEqual([]);
  });

  it('is tested without an order over API 2, and a wrong one is found', async () => {
    const right = await bench({ has: 'v2' });
    expect((await right.driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(right.fake.box.obeyed).toEqual([]);
    const wrong = await bench({ has: 'v2', password: 'hunter22' });
    expect(await wrong.driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
  });

  it('is not tested over API 3, of which nothing but an order would tell', async () => {
    const { driver, fake } = await bench({ has: 'v3' });
    expect(await driver.mayOrder?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'not-asked', detail: expect.stringContaining('drill it once') },
    });
    expect(ordersIn(fake.v3.asked)).toEqual([]);
  });

  it('that was refused an order is known to be wrong over API 3 too, and that is said without another', async () => {
    const { driver, fake } = await bench({ has: 'v3', password: 'hunter22' });
    await driver.pause?.(within());
    const tried = ordersIn(fake.v3.asked).length;
    for (let times = 0; times < 3; times += 1)
      expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(ordersIn(fake.v3.asked)).toHaveLength(tried);
    expect(fake.box.obeyed).toEqual([]);
  });
});

describe('a mode', () => {
  it.each(BOTH)('from before the pause is set again where it is another one now, over API %s', async (has) => {
    const { driver, fake, pass } = await bench({ has });
    fake.box.mode = 'low';
    const { mode } = await readingOf(driver);
    expect(mode).toBe('low');
    await driver.pause?.(within());
    pass(60);
    fake.box.mode = 'normal';
    expect((await driver.resume?.(mode, within()))?.ok).toBe(true);
    expect(fake.box.mode).toBe('low');
    expect(fake.box.obeyed).toEqual(['pause', 'resume', 'mode low']);
  });

  it('that is none of its own is not set', async () => {
    const { driver, fake } = await bench({ has: 'v3', traits: { startsAs: 'paused' } });
    expect((await driver.resume?.('290MHz', within()))?.ok).toBe(true);
    expect(fake.box.obeyed).toEqual(['resume']);
  });

  it('is not told and not set by firmware that does not tell of it', async () => {
    const { driver, fake } = await bench({ has: 'v3', v3: { mode: false } });
    expect(Object.keys(await readingOf(driver))).not.toContain('mode');
    await driver.pause?.(within());
    expect((await driver.resume?.('low', within()))?.ok).toBe(true);
    expect(fake.box.obeyed).toEqual(['pause', 'resume']);
  });
});

describe('a limit', () => {
  it.each(BOTH)('is set once, and taken back to what was before it, over API %s', async (has) => {
    const { driver, fake } = await bench({ has });
    expect((await driver.limitWatts?.(2_800, undefined, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(2_800, undefined, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(2_499.6, undefined, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    // It starts anew for each, so none is set twice.
    expect(fake.box.obeyed).toEqual(['limit 2800', 'limit 2500', 'limit 3600']);
  });

  it.each([0, -1, Number.NaN, 1e6])('of %d W is refused before it is asked for', async (watts) => {
    const { driver, fake } = await bench({ has: 'v3' });
    expect(await driver.limitWatts?.(watts, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'never' } });
    expect(ordersIn(fake.v3.asked)).toEqual([]);
  });

  it('that it never set is not taken back by guesswork', async () => {
    const { driver, fake } = await bench({ has: 'v2' });
    expect(await driver.limitWatts?.(undefined, undefined, within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', retry: 'never' },
    });
    expect(ordersIn(fake.v2.asked)).toEqual([]);
  });
});

describe('a reboot', () => {
  it('is done when the rig took the order and fell silent', async () => {
    const rigs = await Promise.all(BOTH.map((has) => bench({ has })));
    const outcomes = await Promise.all(rigs.map(({ driver }) => driver.reboot?.(within())));
    expect(outcomes.map((outcome) => outcome?.ok)).toEqual([true, true]);
    expect(rigs.map(({ rig }) => rig.look().answers)).toEqual([false, false]);
  });

  it('is not done when nobody took the order', async () => {
    const { driver, rig } = await bench({ has: 'v2' });
    rig.cut();
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('is not done where the rig was silent already when asked how to sign', async () => {
    const { port } = open(await tcpMouth('silent'));
    const kit = rigKit('rig-1', new Map([['miner', 'notadmin']]));
    const at = { host: '127.0.0.1', port, framedPort: port, passwordFile: 'miner' };
    const outcomes = await Promise.all(BOTH.map((api) => open(whatsminer.open({ ...at, api }, kit)).reboot?.(within(8_000))));
    expect(outcomes.map((outcome) => (outcome?.ok === false ? outcome.fault.code : 'done'))).toEqual(['timeout', 'timeout']);
  }, 10_000);
});

it.each(BOTH)('a Whatsminer blinks when it is to be found, and then no more, over API %s', async (has) => {
  const { driver, fake } = await bench({ has });
  await driver.locate?.(true, within());
  expect(fake.box.led).not.toBe('auto');
  await driver.locate?.(false, within());
  expect(fake.box.led).toBe('auto');
  expect(fake.box.obeyed).toEqual(['led', 'led']);
});
