// `lastwatt check` against a service that answers, one that lives and does not serve, and none.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outside } from '../../src/cli/outside.ts';
import { failed } from '../../src/model/outcome.ts';
import type { ReadingView } from '../../src/model/view.ts';
import { CliDesk, ONE_LINE, type Ran, type Stage, soundSite, unread } from '../support/cli-desk.ts';
import type { FakeService } from '../support/fake-service.ts';

let desk: CliDesk;
let socket: string;
let service: FakeService;
const run = (line: string, stage?: Stage): Promise<Ran> => desk.run(line, stage);

const reading: ReadingView = {
  state: 'hashing',
  hashRate: 110e12,
  algorithm: 'sha256',
  watts: 3250,
  wattsFrom: 'measured',
  temperatureC: 71.5,
  boardTemperatureC: null,
  fansRpm: [4200, 0],
  uptimeSeconds: 11_100,
  mode: null,
  limit: null,
  identity: '02:00:00:00:00:01',
  firmware: 'LUXminer \u001b[2J',
  takesOrders: null,
};

beforeEach(() => {
  desk = new CliDesk();
  ({ socket, service } = desk);
});

afterEach(() => desk.end());

describe('beside a service that answers', () => {
  it('check reads what the service may not, where whoever asks may', async () => {
    await desk.start();
    service.items = [{ verdict: 'pass', about: 'rack', say: 'answers' }, unread];
    expect((await run('check')).out).toContain('warn  site  could not read upsmon.conf\n');
    const found = { verdict: 'warn', about: 'rack', say: 'upsmon (primary) halts this Pi' } as const;
    const asRoot = (own: readonly (typeof found)[]) => ({
      openSite: () => Promise.resolve({ ok: true as const, site: { ...soundSite, upsmon: () => Promise.resolve(own) } }),
    });
    const { out } = await run('check', asRoot([found]));
    expect(out).toContain('warn  rack  upsmon (primary) halts this Pi\n');
    expect(out).not.toContain('could not read');
    expect((await run('check', asRoot([]))).out).toBe('pass  rack  answers\n1 item: 1 pass, 0 warn, 0 fail\n');
    const broken = { openSite: () => Promise.resolve({ ok: false as const, say: 'x.yaml: 1 mistake' }) };
    expect((await run('check', broken)).out).toContain('could not read upsmon.conf');
  });

  it('check --rig gives the whole reading of the rig, in words and as JSON', async () => {
    await desk.start();
    service.items = [
      { verdict: 'pass', about: 's19-1', say: 'all figures are sound' },
      { verdict: 'pass', about: 's19-1', say: 'hashing', reading },
    ];
    const { code, out } = await run('check --rig s19-1');
    expect(code).toBe(0);
    expect(out).toContain(
      [
        's19-1',
        '  state          hashing',
        '  hash rate      110 TH/s (sha256)',
        '  power          3,250 W, measured',
        '  hottest chip   71.5 °C',
        '  hottest board  not told',
        '  fans           4,200, 0 rpm',
        '  up for         3 h 5 min',
        '  mode           not told',
        '  limit          not told',
        '  firmware       LUXminer \\x1b[2J',
        '  identity       02:00:00:00:00:01',
        '  orders         not known: it can only be seen by giving one, as drill does',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await run('check --rig s19-1 --json')).out)).toEqual({ by: 'service', rig: 's19-1', reading, items: service.items });
    service.items = [{ verdict: 'fail', about: 's19-1', say: 'cannot be reached' }];
    const silent = await run('check --rig s19-1 --json');
    expect([silent.code, JSON.parse(silent.out)]).toMatchObject([1, { rig: 's19-1', reading: null }]);
    expect((await run('check --rig s19-1')).out).toBe('fail  s19-1  cannot be reached\n1 item: 0 pass, 0 warn, 1 fail\n');
  });

  it('check --reload tells what would change, or why the file would be refused', async () => {
    await desk.start();
    expect(await run('check --reload')).toEqual({ code: 0, out: 'rig s19-1: watts 3250 -> 3300\n', err: '' });
    expect(JSON.parse((await run('check --reload --json')).out)).toEqual({ say: ['rig s19-1: watts 3250 -> 3300'] });
    service.reload = failed('refused', 'x.yaml was not taken up: rig s19-1 is not hashing and would be forgotten');
    const { code, out, err } = await run('check --reload');
    expect([code, out]).toEqual([4, '']);
    expect(err).toBe('refused: x.yaml was not taken up: rig s19-1 is not hashing and would be forgotten\n');
    expect(await run('check --reload --offline')).toMatchObject({ code: 2, err: expect.stringMatching(ONE_LINE) });
  });
});

describe('beside a service that lives and does not serve', () => {
  const visit = (): never => {
    throw new Error('a device was asked beside a living service');
  };
  const openSite: Outside['openSite'] = () => Promise.resolve({ ok: true, site: { ...soundSite, visit } });

  it('check leaves the devices to it, ends with 3 and says that it has too many callers', async () => {
    await desk.start({ connections: 1, headersMs: 5_000, requestMs: 5_000, answerMs: 5_000 });
    const caller = connect(socket);
    await once(caller, 'connect');
    const { code, out, err } = await run('check', { openSite });
    caller.destroy();
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(ONE_LINE);
    expect(err).toContain(`the service at ${socket} runs, and hung up: it has too many callers or is ending`);
  });

  it('check leaves the devices to one that ends in the middle of the answer', async () => {
    const ending = createServer((wire) => wire.once('data', () => wire.destroy())).listen(socket);
    await once(ending, 'listening');
    const { code, err } = await run('check', { openSite });
    ending.close();
    expect([code, err]).toEqual([3, expect.stringContaining('runs, and hung up')]);
  });
});

describe('without a service', () => {
  it('check looks itself and says so', async () => {
    const { code, out, err } = await run('check');
    expect(code).toBe(0);
    expect(out).toBe('pass  site   all figures are sound\nwarn  s19-1  slow to answer\n2 items: 1 pass, 1 warn, 0 fail\n');
    expect(err).toMatch(/^lastwatt: no service runs; this looks itself, as pi, at .*lastwatt.yaml\n$/);
    expect(JSON.parse((await run('check --json --rig s19-1')).out)).toMatchObject({
      by: 'command',
      items: [{ about: 's19-1' }],
    });
    expect(await run('check --offline --rig s19-1')).toMatchObject({ out: expect.not.stringContaining('site'), err: '' });
  });

  it('check --offline reads the file alone, and every mistake in it ends with 2', async () => {
    const visit = (): never => {
      throw new Error('a device was touched');
    };
    const offline = { openSite: () => Promise.resolve({ ok: true as const, site: { ...soundSite, visit } }) };
    expect(await run('check --offline', offline)).toMatchObject({ code: 0, err: '' });
    const say = 'x.yaml: 2 mistakes, nothing was started\n  14:5  rigs.a.cutby  unknown key \u001b[2J\n  15:1  x  y';
    const broken = { openSite: () => Promise.resolve({ ok: false as const, say }) };
    for (const line of ['check --offline', 'check']) {
      expect(await run(line, broken)).toEqual({ code: 2, out: '', err: `${say.replace('\u001b', '\\x1b')}\n` });
    }
  });
});
