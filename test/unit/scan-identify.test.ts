// Who answers: recorded answers of real rigs, answers that are cut short or are somebody else's, and networks as people write them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { identify, type QuestionName } from '../../src/scan/identify.ts';
import { labelWatts } from '../../src/scan/nameplate.ts';
import { glanceAt, isWholeGlance } from '../../src/wire/http-glance.ts';
import { addressOf, hostsOf, isPrivate, parseNetwork, sayAddress, sayNetwork } from '../../src/wire/ipv4.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const page = (body: unknown): Uint8Array => bytes(`HTTP/1.1 200 OK\r\n\r\n${JSON.stringify(body)}`);
const heard = (answers: Partial<Record<QuestionName, Uint8Array>>) =>
  identify(new Map(Object.entries(answers) as [QuestionName, Uint8Array][]));

describe('who answers', () => {
  it('is nobody where nothing was heard, and nobody by rubbish', () => {
    expect(heard({})).toBeUndefined();
    for (const rubbish of [
      '',
      '\0',
      '{',
      '[]',
      'null',
      '{"VERSION":1}',
      '{"STATUS":[{}],"VERSION":[[]]}',
      'HTTP/1.1 200 OK\r\n\r\n{"a":',
    ]) {
      const all = [
        'config',
        'get_version',
        'get_miner_info',
        'devdetails',
        'get.device.info',
        'home',
        'system-info',
        'api-info',
        'xmrig',
      ] as const;
      for (const question of all) expect([question, heard({ [question]: bytes(rubbish) })]).toEqual([question, undefined]);
    }
  });

  it('takes the word that one firmware alone has before those that it borrows', () => {
    const version = bytes(
      '{"STATUS":[{"STATUS":"S","Description":"cgminer 1.0.0"}],"VERSION":[{"BMMiner":"1","Type":"Antminer S19 (vnish)"}],"id":1}\0',
    );
    expect(heard({ version })).toMatchObject({ family: 'vnish', model: 'Antminer S19' });
    const stock = bytes(
      '{"STATUS":[{"STATUS":"S","Description":"cgminer 1.0.0"}],"VERSION":[{"BMMiner":"1","Type":"Antminer L7"}],"id":1}\0',
    );
    expect(heard({ version: stock })).toMatchObject({ family: 'antminer', confidence: 'likely', model: 'Antminer L7' });
    const api = page({ miner: 'Antminer S19 Pro', fw_name: 'AnthillOS', fw_version: '1.3' });
    expect(heard({ version: stock, 'api-info': api })).toMatchObject({ family: 'vnish', confidence: 'sure', model: 'Antminer S19 Pro' });
  });

  it('knows the Antminers that have no sleep', () => {
    const family = (type: string): string | undefined =>
      heard({ version: bytes(`{"STATUS":[{"STATUS":"S","Description":"x"}],"VERSION":[{"BMMiner":"1","Type":"${type}"}],"id":1}`) })
        ?.family;
    for (const old of ['Antminer S9', 'Antminer S9i', 'Antminer S17 Pro', 'Antminer T17e', 'Antminer L3+'])
      expect([old, family(old)]).toEqual([old, 'antminer-old']);
    for (const late of ['Antminer S19', 'Antminer S19j Pro', 'Antminer S21 XP', 'Antminer L9', 'Antminer T21', 'Antminer KS5 Pro'])
      expect([late, family(late)]).toEqual([late, 'antminer']);
  });

  it('never takes a MAC of zeros or half a MAC, nor 0 W, for one', () => {
    const info = (more: object) => heard({ 'system-info': page({ ASICModel: 'BM1370', ...more }) });
    expect(info({ macAddr: '00:00:00:00:00:00', power: 0 })).toEqual({
      family: 'axeos',
      confidence: 'sure',
      model: 'Bitaxe BM1370',
      by: 'system-info',
    });
    expect(info({ macAddr: '02-00-00-00-00-AB', power: 17.5 })).toMatchObject({ mac: '02:00:00:00:00:ab', watts: 17.5 });
    expect(info({ macAddr: '0200', power: -1 })).not.toHaveProperty('mac');
  });

  it('has a label for many models and none for what nobody knows', () => {
    expect([labelWatts('Antminer S19 XP'), labelWatts('Whatsminer M60S_VK40'), labelWatts('Bitaxe 601 BM1370')]).toEqual([3010, 3441, 18]);
    expect([labelWatts('toaster'), labelWatts(undefined)]).toEqual([undefined, undefined]);
  });
});

const RECORDED = fileURLToPath(new URL('../../../shared/data/miners/', import.meta.url));
const recorded = existsSync(RECORDED) ? describe : describe.skip;

