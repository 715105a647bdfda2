import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { explain, loadConfig, parseConfig } from '../../src/config/load.ts';
import { configOf, edited, FULL, SMALLEST, smallestWith } from '../support/config-text.ts';

function told(text: string): readonly string[] {
  const loaded = parseConfig(text, { file: '/etc/site/lastwatt.yaml' });
  return loaded.ok ? [] : loaded.mistakes.map(({ line, column, path, say }) => `${line}:${column} ${path} | ${say}`);
}

describe('the smallest file', () => {
  it('needs one UPS and one rig and takes everything else from defaults', () => {
    const { site, stateDir, socket, ups, boards, panel, schedules, ...rest } = configOf(SMALLEST);
    expect(site).toMatchObject({ name: 'site', currency: 'USD', controllerFedBy: ['mains'], networkFedBy: ['mains'], armed: false });
    expect(site.policy).toEqual({
      kind: 'outage-aware',
      shedBelowSeconds: 'auto',
      cutBelowSeconds: 'auto',
      ignoreBlipsSeconds: 5,
      waitForShareSeconds: 0,
      cutPaused: 'auto',
    });
    expect(site.restore).toEqual({ mainsHeldSeconds: 60, minChargePercent: 'auto', staggerSeconds: 10, doubtMinutes: 60 });
    expect(site.supplies.get('shelf')).toEqual({
      id: 'shelf',
      source: 'shelf@127.0.0.1:3493',
      role: 'observer',
      hostSyncSeconds: 15,
      pollSeconds: { mains: 2, battery: 1 },
      reservePercent: 15,
      blindOnMains: 'keep',
    });
    expect({ stateDir, socket, boards, panel, schedules }).toEqual({
      stateDir: '/var/lib/lastwatt',
      socket: '/run/lastwatt/lastwatt.sock',
      boards: new Map(),
      panel: {},
      schedules: {},
    });
    expect(ups.get('shelf')).toEqual({ kind: 'nut', host: '127.0.0.1', port: 3493, name: 'shelf', role: 'observer' });
    expect(rest).not.toHaveProperty('onAlarm');
  });

  it('may have no UPS any more, where it says so and every rig hangs on mains', () => {
    const { site } = configOf(edited(SMALLEST, ['{ shelf: { nut: { name: shelf } } }', '{}'], ['fedBy: [shelf]', 'fedBy: [mains]']));
    expect([[...site.supplies], site.controllerFedBy]).toEqual([[], ['mains']]);
  });

  it('fills a rig from the figures of its driver', () => {
    const { site, rigs } = configOf(SMALLEST);
    expect(site.rigs.get('m30')).toMatchObject({
      driver: 'luxos',
      fedBy: ['shelf'],
      cutBy: [],
      reward: { perDay: 3.2 },
      watts: 2900,
      pausedWatts: 25,
      graceSeconds: 30,
      pausePersists: true,
      can: { read: true, pause: true, resume: true, halt: false },
    });
    expect(rigs.get('m30')).toEqual({ driver: 'luxos', options: { host: '192.0.2.10' }, safeGraceSeconds: 30, host: '192.0.2.10' });
  });

  it('never believes a paused rig to draw more than a hashing one, however small the rig', () => {
    expect(configOf(smallestWith('2900', '15')).site.rigs.get('m30')?.pausedWatts).toBe(15);
  });
});

it('gives light and buzzer of the panel their defaults', () => {
  expect(configOf(`${SMALLEST}panel: { led: { gpio: 24, activeLow: true }, buzzer: { gpio: 25 } }\n`).panel).toEqual({
    led: { gpio: 24, activeLow: true, shows: { mains: 'blip', battery: 'slow', shedding: 'fast', hold: 'twice', fault: 'steady' } },
    buzzer: {
      gpio: 25,
      activeLow: false,
      minEverySeconds: 60,
      sounds: { mains: 'long', battery: 'once', shedding: 'twice', hold: 'off', fault: 'thrice' },
    },
  });
});

