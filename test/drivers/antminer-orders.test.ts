// Antminers under Bitmain's own firmware: how their mode is written and nothing else, and what they do wrong when told to.
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type ElphapexFake, startElphapexFake } from '../../src/fakes/elphapex-rig.ts';
import { listen } from '../../src/fakes/listen.ts';
import { antminer } from '../../src/rigs/antminer.ts';
import type { SimRig } from '../../src/sim/rig.ts';
import { tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { doesNothingToAnother } from '../support/another-maker.ts';
import { antminerBench, GOOD, NONE, OPTIONS, readingOf, SECRETS, speakingAntminer } from '../support/antminer-bench.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';

const open = closedAfterEach();

const writesOf = ({ asked }: { readonly asked: readonly string[] }): readonly string[] => asked.filter((one) => one.startsWith('POST'));

describe('an order to an Antminer', () => {
  it('changes its mode and nothing else: pools, fans and clocks are as they were', async () => {
    const { driver, fake, pass } = open(await antminerBench({ mode: 3 }));
    const before = fake.settings();
    const { mode } = await readingOf(driver);
    await driver.pause?.(within());
    expect(fake.settings()).toEqual({ ...before, 'bitmain-work-mode': '1' });
    pass(60);
    await driver.resume?.(mode, within());
    expect(fake.settings()).toEqual(before);
  });

  it('brings back the mode that it was told, or else the one that it saw, or else the normal one', async () => {
    const { driver, fake } = open(await antminerBench({ mode: 2 }));
    const mode = (): unknown => fake.settings()['bitmain-work-mode'];
    await driver.pause?.(within());
    await driver.resume?.('3', within());
    expect(mode()).toBe('3');
    await driver.pause?.(within());
    await driver.resume?.(undefined, within());
    expect(mode()).toBe('3');
    const asleep = open(await antminerBench({ traits: { startsAs: 'paused' } }));
    await asleep.driver.resume?.('1', within());
    expect(asleep.fake.settings()['bitmain-work-mode']).toBe('0');
  });

  it('writes nothing where the rig is as wanted, in whatever mode it is awake', async () => {
    const { driver, fake } = open(await antminerBench({ mode: 3 }));
    expect((await driver.resume?.('0', within()))?.ok).toBe(true);
    expect(writesOf(fake)).toEqual([]);
    await driver.pause?.(within());
    const writes = writesOf(fake).length;
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(writesOf(fake)).toHaveLength(writes);
  });

  it.each(['miner-mode', 'text'] as const)('reaches a build that heeds %s alone', async (heeds) => {
    const { driver, rig } = open(await antminerBench({ heeds }));
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('has failed where the rig agrees and does nothing', async () => {
    const { driver, fake } = open(await antminerBench({ heeds: 'neither' }));
    const before = fake.settings();
    const detail = expect.stringContaining('agreed, and its work mode is as before');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(fake.settings()).toEqual(before);
  });

  it('lets the rig be read while its answer is 21 s on its way', async () => {
    const { driver, fake } = open(await antminerBench({ writeSeconds: 4, reloadSeconds: 0 }));
    let answered = false;
    const pausing = driver.pause?.(within(30_000)).then((outcome) => {
      answered = true;
      return outcome;
    });
    await eventually('the write is sent', () => fake.asked.includes('POST /cgi-bin/set_miner_conf.cgi'), 10_000);
    expect((await driver.read?.(within()))?.ok).toBe(true);
    expect(answered).toBe(false);
    expect((await pausing)?.ok).toBe(true);
  }, 30_000);

  it('ends at its deadline where the answer does not come', async () => {
    const { driver } = open(await antminerBench({ writeSeconds: 60 }));
    const began = performance.now();
    const detail = expect.stringContaining('did not answer in time');
    expect(await driver.pause?.(within(500))).toMatchObject({ ok: false, fault: { code: 'timeout', detail } });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('is never said not to have been asked where its answer outlasts the deadline', async () => {
    const { driver } = open(await antminerBench({ writeSeconds: 60 }));
    const detail = expect.stringContaining('did not answer in time');
    expect(await driver.pause?.(within(2_500))).toMatchObject({ ok: false, fault: { code: 'timeout', detail } });
  });

  it('has succeeded where its answer is rubbish and its mode is as wanted', async () => {
    let mode = '0';
    const { driver, written } = open(
      await speakingAntminer((path, body) => {
        if (path.endsWith('/get_miner_conf.cgi')) return { status: 200, json: { ...GOOD, 'bitmain-work-mode': mode } };
        mode = String(JSON.parse(body)['miner-mode']);
        return { status: 200, text: '<html>reloading' };
      }),
    );
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(written).toHaveLength(1);
  });

  it('takes its word where the mode can not be seen behind it', async () => {
    let written = false;
    const { driver } = open(
      await speakingAntminer((path) => {
        if (path.endsWith('/get_miner_conf.cgi')) return written ? { status: 503, text: 'reloading' } : { status: 200, json: GOOD };
        written = true;
        return { status: 200, json: { stats: 'success', code: 'M000', msg: 'OK!' } };
      }),
    );
    expect((await driver.pause?.(within()))?.ok).toBe(true);
  });

  it.each([
    ['without pools', { 'bitmain-work-mode': '0' }],
    ['with no pools left', { ...GOOD, pools: [] }],
    ['with a pool of another kind', { ...GOOD, pools: [...GOOD.pools, 'stratum+tcp://second'] }],
    ['with pools that have no address', { ...GOOD, pools: [{ url: '', user: '', pass: '' }] }],
    ['with masked passwords', { ...GOOD, pools: [{ ...GOOD.pools[0], pass: '******' }] }],
  ])('is not given where its configuration came %s, for writing that back would ruin it', async (_which, json) => {
    const { driver, asked } = open(await speakingAntminer(() => ({ status: 200, json })));
    const refusal = { ok: false, fault: { code: 'refused', detail: expect.stringContaining('is not written back') } };
    expect(await driver.pause?.(within())).toMatchObject(refusal);
    expect(await driver.mayOrder?.(within())).toMatchObject(refusal);
    expect(writesOf({ asked })).toEqual([]);
  });

  it('sends back whatever it was set to, but what was null', async () => {
    const conf = { ...GOOD, 'bitmain-fan-ctrl': null, 'bitmain-freq-level': '90', 'bitmain-user-ip-cat': false };
    const { driver, written } = open(
      await speakingAntminer((path) => ({
        status: 200,
        json: path.endsWith('/get_miner_conf.cgi') ? conf : { stats: 'error', code: 'M001', msg: 'Invalid pool!' },
      })),
    );
    const detail = expect.stringContaining('M001: Invalid pool!');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(JSON.parse(written[0] ?? '')).toEqual({
      pools: GOOD.pools,
      'bitmain-freq-level': '90',
      'freq-level': '90',
      'bitmain-user-ip-cat': false,
      'miner-mode': 1,
      'bitmain-work-mode': 1,
    });
  });

  it('says that older firmware has no such page', async () => {
    const { driver } = open(await speakingAntminer(() => NONE));
    const detail = expect.stringContaining('is this stock firmware of an S19 or later?');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported', detail } });
  });

  it('finds nobody while the rig boots, and a sleeper after a power cut', async () => {
    const { driver, rig, pass } = open(await antminerBench({ mode: 3 }));
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(10);
    expect(await driver.resume?.('3', within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
    expect((await driver.resume?.('3', within()))?.ok).toBe(true);
    pass(600);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', mode: '3' });
  });

  it('reboots it, also where it dies before it answers, and not where nobody is', async () => {
    const { driver, rig, pass } = open(await antminerBench());
    pass(100);
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(rig.look().answers).toBe(false);
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    const { driver: other } = open(
      await speakingAntminer((path) =>
        path.endsWith('/reboot.cgi') ? { status: 200, text: 'x'.repeat(100_000) } : { status: 200, json: GOOD },
      ),
    );
    expect((await other.reboot?.(within()))?.ok).toBe(true);
  });

  it('has not rebooted it where nobody listens any more when it is to be told', async () => {
    // Its web server goes away behind the look that comes before.
    const server = createServer((_request, response) => {
      server.close();
      response.end(JSON.stringify(GOOD));
    });
    const at = { host: '127.0.0.1', port: await listen(server), ...OPTIONS };
    const driver = open(antminer.open(at, rigKit('rig-1', SECRETS)));
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('blinks, and stops', async () => {
    const { driver, fake } = open(await antminerBench());
    expect((await driver.locate?.(true, within()))?.ok).toBe(true);
    expect(fake.blinks()).toBe(true);
    expect((await driver.locate?.(false, within()))?.ok).toBe(true);
    expect(fake.blinks()).toBe(false);
  });

  it.each(['locate', 'reboot'] as const)('to %s takes the place of a reading, for it serves one at a time', async (order) => {
    const { driver, asked } = open(
      await speakingAntminer((path) => {
        if (path.endsWith('/summary.cgi')) return { status: 200, json: {}, afterSeconds: 3 };
        return { status: 200, json: { ...GOOD, code: 'B000' } };
      }),
    );
    const reading = driver.read?.(within());
    await eventually('the rates are asked for', () => asked.includes('GET /cgi-bin/summary.cgi'));
    expect((await (order === 'locate' ? driver.locate?.(true, within()) : driver.reboot?.(within())))?.ok).toBe(true);
    expect(await reading).toMatchObject({ ok: true, value: { state: 'unknown' } });
    expect(asked).not.toContain('GET /cgi-bin/stats.cgi');
  });

  it('may be asked for without giving one', async () => {
    const { driver, fake } = open(await antminerBench());
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(writesOf(fake)).toEqual([]);
  });
});

it('an Elphapex in the place of an Antminer is not taken for one: nothing is written to it, and the fault names whose it is', async () => {
  const start = (rig: SimRig, nowMs: () => number): Promise<ElphapexFake> => startElphapexFake({ rig, nowMs, writeSeconds: 0 });
  const traits = { id: 'rig-1', hashRate: 14.4e9, watts: 3920 };
  const bench = open(await tcpBench(antminer, traits, start, { options: OPTIONS, secrets: SECRETS }));
  await doesNothingToAnother(bench, /a rig of Elphapex: write driver: elphapex$/);
});
