// `lastwatt simulate` as people run it: the built command on a file, without a service.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { NIGHTS } from '../../src/simulate/nights.ts';
import { lastwatt, removeBuilt } from '../support/built-service.ts';
import { CARELESS, HOME } from '../support/simulated-site.ts';

jest.setTimeout(120_000);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-simulate-'));
  await writeFile(join(folder, 'home.yaml'), HOME);
  await writeFile(join(folder, 'careless.yaml'), CARELESS);
});

afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(removeBuilt);

const on = (file: string, ...words: string[]): ReturnType<typeof lastwatt> =>
  lastwatt('--config', join(folder, file), 'simulate', ...words);

it('lives through every named night, a row each, and ends with 0 where all end well', async () => {
  const { code, stdout, stderr } = await on('home.yaml');
  expect([code, stderr]).toEqual([0, '']);
  const rows = stdout.split('\n').filter((line) => line.endsWith('  good'));
  expect(rows.map((row) => row.split(' ')[0])).toEqual(NIGHTS.map(({ name }) => name));
});

it('ends with 1 where one does not, and names it first', async () => {
  const { code, stdout } = await on('careless.yaml', '--scenario', 'long-night');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^IT DOES NOT END WELL in long-night$/m);
});

it('says the same again for the same seed, in words and as JSON', async () => {
  const words = ['--scenario', 'second-outage', '--seed', '9'];
  const [one, again, other] = await Promise.all([
    on('home.yaml', ...words),
    on('home.yaml', ...words),
    on('home.yaml', '--scenario', 'second-outage'),
  ]);
  expect(again).toEqual(one);
  expect(other?.stdout).not.toBe(one?.stdout);
  const { code, stdout } = await on('home.yaml', ...words, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    site: 'home',
    seed: 9,
    good: true,
    nights: [
      { night: 'second-outage', good: true, wrong: [], firstDown: { rig: 'poor' }, film: { rigs: [{ id: 'good' }, { id: 'poor' }] } },
    ],
  });
});

it('draws one night to a file, and says where', async () => {
  const file = join(folder, 'night.svg');
  const { code, stdout } = await on('home.yaml', '--scenario', 'long-night', '--svg', file);
  expect([code, stdout.trim().split('\n').at(-1)]).toEqual([0, `the picture: ${file}`]);
  expect(await readFile(file, 'utf8')).toMatch(/^<svg xmlns=.*<\/svg>\n$/s);
  expect(await on('home.yaml', '--scenario', 'flicker', '--svg', join(folder, 'no', 'where.svg'))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/cannot write .*ENOENT/),
  });
});

it('lists the nights to who names one that is none, and ends with 2', async () => {
  const { code, stdout, stderr } = await on('home.yaml', '--scenario', 'brownout');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')[0]).toBe('lastwatt: there is no night "brownout"; there are, and all for each of them:');
  for (const { name, what } of NIGHTS) expect(stderr).toMatch(new RegExp(`^  ${name} +${what}$`, 'm'));
});

it('ends with 2 and every mistake where the file is none', async () => {
  await writeFile(join(folder, 'home.yaml'), HOME.replace('watts: 400', 'wats: 400'));
  expect(await on('home.yaml')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/rigs\.good\.wats +unknown key/) });
  expect(await on('nowhere.yaml')).toMatchObject({ code: 2, stdout: '' });
});
