// The scan on a street of loopback addresses: who is found, who is not, and how gently he was asked.
import { afterEach, expect, it } from '@jest/globals';
import { driverOf } from '../../src/scan/families.ts';
import { emptySeconds, type ScanResult, scan } from '../../src/scan/scan.ts';
import { hostsOf, parseNetwork } from '../../src/wire/ipv4.ts';
import { type House, http, miner, pages, Street, versionOf } from '../support/street.ts';

const MAC = '02:00:00:00:00:01';
const antminerLogin = {
  '/': { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="antMiner Configuration", nonce="1", qop="auth"' } },
};

function frame(value: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.length);
  return Buffer.concat([head, text]);
}

const bmminer = (type: string) => miner('cgminer 1.0.0', { version: versionOf('cgminer 1.0.0', { BMMiner: '1.0.0', Type: type }) });

/** Each as it answers who has no password. */
const RIGS: Readonly<Record<string, House>> = {
  antminer: { miner: bmminer('Antminer S19 Pro'), web: pages(antminerLogin) },
  'antminer-old': { miner: bmminer('Antminer S9'), web: pages(antminerLogin) },
  vnish: {
    miner: bmminer('Antminer S19 (Vnish 1.2.6)'),
    web: pages({
      '/': { body: '<title>AnthillOS</title>' },
      '/api/v1/info': { body: { miner: 'Antminer S19', fw_name: 'Vnish', fw_version: '1.2.6', system: { network_status: { mac: MAC } } } },
    }),
  },
  'vnish of another version': {
    web: pages({ '/api/v1/status': { body: { miner_state: 'mining', unlocked: false } }, '/api/v1/miner/details': { status: 401 } }),
  },
  braiins: {
    miner: miner('BOSer', { version: versionOf('BOSer boser-openwrt 0.1.0', { BOSer: 'boser-openwrt 0.1.0', API: '3.7' }) }),
    web: pages({ '/api/v1/miner/details': { status: 401 } }),
  },
  'braiins by its web alone': { web: pages({ '/': { body: '<title>Braiins OS</title>' }, '/api/v1/miner/details': { status: 401 } }) },
  luxos: {
    miner: miner('LUXminer 2025.4', {
      version: versionOf('LUXminer 2025.4', { LUXminer: '2025.4', Type: 'Antminer S21' }),
      config: { ...(versionOf('LUXminer 2025.4', {}) as object), CONFIG: [{ CurtailMode: 'None', MACAddr: MAC, Model: 'Antminer S21' }] },
    }),
  },
  whatsminer: {
    miner: miner('', {
      get_version: { STATUS: 'S', When: 1, Code: 131, Msg: { api_ver: '2.0.5', fw_ver: '20230803.11.REL' }, Description: '' },
      get_miner_info: { STATUS: 'S', When: 1, Code: 131, Msg: { mac: '020000000001' }, Description: '' },
      devdetails: { STATUS: [{ STATUS: 'S', Code: 69, Msg: 'Device Details' }], DEVDETAILS: [{ Model: 'M30S+_VE40' }], id: 1 },
    }),
  },
  'whatsminer with API 3': {
    framed: (request) =>
      request.includes('get.device.info')
        ? frame({ code: 0, msg: { miner: { type: 'M60S_VK40' }, network: { mac: MAC }, system: { fwversion: '20251209.16.Rel2' } } })
        : undefined,
  },
  'avalon that knows no version': {
    miner: miner('cgminer 4.11.1', {
      stats: { STATUS: [{ STATUS: 'S', Code: 70 }], STATS: [{ ID: 'AVA10', 'MM ID0': 'Ver[1246-83-21072802] GHSspd[1]' }], id: 1 },
    }),
  },
  avalon: {
    miner: miner('cgminer 4.11.1', {
      version: versionOf('cgminer 4.11.1', { CGMiner: '4.11.1', PROD: 'AvalonMiner 1246', MAC: '020000000001' }),
    }),
  },
  axeos: {
    web: pages({
      '/': { body: `<title>AxeOS</title>${'x'.repeat(70_000)}` },
      '/api/system/info': { body: { ASICModel: 'BM1370', boardVersion: '601', version: 'v2.14.0', macAddr: MAC, power: 17.6 } },
    }),
  },
  nerdqaxe: {
    web: pages({ '/api/system/info': { body: { ASICModel: 'BM1368', deviceModel: 'NerdQAxe+', version: 'v1.0.36', power: 60 } } }),
  },
  epic: {
    miner: (request) =>
      request.startsWith('GET /summary ')
        ? http({ body: { Software: 'PowerPlay-BMS v1.5', HBs: [] } })
        : http({ status: 400, body: 'bad request' }),
  },
  sealminer: { miner: miner('bdminer 4.11.1', { version: versionOf('bdminer 4.11.1', { CGMiner: '4.11.1' }) }) },
  auradine: { miner: miner('GCMiner-2023', { version: versionOf('GCMiner-2023', { GCMiner: '2023' }) }) },
  cgminer: { miner: miner('bfgminer 5.5', { version: versionOf('bfgminer 5.5', { CGMiner: '5.5' }) }) },
  'xmrig that wants a token': { xmrig: () => http({ status: 401, body: { status: 401, error: 'UNAUTHORIZED' } }) },
  xmrig: { second: pages({ '/2/summary': { body: { id: '0', worker_id: 'pc', ua: 'XMRig/6.26.0 (Linux x86_64)', paused: false } } }) },
};

