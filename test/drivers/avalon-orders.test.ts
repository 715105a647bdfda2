// Avalons, ordered: whose clock an order goes by, and how those wake that a soft wake does not reach.
import { describe, expect, it } from '@jest/globals';
import { within } from '../contract/rig-driver.ts';
import { avalonAnswering, avalonBench, readingOf, said, stats } from '../support/avalon.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const DONE = { ok: true, value: undefined };

const ASLEEP =
  'Ver[Q-1] SYSTEMSTATU[Work: In Idle, Hash Board: 1] Elapsed[9000] PS[0 1221 4 0 0 2245 146] GHSspd[0.00] SoftOFF[4] WORKMODE[0]';

describe('an order to an Avalon', () => {
  it('names a moment on the clock of the rig, five seconds ahead', async () => {
    const { driver, fake } = await avalonBench(open, { clockSeconds: 1_755_000_000 });
    await driver.pause?.(within());
    expect(fake.asked).toEqual(['litestats', 'ascset 0 softoff 1:1755000005']);
  });

  it('goes by a clock that nobody has set since it booted', async () => {
    const { driver, fake, rig, pass } = await avalonBench(open, { kind: 'a12', clockSeconds: 24_701 });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.asked.at(-1)).toBe('ascset 0 softoff 1:24706');
    pass(4);
    expect(rig.look().saysPaused).toBe(false);
    pass(1);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('is given once more where it was heard after its moment', async () => {
    let clock = 1_755_000_000;
    const { driver, asked } = await avalonAnswering(open, {
      litestats: () => stats('Ver[Q-1] SYSTEMSTATU[Work: In Work] GHSspd[5]', clock),
      softoff: () => {
        clock += 7;
        return said('I', 118, 'ASC 0 set info: success softoff', clock);
      },
    });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(asked.slice(1)).toEqual(['ascset 0 softoff 1:1755000005', 'ascset 0 softoff 1:1755000017']);
  });

  it('comes after the opposite one that is still to come', async () => {
    const { driver, fake, rig, pass } = await avalonBench(open);
    await driver.pause?.(within());
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(fake.asked.at(-1)).toBe('ascset 0 softon 1:1755000006');
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.asked.at(-1)).toBe('ascset 0 softoff 1:1755000007');
    pass(30);
    expect(rig.log.map(({ what }) => what)).toEqual(['pause', 'resume', 'pause']);
  });

  it('is not given where the rig does not tell the time', async () => {
    const { driver, asked } = await avalonAnswering(open, { litestats: stats('Ver[Q-1] SYSTEMSTATU[Work: In Work] GHSspd[5]', 0) });
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('the time of its clock') },
    });
    expect(asked).toEqual(['litestats']);
  });

  it('is refused in words where the answer is information and tells of no success', async () => {
    const { driver } = await avalonAnswering(open, {
      litestats: stats(ASLEEP.replace('Idle', 'Work')),
      softoff: said('I', 118, 'ASC 0 set info: in calibration'),
    });
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('calibration') },
    });
  });

  it('is repeated bare before a large one that takes no moment', async () => {
    const { driver, fake, rig } = await avalonBench(open, { kind: 'a12', takesMoments: false });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.asked.at(-1)).toBe('ascset 0 softoff');
    expect(rig.look().saysPaused).toBe(true);
  });

  it('is unsupported where the firmware knows no softoff, and check says so beforehand', async () => {
    const { driver } = await avalonBench(open, { knowsSoftoff: false });
    const fault = { code: 'unsupported', detail: expect.stringContaining('cutBy') };
    expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault });
  });

  it('is unauthorized where this machine may give none, and reading goes on', async () => {
    const { driver } = await avalonBench(open, { mayOrder: false });
    for (const outcome of [await driver.pause?.(within()), await driver.mayOrder?.(within())]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining('api-allow') } });
    }
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });

  it('counts as given where its answer is lost and the rig then says that it goes to sleep', async () => {
    const { driver } = await avalonAnswering(open, {
      litestats: stats(`${ASLEEP.replace('Idle', 'Work')} SoftOffTime[1755000005]`),
      softoff: '',
    });
    expect(await driver.pause?.(within())).toEqual(DONE);
    const deaf = await avalonAnswering(open, { litestats: stats(ASLEEP.replace('Idle', 'Work')), softoff: '' });
    expect(await deaf.driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('tells that it may, by a list that changes nothing', async () => {
    const { driver, fake, rig } = await avalonBench(open);
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    expect(fake.asked).toEqual(['ascset 0 help']);
    expect(rig.log).toEqual([]);
  });
});

describe('the return of an Avalon', () => {
  it('needs no answer to a softon, for many close without a word', async () => {
    const { driver, pass, rig } = await avalonBench(open);
    await driver.pause?.(within());
    pass(60);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    pass(60);
    expect(rig.look().level).toBe(1);
  });

  it('orders nothing of one that is awake', async () => {
    const { driver, fake } = await avalonBench(open);
    expect(await driver.resume?.('1', within())).toEqual(DONE);
    expect(fake.asked).toEqual(['litestats']);
  });

  it.each([
    ['a Q', 'Ver[Q-1] GHSspd[0] SoftOFF[4]', 'softon'],
    ['a Q that says nothing of its sleep either', 'Ver[Q-1] GHSspd[0]', 'softon'],
    ['one that a soft wake does not reach', 'Ver[1246-1] GHSspd[0] SoftOFF[4]', 'reboot'],
  ])('is given to %s that has no word for what it does', async (_which, fields, word) => {
    const { driver, asked } = await avalonAnswering(open, { litestats: stats(fields), softon: '', reboot: '' });
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(asked.at(-1)).toContain(`ascset 0 ${word}`);
  });

  it('is a reboot for those that a soft wake does not reach, and one is enough', async () => {
    const { driver, fake, rig, pass } = await avalonBench(open, { kind: 'a12' });
    await driver.pause?.(within());
    pass(60);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(fake.asked.at(-1)).toBe('ascset 0 reboot 0');
    pass(45);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    expect(rig.log.filter(({ what }) => what === 'cut')).toHaveLength(1);
  });

  it('is a reboot for an A13 once a soft wake was taken without effect', async () => {
    let now = 0;
    const answers = { litestats: stats(ASLEEP.replace('Q-1', '1346-110-1')), softon: said('S', 119, 'ASC 0 set OK'), reboot: '' };
    const { driver, asked } = await avalonAnswering(open, answers, () => now);
    for (const at of [0, 10_000, 40_000, 70_000]) {
      now = at;
      expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    }
    expect(asked.filter((one) => one !== 'litestats').map((one) => one.split(' ')[2])).toEqual(['softon', 'softon', 'reboot']);
  });

  it.each([
    ['q', 'ascset 0 workmode set 0'],
    ['a12', 'ascset 0 workmode 0'],
  ] as const)('restores the work mode of before the pause where another is set now, on a %s', async (kind, word) => {
    const { driver, fake, pass } = await avalonBench(open, { kind, workMode: 0 });
    const { mode } = await readingOf(driver);
    await driver.pause?.(within());
    pass(60);
    fake.settings.workMode = 2;
    expect(await driver.resume?.(mode, within())).toEqual(DONE);
    expect(fake.asked).toContain(word);
    expect(fake.settings.workMode).toBe(0);
  });

  it('happens though the work mode can not be restored, and says so', async () => {
    const { driver, asked } = await avalonAnswering(open, {
      litestats: stats(ASLEEP),
      workmode: said('E', 120, 'ASC 0 set failed: workmode unknown argument'),
      softon: said('I', 118, 'ASC 0 set info: success softon:1755000005'),
    });
    const outcome = await driver.resume?.('2', within());
    expect(outcome).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('in work mode 0 and was in 2') },
    });
    expect(asked).toEqual(['litestats', 'ascset 0 workmode set 2', 'ascset 0 workmode 2', 'ascset 0 softon 1:1755000005']);
  });

  it('leaves pools, fans and clock of the chips as they were', async () => {
    const { driver, fake, pass } = await avalonBench(open);
    const before = structuredClone(fake.settings);
    const { mode } = await readingOf(driver);
    await driver.pause?.(within());
    pass(60);
    await driver.resume?.(mode, within());
    pass(60);
    expect(fake.settings).toEqual(before);
    expect(fake.asked.filter((asked) => !/^(litestats|pools|ascset 0 soft(on|off) 1:\d+)$/.test(asked))).toEqual([]);
  });

  it('finds nobody while the rig boots, and a sleeper after a power cut', async () => {
    const { driver, rig, pass } = await avalonBench(open);
    await driver.pause?.(within());
    pass(60);
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused' });
    await driver.resume?.(undefined, within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });
});

describe('other orders to an Avalon', () => {
  it('reboots it', async () => {
    const { driver, rig } = await avalonBench(open);
    expect(await driver.reboot?.(within())).toEqual(DONE);
    expect(rig.log.map(({ what }) => what)).toEqual(['cut', 'feed']);
  });

  it('does not take for a reboot the silence of one that listens to nobody', async () => {
    const { driver, asked } = await avalonAnswering(open, { litestats: '', reboot: '' });
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(asked).toEqual(['litestats']);
  });

  it('lets a large one blink, and leaves the colours of a small one alone', async () => {
    const { driver, fake } = await avalonBench(open, { kind: 'a12' });
    expect(await driver.locate?.(true, within())).toEqual(DONE);
    expect(fake.blinks()).toBe(true);
    expect(await driver.locate?.(false, within())).toEqual(DONE);
    expect(fake.blinks()).toBe(false);
    const small = await avalonBench(open);
    expect(await small.driver.locate?.(true, within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(small.fake.asked).toEqual(['litestats']);
  });
});
