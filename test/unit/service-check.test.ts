// The check, over devices that answer, fall silent, refuse or say nothing at all.
import { describe, expect, it } from '@jest/globals';
import { appraise, appraiseRig } from '../../src/config/appraise.ts';
import type { Config } from '../../src/config/config.ts';
import { initialState, type State, unseenRig } from '../../src/core/state.ts';
import { upsDeadlineMs } from '../../src/engine/senses.ts';
import { realClock } from '../../src/host/clock.ts';
import type { ContactInput } from '../../src/inputs/port.ts';
import { DONE, type FaultCode, failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { UpsReading } from '../../src/model/ups.ts';
import type { CheckItem } from '../../src/model/view.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { checkDevices } from '../../src/service/check.ts';
import type { Devices } from '../../src/service/devices.ts';
import { floorOfFile } from '../../src/service/floor.ts';
import { Places } from '../../src/service/places.ts';
import type { Switch } from '../../src/switches/port.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { configOf } from '../support/config-text.ts';

const SITE = `
site: { controllerFedBy: [rack], networkFedBy: [rack] }
ups: { rack: { nut: { name: rack, host: 127.0.0.1 }, nominalWatts: 7000 } }
rigs:
  ash: { driver: cgminer, host: 192.0.2.1, fedBy: [rack], cutBy: [k1], reward: { perDay: 2 }, watts: 3000 }
  old: { driver: none, fedBy: [rack], cutBy: [k2], reward: { perDay: 1 }, watts: 1000 }
switches:
  k1: { driver: command, cut: [/bin/cut], feed: [/bin/feed], read: [/bin/read] }
  k2: { driver: command, cut: [/bin/cut], feed: [/bin/feed] }
`;
const SECONDARY = SITE.replace('host: 127.0.0.1', 'host: 127.0.0.1, role: secondary, username: u, passwordFile: p, hostSyncSeconds: 900');

/** Nothing may be moved by looking. */
const never = (): Promise<never> => Promise.reject(new Error('a check moved something'));
const close = (): Promise<void> => Promise.resolve();

function source(figures: UpsReading['figures'] = {}, words = ['OL'], nameplate: UpsReading['nameplate'] = {}): UpsSource {
  const reading = (): UpsReading => ({ ups: 'rack', takenAtMs: realClock.monotonicMs(), words: new Set(words), figures, nameplate });
  return { read: () => Promise.resolve(ok(reading())), close };
}

const CALM = { charge: 100, runtime: 1200, loadWatts: 4000 };

function rig(change: Partial<RigDriver> = {}): RigDriver {
  const reading = (): RigReading => ({
    rig: 'ash',
    takenAtMs: realClock.monotonicMs(),
    state: 'hashing',
    hashRate: 110e12,
    watts: 3010,
    wattsFrom: 'measured',
  });
  return {
    read: () => Promise.resolve(ok(reading())),
    mayOrder: () => Promise.resolve(DONE),
    pause: never,
    resume: never,
    close,
    ...change,
  };
}

function devices(
  change: { readonly ups?: UpsSource; readonly rig?: RigDriver; readonly k2?: Partial<Switch>; readonly troubles?: readonly string[] } = {},
): Devices {
  const readable: Switch = { set: never, read: () => Promise.resolve(ok('fed' as const)) };
  return {
    places: new Places(),
    ups: new Map([['rack', change.ups ?? source(CALM)]]),
    rigs: new Map([
      ['ash', change.rig ?? rig()],
      ['old', { close }],
    ]),
    switches: new Map<string, Switch>([
      ['k1', readable],
      ['k2', { set: never, ...change.k2 }],
      ['k3', { set: never, probe: () => Promise.resolve(ok(0)) }],
      ['k4', { set: never, probe: () => Promise.resolve(failed('unreachable', 'its cable is out')) }],
    ]),
    inputs: new Map<string, ContactInput>([
      ['ats', { read: () => Promise.resolve(ok('open' as const)), close }],
      ['grid', { read: () => Promise.resolve(failed('unreachable', 'its wire is off')), close }],
    ]),
    answerMs: new Map(),
    addresses: { addressOf: () => undefined, refresh: () => undefined },
    names: [],
    troubles: change.troubles ?? [],
    close,
  };
}

/** `verdict about say` of the items about one thing. */
async function told(
  about: string,
  { config = configOf(SITE), on = devices(), known }: { config?: Config; on?: Devices; known?: State } = {},
) {
  const items = await checkDevices(config, on, known === undefined ? {} : { known });
  return items.filter((item) => item.about === about).map(({ verdict, say }) => `${verdict} ${say}`);
}

describe('the check', () => {
  it('tells what each device says, and which switch cannot be read back', async () => {
    expect(await told('rack')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^pass answers: OL, runtime .*charge 100 %, load 4,000 W$/)]),
    );
    expect(await told('ash')).toEqual(['pass hashing, 110 TH/s, 3010 W measured, driver cgminer (simulated)']);
    expect(await told('k1')).toContain('pass is fed');
    expect(await told('k2')).toContainEqual(expect.stringMatching(/^warn can not be read back/));
    expect(await told('k3')).toEqual([expect.stringMatching(/^warn is there, and can not be read back/)]);
    expect(await told('k4')).toEqual(['fail its cable is out']);
    expect(await told('ats')).toEqual(['pass is open']);
    expect(await told('grid')).toEqual(['fail its wire is off']);
    expect(await told('old')).toEqual(expect.arrayContaining(["warn driver none: can't be asked anything; it is only cut"]));
  });

  it('fails a contact that cannot be read and whose board is not there', async () => {
    const probe = (): Promise<Outcome<number>> => Promise.resolve(failed('unreachable', '/dev/x is not there'));
    expect(await told('k2', { on: devices({ k2: { probe } }) })).toContain('fail /dev/x is not there');
    const there = devices({ k2: { probe: () => Promise.resolve(ok(0)) } });
    expect(await told('k2', { on: there })).toContainEqual(expect.stringMatching(/^warn is there, and can not be read back/));
  });

  it('fails a contact that reads well and that somebody else has', async () => {
    const k2: Partial<Switch> = {
      read: () => Promise.resolve(ok('fed' as const)),
      maySet: () => Promise.resolve(failed('refused', 'gpio 5 is held by "gpioset"')),
    };
    expect(await told('k2', { on: devices({ k2 }) })).toContain('fail reads fed, and could not be moved: gpio 5 is held by "gpioset"');
    const free = devices({ k2: { ...k2, maySet: () => Promise.resolve(DONE) } });
    expect(await told('k2', { on: free })).toContain('pass is fed');
  });

  it('fails what does not answer, in the words of its fault', async () => {
    const silent = failed('timeout', 'ash is silent', 'later');
    expect(await told('ash', { on: devices({ rig: rig({ read: () => Promise.resolve(silent) }) }) })).toEqual(['fail ash is silent']);
    const gone: UpsSource = { read: () => Promise.resolve(failed('refused', 'rack is unknown to upsd', 'never')), close };
    expect(await told('rack', { on: devices({ ups: gone }) })).toContain('fail rack is unknown to upsd');
  });

  it('says of one rig why its own secret could not be read, and nothing of those of others', async () => {
    const config = configOf(SITE.replace('driver: cgminer, host', 'driver: epic, passwordFile: ash.secret, host'));
    const troubles = ['/etc/lastwatt/ash.secret may be read by everybody: chmod 0640', '/etc/lastwatt/smash.secret does not exist'];
    const items = await checkDevices(config, devices({ troubles }), { rig: 'ash' });
    expect(items.filter(({ say }) => say.includes('.secret'))).toEqual([{ verdict: 'fail', about: 'ash', say: troubles[0] }]);
  });

  it('warns of a rig that says it is paused and hashes, or draws what it draws at work', async () => {
    const says = (more: Partial<RigReading>): Devices =>
      devices({
        rig: rig({ read: () => Promise.resolve(ok({ rig: 'ash', takenAtMs: realClock.monotonicMs(), state: 'paused', ...more })) }),
      });
    const warned = expect.stringMatching(/^warn says that it is paused, and goes on: .*; only a switch stops it/);
    expect(await told('ash', { on: says({ hashRate: 110e12 }) })).toEqual([warned]);
    expect(await told('ash', { on: says({ watts: 2900, wattsFrom: 'measured' }) })).toEqual([warned]);
    expect(await told('ash', { on: says({ hashRate: 0, watts: 25, wattsFrom: 'measured' }) })).toEqual([
      'pass paused, 0 H/s, 25 W measured, driver cgminer (simulated)',
    ]);
  });

  it('fails a rig that answers and would take no order: it could not be paused', async () => {
    const deaf = rig({ mayOrder: () => Promise.resolve(failed('unauthorized', 'access denied')) });
    expect(await told('ash', { on: devices({ rig: deaf }) })).toEqual(['fail answers, and takes no orders: access denied']);
  });

  it('fails a rig in whose place another machine answers, of those that a running service knows', async () => {
    const known = initialState(0);
    known.memory.rigs.set('ash', { knownAs: { mac: '02:00:00:00:00:0a' } });
    const answering = (identity: string) =>
      devices({ rig: rig({ read: () => Promise.resolve(ok({ rig: 'ash', takenAtMs: 0, state: 'hashing', hashRate: 1, identity })) }) });
    expect(await told('ash', { on: answering('02:00:00:00:00:0A'), known })).toEqual([expect.stringMatching(/^pass/)]);
    expect(await told('ash', { on: answering('02:00:00:00:00:99'), known })).toEqual([
      expect.stringMatching(/^fail another machine answers in place of ash .* lastwatt release ash$/),
    ]);
  });

  it('only warns of a rig that is dark by our doing', async () => {
    const dark = rig({ read: () => Promise.resolve(failed('unreachable', 'no route')) });
    const known: State = { ...initialState(0), rigs: new Map([['ash', { ...unseenRig(0), phase: 'dark' as const }]]) };
    expect(await told('ash', { on: devices({ rig: dark }), known })).toEqual([expect.stringMatching(/^warn is dark/)]);
  });

  it('looks again at a UPS whose connection is still being made', async () => {
    let looks = 0;
    const { read } = source(CALM);
    const slow: UpsSource = {
      read: (signal) => (looks++ === 0 ? Promise.resolve(failed('unreachable', 'connecting')) : read(signal)),
      close,
    };
    expect(await told('rack', { on: devices({ ups: slow }) })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^pass answers: OL/)]),
    );
    expect(looks).toBe(2);
  });

  it('times a UPS against what it is waited for on battery, and warns of one that would count as silent there', async () => {
    const { read } = source(CALM);
    let looks = 0;
    const after = (ms: readonly number[], more: Partial<UpsSource> = {}): UpsSource => ({
      ...more,
      read: async (signal) => {
        await realClock.sleep(ms[Math.min(looks++, ms.length - 1)] ?? 0);
        return read(signal);
      },
      close,
    });
    const byProgram = (ms: readonly number[]) => told('rack', { on: devices({ ups: after(ms, { answerMs: 200 }) }) });
    const warning = expect.stringMatching(/^warn took 0\.[45] s to answer, and on battery 0\.2 s are waited for: it would count as silent/);
    expect(await byProgram([400])).toContainEqual(warning);
    looks = 0;
    expect(await byProgram([400, 5])).not.toContainEqual(warning);
    expect(looks).toBe(2);
  });

  it('waits for a server on battery no longer than a second', () => {
    expect([upsDeadlineMs({}, 'battery'), upsDeadlineMs({}, 'mains'), upsDeadlineMs({ answerMs: 4_500 }, 'battery')]).toEqual([
      1000, 3000, 4500,
    ]);
  });

  it('says why a UPS is not believed, and what it cannot tell', async () => {
    const odd = await told('rack', { on: devices({ ups: source({ charge: 'x' }, ['OL', 'LB']) }) });
    expect(odd).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^warn charge.* "x" is not believed: /),
        expect.stringMatching(/^warn flags low battery on mains/),
        expect.stringMatching(/^warn its load in W is not known/),
        expect.stringMatching(/^fail .*minutesAtWatts/),
      ]),
    );
  });

  it.each([
    ['auto', { runtimeLow: '120' }, /^pass flags low battery at 120 s; everything is down before that$/],
    ['60', { runtimeLow: '120' }, /^warn flags low battery at 120 s, before everything is down: raise policy\.cutBelowSeconds above \d+$/],
    ['auto', { chargeLow: '20' }, /^pass flags low battery at \d+ s \(20 % of charge\); everything is down before that$/],
    ['60', { chargeLow: '20' }, /^warn flags low battery at \d+ s \(20 % of charge\), before everything is down: /],
  ])('with cutBelowSeconds %s tells of a UPS that flags low battery by %j', async (cutBelowSeconds, nameplate, say) => {
    const config = configOf(`${SITE}policy: { kind: threshold, shedBelowSeconds: 400, cutBelowSeconds: ${cutBelowSeconds} }\n`);
    expect(await told('rack', { config, on: devices({ ups: source(CALM, ['OL'], nameplate) }) })).toContainEqual(
      expect.stringMatching(say),
    );
  });

  it('warns where no second cut-off is known, and where the primary does not wait for us', async () => {
    expect(await told('site')).toEqual([expect.stringMatching(/^warn second cut-off: none known/)]);
    const refused = { ...source(CALM), loginFault: () => failed('unauthorized', 'upsd does not know u').fault };
    const secondary = { config: configOf(SECONDARY), on: devices({ ups: refused }) };
    expect(await told('site', secondary)).toEqual([]);
    expect(await told('rack', secondary)).toContain('warn the primary does not wait for us: upsd does not know u');
  });

  it('fails the site for a secret that cannot be read', async () => {
    expect(await told('site', { on: devices({ troubles: ['p does not exist'] }) })).toContain('fail p does not exist');
  });

  it('looks at one rig and its switches alone when it is asked for one, and knows no strangers', async () => {
    const told = (items: readonly CheckItem[]): readonly string[] => items.map(({ verdict, about, say }) => `${about} ${verdict} ${say}`);
    const ofAsh = (items: readonly CheckItem[]): readonly CheckItem[] => items.filter(({ about }) => about === 'ash' || about === 'k1');
    const [whole, one] = [await checkDevices(configOf(SITE), devices()), await checkDevices(configOf(SITE), devices(), { rig: 'ash' })];
    expect(told(one).toSorted()).toEqual(told(ofAsh(whole)).toSorted());
    expect(new Set(one.map(({ about }) => about))).toEqual(new Set(['ash', 'k1']));
    // The file alone says the same of it, whoever asks.
    expect(told(appraiseRig(configOf(SITE), 'ash'))).toEqual(told(ofAsh(appraise(configOf(SITE)))));
    expect(await checkDevices(configOf(SITE), devices(), { rig: 'elm' })).toEqual([
      { verdict: 'fail', about: 'elm', say: 'no such rig; there are: ash, old' },
    ]);
  });
});

