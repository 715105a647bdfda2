// The service over a rig that is played: what a person asks of it with his own hands, and who is not asked.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { type ControlClient, controlClient } from '../../src/control/client.ts';
import { viewOf } from '../../src/core/views.ts';
import { type AntminerFake, startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import type { OpenLog } from '../../src/host/log.ts';
import type { Clock } from '../../src/host/port.ts';
import { DONE, failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigView } from '../../src/model/view.ts';
import { byHand } from '../../src/service/by-hand.ts';
import { Service } from '../../src/service/service.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { Desk, rig as rigOf, siteOf, ups } from '../support/core-desk.ts';
import { eventually } from '../support/eventually.ts';

const log: OpenLog = { write: () => undefined, hide: () => undefined, close: () => Promise.resolve() };
let agoMs = 0;
const nowMs = (): number => performance.now() + agoMs;
let home: string;
let rig: SimRig;
let fake: AntminerFake;
let service: Service;
let client: ControlClient;

const played = (id: string, port = 0): Promise<AntminerFake> => {
  rig = new SimRig({ id, hashRate: 110e12, watts: 1000 }, nowMs);
  return startAntminerFake({ rig, nowMs, writeSeconds: 0, port });
};
const line = (to: 'mains' | 'battery'): void =>
  writeFileSync(join(home, 'ups'), JSON.stringify({ line: to, chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
const locate = (which = 'ash', on = true) => client.hand({ rig: which, do: 'locate', on });
const ash = async (): Promise<RigView | undefined> => {
  const status = await client.status();
  return status.ok ? status.value.rigs.find(({ id }) => id === 'ash') : undefined;
};

describe('a person who stands before many rigs', () => {
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'by-hand-'));
    mkdirSync(join(home, 'state'));
    line('mains');
    writeFileSync(join(home, 'secret'), 'root\n', { mode: 0o600 });
    fake = await played('ash');
    // It has run for long: whoever comes in its place has just booted.
    agoMs += 1_000_000;
    const file = join(home, 'lastwatt.yaml');
    writeFileSync(
      file,
      `
site: { name: barn, controllerFedBy: [rack] }
stateDir: state
socket: s
ups: { rack: { command: [/bin/cat, ${home}/ups], pollSeconds: { mains: 0.5, battery: 0.5 } } }
rigs:
  ash: { driver: antminer, host: 127.0.0.1, port: ${fake.port}, passwordFile: secret, fedBy: [rack], watts: 1000, reward: { perDay: 1 } }
  oak: { driver: command, read: [/bin/echo, '{"watts": 100}'], pause: [/bin/true], resume: [/bin/true], fedBy: [rack], watts: 100 }
`,
    );
    const loaded = await loadConfig(file);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    const started = await Service.start(loaded.config, { log, version: 'test' });
    if (!started.ok) throw new Error(started.fault.detail);
    service = started.value;
    client = controlClient({ socket: join(home, 's'), actor: 'jo' });
    await eventually('it is known', async () => (await ash())?.phase === 'hashing', 10_000);
  });

  afterEach(async () => {
    await service.stop('the end of the test');
    await fake.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('lets one blink, and lets it be again, and the journal has who did', async () => {
    expect(await locate()).toEqual({ ok: true, value: { say: ['ash blinks; let it be again with --off'] } });
    expect(fake.blinks()).toBe(true);
    expect((await locate('ash', false)).ok).toBe(true);
    expect(fake.blinks()).toBe(false);
    await service.stop('to read its journal');
    expect(readFileSync(join(home, 'state', 'journal.jsonl'), 'utf8')).toContain('ash is let blink (asked for by jo)');
  });

  it('is told where there is no such rig, and where its driver can not', async () => {
    expect(await locate('elm')).toMatchObject({ ok: false, fault: { detail: 'elm: no such rig; there are: ash, oak' } });
    expect(await locate('oak')).toMatchObject({ ok: false, fault: { detail: "oak: driver command can't let it blink" } });
  });

  it('asks in the words of this version, or for nothing', async () => {
    for (const wish of [{ do: 'locate' }, { do: 'dark' }, { do: 'reboot' }, { do: 'reboot', on: true }]) {
      expect(await client.hand({ rig: 'ash', ...wish } as never)).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    }
    expect(fake.blinks()).toBe(false);
    expect(rig.look().answers).toBe(true);
  });

  it('is refused in an outage', async () => {
    line('battery');
    await eventually('it is one', async () => {
      const status = await client.status();
      return status.ok && status.value.outage !== null;
    });
    expect(await locate()).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining('not in an outage') } });
    expect(fake.blinks()).toBe(false);
  });

  it('never has another machine on its address blink', async () => {
    const { port } = fake;
    await fake.close();
    fake = await played('stranger', port);
    expect(await locate()).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('another machine answers in place of ash') },
    });
    expect(fake.blinks()).toBe(false);
  });

  it('is told nothing was done where it does not say who it is', async () => {
    rig.misbehave({ garbles: true });
    expect(await locate()).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('is told nothing before it has said who it is') },
    });
    expect(fake.blinks()).toBe(false);
  });
});

