// The service over a rig that is played: what a person asks of it with his own hands, and who is not asked.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { type ControlClient, controlClient } from '../../src/control/client.ts';
import { type AntminerFake, startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import type { OpenLog } from '../../src/host/log.ts';
import type { HandWish, RigView } from '../../src/model/view.ts';
import { Service } from '../../src/service/service.ts';
import { SimRig } from '../../src/sim/rig.ts';
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
const hand = (what: HandWish['do'], which = 'ash') => client.hand({ rig: which, do: what });
const ash = async (): Promise<RigView | undefined> => {
  const status = await client.status();
  return status.ok ? status.value.rigs.find(({ id }) => id === 'ash') : undefined;
};

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

describe('a person who stands before many rigs', () => {
  it('lets one blink, and lets it be again, and the journal has who did', async () => {
    expect(await hand('locate')).toEqual({ ok: true, value: { say: ['ash blinks; let it be again with --off'] } });
    expect(fake.blinks()).toBe(true);
    expect((await hand('dark')).ok).toBe(true);
    expect(fake.blinks()).toBe(false);
    await service.stop('to read its journal');
    expect(readFileSync(join(home, 'state', 'journal.jsonl'), 'utf8')).toContain('ash is let blink (asked for by jo)');
  });

  it('starts one anew that hashes, and none that does not', async () => {
    expect((await hand('reboot')).ok).toBe(true);
    expect(rig.look().answers).toBe(false);
    await client.command({ kind: 'hold', as: 'down', rigs: ['ash'] });
    await eventually('it is no rig that hashes', async () => (await ash())?.phase !== 'hashing', 10_000);
    expect(await hand('reboot')).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('is told where there is no such rig, and where its driver can not', async () => {
    expect(await hand('locate', 'elm')).toMatchObject({ ok: false, fault: { detail: 'elm: no such rig; there are: ash, oak' } });
    expect(await hand('locate', 'oak')).toMatchObject({ ok: false, fault: { detail: "oak: driver command can't let it blink" } });
  });

  it('is refused in an outage', async () => {
    line('battery');
    await eventually('it is one', async () => {
      const status = await client.status();
      return status.ok && status.value.outage !== null;
    });
    for (const what of ['locate', 'reboot'] as const) {
      expect(await hand(what)).toMatchObject({
        ok: false,
        fault: { code: 'refused', detail: expect.stringContaining('not in an outage') },
      });
    }
    expect(fake.blinks()).toBe(false);
    expect(rig.look().answers).toBe(true);
  });

  it('never has another machine on its address blink or start anew', async () => {
    const { port } = fake;
    await fake.close();
    fake = await played('stranger', port);
    for (const what of ['locate', 'reboot'] as const) {
      expect(await hand(what)).toMatchObject({
        ok: false,
        fault: { code: 'refused', detail: expect.stringContaining('another machine answers in place of ash') },
      });
    }
    expect(fake.blinks()).toBe(false);
    expect(rig.look().answers).toBe(true);
  });

  it('is told nothing was done where it does not say who it is', async () => {
    rig.misbehave({ garbles: true });
    expect(await hand('locate')).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('is told nothing before it has said who it is') },
    });
    expect(fake.blinks()).toBe(false);
  });
});