describe('a file with every key', () => {
  const config = configOf(FULL);

  it('gives the site as it is written', () => {
    expect(config.site).toMatchObject({ name: 'cellar', currency: 'EUR', armed: true, networkFedBy: ['shelf', 'solar'] });
    expect(config.site.electricityPerKwh).toBe(0.31);
    expect(config.onAlarm).toEqual(['/opt/site/ring', 'loudly']);
    expect(config.panel).toEqual({ button: { gpio: 23, activeLow: false, holdSeconds: 3, stuckSeconds: 30 } });
    expect(config.schedules).toEqual({ selfTest: '30 4 * * sun' });
    expect(config.site.policy).toMatchObject({ shedBelowSeconds: 600, cutBelowSeconds: 120, cutPaused: 'at-floor' });
    expect(config.site.restore).toEqual({ mainsHeldSeconds: 90, minChargePercent: 40, staggerSeconds: 15, doubtMinutes: 30 });
  });

  it('sorts the runtime table by watts, however it is written', () => {
    expect(config.site.supplies.get('shelf')?.minutesAtWatts).toEqual([
      [500, 70],
      [1500, 20.5],
      [3000, 8],
    ]);
  });

  it('keeps hosts, users and programs out of the site', () => {
    expect(config.ups.get('shelf')).toMatchObject({ kind: 'nut', host: '192.0.2.2', username: 'watcher', passwordFile: 'nut.secret' });
    expect(config.ups.get('solar')).toEqual({ kind: 'command', argv: ['/opt/site/inverter', '--once'] });
    expect(config.site.supplies.get('shelf')).toMatchObject({ role: 'secondary', hostSyncSeconds: 40, source: 'smt@192.0.2.2:3494' });
    expect(config.site.supplies.get('solar')).toMatchObject({ source: '/opt/site/inverter', batteryWh: 2400, role: 'observer' });
  });

  it('lets the own keys of a rig win over those of its model', () => {
    expect(config.site.rigs.get('north')).toMatchObject({ watts: 3000, graceSeconds: 60, pausePersists: false, coolDownSeconds: 20 });
    expect(config.site.rigs.get('south')).toMatchObject({ watts: 3000, graceSeconds: 45, pausePersists: true, fedBy: ['mains'] });
    expect(config.rigs.get('south')?.options).toEqual({ host: '192.0.2.22', port: 4029 });
  });

  it('works a reward by coin out to a day, and keeps the hash rate it holds for', () => {
    expect(config.site.rigs.get('north')?.reward).toEqual({ perDay: 5, hashRate: 100e12 });
    expect(config.site.rigs.get('scrypt')?.reward?.perDay).toBeCloseTo(1.2, 12);
    expect(config.site.rigs.get('007')?.reward).toEqual({ perDay: 0.1 });
    expect(config.site.rigs.get('stove')).not.toHaveProperty('reward');
  });

  it('names the channels of a board after their numbers and a single contact after itself', () => {
    expect([...config.site.switches.keys()]).toEqual(['board:1', 'board:2', 'plug']);
    expect(config.site.switches.get('board:2')).toEqual({
      id: 'board:2',
      driver: 'gpio',
      wiring: 'gpio 6, activeLow: true, atRest: cut',
      atRest: 'cut',
      canRead: true,
      interrupts: 'shelf',
      minOffSeconds: 90,
    });
    expect(config.site.switches.get('plug')).toMatchObject({ atRest: 'fed', minOffSeconds: 60 });
    expect(config.boards.get('board')).toEqual({
      driver: 'gpio',
      options: { gpios: [5, 6], activeLow: true },
      atRest: 'cut',
      bareAmperes: 8,
      holds: false,
      contactor: true,
      way: {},
      channels: ['1', '2'],
    });
  });
});

describe('the wiring of a switch', () => {
  const wiring = (id: string, ...edits: readonly (readonly [string, string])[]): string | undefined =>
    configOf(edited(FULL, ...edits)).site.switches.get(id)?.wiring;

  it.each<[string, string, readonly [string, string]]>([
    ['another pin', 'board:1', ['gpios: [5, 6]', 'gpios: [12, 6]']],
    ['another chip', 'board:1', ['gpios: [5, 6]', 'gpios: [5, 6]\n    chip: other']],
    ['the other level', 'board:1', ['activeLow: true', 'activeLow: false']],
    ['the other rest', 'board:1', ['atRest: cut', 'atRest: fed']],
    ['another program to cut', 'plug', ['[/opt/site/plug, open]', '[/opt/site/plug, open, --left]']],
    ['another program to feed', 'plug', ['[/opt/site/plug, close]', '[/opt/site/plug, shut]']],
  ])('is another one with %s', (_, id, edit) => {
    expect(wiring(id, edit)).not.toBe(wiring(id));
    expect(wiring(id, edit)).toEqual(expect.any(String));
  });

  it.each<[string, string, readonly [string, string]]>([
    ['the pin of another channel', 'board:1', ['gpios: [5, 6]', 'gpios: [5, 12]']],
    ['the program that reads it', 'plug', [', read: [/opt/site/plug, show]', ', read: [/opt/site/look]']],
    ['its rest between moves', 'board:1', ['minOffSeconds: 90', 'minOffSeconds: 30']],
  ])('does not change with %s', (_, id, edit) => {
    expect(wiring(id, edit)).toBe(wiring(id));
  });

  it('shows of a program no argument, which may be a secret', () => {
    expect(wiring('plug', ['[/opt/site/plug, open]', '[/opt/site/plug, --token=hunter2]'])).toMatch(
      /^command \/opt\/site\/plug #[0-9a-f]{12}, atRest: fed$/,
    );
  });
});

