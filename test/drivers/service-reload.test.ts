// The service over programs that tell and keep the state of a site: what becomes of a reload.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { controlClient } from '../../src/control/client.ts';
import { startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { realClock } from '../../src/host/clock.ts';
import type { OpenLog } from '../../src/host/log.ts';
import type { StatusView } from '../../src/model/view.ts';
import { Service, type ServiceKit } from '../../src/service/service.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { eventually } from '../support/eventually.ts';

const log: OpenLog = { write: () => undefined, hide: () => undefined, close: () => Promise.resolve() };
let home: string;
let service: Service;

/** The line as the UPS tells it from its next look on. */
function line(to: 'mains' | 'battery'): void {
  writeFileSync(join(home, 'ups'), JSON.stringify({ line: to, chargePercent: 100, runtimeSeconds: 1200, loadWatts: 1000 }));
}

function configure(name: string, more = ''): void {
  writeFileSync(
    join(home, 'lastwatt.yaml'),
    `
site: { name: ${name}, controllerFedBy: [rack] }
stateDir: state
socket: s
armed: true
policy: { kind: threshold, ignoreBlipsSeconds: 0 }
ups: { rack: { command: [/bin/cat, ${home}/ups], pollSeconds: { mains: 0.5, battery: 0.5 } } }
rigs: { ash: { driver: command, read: [/bin/echo, '{"watts": 1000, "hashing": true}'], pause: [/bin/true], resume: [/bin/true], fedBy: [rack], watts: 1000, reward: { perDay: 1 } } }
${more}
`,
  );
}

/** The journal as it is on the disk, oldest first; what is no record is left out. */
function journal(): readonly { readonly event: string; readonly say?: string }[] {
  const file = join(home, 'state', 'journal.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((text) => text.startsWith('{') && text.endsWith('}')).map((text) => JSON.parse(text));
}

const noted = (): readonly string[] => journal().flatMap(({ event, say }) => (event === 'noted' && say !== undefined ? [say] : []));
const recorded = (name: string) => (): boolean => journal().some(({ event }) => event === name);

async function start(kit: Pick<ServiceKit, 'resolve'> = {}): Promise<void> {
  const loaded = await loadConfig(join(home, 'lastwatt.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  const started = await Service.start(loaded.config, { log, version: 'test', ...kit });
  if (!started.ok) throw new Error(started.fault.detail);
  service = started.value;
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'reload-'));
  mkdirSync(join(home, 'state'));
  line('mains');
  configure('barn');
});

afterEach(async () => {
  await service.stop('the end of the test');
  rmSync(home, { recursive: true, force: true });
});

it('holds a file that comes in an outage back, says so, and takes up what the file says when mains has returned', async () => {
  await start();
  line('battery');
  await eventually('the outage has begun', recorded('outage-began'), 10_000);
  configure('byre');
  await service.reload();
  await service.reload();
  configure('shed');
  const held = `reload: ${home}/lastwatt.yaml is held back, for an outage is on, or a generator carries: the old one stays in force until mains has returned; a restart takes it up at once, and moves nothing by itself`;
  await eventually('it is said each time', () => noted().filter((say) => say === held).length === 2);
  expect(noted().filter((say) => say.startsWith('reloaded'))).toEqual([]);
  line('mains');
  await eventually('it is taken up', () => noted().some((say) => say.startsWith('reloaded')), 10_000);
  expect(noted().filter((say) => say.startsWith('reloaded'))).toEqual(['reloaded: site: name barn -> shed']);
}, 30_000);

it('takes up reloads one after the other, each as the file is then', async () => {
  await start();
  configure('byre');
  await Promise.all([service.reload(), service.reload()]);
  await eventually('both are said', () => noted().length === 2);
  expect(noted()).toEqual(['reloaded: site: name barn -> byre', 'reloaded: nothing changed']);
});

it('still knows the address of a rig that is given by name when the resolver answers no more', async () => {
  const miner = await startLuxosFake({
    rig: new SimRig({ id: 'ash', hashRate: 110e12, watts: 3250 }, realClock.monotonicMs),
    nowMs: realClock.monotonicMs,
  });
  try {
    let looksUp = (): Promise<string> => Promise.resolve('127.0.0.1');
    const byName = (name: string): void => {
      configure(name);
      const file = join(home, 'lastwatt.yaml');
      const rig = `driver: luxos, host: miner.barn, port: ${miner.port}, fedBy: [rack]`;
      writeFileSync(file, readFileSync(file, 'utf8').replace(/driver: command.*fedBy: \[rack\]/, rig));
    };
    const isRead = async (): Promise<boolean> => {
      const checked = await controlClient({ socket: join(home, 's'), actor: 'test' }).check('ash');
      return checked.ok && checked.value.items.some(({ verdict, say }) => verdict === 'pass' && say.startsWith('hashing'));
    };
    byName('barn');
    await start({ resolve: () => looksUp() });
    await eventually('it is read', isRead, 10_000);
    looksUp = () => new Promise(() => undefined);
    byName('byre');
    await service.reload();
    await eventually('it is said', () => noted().length === 1);
    expect(noted()).toEqual(['reloaded: site: name barn -> byre']);
    expect(await isRead()).toBe(true);
  } finally {
    await miner.close();
  }
}, 30_000);

it('tells its alarms to the program that the file names since the reload', async () => {
  await start();
  configure('barn', `onAlarm: [/bin/sh, -c, 'cat >> ${home}/alarms']`);
  await service.reload();
  line('battery');
  await eventually('the outage has begun', recorded('outage-began'), 10_000);
  line('mains');
  await eventually('an alarm has come', () => existsSync(join(home, 'alarms')), 10_000);
}, 30_000);

it('says before a reload what the reload would do, and does nothing by saying so', async () => {
  await start();
  const foreseen = () => controlClient({ socket: join(home, 's'), actor: 'test' }).reload();
  expect(await foreseen()).toMatchObject({ ok: true, value: { say: ['nothing would change'] } });
  configure('byre');
  expect(await foreseen()).toMatchObject({ ok: true, value: { say: ['site: name barn -> byre'] } });
  configure('byre', 'stateDir: elsewhere\nsockt: here');
  const refused = await foreseen();
  expect(refused).toMatchObject({ ok: false, fault: { code: 'refused' } });
  expect(refused.ok ? '' : refused.fault.detail).toMatch(
    /lastwatt\.yaml: 2 mistakes, the old one stays in force: \d+:1 stateDir stands here twice.*; \d+:1 sockt unknown key; did you mean socket\?$/,
  );
  configure('byre', Array.from({ length: 9 }, (_, i) => `sockt${i}: here`).join('\n'));
  expect(await foreseen()).toMatchObject({ fault: { detail: expect.stringMatching(/; and 4 more: lastwatt check --offline$/) } });
  expect(noted()).toEqual([]);
});

it('says before a reload why the file would be refused, with what to do', async () => {
  await start();
  await controlClient({ socket: join(home, 's'), actor: 'test' }).command({ kind: 'hold', as: 'down', rigs: ['ash'] });
  configure('byre');
  writeFileSync(join(home, 'lastwatt.yaml'), readFileSync(join(home, 'lastwatt.yaml'), 'utf8').replace('ash:', 'elm:'));
  const asked = () => controlClient({ socket: join(home, 's'), actor: 'test' }).reload();
  const why = `${home}/lastwatt.yaml is not taken up, the old one stays in force: rig ash is not hashing and would be forgotten`;
  await eventually('the rig is on its way down', async () => !(await asked()).ok);
  expect(await asked()).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining(why) } });
  await service.reload();
  await eventually('the reload says the same', () => noted().some((say) => say.startsWith(`reload: ${why}`)));
});

