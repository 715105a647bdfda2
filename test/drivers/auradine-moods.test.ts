// Auradine rigs that do not answer, or deny a part: what that leaves open.
import { expect, it } from '@jest/globals';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { auradine } from '../../src/rigs/auradine.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

async function speaking(say: (asked: HttpAsked) => HttpReply): Promise<RigDriver> {
  const { port } = open(await serveRigHttp(new SimRig({ id: 'rig-1', hashRate: 1, watts: 1 }, () => 0), { say }));
  const at = { host: '127.0.0.1', port, apiPort: 1, passwordFile: 'rig-password' };
  return open(auradine.open(at, rigKit('rig-1', new Map([['rig-password', 'admin']]))));
}

const good = (sections: object): HttpReply => ({ status: 200, json: { STATUS: [{ STATUS: 'S' }], ...sections } });

it('a limit whose answer was lost is known by whichever of our figures stands, and is taken back to the mode before', async () => {
  const [MODE, busy] = [
    { Mode: 'normal', Sleep: 'off' },
    { status: 500, text: 'busy' },
  ];
  let deaf = false;
  const driver = await speaking(({ method, path, body }) => {
    if (path === '/token') return good({ Token: [{ Token: 't' }] });
    if (method === 'POST' && path === '/mode') {
      if (deaf) return busy;
      const { mode, power } = JSON.parse(body) as { mode: string; power?: number };
      Object.assign(MODE, { Mode: mode, Power: power });
    }
    return good({ Mode: [MODE] });
  });
  expect((await driver.limitWatts?.(1_500, undefined, within()))?.ok).toBe(true);
  deaf = true;
  expect((await driver.limitWatts?.(1_200, undefined, within()))?.ok).toBe(false);
  deaf = false;
  expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
  expect(MODE.Mode).toBe('normal');
});

it('a rig that denies one page can be paused, and is not logged in to anew at every look', async () => {
  let logins = 0;
  const driver = await speaking(({ path, headers }) => {
    if (path === '/token') return good({ Token: [{ Token: `t${++logins}` }] });
    if (headers['token'] !== `t${logins}` || path === '/fan') return { status: 401, text: 'Unauthorized' };
    return good({ Mode: [{ Mode: 'normal', Sleep: 'off' }] });
  });
  expect((await driver.read?.(within()))?.ok).toBe(true);
  expect(await driver.pause?.(within())).toEqual({ ok: true, value: undefined });
  const before = logins;
  expect((await driver.read?.(within()))?.ok).toBe(true);
  expect((await driver.read?.(within()))?.ok).toBe(true);
  expect(logins).toBe(before);
});