describe('a rig on a desk', () => {
  const MAC = { ash: '02:00:00:00:00:0a', oak: '02:00:00:00:00:0b' };
  let desk: Desk;
  /** what the look of its driver tells, whether it obeys, what happens while it is looked at, and the order of what came of it */
  let tells: Partial<RigReading>;
  let obeys: Outcome;
  let meanwhile: () => void;
  let heard: string[];

  beforeEach(() => {
    const rigs = [rigOf('ash', 8, { fedBy: ['rack'] }), rigOf('oak', 4, { fedBy: ['shed'] })];
    desk = new Desk(siteOf({ ups: [ups('rack'), ups('shed')], rigs }));
    for (const [id, identity] of Object.entries(MAC)) desk.world(id, { identity });
    desk.pass(5);
    tells = { identity: MAC.ash };
    obeys = DONE;
    meanwhile = () => undefined;
    heard = [];
  });

  const clock = { monotonicMs: () => desk.nowMs, after: () => () => undefined } as Partial<Clock> as Clock;
  const blink = (on = true): Promise<Outcome<readonly string[]>> =>
    byHand(
      {
        clock,
        site: desk.site,
        rigs: new Map([
          [
            'ash',
            {
              read: () => {
                meanwhile();
                return Promise.resolve(ok<RigReading>({ rig: 'ash', takenAtMs: desk.nowMs, state: 'hashing', ...tells }));
              },
              locate: (to: boolean) => {
                heard.push(to ? 'blink' : 'blink no more');
                return Promise.resolve(obeys);
              },
              close: () => Promise.resolve(),
            },
          ],
        ]),
        status: () => viewOf(desk.state, desk.site, desk.nowMs).status,
        state: () => desk.state,
        note: (say) => heard.push(`journal: ${say}`),
      },
      { rig: 'ash', do: 'locate', on },
      'jo',
    );
  const refusedFor = async (why: RegExp): Promise<void> => {
    expect(await blink()).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringMatching(why) } });
    expect(heard).toEqual([]);
  };

  it('that is who it should be, by a look of now, blinks, and the journal has it before', async () => {
    expect((await blink()).ok).toBe(true);
    expect((await blink(false)).ok).toBe(true);
    expect(heard).toEqual([
      'journal: ash is let blink (asked for by jo)',
      'blink',
      'journal: ash is let blink no more (asked for by jo)',
      'blink no more',
    ]);
  });

  it('that would not is in the journal with what it said', async () => {
    obeys = failed('refused', 'its light is locked');
    expect(await blink()).toMatchObject({ ok: false, fault: { detail: 'its light is locked' } });
    expect(heard.at(-1)).toBe('journal: ash is let blink: it failed (its light is locked)');
  });

  it('that is known and does not say now who it is does not blink', async () => {
    tells = {};
    await refusedFor(/^ash does not say now which machine it is.*lastwatt check --rig ash/);
  });

  it('that never said who it is does not blink, and what to do is told', async () => {
    desk = new Desk(siteOf({ rigs: [rigOf('ash', 8)] })).pass(5);
    await refusedFor(/^ash has not said yet which machine it is.*say it again when lastwatt why ash/);
  });

  it('in whose place another rig of the file answers does not blink, by whatever name it tells', async () => {
    tells = { identity: MAC.oak };
    await refusedFor(/another machine answers in place of ash \(MAC 02:00:00:00:00:0b.*which is oak/);
    desk.world('oak', { identity: 'SN-OAK-0001' }).pass(2);
    tells = { identity: 'SN-OAK-0001' };
    await refusedFor(/who answers in place of ash \(serial SN-OAK-0001\) is oak/);
    tells = { identity: 'SN-ELM-0001' };
    await refusedFor(/^ash goes by another kind of name than before/);
  });

  it('that another machine was seen in place of is barred, whoever answers now', async () => {
    desk.world('ash', { identity: '02:00:00:00:00:0c' }).pass(3);
    await refusedFor(/another machine answers in place of ash/);
  });

  it('does not blink by a word of who it is that is older than its last reading', async () => {
    tells = { identity: MAC.ash, identityAtMs: desk.nowMs - 1 };
    await refusedFor(/^ash last said who it is 1 s ago, before its last reading: say it again/);
    // That reading had it, and the next look may go by it.
    tells = { identity: MAC.ash, identityAtMs: desk.nowMs };
    desk.nowMs += 500;
    expect((await blink()).ok).toBe(true);
  });

  it('does not blink by what it said before it fell silent', async () => {
    desk.world('ash', { silent: true }).pass(1);
    tells = { identity: MAC.ash, identityAtMs: desk.nowMs - 500 };
    await refusedFor(/^ash last said who it is/);
    tells = { identity: MAC.ash };
    expect((await blink()).ok).toBe(true);
  });

  it('whose driver is benched does not blink', async () => {
    desk.state.memory.rigs.set('ash', { ...desk.state.memory.rigs.get('ash'), benched: ['pools'] });
    await refusedFor(/the pools or wallets of ash are not what they were/);
  });

  it('does not blink while any rig is being drilled', async () => {
    desk.pass(600);
    desk.say({ kind: 'drill', rig: 'oak', cut: false });
    expect(desk.state.drill?.rig).toBe('oak');
    await refusedFor(/^ash: oak is being drilled/);
  });

  it.each([
    ['is not heard', { silent: true }, /^ash: not while rack has been silent/],
    ['is on no line that it names', { words: 'OFF' }, /^ash: not while its supply is not heard on mains \(supply-off\)/],
  ])('does not blink while its UPS %s, and does while another is so', async (_, words, why) => {
    desk.set('shed', words).pass(30);
    expect((await blink()).ok).toBe(true);
    heard = [];
    desk.set('rack', words).pass(30);
    await refusedFor(why);
  });

  it('does not blink where its UPS falls silent during the look', async () => {
    meanwhile = () => desk.freeze(60);
    await refusedFor(/^ash: not while rack has been silent/);
  });
});