describe('paths', () => {
  it('are taken relative to the file', () => {
    const config = configOf(`stateDir: state\nsocket: ./run/s.sock\n${SMALLEST}`);
    expect([config.stateDir, config.socket]).toEqual(['/etc/site/state', '/etc/site/run/s.sock']);
  });

  it('refuses a socket that the kernel could not bind', () => {
    expect(told(`socket: /${'d'.repeat(120)}\n${SMALLEST}`)).toEqual([
      '1:9 socket | the path of a socket has at most 107 bytes, this one 121: choose a shorter one',
    ]);
  });
});

describe('what a person reads', () => {
  it('is one aligned line a mistake, in the order of the file, under the number of them', () => {
    const text =
      'ups: { cyber: { nut: { name: cyber } } }\nrigs:\n  s19:\n    driver: luxos\n    host: 192.0.2.9\n    watts: 3250\n    cutby: [k1]\n    fedBy: [rak]\n';
    const loaded = parseConfig(text, { file: 'x' });
    expect(loaded.ok ? '' : explain('/etc/lastwatt/lastwatt.yaml', loaded)).toBe(
      [
        '/etc/lastwatt/lastwatt.yaml: 2 mistakes, nothing was started',
        '  7:5   rigs.s19.cutby     unknown key; did you mean cutBy?',
        '  8:13  rigs.s19.fedBy[0]  "rak" is no supply of this file; there are: cyber, mains',
      ].join('\n'),
    );
  });

  it('says one mistake of one, and what came of it at a reload', () => {
    const loaded = { mistakes: [{ line: 3, column: 1, path: 'armd', say: 'unknown key; did you mean armed?' }] };
    expect(explain('f.yaml', loaded, 'the old one stays in force')).toBe(
      'f.yaml: 1 mistake, the old one stays in force\n  3:1  armd  unknown key; did you mean armed?',
    );
  });
});

describe('warnings', () => {
  it('names models and coins that no rig uses, and starts all the same', () => {
    const loaded = parseConfig(`${SMALLEST}coins: { btc: { perDay: 1, per: 1 TH/s } }\nmodels:\n  old: { driver: luxos, watts: 100 }\n`, {
      file: 'f',
    });
    expect(loaded.ok && loaded.warnings).toEqual([
      { line: 4, column: 10, path: 'coins.btc', say: 'no rig names it' },
      { line: 6, column: 3, path: 'models.old', say: 'no rig names it' },
    ]);
  });
});

describe('the file on disk', () => {
  async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'lastwatt-config-'));
    try {
      await work(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('is read and named as it was asked for', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'lastwatt.yaml');
      await writeFile(file, SMALLEST);
      const loaded = await loadConfig(file);
      expect(loaded.ok && loaded.config.file).toBe(file);
    }));

  it('is a mistake when it is missing, never a default', () =>
    inFolder(async (folder) => {
      const loaded = await loadConfig(join(folder, 'none.yaml'));
      expect(loaded).toEqual({
        ok: false,
        mistakes: [{ line: 1, column: 1, path: '', say: 'there is no such file; write one, or name it with --config FILE' }],
      });
    }));

  it.each([
    ['no plain file', async (file: string) => (await import('node:fs/promises')).mkdir(file), /no plain file/],
    ['empty', (file: string) => writeFile(file, ''), /expected a mapping with at least ups and rigs, found nothing/],
    ['not UTF-8', (file: string) => writeFile(file, Buffer.from([0x75, 0x70, 0xff, 0xfe])), /not UTF-8/],
    ['larger than anybody writes', (file: string) => writeFile(file, '#'.repeat(2 ** 20 + 1)), /larger than 1 MiB/],
  ])('is a mistake when it is %s', (_, make, say) =>
    inFolder(async (folder) => {
      const file = join(folder, 'f.yaml');
      await make(file);
      const loaded = await loadConfig(file);
      expect(loaded.ok ? '' : explain(file, loaded)).toMatch(say);
    }),
  );
});

it('the points to which a rig may be limited are in the order of their watts, and make it one that can be', () => {
  const keys = 'driver: vnish, apiKeyFile: key, limits: { 2300: 0.84, 1500: 0.62 }, ';
  const rig = configOf(smallestWith('driver: luxos, ', keys)).site.rigs.get('m30');
  expect(rig?.limits).toEqual([
    { watts: 1500, share: 0.62 },
    { watts: 2300, share: 0.84 },
  ]);
  expect(rig?.can.limit).toBe(true);
});