describe('the reading of a rig', () => {
  const readingOf = async (change: Partial<RigDriver>) =>
    (await checkDevices(configOf(SITE), devices({ rig: rig(change) }), { rig: 'ash' })).find(
      (item) => item.about === 'ash' && item.reading !== undefined,
    )?.reading;

  it('is told whole, and what the rig does not tell is null and never 0', async () => {
    expect(await readingOf({})).toEqual({
      state: 'hashing',
      hashRate: 110e12,
      algorithm: null,
      watts: 3010,
      wattsFrom: 'measured',
      temperatureC: null,
      boardTemperatureC: null,
      fansRpm: null,
      uptimeSeconds: null,
      mode: null,
      limit: null,
      identity: null,
      firmware: null,
      takesOrders: true,
    });
    const every = {
      state: 'paused',
      hashRate: 0,
      algorithm: 'sha256',
      watts: 25,
      wattsFrom: 'estimated',
      temperatureC: 41.5,
      boardTemperatureC: 38,
      fansRpm: [960, 0],
      uptimeSeconds: 7,
      mode: 'default',
      limit: '80 %',
      identity: '02:00:00:00:00:01',
      firmware: 'x 1',
    } as const;
    expect(await readingOf({ read: () => Promise.resolve(ok({ rig: 'ash', takenAtMs: 1, ...every })) })).toEqual({
      ...every,
      takesOrders: true,
    });
  });

  it('stays where the rig would take no order, is silent on it where that can not be asked, and is absent of a rig that gives none', async () => {
    const no = (code: FaultCode): Partial<RigDriver> => ({ mayOrder: () => Promise.resolve(failed(code, 'no')) });
    expect(await readingOf(no('unauthorized'))).toMatchObject({ watts: 3010, takesOrders: false });
    expect(await readingOf(no('timeout'))).toMatchObject({ watts: 3010, takesOrders: null });
    const { mayOrder: _, ...mute } = rig();
    const items = await checkDevices(configOf(SITE), devices({ rig: mute }));
    expect(items.find(({ about, reading }) => about === 'ash' && reading !== undefined)?.reading).toMatchObject({ takesOrders: null });
    expect(await readingOf({ read: () => Promise.resolve(failed('timeout', 'late')) })).toBeUndefined();
  });
});

