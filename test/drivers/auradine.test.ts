// Auradine rigs: what their answers mean, how we come in and stay in, and that what is set on them is brought back.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type AuradineFake, type AuradineFakeOptions, startAuradineFake } from '../../src/fakes/auradine-rig.ts';
import { macOf } from '../../src/fakes/number-of-name.ts';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { auradine } from '../../src/rigs/auradine.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { auradineAnswerIn, auradineLook, auradineModeIn } from '../../src/wire/auradine.ts';
import type { Answer4028 } from '../../src/wire/socket4028.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const OPTIONS = { passwordFile: 'rig-password' };
const SECRETS = new Map([['rig-password', 'admin']]);
const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 150e12, watts: 3200, pausedWatts: 58.94 };
const FROM = { where: '192.0.2.1:8080', who: 'an Auradine' };

interface Bench {
  readonly driver: RigDriver;
  readonly fake: AuradineFake;
  readonly rig: SimRig;
  pass(seconds: number): void;
}

/** Time goes by for rig and driver alike. */
async function bench(fakes: Partial<AuradineFakeOptions> = {}): Promise<Bench> {
  let now = 0;
  const nowMs = (): number => now;
  const rig = new SimRig(TRAITS, nowMs);
  const fake = open(await startAuradineFake({ rig, nowMs, ...fakes }));
  const at = { host: '127.0.0.1', port: fake.port, apiPort: fake.apiPort, ...OPTIONS };
  const driver = open(auradine.open(at, { ...rigKit('rig-1', SECRETS), nowMs }));
  return {
    driver,
    fake,
    rig,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** A server that answers what `say` gives, before a driver. */
async function speaking(say: (asked: HttpAsked) => HttpReply): Promise<RigDriver> {
  const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
  return open(auradine.open({ host: '127.0.0.1', port: server.port, apiPort: server.port, ...OPTIONS }, rigKit('rig-1', SECRETS)));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const ordersTo = ({ asked }: AuradineFake): readonly string[] => asked.filter((one) => one.startsWith('POST') && !one.endsWith('/token'));

function answerOf(sections: object): Answer4028 {
  const answer = auradineAnswerIn({ status: 200, body: JSON.stringify({ STATUS: [{ STATUS: 'S' }], ...sections }) }, '/x', FROM);
  if (!answer.ok) throw new Error(answer.fault.detail);
  return answer.value;
}

describe('a reading of an Auradine', () => {
  it('puts no question for temperatures and fans where an order waits for it', async () => {
    const { driver, fake } = await bench();
    expect(await driver.read?.(within(), 'brief')).toMatchObject({ ok: true, value: { state: 'hashing', watts: 3200, mode: 'normal' } });
    expect(fake.asked.join(' ')).not.toMatch(/temperature|fan/);
    await driver.read?.(within());
    expect(fake.asked.join(' ')).toMatch(/temperature.*fan/);
  });

  it('tells state, hash rate, watts of its meter, temperatures, fans, uptime, mode and who it is', async () => {
    const { driver, pass } = await bench();
    pass(5_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 150e12,
      algorithm: 'sha256',
      watts: 3200,
      wattsFrom: 'measured',
      mode: 'normal',
      temperatureC: 70,
      boardTemperatureC: 50,
      fansRpm: [7080, 0],
      uptimeSeconds: 5_000,
      identity: macOf('rig-1', 4),
      firmware: 'FluxOS 2024-05.10',
    });
  });

  it('is paused by its row of sleep and its meter, whatever its message says', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep).toMatchObject({ state: 'paused', watts: 58.94, wattsFrom: 'measured', hashRate: 0 });
    expect(Object.keys(asleep)).not.toContain('temperatureC');
  });

  it('never takes for paused what says that it sleeps and draws more than a rig that does', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', watts: 3200, hashRate: 150e12 });
  });

  it('takes its hash rate from the older API where the newer has none', async () => {
    const { driver } = await bench({ hasSummary: false });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 150e12 });
  });

  it('goes on by the older API where the login is refused, and never finds a pause there', async () => {
    const { driver, rig, pass } = await bench({ password: 'another' });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 150e12 });
    rig.order('pause');
    pass(60);
    expect((await readingOf(driver)).state).toBe('unknown');
  });

  it.each([
    ['on', '58.94W', 'paused'],
    ['ON', undefined, 'unknown'],
    [true, '99.99 W', 'paused'],
    ['on', '100.00W', 'unknown'],
    ['on', '0.06kW', 'paused'],
    ['on', '2.1kW', 'unknown'],
    ['off', '58.94W', 'hashing'],
    [false, '58.94W', 'hashing'],
    [undefined, '58.94W', 'unknown'],
    ['perhaps', '58.94W', 'unknown'],
  ])('takes a sleep of %s at %s for what it is', (Sleep, PowerIn, state) => {
    const mode = auradineModeIn(answerOf({ Mode: [{ Sleep }] }), FROM);
    const seen = { psu: answerOf({ PSU: [{ PowerIn }] }), summary: answerOf({ SUMMARY: [{ 'MHS 5s': 1e8, Elapsed: 5_000 }] }) };
    expect(mode.ok && auradineLook(mode.value, seen).state).toBe(state);
  });

  it.each([
    ['its hash rate has gone', { SUMMARY: [{ 'MHS 5s': 0, Elapsed: 5_000 }] }, 'paused'],
    ['nothing else is told of it', undefined, 'unknown'],
    ['its hash rate is none', { SUMMARY: [{ Elapsed: 5_000 }] }, 'unknown'],
  ])('takes a sleep without watts for what it is where %s', (_where, summary, state) => {
    const seen = summary === undefined ? {} : { summary: answerOf(summary) };
    expect(auradineLook({ asleep: true }, seen).state).toBe(state);
  });

  it('shows no rate that dies away behind a sleep which its meter has shown', () => {
    const seen = { psu: answerOf({ PSU: [{ PowerIn: '58.94W' }] }), summary: answerOf({ SUMMARY: [{ 'MHS 5s': 3_000 }] }) };
    expect(auradineLook({ asleep: true }, seen)).toMatchObject({ state: 'paused', hashRate: undefined });
    expect(auradineLook({ asleep: false }, seen)).toMatchObject({ state: 'hashing', hashRate: 3e9 });
  });

  it('of a rig that answers for its mode alone never finds a pause', async () => {
    const driver = await speaking(({ path }) => {
      if (path === '/token') return { status: 200, json: { STATUS: [{ STATUS: 'S' }], Token: [{ Token: 't' }] } };
      if (path === '/mode') return { status: 200, json: { STATUS: [{ STATUS: 'S' }], Mode: [{ Sleep: 'on' }] } };
      return { status: 500, text: 'busy' };
    });
    expect((await readingOf(driver)).state).toBe('unknown');
  });

  it.each([
    [[{ PowerIn: '58.94W' }], 58.94],
    [[{ PowerIn: '1600.50 W' }, { PowerIn: '1.6kW' }], 3200.5],
    [[{ PowerIn: 3200 }], 3200],
    [[{ PowerIn: '1600W' }, {}], undefined],
    [[{ PowerIn: '58.94A' }], undefined],
    [[{ PowerIn: '-5W' }], undefined],
    [[{ PowerIn: '0.00W' }], undefined],
    [[{ PowerIn: '99999W' }], undefined],
    [[], undefined],
  ])('finds in %j %s W', (PSU, watts) => {
    expect(auradineLook({ asleep: false }, { psu: answerOf({ PSU }) }).watts).toBe(watts);
  });

  it.each([
    ['Invalid or expired token', 'unauthorized'],
    ['token is missing', 'unauthorized'],
    ['Unauthorized', 'unauthorized'],
    ['not during a tuning session', 'refused'],
    ['wrong mode', 'refused'],
  ])('takes a refusal of "%s" for %s', (Msg, code) => {
    const body = JSON.stringify({ STATUS: [{ STATUS: 'E', Code: 9, Msg }] });
    expect(auradineAnswerIn({ status: 200, body }, '/mode', FROM)).toMatchObject({ ok: false, fault: { code } });
  });

  it('is of no other machine', async () => {
    const driver = await speaking(() => ({ status: 404, text: 'no' }));
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
  });
});