recorded('recorded answers', () => {
  const file = (name: string): string => readFileSync(`${RECORDED}${name}`, 'utf8');
  const asPage = (name: string): Uint8Array => bytes(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${file(name)}`);

  it('are told apart', () => {
    expect(heard({ 'system-info': asPage('bitaxe/bitaxe-401.axeos-2.4.system_info.json') })).toMatchObject({
      family: 'axeos',
      model: 'Bitaxe 401 BM1368',
    });
    expect(heard({ 'miner-details': asPage('braiins-rest/s21pro-26.04.miner_details.json') })).toMatchObject({
      family: 'braiins',
      model: 'Antminer S21 Pro',
      mac: '02:00:00:00:00:01',
    });
    expect(heard({ epic: asPage('epic/powerplay-bms-1.5.13.summary.json') })).toMatchObject({
      family: 'epic',
      firmware: 'PowerPlay-BMS v1.5.13',
    });
    expect(heard({ xmrig: asPage('xmrig/xmrig-6.26.0-idle.summary.json') })).toMatchObject({ family: 'xmrig', firmware: 'XMRig/6.26.0' });
    const info = Buffer.from(file('whatsminer-v3/m60s.v3.get_device_info.json'));
    expect(heard({ 'get.device.info': Buffer.concat([Buffer.alloc(4), info]) })).toMatchObject({
      family: 'whatsminer',
      model: 'Whatsminer M60S_VK40',
    });
    const second = {
      get_version: bytes(file('whatsminer-v2/v2.get_version.json')),
      get_miner_info: bytes(file('whatsminer-v2/v2.get_miner_info.json')),
    };
    expect(heard(second)).toMatchObject({
      family: 'whatsminer',
      confidence: 'sure',
      firmware: '20230803.11.REL',
      mac: '02:00:00:00:00:01',
    });
    expect(heard({ version: bytes(file('sealminer/2025.stats.json')) })).toMatchObject({ family: 'sealminer' });
    expect(heard({ version: bytes(file('auradine/fluxos.summary.json')) })).toMatchObject({ family: 'auradine' });
    const config = {
      version: bytes(file('luxos/s19kpro-2025.4.summary.rpc.json')),
      config: bytes(file('luxos/s19kpro-2025.4.config.rpc.json')),
    };
    expect(heard(config)).toMatchObject({ family: 'luxos', confidence: 'sure', mac: expect.any(String) });
  });
});

describe('one look at a web server', () => {
  it('reads status, headers and a body in chunks, and knows when all of it is there', () => {
    const chunked = bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3;x=1\r\n:1}\r\n0\r\n\r\n');
    expect(glanceAt(chunked)).toMatchObject({ status: 200, body: '{"a":1}' });
    expect([isWholeGlance(chunked), isWholeGlance(chunked.subarray(0, 60))]).toEqual([true, false]);
    const sized = bytes('HTTP/1.0 401 No\nWWW-Authenticate: Digest realm="x"\nContent-Length: 2\n\nab');
    expect(glanceAt(sized)?.headers.get('www-authenticate')).toBe('Digest realm="x"');
    expect([isWholeGlance(sized), isWholeGlance(sized.subarray(0, sized.length - 1))]).toEqual([true, false]);
    for (const none of ['', 'SSH-2.0', 'HTTP/9.1 200', '{"STATUS":1}']) expect(glanceAt(bytes(none))).toBeUndefined();
  });
});

describe('networks as people write them', () => {
  const said = (text: string): string => {
    const network = parseNetwork(text);
    return network.ok ? sayNetwork(network.value) : network.fault.detail;
  };

  it('are read, or refused with how to write them', () => {
    expect(['10.0.0.21', '10.0.0.21/24', '192.168.4.0/22', '255.255.255.255/32', '0.0.0.0/0'].map(said)).toEqual([
      '10.0.0.21/32',
      '10.0.0.0/24',
      '192.168.4.0/22',
      '255.255.255.255/32',
      '0.0.0.0/0',
    ]);
    for (const bad of [
      '',
      '10.0.0',
      '10.0.0.256',
      '10.0.0.1/33',
      '10.0.0.1/',
      '10.0.0.1/8/8',
      '010.0.0.1',
      'fd00::/64',
      'barn',
      '1e1.0.0.1',
    ])
      expect(said(bad)).toMatch(/is no network: write it like 192\.168\.1\.0\/24, or one address$/);
  });

  it('hold the addresses that a device may have', () => {
    const hosts = (text: string): readonly string[] => {
      const network = parseNetwork(text);
      return network.ok ? hostsOf(network.value) : [];
    };
    expect(hosts('10.0.0.21')).toEqual(['10.0.0.21']);
    expect(hosts('10.0.0.4/31')).toEqual(['10.0.0.4', '10.0.0.5']);
    expect(hosts('10.0.0.7/30')).toEqual(['10.0.0.5', '10.0.0.6']);
    expect([hosts('10.0.3.0/24').length, hosts('10.0.3.0/24').at(-1)]).toEqual([254, '10.0.3.254']);
    expect(sayAddress(addressOf('203.0.113.9') ?? 0)).toBe('203.0.113.9');
  });

  it('are somebody’s own, or the world’s', () => {
    const own = (text: string): boolean => {
      const network = parseNetwork(text);
      return network.ok && isPrivate(network.value);
    };
    expect(['10.0.0.0/8', '172.16.0.0/12', '172.31.255.0/24', '192.168.0.0/16', '127.0.0.1'].map(own)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['9.0.0.0/8', '10.0.0.0/7', '172.32.0.0/24', '192.169.0.0/24', '100.64.0.0/24', '0.0.0.0/0'].map(own)).toEqual(
      Array(6).fill(false),
    );
  });
});
