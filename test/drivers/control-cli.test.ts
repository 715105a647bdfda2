// The command line, run in this process against a service with behaviour: what it prints, where, and how it ends.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliDesk, ONE_LINE, type Ran, type Stage } from '../support/cli-desk.ts';
import type { FakeService } from '../support/fake-service.ts';

let desk: CliDesk;
let home: string;
let socket: string;
let service: FakeService;
const start = (): Promise<void> => desk.start();
const run = (line: string, stage?: Stage): Promise<Ran> => desk.run(line, stage);

beforeEach(() => {
  desk = new CliDesk();
  ({ home, socket, service } = desk);
});

afterEach(() => desk.end());

describe('help', () => {
  it('tells a newcomer the first steps when nothing is asked', async () => {
    const { code, out, err } = await run('');
    expect([code, err]).toEqual([0, '']);
    for (const step of ['demo', 'check', 'drill RIG --cut', 'arm', 'status --watch']) expect(out).toContain(`  lastwatt ${step} `);
    for (const verb of 'check drill arm disarm demo status plan why journal simulate down up release'.split(' '))
      expect(out).toMatch(new RegExp(`^  ${verb} `, 'm'));
    expect(out.split('\n').every((line) => line.length <= 120)).toBe(true);
  });

  it('has examples for a verb, and a version', async () => {
    expect(await run('down --help')).toMatchObject({ code: 0, out: expect.stringContaining('lastwatt down s19-1 --for 2h') });
    expect(await run('help journal')).toMatchObject({ code: 0, out: expect.stringContaining('--since 2h') });
    expect(await run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });
});

describe('what cannot be meant', () => {
  it.each([
    ['statsu', /unknown command 'statsu' \(Did you mean status\?\)/],
    ['status --jsn', /unknown option '--jsn' \(Did you mean --json\?\)/],
    ['status now', /too many arguments/],
    ['drill', /missing required argument 'rig'/],
    ['down', /which rigs\? name them, or say --all/],
    ['up --all s19-1', /not both/],
    ['down s19-1 --for 90', /"90" has no unit: 90s, 90m or 90h\?/],
    ['journal --since yesterday', /--since: "yesterday" is no length of time/],
    ['up s19-1 --now', /unknown option '--now'/],
    ['release S19!', /no name of a rig/],
    ['simulate --seed seven', /a whole number from 0/],
    ['simulate --svg night.svg', /--svg draws one night: name it with --scenario/],
  ])('%s ends with 2 and one line of advice', async (line, advice) => {
    await start();
    const { code, out, err } = await run(line);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(ONE_LINE);
    expect(err).toMatch(advice);
    expect(service.asked).toEqual([]);
  });
});

describe('reading', () => {
  it.each(['status', 'plan', 'why', 'why s19-1', 'journal', 'check'])('%s ends with 0, in words and as JSON', async (line) => {
    await start();
    const words = await run(line);
    expect([words.code, words.err]).toEqual([0, '']);
    const json = await run(`${line} --json`);
    expect([json.code, json.err]).toEqual([0, '']);
    expect(typeof JSON.parse(json.out)).toBe('object');
  });

  it('keeps 1 for bad news of plan and check, and not for status', async () => {
    await start();
    service.fits = false;
    service.armed = false;
    service.items = [{ verdict: 'fail', about: 'rack', say: 'carries 2,700 W only' }];
    expect((await run('plan')).code).toBe(1);
    expect((await run('plan --json')).code).toBe(1);
    expect(await run('check')).toMatchObject({ code: 1, out: expect.stringContaining('fail  rack  carries 2,700 W only') });
    for (const line of ['status', 'why', 'journal']) expect((await run(line)).code).toBe(0);
  });

  it('is loud about being disarmed with every answer in words, and leaves JSON alone', async () => {
    await start();
    service.armed = false;
    for (const line of ['status', 'plan', 'why', 'check', 'down s19-1', 'release --all'])
      expect((await run(line)).out).toContain('\nDISARMED: ');
    expect((await run('plan --json')).out).not.toContain('DISARMED');
    service.armed = true;
    for (const line of ['status', 'plan', 'why', 'check']) expect((await run(line)).out).not.toContain('DISARMED');
  });

  it('is loud beside the journal, which stays what it is for those who keep it', async () => {
    await start();
    service.armed = false;
    const { code, out, err } = await run('journal');
    expect(code).toBe(0);
    expect(out).not.toContain('DISARMED: ');
    expect(err).toMatch(/^DISARMED: .*lastwatt arm\n$/);
    expect((await run('journal --json')).err).toBe('');
    service.armed = true;
    expect((await run('journal')).err).toBe('');
  });

  it('is loud before it follows the journal', async () => {
    await start();
    service.armed = false;
    const leave = new AbortController();
    setTimeout(() => service.note('noted', { say: 'just now' }), 50);
    const { err } = await run('journal --follow', {
      interrupted: () => leave.signal,
      onOut: (all) => all.includes('just now') && leave.abort(),
    });
    expect(err).toMatch(/^DISARMED: /);
  });

  it('gives the whole journal since a time, over many pages, and the newest lines else', async () => {
    await start();
    for (let at = 0; at < 1200; at += 1) service.note('noted', { say: `n${at}` });
    expect((await run('journal --since 2026-11-03')).out.split('\n')).toHaveLength(1202);
    const rest = (await run('journal --since 2026-11-03T09:00:10Z --json')).out.trim().split('\n');
    expect(rest.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 1192 }, (_, at) => at + 10));
    const { out } = await run('journal');
    expect(out.split('\n')).toHaveLength(51);
    expect(out).toMatch(/ n1199\n$/);
    expect(await run('journal --since 2030-01-01')).toEqual({ code: 0, out: '', err: 'lastwatt: nothing happened since then\n' });
  });

  it('follows the journal until it is left', async () => {
    await start();
    const leave = new AbortController();
    setTimeout(() => service.note('noted', { say: 'just now' }), 50);
    const { code, out } = await run('journal --follow', {
      interrupted: () => leave.signal,
      onOut: (all) => all.includes('just now') && leave.abort(),
    });
    expect(code).toBe(0);
    expect(out).toMatch(/started.*\n.*just now\n$/);
  });
});

