// Basic and Digest, with the examples of RFC 7616 (3.9.1), RFC 7617 (2) and RFC 2069.
import { describe, expect, it } from '@jest/globals';
import { authorization, bestChallenge, type Challenge, parseChallenges } from '../../src/wire/http-auth.ts';

const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const OPAQUE = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
const offer = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;
const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
const USE = { method: 'GET', uri: '/dir/index.html', count: 1, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };

const only = (values: readonly string[]): Challenge => {
  const [first, ...more] = parseChallenges(values);
  if (first === undefined || more.length > 0) throw new Error('not just one challenge');
  return first;
};

describe('an answer to a Digest challenge', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is, with %s, the one of the RFC', (algorithm, response) => {
    expect(authorization(only([offer(algorithm)]), MUFASA, USE)).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", nonce="${NONCE}", uri="/dir/index.html", algorithm=${algorithm}, ` +
        `qop=auth, nc=00000001, cnonce="${USE.cnonce}", response="${response}", opaque="${OPAQUE}"`,
    );
  });

  it('counts the uses of a nonce in eight hexadecimal digits', () => {
    expect(authorization(only([offer('MD5')]), MUFASA, { ...USE, count: 0x1f })).toContain('nc=0000001f');
  });

  it('knows the older way without qop', () => {
    const challenge = only(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']);
    const said = authorization(challenge, { username: 'Mufasa', password: 'CircleOfLife' }, USE);
    // As corrected by the erratum to RFC 2069.
    expect(said).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(said).not.toMatch(/qop|cnonce|nc=/);
  });

  it('keeps a quote in a name inside its quotes', () => {
    expect(authorization(only([offer('MD5')]), { username: 'a"b\\c', password: '' }, USE)).toContain('username="a\\"b\\\\c"');
  });
});

describe('an answer to a Basic challenge', () => {
  it('is the one of the RFC', () => {
    const said = authorization({ scheme: 'basic' }, { username: 'Aladdin', password: 'open sesame' }, USE);
    expect(said).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });

  it('sends a password as UTF-8', () => {
    const said = authorization({ scheme: 'basic' }, { username: 'test', password: '123£' }, USE);
    expect(said).toBe('Basic dGVzdDoxMjPCow==');
  });
});

describe('the challenges of an answer', () => {
  it('are read from one header or from several', () => {
    const both = [offer('MD5'), 'Basic realm="x"'];
    expect(parseChallenges([both.join(', ')])).toEqual(parseChallenges(both));
    expect(parseChallenges(both).map(({ scheme }) => scheme)).toEqual(['digest', 'basic']);
  });

  it('are answered in the safest way that the caller takes', () => {
    const offered = parseChallenges([offer('MD5'), offer('SHA-256'), 'Basic realm="x"']);
    expect(bestChallenge(offered, ['basic', 'digest'])).toMatchObject({ scheme: 'digest', algorithm: 'SHA-256' });
    expect(bestChallenge(offered, ['basic'])).toEqual({ scheme: 'basic' });
    expect(bestChallenge(parseChallenges(['Basic realm="x"']), ['digest'])).toBeUndefined();
  });

  it('say whether a nonce was only too old', () => {
    expect(only([`${offer('MD5')}, stale=TRUE`])).toMatchObject({ stale: true });
    expect(only([offer('MD5')])).toMatchObject({ stale: false });
  });

  it.each([
    ['nothing', ''],
    ['a scheme nobody knows', 'Negotiate abc=='],
    ['no nonce', 'Digest realm="x"'],
    ['an algorithm nobody knows', 'Digest realm="x", nonce="y", algorithm=SHA-512-256'],
    ['only integrity', 'Digest realm="x", nonce="y", qop="auth-int"'],
    ['a nonce that no header can hold', 'Digest realm="x", nonce="y\u0001"'],
    ['an open quote', 'Digest realm="x, nonce=y'],
  ])('are none where there is %s', (_what, value) => {
    expect(parseChallenges([value])).toEqual([]);
  });

  it('are few, however many a device sends', () => {
    expect(parseChallenges([Array.from({ length: 500 }, () => 'Basic realm="x"').join(', ')]).length).toBeLessThanOrEqual(16);
  });
});
