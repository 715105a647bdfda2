// `lastwatt scan` as its owner runs it: which networks it takes, what it prints, and that the file takes what it prints.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { scanNetworks } from '../../src/cli/scan.ts';
import { type LuxosFake, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { CliDesk, ONE_LINE, type Stage, soundSite } from '../support/cli-desk.ts';
import { configOf } from '../support/config-text.ts';
import { miner, pages, Street, versionOf } from '../support/street.ts';

const nowMs = (): number => performance.now();
let desk: CliDesk;
let street: Street;
let fake: LuxosFake;

beforeEach(async () => {
  desk = new CliDesk();
  street = await Street.build({
    '127.0.8.2': { miner: miner('cgminer 4.11.1', { version: versionOf('cgminer 4.11.1', { CGMiner: '4.11.1' }) }) },
    '127.0.8.3': { web: pages({ '/api/system/info': { body: { ASICModel: 'BM1368', deviceModel: 'NerdQAxe+', version: 'v1 # x' } } }) },
    '127.0.8.5': { web: pages({ '/': { body: '<title>Goldshell miner</title>' } }) },
    '127.0.8.4': { miner: miner('LUXminer 1', { version: versionOf('LUXminer 1', { LUXminer: '1', Type: 'Antminer S19j Pro' }) }) },
  });
  const rig = new SimRig({ id: 'ash', watts: 3250, hashRate: 110e12 }, nowMs);
  fake = await startLuxosFake({ rig, nowMs, port: street.ports.miner });
});

afterEach(async () => {
  await fake.close();
  await street.close();
  await desk.end();
});

const look = (network: string | undefined, stage: Stage = {}, more: { json?: true; config?: string } = {}) =>
  desk.perform((outside) => scanNetworks(outside, { network, ...more }, street.ports), stage);

it('prints what the file takes: what the rig told, and what its owner is asked', async () => {
  const { code, out, err } = await look('127.0.0.1');
  expect([code, err]).toEqual([0, 'asks 1 address of 127.0.0.1/32; some 2 s\n1 rig among 1 that are there\n']);
  const { rigs } = configOf(`ups: { rack: { nut: { name: rack } } }\n${out}`);
  expect([...rigs.values()]).toMatchObject([{ driver: 'luxos', host: '127.0.0.1' }]);
  expect(out).toContain('s19k-pro-1:');
  expect(out).toMatch(/watts: 3250 +# measured by it, now\n/);
  expect(out).toMatch(/fedBy: \[mains\] +# ask: which UPS keeps it alight/);
  expect(out).toMatch(/# reward: .*; it hashes 110 TH\/s of sha256\n/);
});

it('takes watts of the label where the rig tells none, and leaves a rig out of the file whose watts nobody knows', async () => {
  const { out } = await look('127.0.8.0/29');
  const config = configOf(`ups: { rack: { nut: { name: rack } } }\n${out}`);
  expect([...config.site.rigs.values()].map(({ id, watts }) => [id, watts])).toEqual([
    ['nerdqaxe-3', 76],
    ['s19j-pro-4', 3068],
  ]);
  expect(out).toMatch(/watts: 3068 +# of the label of such a model, not told by it: correct it/);
  expect(out).toContain('# cgminer-2:');
  expect(out).toMatch(/# {3}watts: +# ask: what does its label say\?/);
  expect(out).toMatch(/# 127\.0\.8\.5 {2}goldshell, .*: no driver yet/);
});

it('marks the rigs that are in the file already', async () => {
  const rigs = () => Promise.resolve([{ id: 'ash', driver: 'cgminer', address: '127.0.0.1' }]);
  const stage: Stage = { openSite: () => Promise.resolve({ ok: true, site: { ...soundSite, rigs } }), readText: () => Promise.resolve('') };
  const { out } = await look('127.0.0.1', stage);
  expect(out).toMatch(
    /^# no rig to add\n# 127\.0\.0\.1 .*: in the file already, as ash; the file says driver: cgminer, it answers as luxos\n$/,
  );
  expect(parse(out)).toBeNull();
  expect(JSON.parse((await look('127.0.0.1', stage, { json: true })).out)).toMatchObject({
    networks: ['127.0.0.1/32'],
    looked: 1,
    left: 0,
    found: [
      { host: '127.0.0.1', family: 'luxos', driver: 'luxos', rig: 'ash', watts: 3250, reading: { state: 'hashing', temperatureC: null } },
    ],
  });
});

it('takes of several rigs at one address the one that is spoken to in the same way, and not the first in the file', async () => {
  const rigs = () =>
    Promise.resolve([
      { id: 'cards', driver: 'trex', address: '127.0.0.1' },
      { id: 'ash', driver: 'luxos', address: '127.0.0.1' },
    ]);
  const stage: Stage = { openSite: () => Promise.resolve({ ok: true, site: { ...soundSite, rigs } }), readText: () => Promise.resolve('') };
  expect((await look('127.0.0.1', stage)).out).toMatch(/^# no rig to add\n# 127\.0\.0\.1 .*: in the file already, as ash\n$/);
});

it('takes the private networks of this machine by itself, and says what is too large and how to narrow it', async () => {
  const own = await look(undefined, { networks: () => ['127.0.8.9/29', '10.1.2.3/8', '203.0.113.7/24'] });
  expect(own.code).toBe(0);
  expect(own.err).toContain('not looked at: 10.0.0.0/8 has 16,777,216 addresses: scan it in parts of at most /22, such as 10.0.0.0/22');
  expect(own.err).toContain('of 127.0.8.8/29;');
  for (const [network, networks, say] of [
    ['10.0.0.0/21', [], '10.0.0.0/21 has 2,048 addresses: scan it in parts of at most /22'],
    ['barn', [], '"barn" is no network'],
    [undefined, ['172.17.0.1/16'], '172.17.0.0/16 has 65,536 addresses'],
    [undefined, ['203.0.113.7/24'], 'this machine has no private IPv4 network: name one'],
  ] as const) {
    const { code, out, err } = await look(network, { networks: () => networks });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(ONE_LINE);
    expect(err).toContain(say);
  }
});

it('shows how far it is on a terminal, and wants a file that was named to be right', async () => {
  expect(await look('127.0.0.1', {}, { config: '/nowhere.yaml' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot read /nowhere.yaml (ENOENT)'),
  });
  const broken: Stage = { openSite: () => Promise.resolve({ ok: false, say: 'x: 2 mistakes' }), readText: () => Promise.resolve('') };
  expect((await look('127.0.0.1', broken)).err).toContain(
    'has mistakes (lastwatt check --offline): rigs that are in it already are not marked',
  );
  expect(await desk.run('scan 10.0.0.0/9')).toMatchObject({ code: 2 });
});
