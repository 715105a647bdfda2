// The service over a serial board behind a pty: what a start, a check and a reload do to its port, and that none moves a contact.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { controlClient } from '../../src/control/client.ts';
import type { OpenLog } from '../../src/host/log.ts';
import type { CheckItem } from '../../src/model/view.ts';
import { Service } from '../../src/service/service.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { IcstationBoard } from '../support/serial/icstation-board.ts';
import { LcusBoard } from '../support/serial/lcus-board.ts';
import { missingForPty, Pty } from '../support/serial/socat.ts';

const missing = await missingForPty();
if (missing !== undefined) console.warn(`the service over a serial board: ${missing}`);
const track = closedAfterEach();

(missing === undefined ? describe : describe.skip)('a serial board', () => {
  it('goes over to the boards of a new file at a reload, whether its options stay or change, and is not moved', async () => {
    const relay = new LcusBoard(2);
    const pty = track(new Pty(relay));
    await pty.plug();
    const home = mkdtempSync(join(tmpdir(), 'serial-'));
    track({ close: async () => rmSync(home, { recursive: true, force: true }) });
    mkdirSync(join(home, 'state'));
    writeFileSync(join(home, 'ups'), JSON.stringify({ line: 'mains', chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
    const file = join(home, 'lastwatt.yaml');
    const configure = (name: string, channels: number): void =>
      writeFileSync(
        file,
        `
site: { name: ${name}, controllerFedBy: [rack] }
stateDir: state
socket: s
armed: true
ups: { rack: { command: [/bin/cat, ${home}/ups] } }
rigs: { ash: { driver: none, fedBy: [rack], cutBy: [box:1], watts: 1000, reward: { perDay: 1 } } }
switches: { box: { driver: lcus, device: ${pty.device}, channels: ${channels} } }
`,
      );
    const boxItem = async (): Promise<CheckItem | undefined> => {
      const checked = await controlClient({ socket: join(home, 's'), actor: 'test' }).check();
      return checked.ok ? checked.value.items.find(({ about, say }) => about === 'box:1' && !say.includes('a relay takes')) : undefined;
    };
    const isThere = { verdict: 'warn', say: expect.stringContaining('can not be read back') };

    configure('barn', 1);
    const loaded = await loadConfig(file);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    const said: string[] = [];
    const log: OpenLog = { write: (_, say) => void said.push(say), hide: () => undefined, close: () => Promise.resolve() };
    const started = await Service.start(loaded.config, { log, version: 'test' });
    if (!started.ok) throw new Error(started.fault.detail);
    const service = track({ close: () => started.value.stop('the end of the test') });
    expect(await boxItem()).toMatchObject(isThere);
    for (const [name, channels] of [['byre', 1] as const, ['shed', 2] as const]) {
      configure(name, channels);
      await started.value.reload();
      expect(await boxItem()).toMatchObject(isThere);
    }
    await pty.unplug();
    await eventually('the check says so', async () => (await boxItem())?.verdict === 'fail');
    expect((await boxItem())?.say).toContain('plug');
    await service.close();
    expect(relay.orders).toEqual([]);
    expect(said.filter((say) => say.includes('lock'))).toEqual([]);
  });

  it('that sets all its relays with each byte moves one alone after a restart of the service, and leaves the other as it was told', async () => {
    const relay = new IcstationBoard(2);
    const pty = track(new Pty(relay));
    await pty.plug();
    // Whoever gives it power has sent it 50 and 51.
    relay.armed = true;
    const home = mkdtempSync(join(tmpdir(), 'serial-'));
    track({ close: async () => rmSync(home, { recursive: true, force: true }) });
    mkdirSync(join(home, 'state'));
    writeFileSync(join(home, 'ups'), JSON.stringify({ line: 'mains', chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
    writeFileSync(
      join(home, 'lastwatt.yaml'),
      `
site: { controllerFedBy: [rack] }
stateDir: state
socket: s
armed: true
ups: { rack: { command: [/bin/cat, ${home}/ups] } }
rigs:
  ash: { driver: none, fedBy: [rack], cutBy: [box:1], watts: 1000, reward: { perDay: 1 } }
  oak: { driver: none, fedBy: [rack], cutBy: [box:2], watts: 1000, reward: { perDay: 1 } }
switches: { box: { driver: icstation, device: ${pty.device}, channels: 2, armed: true, contactor: true } }
`,
    );
    const loaded = await loadConfig(join(home, 'lastwatt.yaml'));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    const log: OpenLog = { write: () => undefined, hide: () => undefined, close: () => Promise.resolve() };
    const coils = (): readonly boolean[] => [relay.relays.coil(0), relay.relays.coil(1)];
    for (const [rig, expected] of [
      ['ash', [true, false]],
      ['oak', [true, true]],
    ] as const) {
      const started = await Service.start(loaded.config, { log, version: 'test' });
      if (!started.ok) throw new Error(started.fault.detail);
      const service = track({ close: () => started.value.stop('the end of the test') });
      const before = coils();
      const held = await controlClient({ socket: join(home, 's'), actor: 'test' }).command({
        kind: 'hold',
        as: 'down',
        rigs: [rig],
        now: true,
      });
      expect(held.ok).toBe(true);
      await eventually(`${rig} is cut`, () => coils().join() === expected.join(), 20_000);
      expect(before).toEqual(rig === 'ash' ? [false, false] : [true, false]);
      await service.close();
    }
    expect(relay.relays.moves).toBe(2);
  }, 60_000);
});
