// `lastwatt fake-rig`: a rig that is played for whoever wants to rehearse, asked as lastwatt itself would ask it.
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { fakeRigs, habitsOf } from '../../src/fakes/registry.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { kindOf } from '../contract/rig-bench.ts';
import { rigKit } from '../contract/rig-driver.ts';
import { CliDesk, ONE_LINE, type Ran } from '../support/cli-desk.ts';
import { configOf } from '../support/config-text.ts';
import { eventually } from '../support/eventually.ts';

let desk: CliDesk;
let leaving: AbortController;
let out = '';
let pull: () => void = () => undefined;

beforeEach(() => {
  desk = new CliDesk();
  leaving = new AbortController();
  out = '';
});
afterEach(() => desk.end());

const quick = (): AbortSignal => AbortSignal.timeout(5_000);

/** The driver that the configuration makes which is printed first, with the secret that is told there. */
function metAs(printed: string): RigDriver {
  const [head = ''] = printed.split('\n');
  const [, rigs = '', secret] = /(rigs: \{.*? \} \})(?:; fake\.secret, mode 0640, holds: (.*))?$/.exec(head) ?? [];
  const { driver = '', options } = configOf(`ups: { rack: { nut: { name: rack } } }\n${rigs}`).rigs.get('fake') ?? {};
  return kindOf(driver).open(options, rigKit('fake', new Map(secret === undefined ? [] : [['fake.secret', secret]])));
}

/** Played while `meet` lasts; gives what it printed. */
async function played(line: string, meet: (driver: RigDriver) => Promise<void>): Promise<Ran> {
  const ran = desk.run(`fake-rig ${line}`, {
    interrupted: () => leaving.signal,
    plug: (turn) => {
      pull = turn;
      return () => undefined;
    },
    onOut: (all) => {
      out = all;
    },
  });
  await eventually('it plays', () => out.includes('in a configuration'));
  const driver = metAs(out);
  await meet(driver).finally(() => driver.close());
  leaving.abort();
  return ran;
}

