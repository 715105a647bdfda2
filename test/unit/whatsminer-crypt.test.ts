// What orders to a Whatsminer are sealed and signed with, against figures that other programs agree on.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { md5Crypt } from '../../src/wire/md5-crypt.ts';
import { hashV2, opened, orderV2, sealed, tokenV2 } from '../../src/wire/whatsminer-v2.ts';
import { frameIn, frameOf, orderV3, tokenV3 } from '../../src/wire/whatsminer-v3.ts';

const CHALLENGE = { salt: 'BQ5hoXV9', newsalt: 'jbzkfQls', time: '1563' };

describe('md5-crypt', () => {
  it('gives the hash that the miner and two other programs give', () => {
    expect(md5Crypt('admin', 'BQ5hoXV9')).toBe('RxmaDUO33TS7O26yeMHZ81');
    expect(md5Crypt('RxmaDUO33TS7O26yeMHZ811563', 'jbzkfQls')).toBe('8IyDjsXbonMLyZmZU2qc61');
  });

  // By `openssl passwd -1 -salt SALT PASSWORD`.
  it.each([
    ['', 'a', '8CfZSfErbeskipdhZHtvu.'],
    ['a', 'abcdefgh', 'jUYc1Xi7pkozuzWQ0Dft71'],
    ['0123456789abcdef', 'xyz', 'sYQkl5FLqKbKBUUoZjSes1'],
    ['a password of more letters than a block', './AZaz09', 'MaStVyBd8mii9rCjm3DD..'],
  ])('gives what openssl gives for %j and the salt %s', (password, salt, hash) => {
    expect(md5Crypt(password, salt)).toBe(hash);
  });

  it('looks at eight letters of the salt', () => {
    expect(md5Crypt('admin', 'BQ5hoXV9andmore')).toBe(md5Crypt('admin', 'BQ5hoXV9'));
  });
});

describe('an order of API 2', () => {
  const token = tokenV2(hashV2('admin', CHALLENGE.salt), CHALLENGE);

  it('is sealed and signed as the vendor does it', () => {
    expect(token.sign).toBe('8IyDjsXbonMLyZmZU2qc61');
    expect(Buffer.from(token.key).toString('hex')).toBe('199e0a202039bb7b558db7a54697dca29cb278055b7e659a127fb844d5a2fbf6');
    expect(JSON.parse(orderV2('power_off', { respbefore: 'true' }, token))).toEqual({
      enc: 1,
      data: 'p/QzYk8jszmQrR9dnOEVtXIRGg7DTmk9EUY2Z5AGabmXE9uaOgah2+aEOFK/+YqMwUcf1uYEM+LtZ+eKktM2aRdBWPy8Fyu0MaJmB/r1zfY=',
    });
  });

  it.each([1, 15, 16, 17, 80, 1_000])('comes back out of its seal with %d letters', (length) => {
    const text = 'x'.repeat(length);
    expect(Buffer.from(opened(sealed(text, token.key), token.key) ?? []).toString()).toBe(text);
  });

  it.each(['', 'AAAA', 'not base64 at all!', '===='])('is not opened where %j is no sealed text', (data) => {
    expect(opened(data, token.key)).toBeUndefined();
  });

  it('is looked at quickly, however many blanks are in what is none', () => {
    const began = performance.now();
    expect(opened(`AAAA${' '.repeat(200_000)}!`, token.key)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('says nothing to whoever has another password', () => {
    const other = createHash('sha256').update('other').digest();
    expect(Buffer.from(opened(sealed('{"cmd":"power_off"}', token.key), other) ?? []).toString()).not.toContain('power_off');
  });
});

describe('an order of API 3', () => {
  const signer = { account: 'super', password: 'super', salt: 'uhCiDyVj' };

  it('is signed and framed as the vendor does it', () => {
    expect(tokenV3('set.miner.service', signer, 1_773_869_570)).toBe('wusyZCiM');
    const text = orderV3('set.miner.service', 'stop', signer, 1_773_869_570);
    expect(text).toBe('{"cmd":"set.miner.service","param":"stop","ts":1773869570,"account":"super","token":"wusyZCiM"}');
    expect(Buffer.from(frameOf(text)).subarray(0, 4).toString('hex')).toBe('5f000000');
  });

  it('comes out of its frame, however many pieces it came in, and signs of life are passed over', () => {
    const frame = Buffer.concat([Buffer.alloc(8), frameOf('{"code":0}')]);
    for (let end = 0; end < frame.length; end++) expect(frameIn(frame.subarray(0, end))).toBe('more');
    const whole = frameIn(frame);
    expect(typeof whole === 'object' && Buffer.from(whole.body).toString()).toBe('{"code":0}');
  });

  it('is not waited for where its frame is announced as longer than any answer', () => {
    expect(frameIn(Buffer.from('HTTP/1.1 400 Bad Request'))).toBe('too-long');
  });
});