it('says before a reload in an outage that it will be held back', async () => {
  await start();
  line('battery');
  await eventually('the outage has begun', recorded('outage-began'), 10_000);
  const { reload } = controlClient({ socket: join(home, 's'), actor: 'test' });
  expect(await reload()).toMatchObject({ ok: true, value: { say: [expect.stringContaining('is held back, for an outage is on')] } });
  configure('barn', 'sockt: here');
  expect(await reload()).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining('1 mistake, ') } });
  line('mains');
}, 30_000);

it('journals what a damaged journal cost', async () => {
  writeFileSync(join(home, 'state', 'journal.jsonl'), 'half a rec');
  await start();
  await eventually('it is journaled', () => noted().some((say) => say.startsWith('the last 10 bytes of the journal were no whole record')));
});

describe('a switch that is open', () => {
  const rigs = `{ ash: { driver: none, fedBy: [rack], cutBy: [k2], watts: 1000, reward: { perDay: 1 } } }`;
  /** A file whose contact is told by this program; none: a file without it. */
  function configureSwitch(program?: string): void {
    configure(
      'barn',
      program === undefined ? '' : `switches: { k2: { driver: command, cut: [${program}, cut], feed: [${program}, feed] } }`,
    );
    const file = join(home, 'lastwatt.yaml');
    const text = readFileSync(file, 'utf8').replace(
      /^rigs: .*$/m,
      `rigs: ${program === undefined ? rigs.replace(' cutBy: [k2],', '') : rigs}`,
    );
    writeFileSync(file, text);
  }
  const client = () => controlClient({ socket: join(home, 's'), actor: 'test' });
  const status = async (): Promise<StatusView> => {
    const answer = await client().status();
    if (!answer.ok) throw new Error(answer.fault.detail);
    return answer.value;
  };

  beforeEach(async () => {
    configureSwitch('/bin/true');
    await start();
    await client().command({ kind: 'hold', as: 'down', rigs: ['ash'], now: true });
    await eventually('it is open', async () => (await status()).switches[0]?.state === 'cut', 10_000);
  });

  it.each<[string, string | undefined, string]>([
    ['is not in it', undefined, 'switch k2 is not fed and would be forgotten: feed its rigs first, then take it out of the file'],
    ['is another contact in it', '/bin/echo', 'switch k2 is not fed and its channel or wiring would change: feed its rigs first'],
  ])('keeps a file from being taken up that it %s, and the reason is said', async (_, program, why) => {
    configureSwitch(program);
    expect(await client().reload()).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining(why) } });
    await service.reload();
    await eventually('it is said', () => noted().some((say) => say.startsWith('reload: ') && say.includes(why)));
    expect((await status()).switches).toEqual([{ id: 'k2', state: 'cut' }]);
  });

  it('and that the file has lost when the service starts again is told until it is released over the socket', async () => {
    await service.stop('the owner, to edit the file');
    configureSwitch('/bin/echo');
    await start();
    const told = async (): Promise<readonly string[]> => (await status()).notes.filter((note) => note.startsWith('switch k2 '));
    expect(await told()).toEqual([expect.stringMatching(/^switch k2 is another contact .* with ash behind it: .* lastwatt release k2$/)]);
    expect((await status()).switches).toEqual([{ id: 'k2', state: expect.stringMatching(/^(unknown|fed)$/) }]);
    const answer = await client().command({ kind: 'release', rigs: ['k2'] });
    expect(answer).toMatchObject({ ok: true, value: { say: [expect.stringContaining('forgotten, and not moved')] } });
    await eventually('it is told no more', async () => (await told()).length === 0);
    expect(await client().command({ kind: 'release', rigs: ['k2'] })).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: 'k2: no such rig; there are: ash' },
    });
  });
});