describe('wishes', () => {
  it.each([
    ['down s19-1 gpu-2 s19-1 --for 1h30m --now', { kind: 'hold', as: 'down', rigs: ['s19-1', 'gpu-2'], forSeconds: 5400, now: true }],
    ['up --all', { kind: 'hold', as: 'up', rigs: 'all' }],
    ['release s19-1', { kind: 'release', rigs: ['s19-1'] }],
    ['arm', { kind: 'arm' }],
    ['disarm --yes', { kind: 'disarm', yes: true }],
  ])('%s reaches the service with the name of who asks', async (line, command) => {
    await start();
    expect(await run(line)).toMatchObject({ code: 0, err: '' });
    expect(service.asked).toEqual([{ command, actor: 'pi' }]);
  });

  it('releases a switch that left the file, a channel of a board too, and sends nobody to ask after it', async () => {
    await start();
    for (const name of ['k2', 'box:1']) {
      service.lost.add(name);
      expect(await run(`release ${name}`)).toMatchObject({ code: 0, out: 'accepted; what comes of it: lastwatt status\n', err: '' });
    }
    expect(service.asked.map(({ command }) => command)).toEqual(['k2', 'box:1'].map((name) => ({ kind: 'release', rigs: [name] })));
    expect(await run('release box:2')).toMatchObject({ code: 4, err: expect.stringContaining('there is no rig box:2') });
    expect(await run('down box:1')).toMatchObject({ code: 2, err: expect.stringMatching(/no name of a rig: a-z/) });
  });

  it('says where to look when the service has nothing to add', async () => {
    await start();
    expect((await run('release s19-1')).out).toBe('accepted; what comes of it: lastwatt why s19-1\n');
    expect((await run('release --all')).out).toBe('accepted; what comes of it: lastwatt status\n');
  });

  it('ends with 4, the reason and the way out when the service says no', async () => {
    await start();
    service.line = 'battery';
    expect(await run('up s19-1')).toEqual({
      code: 4,
      out: '',
      err: 'refused: s19-1 is not started on battery (rack, 12 min left); it comes back by itself on mains\n',
    });
    expect(await run('down nobody')).toMatchObject({ code: 4, err: 'refused: there is no rig nobody; there are: s19-1, s19-2, gpu-2\n' });
    expect(await run('why nobody')).toMatchObject({ code: 4, err: expect.stringMatching(ONE_LINE) });
    await run('down s19-1');
    expect(await run('disarm')).toMatchObject({ code: 4, err: expect.stringContaining('lastwatt disarm --yes') });
  });
});

describe('what is asked of one rig by hand', () => {
  it('reaches the service, and what it says comes back', async () => {
    await start();
    expect(await run('locate s19-1')).toEqual({ code: 0, out: 's19-1 blinks\n', err: '' });
    expect(await run('locate s19-1 --off')).toMatchObject({ code: 0, out: 's19-1 blinks no more\n' });
  });

  it('is not asked of a name that no rig can have', async () => {
    await start();
    expect(await run('locate box:1')).toMatchObject({ code: 2, err: expect.stringMatching(/no name of a rig: a-z/) });
  });

  it('ends with 4 and the reason when the service says no, and with 3 where there is none', async () => {
    expect(await run('locate s19-1')).toMatchObject({ code: 3 });
    await start();
    service.line = 'battery';
    expect(await run('locate s19-1')).toMatchObject({ code: 4, out: '', err: 'refused: s19-1: not in an outage\n' });
  });
});