describe('a bare relay', () => {
  const config = configOf(SITE.replace(/k1: .*/, 'k1: { driver: gpio, gpio: 17 }').replace('watts: 3000', 'watts: 1800'));
  const at = (outputVolts?: string): Promise<string[]> =>
    told('k1', { config, on: devices({ ups: source(CALM, ['OL'], outputVolts === undefined ? {} : { outputVolts }) }) });

  it('is judged by the volts that the UPS of its rig tells', async () => {
    expect(await at('120')).toContain(
      'fail ash draws 15.0 A through it at the 120 V of rack, a relay takes 8 A: let it move a contactor and say contactor: true',
    );
    expect(await at('208.0')).toContainEqual(expect.stringMatching(/^fail ash draws 8\.7 A through it at the 208 V of rack/));
    expect((await at('230')).filter((say) => say.includes(' A '))).toEqual([]);
  });

  it.each([undefined, '0.0', 'n/a'])('is warned of where its volts are told as %s', async (volts) => {
    expect(await at(volts)).toContainEqual(expect.stringMatching(/^warn ash draws 15\.0 A through it at 120 V and 7\.8 A at 230 V/));
  });

  it('is warned of where its rig hangs on mains alone, of which nobody tells the volts', async () => {
    const mains = configOf(
      SITE.replace(/k1: .*/, 'k1: { driver: gpio, gpio: 17 }')
        .replace('fedBy: [rack], cutBy: [k1]', 'fedBy: [mains], cutBy: [k1]')
        .replace('watts: 3000', 'watts: 1800'),
    );
    const on = devices({ ups: source(CALM, ['OL'], { outputVolts: '120' }) });
    expect(await told('k1', { config: mains, on })).toContainEqual(expect.stringMatching(/^warn ash draws 15\.0 A/));
  });
});

