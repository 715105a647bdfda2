// `lastwatt receipt` and `lastwatt replay` on files alone: no service runs, and no configuration need be readable.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Site } from '../../src/model/site.ts';
import { placeOf } from '../../src/sim/site-settings.ts';
import { CliDesk, ONE_LINE, type Ran, soundSite } from '../support/cli-desk.ts';
import { farm, RIGS, rig } from '../support/farm.ts';
import { RecordedNight } from '../support/recorded.ts';

jest.setTimeout(60_000);

const NAME = '2026-11-26T03-12-04Z';
const OLDER = '2026-10-01T00-00-00Z';
let desk: CliDesk;
let dir: string;
let text: string;

/** An outage of seven minutes on five rigs, of which one hangs on mains alone. */
async function recorded(): Promise<string> {
  const night = new RecordedNight(placeOf(farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } })));
  await night.start();
  await night.at(60, () => night.loseMains());
  await night.at(480, () => night.returnMains());
  await night.until('all are back', () => night.hashing().length === 5, 3_000);
  await night.run(400);
  await night.end();
  return [...night.store.files.values()].join('');
}

beforeAll(async () => {
  desk = new CliDesk();
  text = await recorded();
  dir = join(desk.home, 'state', 'outages');
  await mkdir(dir, { recursive: true });
  await writeFile(join(desk.home, 'site.yaml'), 'stateDir: state\n');
  for (const name of [OLDER, NAME]) await writeFile(join(dir, `${name}.outage.gz`), gzipSync(text));
});
afterAll(() => desk.end());

const run = (...argv: string[]): Promise<Ran> => desk.run(['--config', join(desk.home, 'site.yaml'), ...argv].join(' '), { env: {} });
const runFile = (...argv: string[]): Promise<Ran> => desk.run(argv.join(' '), { env: {} });
const file = (): string => join(dir, `${NAME}.outage.gz`);

describe('a receipt', () => {
  it('of the last outage says who left when and why, what it cost, what was left, and what to change', async () => {
    const { code, out, err } = await run('receipt');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('without mains for 6 min 59 s (rack)');
    expect(out).toMatch(/4:5\d {2}pause d because runtime-below-threshold/);
    expect(out).toMatch(/\n4 {2}c +6:\d\d +6:\d\d +8:\d\d +0\.\d+ +0\.00\d+ {2}runtime-below-threshold/);
    expect(out).toMatch(/Reward kept: 0\.\d+ USD \(\d\d % of 0\.\d+ USD\)/);
    expect(out).toMatch(/Reward lost: 0\.\d+ USD; 0\.\d+ USD by rigs on a UPS, 0\.\d+ USD by rigs on mains alone/);
    expect(out).toContain('Stops avoided: 2 rigs on a UPS ran through');
    expect(out).toMatch(/Margin of rack: 3\d % left when the mains were back, at 6:59, .* as it was believed/);
    expect(out).toContain('in hindsight the 2 stops on rack could have been spared');
    expect(out).toContain('battery, as believed');
  });

  it('sums to the same in JSON, with what is not known as null', async () => {
    const { out } = await run('receipt', NAME, '--json');
    const view = JSON.parse(out);
    const whole = view.rewardKept + view.rewardLost + view.rewardUnseen;
    expect(whole).toBeCloseTo((25 * view.recordedSeconds) / 86_400, 4);
    expect(view).toMatchObject({ outage: NAME, stillOut: false, unpriced: [], notes: [] });
    expect(view.rigs[0]).toMatchObject({ id: 'a', leftSeconds: null, because: null, backSeconds: null });
    expect(view.events.length).toBeGreaterThan(30);
  });

  it('is a page that loads nothing', async () => {
    const page = join(desk.home, 'night.html');
    const { code, out } = await runFile('receipt', file(), '--html', page);
    expect([code, out.trimEnd().split('\n').at(-1)]).toEqual([0, `the page: ${page}`]);
    const html = await readFile(page, 'utf8');
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<svg xmlns="http://www.w3.org/2000/svg"');
    expect(html).toContain('<h2>Second by second</h2>');
    expect(html.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/<script|src=|href=|https?:/);
    expect((await runFile('receipt', file(), '--html', join(desk.home, 'none', 'x.html'))).err).toMatch(/^lastwatt: cannot write .*ENOENT/);
  });

  it('lists those that are kept', async () => {
    expect((await run('receipt', '--list')).out).toBe(`${OLDER}\n${NAME}\n`);
    expect(JSON.parse((await run('receipt', '--list', '--json')).out)).toEqual({ dir, outages: [OLDER, NAME] });
  });

  it('of a record that was torn says so', async () => {
    const lines = text.split('\n');
    const half = join(desk.home, 'half.outage.gz');
    await writeFile(
      half,
      Buffer.concat([gzipSync(`${lines.slice(0, 300).join('\n')}\n`), gzipSync(lines.slice(300).join('\n')).subarray(0, 200)]),
    );
    const { code, out } = await runFile('receipt', half);
    expect(code).toBe(0);
    expect(out).toContain('note: the end of the file is torn');
    expect(out).toContain('the record has no end');
    expect(out).toContain('without mains for at least');
  });

  it.each([
    [
      ['receipt', '2026-01-01T00-00-00Z'],
      /no outage 2026-01-01T00-00-00Z is recorded in .*the last is 2026-11-26T03-12-04Z; lastwatt receipt --list/,
    ],
    [['receipt', './none.gz'], /none\.gz cannot be read \(ENOENT\)/],
    [['receipt', '--config', './none.yaml'], /cannot read \.\/none\.yaml \(ENOENT\)/],
  ])('%j is told what to do', async (argv, says) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(ONE_LINE);
    expect(err).toMatch(says);
  });
});

