// LuxOS: what its answers mean, and how its one session is shared with others.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { type LuxosFake, type LuxosFakeOptions, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import { failed, type Outcome } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { look, luxos } from '../../src/rigs/luxos.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import type { SimRigTraits } from '../../src/sim/rig.ts';
import { decodeRequest4028 } from '../../src/wire/serve-4028.ts';
import { Talk4028 } from '../../src/wire/socket4028.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';

const open = closedAfterEach();

async function bench(traits: Partial<SimRigTraits> = {}, options: Partial<LuxosFakeOptions> = {}): Promise<TcpBench<LuxosFake>> {
  const all = { id: 'rig-1', hashRate: 110e12, watts: 3250, ...traits };
  return open(await tcpBench(luxos, all, (rig, nowMs) => startLuxosFake({ rig, nowMs, ...options })));
}

/** What the rig was asked, without the parameters. */
function commandsTo(fake: LuxosFake): readonly (string | undefined)[] {
  return fake.asked.map((asked) => asked.split(' ')[0]);
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** A LuxOS of which `answer` gives the answers, by command. */
async function speaking(answer: (command: string) => string | undefined, nowMs = rigKit().nowMs): Promise<RigDriver> {
  const reply = (text: string): string => {
    const request = decodeRequest4028(text);
    return `${('command' in request ? answer(request.command) : undefined) ?? '{"STATUS":[{"STATUS":"E","Code":14}]}'}\0`;
  };
  const { port } = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
  return open(luxos.open({ host: '127.0.0.1', port }, { ...rigKit(), nowMs }));
}

function answering(answers: Readonly<Record<string, string>>): Promise<RigDriver> {
  return speaking((command) => answers[command]);
}

const S = '"STATUS":[{"STATUS":"S","Code":1,"Msg":"x"}]';

describe('a reading of a rig under LuxOS', () => {
  it('tells state, hash rate of the last seconds, metered watts, profile and identity', async () => {
    const { driver } = await bench();
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110e12,
      watts: 3250,
      wattsFrom: 'measured',
      algorithm: 'sha256',
      boardTemperatureC: 49,
      fansRpm: [1920, 1920, 2340, 2340],
      acceptedShares: 1483,
      mode: 'default',
      identity: expect.stringMatching(/^02:00(:[0-9a-f]{2}){4}$/),
      firmware: expect.stringContaining('LUXminer'),
    });
  });

  it('calls watts of the model estimated, and has none while the rig sleeps', async () => {
    const { driver, pass } = await bench({}, { meter: false });
    expect(await readingOf(driver)).toMatchObject({ watts: 3250, wattsFrom: 'estimated' });
    await driver.pause?.(within());
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep).toMatchObject({ state: 'paused', hashRate: 0 });
    expect(asleep.watts).toBeUndefined();
  });

  it('shows by its watts a rig that says it sleeps and does not', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 110e12, watts: 3250, wattsFrom: 'measured' });
  });

  it.each([
    ['asleep with its power supply still on', '"CurtailMode":"Sleep","IsPowerSupplyOn":true', 0, 9_000, 'unknown'],
    ['asleep', '"CurtailMode":"Sleep","IsPowerSupplyOn":false', 0, 9_000, 'paused'],
    ['asleep, with nothing said of its power supply', '"CurtailMode":"Sleep"', 0, 9_000, 'paused'],
    ['awake and just started', '"CurtailMode":"None"', 0, 60, 'starting'],
    ['awake at 0 H/s for hours, perhaps without a pool', '"CurtailMode":"None"', 0, 9_000, 'unknown'],
    ['awake and hashing', '"CurtailMode":"None"', 100, 60, 'hashing'],
    ['in a mode of which nobody has heard', '"CurtailMode":"Drowsy"', 0, 60, 'unknown'],
    ['without a word for it', '"Profile":"x"', 0, 60, 'unknown'],
  ] as const)('takes one %s for what it is', async (_which, config, ghs, elapsed, state) => {
    const driver = await answering({
      config: `{${S},"CONFIG":[{${config}}]}`,
      summary: `{${S},"SUMMARY":[{"Elapsed":${elapsed},"GHS 5s":${ghs},"GHS av":99}]}`,
      power: `{${S},"POWER":[{"Watts":0,"PSU":false}]}`,
    });
    const reading = await readingOf(driver);
    expect(reading.state).toBe(state);
    expect(reading.watts).toBeUndefined();
  });

  it('is no proof of sleep by its word alone, when the figures do not come', async () => {
    const driver = await answering({ config: `{${S},"CONFIG":[{"CurtailMode":"Sleep","MACAddr":"02:00:00:00:00:01"}]}` });
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({ state: 'unknown', identity: '02:00:00:00:00:01' });
    expect(Object.keys(reading)).not.toContain('hashRate');
  });

  const HASHING: Readonly<Record<string, string>> = {
    config: `{${S},"CONFIG":[{"CurtailMode":"None"}]}`,
    summary: `{${S},"SUMMARY":[{"Elapsed":9000,"GHS 5s":100}]}`,
    power: `{${S},"POWER":[{"Watts":3000,"PSU":true}]}`,
  };

  it.each([
    ['chips and boards apart', '{"A":{"Label":"Chip (top)"},"B":{"Label":"Board Exhaust"}}', '{"A":71,"B":52},{"A":74.5,"B":50}', 74.5, 52],
    ['no sensor without a label', '{"A":{"Position":[0,0]},"B":{}}', '{"A":71,"B":52,"C":60}', undefined, undefined],
    ['no sensor of something else', '{"A":{"Label":"Control"}}', '{"A":71}', undefined, undefined],
    ['no boards without power', '{"A":{"Label":"Board Intake"}}', '{"A":0},{"A":0.0}', undefined, undefined],
    ['nothing that can not be', '{"A":{"Label":"Board Intake"}}', '{"A":255},{"A":"hot"},{"A":-4}', undefined, undefined],
  ])('tells of the temperatures %s', async (_what, labels, temps, temperatureC, boardTemperatureC) => {
    const driver = await answering({ ...HASHING, temps: `{${S},"METADATA":[${labels}],"TEMPS":[${temps}]}` });
    const reading = await readingOf(driver);
    expect([reading.temperatureC, reading.boardTemperatureC]).toEqual([temperatureC, boardTemperatureC]);
    expect(reading).toMatchObject({ state: 'hashing', watts: 3000 });
  });

  it('is whole without them where they do not come in time', async () => {
    const never: string[] = [];
    const socket = {
      where: 'here',
      ask: (payload: string, signal: AbortSignal): Promise<Outcome<Uint8Array>> => {
        const { command } = JSON.parse(payload);
        const answer = HASHING[command];
        if (answer !== undefined) return Promise.resolve({ ok: true, value: Buffer.from(answer) });
        never.push(command);
        return new Promise((resolve) => {
          const end = (): void => resolve(failed('timeout', 'here: no answer'));
          if (signal.aborted) end();
          else signal.addEventListener('abort', end);
        });
      },
    };
    const time = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
    try {
      const reading = await look(new Talk4028(socket, new AbortController().signal), rigKit());
      expect(reading).toMatchObject({ ok: true, value: { state: 'hashing', watts: 3000 } });
      expect(time.mock.calls).toEqual([[2_000]]);
    } finally {
      time.mockRestore();
    }
    expect(never).toEqual(['temps', 'fans']);
  });

  it('tells of a fan that stands still, and of none that does not say', async () => {
    const driver = await answering({ ...HASHING, fans: `{${S},"FANS":[{"RPM":0},{"Speed":20},{"RPM":2340}]}` });
    expect((await readingOf(driver)).fansRpm).toEqual([0, 2340]);
  });

  it.each([
    ['and holds what they told', { temps: `{${S},"METADATA":[{"A":{"Label":"Board"}}],"TEMPS":[{"A":52}]}` }, 52],
    ['also where it has no such question', {}, undefined],
  ])('asks for temperatures and fans last, and each minute alone, %s', async (_what, more, boardTemperatureC) => {
    let nowMs = 1_000;
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = { ...HASHING, summary: `{${S},"SUMMARY":[{"GHS 5s":100}]}`, ...more };
    const driver = await speaking(
      (command) => {
        asked.push(command);
        return answers[command];
      },
      () => nowMs,
    );
    for (const passMs of [0, 15_000, 44_000, 1_000]) {
      nowMs += passMs;
      const reading = await readingOf(driver);
      expect(reading.boardTemperatureC).toBe(boardTemperatureC);
      expect(Object.keys(reading)).not.toContain('fansRpm');
    }
    const often = ['config', 'summary', 'power'];
    expect(asked.filter((one) => one !== 'pools')).toEqual([...often, 'temps', 'fans', ...often, ...often, ...often, 'temps', 'fans']);
  });

  it('asks for neither in a look that an order waits for, and tells what it knows of them', async () => {
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = {
      ...HASHING,
      fans: `{${S},"FANS":[{"RPM":2340}]}`,
    };
    const driver = await speaking((command) => {
      asked.push(command);
      return answers[command];
    });
    expect(await driver.read?.(within(), 'brief')).toMatchObject({ ok: true, value: { state: 'hashing', watts: 3000 } });
    expect(asked).toEqual(['config', 'summary', 'power']);
    expect((await readingOf(driver)).fansRpm).toEqual([2340]);
    expect(await driver.read?.(within(), 'brief')).toMatchObject({ ok: true, value: { fansRpm: [2340] } });
    expect(asked.filter((command) => command === 'temps' || command === 'fans')).toHaveLength(2);
  });

  const RECORDED = '../shared/data/miners/luxos/s19kpro-2025.4';
  (existsSync(`${RECORDED}.config.rpc.json`) ? it : it.skip)('is right on the answers recorded from an S19k Pro', async () => {
    const recorded = (command: string): string => readFileSync(`${RECORDED}.${command}.rpc.json`, 'utf8');
    const driver = await speaking((command) => (command === 'pools' ? undefined : recorded(command)));
    const reading = await readingOf(driver);
    // Its labels speak of boards alone.
    expect(reading).not.toHaveProperty('temperatureC');
    expect(reading).toMatchObject({
      state: 'hashing',
      hashRate: 59756.06e9,
      watts: 1051,
      wattsFrom: 'estimated',
      boardTemperatureC: 47,
      fansRpm: [1920, 1920, 2340, 2340],
      mode: '290MHz',
      identity: '02:00:00:00:00:01',
      uptimeSeconds: 3453,
      acceptedShares: 1483,
      firmware: 'LUXminer 2025.4.8.220305-57b389c7',
    });
  });
});