describe('a shedBelowSeconds below what cutBelowSeconds: auto comes to', () => {
  const atOnce = (shed: number, cut: number): CheckItem => ({
    verdict: 'fail',
    about: 'rack',
    say: `the worst earners leave below ${shed} s (shedBelowSeconds), and everything goes below ${cut} s already (cutBelowSeconds): all would leave at once. Write shedBelowSeconds: auto, or one of at least ${2 * cut}`,
  });
  const withShed = (shed: number | string): Config => configOf(`${SITE}policy: { shedBelowSeconds: ${shed} }`);
  const ofFloor = (items: readonly CheckItem[]): readonly CheckItem[] => items.filter(({ say }) => say.includes('(shedBelowSeconds)'));

  it('fails with both numbers, and what to write instead', async () => {
    const cut = ofFloor(await checkDevices(withShed(20), devices()));
    expect(cut).toHaveLength(1);
    const number = Number(/below (\d+) s already/.exec(cut[0]?.say ?? '')?.[1]);
    expect(cut).toEqual([atOnce(20, number)]);
    expect(ofFloor(await checkDevices(withShed(number), devices()))).toEqual([atOnce(number, number)]);
    expect(ofFloor(await checkDevices(withShed(2 * number), devices()))).toEqual([]);
    expect(ofFloor(await checkDevices(withShed('auto'), devices()))).toEqual([]);
    expect(ofFloor(floorOfFile(withShed(20)))).toEqual([atOnce(20, number)]);
  });

  it('goes by the low-battery point of the UPS where that is higher, which the file alone does not know', async () => {
    const look = devices({ ups: source(CALM, ['OL'], { runtimeLow: '300' }) });
    expect(ofFloor(await checkDevices(withShed(310), look))).toEqual([expect.objectContaining({ verdict: 'fail', about: 'rack' })]);
    expect(floorOfFile(withShed(310))).toEqual([]);
  });

  it('says nothing of a UPS on which no rig hangs', () => {
    const text = SITE.replaceAll('fedBy: [rack]', 'fedBy: [mains]');
    expect(floorOfFile(configOf(`${text}policy: { shedBelowSeconds: 20 }`))).toEqual([]);
  });
});