describe('the login of an Auradine', () => {
  it.each(['words', 'status'] as const)('is a token that is kept, and asked for anew where it is refused by %s', async (refusesBy) => {
    const { driver, fake, pass } = await bench({ tokenSeconds: 60, refusesBy });
    await readingOf(driver);
    await driver.pause?.(within());
    expect(fake.logins()).toBe(1);
    pass(61);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(fake.logins()).toBe(2);
  });

  it.each(['words', 'status'] as const)('is tried once in five minutes where it is refused by %s', async (refusesBy) => {
    const { driver, fake, pass } = await bench({ password: 'another', refusesBy });
    for (const ask of [driver.pause, driver.mayOrder, driver.reboot]) {
      const detail = expect.stringContaining('the file of passwordFile');
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later', detail } });
    }
    await readingOf(driver);
    expect(fake.refusedLogins()).toBe(1);
    pass(301);
    await driver.pause?.(within());
    expect(fake.refusedLogins()).toBe(2);
  });

  it('rests where the token that it gave is not taken', async () => {
    let logins = 0;
    const driver = await speaking(({ path }) => {
      if (path !== '/token') return { status: 401, text: '' };
      logins++;
      return { status: 200, json: { STATUS: [{ STATUS: 'S' }], Token: [{ Token: 'abc' }] } };
    });
    const detail = expect.stringContaining('refuses the token');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    await driver.pause?.(within());
    expect(logins).toBe(1);
  });

  it('is not guessed where its file could not be read', async () => {
    const fake = open(await startAuradineFake({ rig: new SimRig(TRAITS, () => 0), nowMs: () => 0 }));
    const at = { host: '127.0.0.1', port: fake.port, apiPort: fake.apiPort, ...OPTIONS };
    const driver = open(auradine.open(at, rigKit()));
    const detail = expect.stringContaining('the file of passwordFile could not be read');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    expect(fake.asked).toEqual([]);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it('never stands in a fault, even where the rig quotes it', async () => {
    const quoting = await speaking(({ path, body, headers }) => ({
      status: 200,
      json:
        path === '/token' && body.includes('admin')
          ? { STATUS: [{ STATUS: 'S' }], Token: [{ Token: 'abc.123xyz' }] }
          : { STATUS: [{ STATUS: 'E', Code: 9, Msg: `no ${String(headers['token'])}` }] },
    }));
    const refused = await quoting.pause?.(within());
    expect(refused).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(JSON.stringify(refused)).not.toContain('abc.123xyz');
  });

  it('wants its password in a file', () => {
    expect(auradine.options.safeParse({ host: '10.0.0.21' }).success).toBe(false);
    expect(auradine.secretFiles?.({ host: '10.0.0.21', ...OPTIONS })).toEqual(['rig-password']);
  });
});

describe('an order to an Auradine', () => {
  it('sets its sleep alone, and it comes back in the mode that it had', async () => {
    const { driver, fake, pass } = await bench({ mode: 'eco' });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect((await driver.resume?.('turbo', within()))?.ok).toBe(true);
    pass(60);
    expect(fake.mode()).toEqual({ Mode: 'eco' });
    expect(ordersTo(fake)).toEqual(['POST /mode', 'POST /mode']);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', mode: 'eco' });
  });

  it('says what the rig says where it will not, and is done where it is so already', async () => {
    const { driver, rig } = await bench();
    rig.misbehave({ refuses: true });
    const detail = expect.stringContaining('Cannot change mode now');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
  });

  it('limits its watts by the mode custom, and takes the limit back to the mode before', async () => {
    const { driver, fake } = await bench({ mode: 'turbo' });
    expect((await driver.limitWatts?.(2000.9, undefined, within()))?.ok).toBe(true);
    expect(fake.mode()).toMatchObject({ Mode: 'custom', Power: 2000 });
    expect((await driver.limitWatts?.(2000, undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toHaveLength(1);
    expect((await driver.limitWatts?.(1500, undefined, within()))?.ok).toBe(true);
    expect(fake.mode()).toMatchObject({ Power: 1500 });
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect(fake.mode()).toEqual({ Mode: 'turbo' });
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toHaveLength(3);
  });

  it('is taken back to the mode before by a process that never limited it, and tells no limit that could not be given back', async () => {
    const { driver, fake } = await bench({ mode: 'custom' });
    expect((await readingOf(driver)).limit).toBeUndefined();
    expect((await driver.limitWatts?.(undefined, 'eco', within()))?.ok).toBe(true);
    expect(fake.mode()).toEqual({ Mode: 'eco' });
    expect((await readingOf(driver)).limit).toBe('eco');
  });

  it('does not limit one that its owner has tuned, nor one that sleeps', async () => {
    const { driver, fake } = await bench({ mode: 'custom' });
    const before = fake.mode();
    expect(await driver.limitWatts?.(2000, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'later' } });
    expect(await driver.limitWatts?.(undefined, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(fake.mode()).toEqual(before);
    const { driver: sleeper, fake: other } = await bench();
    await sleeper.pause?.(within());
    expect(await sleeper.limitWatts?.(2000, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(other.mode()).toEqual({ Mode: 'normal' });
  });

  it('starts it anew, and the pause outlives that', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(100);
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it('has started it anew where it goes before it answers, and has not where it was not there', async () => {
    const { driver, rig, fake } = await bench();
    await readingOf(driver);
    rig.misbehave({ losesAnswers: true });
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    expect(ordersTo(fake)).toEqual([]);
    const gone = await speaking(({ path, method }) => {
      if (path === '/token') return { status: 200, json: { STATUS: [{ STATUS: 'S' }], Token: [{ Token: 'abc' }] } };
      return method === 'POST'
        ? { status: 200, text: 'x', headers: { 'content-length': '99' } }
        : { status: 200, json: { STATUS: [{ STATUS: 'S' }], Mode: [{ Mode: 'eco' }] } };
    });
    expect((await gone.reboot?.(within(2_000)))?.ok).toBe(true);
  });

  it('makes it blink, and leaves a light alone that tells of a fault', async () => {
    const { driver, fake } = await bench();
    for (const on of [true, true, false, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect(fake.led()).toBe(on ? 3 : 2);
    }
    expect(ordersTo(fake)).toHaveLength(2);
    const { driver: faulty, fake: other } = await bench({ led: 7 });
    expect((await faulty.locate?.(false, within()))?.ok).toBe(true);
    expect(other.led()).toBe(7);
  });

  it('may be asked for without giving one', async () => {
    const { driver, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
  });
});

const RECORDED = '../shared/data/miners/auradine';

(existsSync(RECORDED) ? describe : describe.skip)('a recorded Auradine', () => {
  const recorded = (name: string): Answer4028 => {
    const answer = auradineAnswerIn({ status: 200, body: readFileSync(`${RECORDED}/fluxos.${name}.json`, 'utf8') }, `/${name}`, FROM);
    if (!answer.ok) throw new Error(answer.fault.detail);
    return answer.value;
  };

  it('is read as it was', () => {
    const mode = auradineModeIn(recorded('mode'), FROM);
    expect(mode).toEqual({ ok: true, value: { asleep: false, name: 'custom', watts: 2000 } });
    const look = auradineLook({ asleep: true }, { psu: recorded('psu'), fan: recorded('fan') });
    expect(look).toMatchObject({ state: 'paused', watts: 58.94, wattsFrom: 'measured', fansRpm: [7080, 7020, 7100, 7020] });
    const awake = auradineLook({ asleep: false }, { summary: recorded('summary') });
    expect(awake).toMatchObject({ state: 'hashing', hashRate: expect.closeTo(20.5997e12, -9), uptimeSeconds: 56_696 });
  });
});
