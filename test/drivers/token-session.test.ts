// A login that is given once for many questions: kept, made anew when it is forgotten, and not tried again and again.
import { describe, expect, it } from '@jest/globals';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { httpDevice } from '../../src/transports/http-device.ts';
import { TokenSession } from '../../src/transports/token-session.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

async function sessionWith(say: (asked: HttpAsked) => HttpReply) {
  let now = 0;
  const server = open(await serveRigHttp(new SimRig({ id: 'rig-1', hashRate: 1e12, watts: 1000 }, () => 0), { say }));
  const addresses = addressBook(() => Promise.reject(new Error('no names here')));
  const device = open(httpDevice({ host: '127.0.0.1', port: server.port, who: 'the rig', addresses, contacts: 1 }));
  const session = new TokenSession({
    device,
    nowMs: () => now,
    login: { method: 'POST', path: '/login', body: '{}' },
    without: 'give passwordFile',
    granted: ({ status }) => (status === 200 ? { token: 'tok' } : undefined),
  });
  return {
    session,
    logins: () => server.asked.filter((one) => one === 'POST /login').length,
    pass: (seconds: number): void => {
      now += seconds * 1000;
    },
  };
}

describe('a login that is kept', () => {
  it('serves on where one page refuses whoever comes, and is not given again for that page until some minutes are over', async () => {
    const { session, logins, pass } = await sessionWith(({ path, headers: { token } }) => {
      if (path === '/login') return { status: 200, json: {} };
      return { status: token === 'tok' && path !== '/barred' ? 200 : 403, text: '' };
    });
    for (const _time of [1, 2, 3]) {
      expect(await session.ask({ path: '/barred' }, within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
      expect(await session.ask({ path: '/order' }, within())).toMatchObject({ ok: true, value: { status: 200 } });
    }
    expect(logins()).toBe(1);
    pass(301);
    await session.ask({ path: '/barred' }, within());
    expect(logins()).toBe(2);
  });

  it('that is refused is tried again after five minutes', async () => {
    const { session, logins, pass } = await sessionWith(() => ({ status: 401, text: '' }));
    for (const _time of [1, 2]) {
      expect(await session.ask({ path: '/order' }, within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
    }
    expect(logins()).toBe(1);
    pass(301);
    await session.ask({ path: '/order' }, within());
    expect(logins()).toBe(2);
  });

  it.each([
    ['is cut off', '{"token":"abc'],
    ['is empty', ''],
    ['is a page', '<html>starting</html>'],
  ])('is given again at the next question where its answer %s, for that says nothing of the password', async (_what, text) => {
    let starting = true;
    const { session, logins } = await sessionWith(({ path, headers: { token } }) => {
      if (path === '/login') return starting ? { status: 201, text } : { status: 200, json: {} };
      return { status: token === 'tok' ? 200 : 401, text: '' };
    });
    const first = await session.ask({ path: '/order' }, within());
    expect(first).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringContaining('its answer to the login') } });
    expect(JSON.stringify(first)).not.toContain('abc');
    starting = false;
    expect(await session.ask({ path: '/order' }, within())).toMatchObject({ ok: true, value: { status: 200 } });
    expect(logins()).toBe(2);
  });

  it('is refused where a whole answer agrees to nothing, as one in GraphQL does with its errors', async () => {
    const { session, logins } = await sessionWith(({ path }) =>
      path === '/login' ? { status: 202, json: { errors: [{ message: 'no' }] } } : { status: 401, text: '' },
    );
    for (const _time of [1, 2]) {
      expect(await session.ask({ path: '/order' }, within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    }
    expect(logins()).toBe(1);
  });
});