describe('an order to a rig under LuxOS', () => {
  it('opens a session, gives the order, and ends the session', async () => {
    const { driver, fake } = await bench();
    await driver.pause?.(within());
    await driver.resume?.(undefined, within());
    expect(commandsTo(fake)).toEqual(['logon', 'curtail', 'logoff', 'logon', 'curtail', 'logoff']);
  });

  it('uses at once a session that somebody else holds, and leaves it to him', async () => {
    const { driver, fake, rig } = await bench();
    fake.occupy();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(commandsTo(fake)).toEqual(['logon', 'session', 'curtail']);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('tries again when a session in its way ended meanwhile', async () => {
    let logons = 0;
    const driver = await speaking((command) => {
      if (command === 'logon' && logons++ > 0) return `{${S},"SESSION":[{"SessionID":"abc"}]}`;
      if (command === 'session') return `{${S},"SESSION":[]}`;
      return command === 'curtail' || command === 'logoff' ? `{${S}}` : '{"STATUS":[{"STATUS":"E","Code":402}]}';
    });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(logons).toBe(2);
  });

  it('has succeeded when the rig already is as wanted', async () => {
    const { driver, fake } = await bench({ startsAs: 'paused' });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.asked.at(-1)).toBe('config');
  });

  it('never shows the session in a fault', async () => {
    const { driver, rig, fake } = await bench();
    rig.misbehave({ refuses: true });
    const mine = await driver.pause?.(within());
    expect(mine).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining('session (session)') } });
    const id = fake.occupy();
    const theirs = await driver.pause?.(within());
    expect(JSON.stringify(theirs)).not.toContain(id);
  });

  it('takes no session id that would be more than a word of the parameter', async () => {
    const driver = await answering({
      logon: `{${S},"SESSION":[{"SessionID":"x,wakeup,mode=unsafe"}]}`,
      session: `{${S},"SESSION":[{"SessionID":"y z"}]}`,
      config: `{${S},"CONFIG":[{"CurtailMode":"None"}]}`,
    });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('is unauthorized where this machine may give none', async () => {
    const { driver } = await bench({}, { mayOrder: false });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
  });

  it('is asked for once each time where this machine may give none, no session is left, and reading goes on', async () => {
    const { driver, fake } = await bench({}, { mayOrder: false });
    for (const give of [driver.pause, () => driver.resume?.(undefined, within()), () => driver.limitWatts?.(2_000, 'default', within())]) {
      const before = fake.asked.length;
      expect(await give?.(within())).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('does not let this machine give orders') },
      });
      expect(
        commandsTo(fake)
          .slice(before)
          .filter((command) => command === 'logon').length,
      ).toBeLessThanOrEqual(1);
      expect(commandsTo(fake)).not.toContain('curtail');
      expect((await readingOf(driver)).state).toBe('hashing');
    }
  });

  it('finds nobody while the rig boots, and a sleeper after a power cut', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(10);
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', watts: 25 });
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', watts: 3250 });
  });

  it('does not wait for a reading of a rig that hangs', async () => {
    const { driver, rig, fake } = await bench();
    rig.misbehave({ hangs: true });
    const reading = driver.read?.(within());
    await eventually('the question is there', () => fake.asked.includes('config'), 10_000);
    rig.misbehave({ hangs: false });
    const began = performance.now();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect((await reading)?.ok).toBe(false);
  });

  it.each([
    ['does', (driver: RigDriver) => driver.pause?.(within()), ['logon', 'curtail', 'logoff']],
    ['does by way of the look before it', (driver: RigDriver) => driver.read?.(within(), 'brief'), ['config', 'summary', 'power']],
  ])('%s not wait for temperatures that never come', async (_what, goAhead, heard) => {
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = {
      config: `{${S},"CONFIG":[{"CurtailMode":"None"}]}`,
      logon: `{${S},"SESSION":[{"SessionID":"abc"}]}`,
      curtail: `{${S}}`,
      logoff: `{${S}}`,
    };
    const reply = (text: string): string => {
      const request = decodeRequest4028(text);
      asked.push('command' in request ? request.command : '');
      return `${answers[asked.at(-1) ?? ''] ?? '{"STATUS":[{"STATUS":"E","Code":14}]}'}\0`;
    };
    const delaySeconds = (): number | 'never' => (asked.at(-1) === 'temps' ? 'never' : 0);
    const { port } = open(await serve4028({ answers: () => true, delaySeconds, reply }));
    const driver = open(luxos.open({ host: '127.0.0.1', port }, rigKit()));
    const reading = driver.read?.(within());
    await eventually('the question is there', () => asked.includes('temps'), 10_000);
    const began = performance.now();
    expect((await goAhead(driver))?.ok).toBe(true);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(asked.slice(-3)).toEqual(heard);
    expect((await reading)?.ok).toBe(true);
    // What was broken off was not told: it is asked for again, and not held for a minute.
    const before = asked.length;
    void driver.read?.(within(500));
    await eventually('they are asked for again', () => asked.slice(before).includes('temps'), 10_000);
  });

  it('ends at its deadline while an idle connection of somebody else blocks the rig, and goes through after it', async () => {
    const { driver, fake } = await bench();
    const idle = connect(fake.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    expect(await driver.pause?.(within(150))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    idle.destroy();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
  });
});