describe('a replay', () => {
  it('of a night as it was is identical, to the last step', async () => {
    const { code, out } = await runFile('replay', file());
    expect(code).toBe(0);
    expect(out).toMatch(/: identical: 6 of 6 steps, (\d+) of \1 events, in \d+ ticks\n$/);
    expect(JSON.parse((await runFile('replay', file(), '--json')).out)).toMatchObject({
      identical: true,
      steps: 6,
      sameSteps: 6,
      firstDifference: null,
    });
  });

  it('that comes to something else says when, and ends with 1', async () => {
    const other = join(desk.home, 'other.outage.gz');
    await writeFile(other, gzipSync(text.replace('"shedBelowSeconds":"auto"', '"shedBelowSeconds":250')));
    const { code, out } = await runFile('replay', other);
    expect(code).toBe(1);
    expect(out).toMatch(/NOT identical: \d of \d+ steps/);
    expect(out).toMatch(/first at 20\d\d-.*: pause d then, no step now/);
  });

  it('under another configuration is lived through anew, beside what was; under the same one it is what was', async () => {
    const { site } = placeOf(farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } }));
    const under = (rules: Site): Promise<Ran> =>
      desk.run(`replay ${file()} --config x.yaml`, {
        env: {},
        openSite: () => Promise.resolve({ ok: true, site: { ...soundSite, rules } }),
      });
    expect((await under({ ...site, armed: false })).out).toMatch(/identical: 6 of 6 steps/);
    const { code, out } = await under({ ...site, policy: { ...site.policy, shedBelowSeconds: 150 } });
    expect(code).toBe(0);
    expect(out).toMatch(/as it was recorded +4:5\d +6:1\d +- +3\d % .* 2\n/);
    expect(out).toMatch(/simulated, the same rules +[45]:\d\d .* 2\n/);
    expect(out).toMatch(/simulated, other rules +- +- +- .* 0\n/);
    expect(out).toMatch(/the other rules lose 0\.0\d+ USD less/);
    expect(out).toContain('fitted: rack: full, it carries');
    const { out: fewer } = await under({ ...site, rigs: new Map([...site.rigs].filter(([id]) => id !== 'a')) });
    expect(fewer).toContain('It is another fleet');
  });

  it('under a policy that is none, or a file that is none, is refused', async () => {
    expect(await runFile('replay', file(), '--policy', 'magic')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no policy "magic"/),
    });
    const say = 'x.yaml: 1 mistake, nothing was started\n  1:1  -  is empty';
    const bad = await desk.run(`replay ${file()} --config x.yaml`, { env: {}, openSite: () => Promise.resolve({ ok: false, say }) });
    expect([bad.code, bad.err]).toEqual([2, `${say}\n`]);
  });

  it.each([
    ['no record', 'hello\n', /holds no record/],
    [
      'another way of writing',
      '{"line":"begin","v":99,"version":"9.9.9"}\n',
      /was written by lastwatt 9\.9\.9, in a way that this one does not read/,
    ],
  ])('of %s is refused', async (_, content, says) => {
    const path = join(desk.home, 'bad.outage.gz');
    await writeFile(path, gzipSync(content));
    const { code, err } = await runFile('replay', path);
    expect([code, err]).toEqual([2, expect.stringMatching(says)]);
  });
});