it('prints how to meet it in words that a configuration takes, and a line at each order', async () => {
  const { code, out: said } = await played('luxos --watts 3000 --hashrate 100TH/s', async (driver) => {
    expect(await driver.read?.(quick())).toMatchObject({ ok: true, value: { state: 'hashing', hashRate: 100e12 } });
    expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    expect(await driver.resume?.(undefined, quick())).toMatchObject({ ok: true });
  });
  expect(code).toBe(0);
  const [head = '', ...orders] = said.trim().split('\n');
  expect(head).toMatch(/^plays luxos on 127\.0\.0\.1:\d+, 3,000 W, 100 TH\/s; in a configuration: rigs: \{ fake: /);
  const rigs = head.slice(head.indexOf('rigs: '));
  expect(configOf(`ups: { rack: { nut: { name: rack } } }\n${rigs}`).rigs.get('fake')).toMatchObject({
    driver: 'luxos',
    host: '127.0.0.1',
  });
  expect(orders.map((order) => order.replace(/^\S+ \S+ {2}/, ''))).toEqual([
    'asked to pause: goes down to 25 W within 4 s',
    'asked to pause: it is so already',
    'asked to resume: goes up to 3,000 W within 20 s',
  ]);
});

it('lies, refuses, sleeps through its resume and hangs when told to, and says what it did', async () => {
  const lied = await played('luxos --lies', async (driver) => {
    expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    expect(await driver.read?.(quick())).toMatchObject({ ok: true, value: { watts: expect.any(Number) } });
  });
  expect(lied.out).toMatch(/asked to pause: says that it is paused, and goes on at 3,2\d\d W/);
  leaving = new AbortController();
  out = '';
  const refused = await played('luxos --refuses', async (driver) => {
    expect(await driver.pause?.(quick())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });
  expect(refused.out).toContain('asked to pause: refused, and nothing done');
  leaving = new AbortController();
  out = '';
  const slept = await played('luxos --asleep --will-not-wake', async (driver) => {
    expect(await driver.read?.(quick())).toMatchObject({ ok: true, value: { state: 'paused' } });
    expect(await driver.resume?.(undefined, quick())).toMatchObject({ ok: true });
  });
  expect(slept.out).toContain('asked to resume: says that it is awake, and does not hash');
  leaving = new AbortController();
  out = '';
  await played('luxos --hangs', async (driver) => {
    expect(await driver.read?.(AbortSignal.timeout(300))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  });
});

it('lets half of each answer through, or does what it is told and loses its answers, when told to', async () => {
  await played('luxos --garbles', async (driver) => {
    expect(await driver.read?.(quick())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });
  leaving = new AbortController();
  out = '';
  const lost = await played('axeos --loses-answers', async (driver) => {
    expect(await driver.pause?.(quick())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });
  expect(lost.out).toContain('asked to pause: goes down to 25 W within 4 s, and its answer is lost');
});

describe.each(fakeRigs.map(({ family }) => family))('%s', (family) => {
  // What it takes to be told apart from a pause is its driver's affair: a fault, or a reading that shows it at work.
  it('says yes, does nothing, and is not seen paused by it, when told to', async () => {
    const { out: said } = await played(`${family} --watts 2000 --ignores`, async (driver) => {
      await driver.pause?.(AbortSignal.timeout(3_000));
      const reading = await driver.read?.(quick());
      if (reading?.ok) expect(reading.value.state).not.toBe('paused');
    });
    expect(said).not.toContain('goes down to');
  });
});

it.each(fakeRigs.filter((kind) => habitsOf(kind).includes('breaksJson')).map(({ family }) => family))(
  '%s is read and paused though its JSON is broken, and NULs stand behind it',
  async (family) => {
    await played(`${family} --watts 2000 --breaks-json`, async (driver) => {
      expect(await driver.read?.(quick())).toMatchObject({ ok: true, value: { state: 'hashing' } });
      expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    });
  },
);

it('takes orders of ours though somebody else holds the one session of LuxOS, and leaves it to him', async () => {
  const { out: said } = await played('luxos --session-held', async (driver) => {
    expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    expect(await driver.resume?.(undefined, quick())).toMatchObject({ ok: true });
    expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
  });
  expect(said.match(/asked to pause: goes down/g)).toHaveLength(2);
});

it('answers each login to VNish with 429, and takes no order', async () => {
  const { out: said } = await played('vnish --locked-out', async (driver) => {
    const paused = await driver.pause?.(quick());
    expect(paused).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(paused?.ok === false && paused.fault.detail).toContain('wants no login for a while');
  });
  expect(said).not.toContain('asked to');
});

it('answers nothing while it boots, for as long as it is told', async () => {
  await played('luxos --boots 0.5', async (driver) => {
    pull();
    pull();
    expect(await driver.read?.(quick())).toMatchObject({ ok: false });
    await eventually('it answers', async () => (await driver.read?.(quick()))?.ok === true);
  });
  expect(out).toContain('boots for');
});

it.each([
  ['ssh-host', '--changes-pools', 'ssh-host knows no --changes-pools; these do: luxos, '],
  ['webhook', '--changes-pools', 'webhook knows no --changes-pools; these do: luxos, '],
  ['axeos', '--breaks-json', 'axeos knows no --breaks-json; these do: luxos, '],
  ['vnish', '--session-held', 'vnish knows no --session-held; these do: luxos'],
  ['luxos', '--locked-out', 'luxos knows no --locked-out; these do: vnish'],
] as const)('says that %s knows no %s', async (family, option, say) => {
  const ran = await desk.run(`fake-rig ${family} ${option}`);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain(say);
  expect(ran.err).toMatch(ONE_LINE);
});

it.each([
  ['webhook', 'headerFile: fake.secret'],
  ['ssh-host', 'keyFile: fake.secret'],
] as const)('%s is met with what its configuration says, and a login page for an answer is none', async (family, secret) => {
  const meet = async (word: string, expected: object): Promise<string> => {
    leaving = new AbortController();
    out = '';
    const { out: said } = await played(`${family} --watts 800 ${word}`, async (driver) => {
      expect(out).toContain(secret);
      expect(await driver.read?.(quick())).toMatchObject(expected);
      if (word === '') expect(await driver.pause?.(quick())).toMatchObject({ ok: true });
    });
    return said;
  };
  expect(await meet('', { ok: true, value: { state: 'hashing' } })).toContain('asked to pause: goes down to');
  await meet('--login-page', { ok: false });
  await meet('--redirects', { ok: false });
});

it('says what is wrong with a program that is to stand in for ssh', async () => {
  for (const [line, say] of [
    ['fake-rig luxos --client /nowhere/ssh', '--client and --cards are of ssh-host alone'],
    ['fake-rig ssh-host --client /nowhere/ssh', '/nowhere/ssh cannot be written (there is no such folder): name another file'],
    ['fake-rig ssh-host --client /bin/sh', '/bin/sh cannot be written (another program is there): name another file'],
    ['fake-rig ssh-host --cards intel', 'Allowed choices are nvidia, amd, rocm'],
  ] as const) {
    const ran = await desk.run(line);
    expect([line, ran.code, ran.out]).toEqual([line, 2, '']);
    expect(ran.err).toContain(say);
  }
});

it('goes dark when its plug is pulled, and forgets its pause if that is its way', async () => {
  const { out: said } = await played('luxos --asleep --no-persist', async (driver) => {
    pull();
    expect(await driver.read?.(quick())).toMatchObject({ ok: false });
    pull();
  });
  expect(said).toMatch(/cut at 2\d W: dark\n.* {2}fed: boots for 40 s, then it hashes\n/);
});

it('lists the families, and says what is wrong with a family, a port or a figure', async () => {
  const { code, out: said } = await desk.run('fake-rig --list');
  expect(code).toBe(0);
  for (const { family } of fakeRigs) expect(said).toContain(family);
  const other = createServer();
  const port = await listen(other);
  for (const [line, say] of [
    ['fake-rig', 'which family?'],
    ['fake-rig toaster', 'no family of rigs that can be played is named "toaster". There are: luxos'],
    [`fake-rig luxos --port ${port}`, `port ${port} of 127.0.0.1 cannot be had (something listens there already)`],
    ['fake-rig luxos --port 0', 'a port from 1 to 65535'],
    ['fake-rig luxos --watts -1', 'a number above 0'],
    ['fake-rig luxos --hashrate 110', 'a hash rate with its unit'],
  ] as const) {
    const ran = await desk.run(line);
    expect([line, ran.code, ran.out]).toEqual([line, 2, '']);
    expect(ran.err).toContain(say);
    expect(ran.err).toMatch(ONE_LINE);
  }
  await new Promise((resolve) => other.close(resolve));
});