let street: Street | undefined;
afterEach(async () => {
  await street?.close();
  street = undefined;
});

async function look(houses: Readonly<Record<string, House>>, hosts = Object.keys(houses)): Promise<ScanResult> {
  street = await Street.build(houses);
  return scan({ hosts, nowMs: () => performance.now(), signal: new AbortController().signal, ports: street.ports });
}

const streetOf = (all: readonly House[]) => Object.fromEntries(all.map((house, at) => [`127.0.7.${at + 1}`, house]));

it('tells every family by what it says of itself, and names the driver that lastwatt has for it', async () => {
  const names = Object.keys(RIGS);
  const { found, there, left, strangers } = await look(streetOf(Object.values(RIGS)));
  expect([there, left, strangers]).toEqual([names.length, 0, []]);
  expect(found.map(({ family }) => family)).toEqual(names.map((name) => name.split(' ')[0]));
  for (const { family, driver } of found) expect([family, driver]).toEqual([family, driverOf(family)]);
  const of = (name: string) => found[names.indexOf(name)];
  expect(of('antminer')).toMatchObject({ model: 'Antminer S19 Pro', confidence: 'sure' });
  expect(of('antminer-old')).toMatchObject({ model: 'Antminer S9' });
  expect(of('vnish')).toMatchObject({ model: 'Antminer S19', firmware: 'Vnish 1.2.6', mac: MAC, confidence: 'sure' });
  expect(of('braiins')).toMatchObject({ confidence: 'sure', firmware: 'boser-openwrt 0.1.0' });
  expect(of('braiins by its web alone')).toMatchObject({ confidence: 'guess' });
  expect(of('luxos')).toMatchObject({ model: 'Antminer S21', mac: MAC, driver: 'luxos', reading: { state: 'unknown', identity: MAC } });
  expect(of('whatsminer')).toMatchObject({ model: 'Whatsminer M30S+_VE40', firmware: '20230803.11.REL', mac: MAC });
  expect(of('whatsminer with API 3')).toMatchObject({
    model: 'Whatsminer M60S_VK40',
    firmware: '20251209.16.Rel2',
    mac: MAC,
    confidence: 'sure',
  });
  expect(of('avalon')).toMatchObject({ model: 'AvalonMiner 1246', mac: MAC });
  expect(of('avalon that knows no version')).toMatchObject({ model: 'Avalon 1246', confidence: 'sure' });
  expect(of('axeos')).toMatchObject({ model: 'Bitaxe 601 BM1370', firmware: 'v2.14.0', mac: MAC });
  expect(of('nerdqaxe')).toMatchObject({ model: 'NerdQAxe+', confidence: 'sure' });
  expect(of('epic')).toMatchObject({ firmware: 'PowerPlay-BMS v1.5', confidence: 'sure' });
  expect(of('cgminer')).toMatchObject({ driver: 'cgminer', confidence: 'guess' });
  expect(of('xmrig that wants a token')).toMatchObject({ confidence: 'guess', port: street?.ports.xmrig });
  expect(of('xmrig')).toMatchObject({ firmware: 'XMRig/6.26.0', port: street?.ports.second });
});