describe('a drill', () => {
  it('is told as it goes, with the times and the verdict, one rig after the other', async () => {
    await start();
    service.note('drilled', { rig: 's19-2', ok: false, pauseMs: null, backMs: null, say: 'long ago' });
    const { code, out, err } = await run('drill s19-1 s19-2 --cut');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/drill s19-1 with its switches\n.*pause s19-1 because drill\n[^\n]*s19-1: pausing, now paused.*drill s19-2/s);
    expect(out).toContain('pass  s19-1  quiet after 4.2 s, dark after 6.1 s, hashing again after 2 min 3 s: as it should\n');
    expect(out).toContain('pass  s19-2');
    expect(out).not.toContain('other');
    expect(service.asked.map(({ command }) => command)).toEqual([
      { kind: 'drill', rig: 's19-1', cut: true },
      { kind: 'drill', rig: 's19-2', cut: true },
    ]);
  });

  it('ends the row at a bad verdict with 1, and names what was not drilled', async () => {
    await start();
    service.stubborn.add('s19-1');
    const { code, out, err } = await run('drill s19-1 s19-2 gpu-2');
    expect(code).toBe(1);
    expect(out).toContain('fail  s19-1  still drawing 3,240 W after its grace\n');
    expect(err).toBe('lastwatt: s19-1 did not pass; not drilled: s19-2, gpu-2\n');
    expect(service.asked).toHaveLength(1);
  });

  it('ends with 4 for a rig that is not there', async () => {
    await start();
    expect(await run('drill nobody')).toMatchObject({ code: 4, out: '', err: expect.stringContaining('there is no rig nobody') });
  });

  it('says that it goes on when the person leaves', async () => {
    await start();
    const leave = new AbortController();
    const { code, err } = await run('drill s19-1', { interrupted: () => leave.signal, onOut: () => leave.abort() });
    expect(code).toBe(1);
    expect(err).toMatch(/goes on with the drill of s19-1: it brings it back by itself/);
  });

  it('asks for nothing where the person has left before', async () => {
    await start();
    const { code, err } = await run('drill s19-1', { interrupted: () => AbortSignal.abort() });
    expect([code, err]).toEqual([1, 'lastwatt: you left; not drilled: s19-1\n']);
    expect(service.asked).toEqual([]);
  });
});

describe('without a service', () => {
  it('every verb ends with 3 and says how to start it', async () => {
    for (const line of ['status', 'status --watch', 'plan', 'why', 'journal', 'arm', 'down s19-1', 'drill s19-1']) {
      const { code, out, err } = await run(line);
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(ONE_LINE);
      expect(err).toContain(`no service at ${socket}`);
    }
  });

  it('demo ends as the demo does', async () => {
    expect((await run('demo', { demo: () => Promise.resolve(1) })).code).toBe(1);
  });
});

describe('which service', () => {
  it('is named before or after the verb, then by the environment, then by the file', async () => {
    await start();
    const empty = { env: {} };
    expect((await run(`--socket ${socket} status`, empty)).code).toBe(0);
    expect((await run(`status --socket ${socket}`, { env: { LASTWATT_SOCKET: '/nowhere' } })).code).toBe(0);
    const file = join(home, 'site.yaml');
    writeFileSync(file, 'socket: c.sock\nups: [this, part, is, wrong]\n');
    expect((await run(`status --config ${file}`, empty)).code).toBe(0);
    expect((await run(`status --config ${file}`, { env: { LASTWATT_SOCKET: '/nowhere' } })).code).toBe(3);
  });

  it('is the usual one when the file says nothing, is broken, or may not be read', async () => {
    for (const text of ['site: {}\n', '"\u0000', '&a [*a, *a]\n', '']) {
      const { err } = await run('status', { env: {}, readText: () => Promise.resolve(text) });
      expect(err).toContain('/run/lastwatt/lastwatt.sock');
    }
    const barred = { env: {}, readText: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) };
    expect((await run('status', barred)).err).toContain('/run/lastwatt/lastwatt.sock');
    expect(await run('status --config mine.yaml', barred)).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot read mine.yaml (EACCES)'),
    });
  });
});

describe('status --watch', () => {
  it('redraws in place within the window, and leaves the last picture and the cursor behind', async () => {
    await start();
    const leave = new AbortController();
    const pictures = (out: string): string[] => out.split('\u001b[H').slice(1);
    const stage = { interrupted: () => leave.signal, terminal: { columns: 60, rows: 6 } };
    const { code, out } = await run('status --watch', { ...stage, onOut: (all) => pictures(all).length >= 2 && leave.abort() });
    expect(code).toBe(0);
    expect(out.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(pictures(out)[0]?.split('\r\n').length).toBeLessThanOrEqual(6);
    expect(pictures(out)[0]).toContain('lines more: lastwatt status');
    expect(out.split('\u001b[?25h\u001b[?1049l')[1]).toContain('gpu-2');
  });

  it('waits out a restart of the service', async () => {
    await start();
    const leave = new AbortController();
    const scenes = [() => void desk.close(), () => void start(), () => leave.abort()];
    const onOut = (): void => scenes.shift()?.();
    const { code, out } = await run('status --watch', { interrupted: () => leave.signal, onOut });
    expect(code).toBe(0);
    expect(out).toMatch(/^.* ready: .*\n.* no service at .*\n.* ready: .*\n$/);
  });
});