it('asks one thing at a time of each, reads only, and without a word of a password', async () => {
  await look(streetOf(Object.values(RIGS)));
  expect([...(street?.most.values() ?? [])].every((most) => most === 1)).toBe(true);
  const asked = street?.asked ?? [];
  const orders = /POST|PUT|PATCH|authorization|password|logon|curtail|ascset|ascdisable|\bset|power_o|get_token|unlock|pause|resume/i;
  expect(asked.filter((one) => orders.test(one))).toEqual([]);
});

it('finds nobody in houses of other people, and nothing behind a login that is no rig', async () => {
  const router = pages({ '/': { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="router"' } } });
  const { found, strangers, there } = await look(
    streetOf([
      { web: router },
      { web: pages({ '/': { body: '<h1>a printer</h1>' } }) },
      { miner: () => undefined },
      { miner: () => 'SSH-2.0-x\r\n' },
      // A camera, and a server of pages, that refuse whatever is asked.
      { web: () => http({ status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } }) },
      { web: () => http({ status: 403, body: 'no' }) },
      // A gateway that takes every connection and finds fault with every request.
      { miner: () => http({ status: 400, body: 'bad gateway' }), web: () => http({ status: 400, body: 'bad gateway' }) },
    ]),
  );
  expect([found, there]).toEqual([[], 7]);
  expect(strangers.map(({ say }) => say)).toEqual([
    'listens on 4028 and answers nothing: does its api-allow name this machine?',
    'answers on 4028 in words that are not known',
    'answers on 4028 in words that are not known',
  ]);
  // One look at the page of a router, and no more.
  expect(street?.asked.filter((one) => one.startsWith('127.0.7.1 web'))).toHaveLength(1);
});

it('is kept waiting by nobody: silent, dripping and flooding machines cost some seconds each, side by side', async () => {
  const all = (mouth: 'silent' | 'dripping' | 'flooding'): House => {
    const same = () => mouth;
    return { miner: same, web: same, framed: same, xmrig: same, second: same };
  };
  const beganMs = performance.now();
  const { found, left } = await look(streetOf([all('silent'), all('dripping'), all('flooding'), RIGS['luxos'] ?? {}]));
  expect(found.map(({ family }) => family)).toEqual(['luxos']);
  expect(left).toBe(0);
  // Five ports of 2 s.
  expect(performance.now() - beganMs).toBeLessThan(15_000);
});

it('passes over a whole /24 where nobody is in no time, and gives what it has when it is broken off', async () => {
  const network = parseNetwork('127.0.9.0/24');
  const hosts = network.ok ? hostsOf(network.value) : [];
  const beganMs = performance.now();
  expect(await look({}, [...hosts])).toMatchObject({ found: [], looked: 254, left: 0 });
  expect(performance.now() - beganMs).toBeLessThan(3_000);
  expect(emptySeconds(254)).toBe(3);
  expect(emptySeconds(1022)).toBe(12);
  const end = new AbortController();
  end.abort();
  const nowMs = (): number => performance.now();
  expect(await scan({ hosts, nowMs, signal: end.signal })).toMatchObject({ found: [], looked: 0, left: 254 });
});
