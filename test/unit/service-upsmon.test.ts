// Who halts this machine, and that it is said where nobody could look.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkUpsmon } from '../../src/service/upsmon.ts';
import { configOf } from '../support/config-text.ts';

const IN_NUT = configOf('ups: { rack: { nut: { name: rack } } }\nrigs: { ash: { driver: none, fedBy: [rack], watts: 100 } }\n');
const BY_PROGRAM = configOf('ups: { rack: { command: [/bin/ups] } }\nrigs: { ash: { driver: none, fedBy: [rack], watts: 100 } }\n');
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upsmon-'));
  file = join(folder, 'upsmon.conf');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the check of upsmon', () => {
  it('warns of one that halts the Pi while the UPS stays on, and of one that drops the output', async () => {
    const monitor = 'MONITOR rack@localhost 1 u p primary\nSHUTDOWNCMD "/sbin/shutdown -h now"\n';
    writeFileSync(file, monitor);
    expect(await checkUpsmon(IN_NUT, file)).toEqual([
      { verdict: 'warn', about: 'rack', say: expect.stringMatching(/halts this Pi without the UPS dropping/) },
    ]);
    writeFileSync(file, `${monitor}POWERDOWNFLAG /etc/killpower\n`);
    expect(await checkUpsmon(IN_NUT, file)).toEqual([
      { verdict: 'warn', about: 'rack', say: expect.stringMatching(/then drops its output/) },
    ]);
  });

  it('says that it could not read the file, and how it is read once', async () => {
    // Not readable for anybody, root included.
    mkdirSync(file);
    const say = expect.stringMatching(/^could not read .*upsmon\.conf \(EISDIR\).* sudo lastwatt check /);
    expect(await checkUpsmon(IN_NUT, file)).toEqual([{ verdict: 'warn', about: 'site', say, unread: file }]);
  });

  it('has nothing to say where there is no upsmon, or no UPS that it could know', async () => {
    expect(await checkUpsmon(IN_NUT, file)).toEqual([]);
    mkdirSync(file);
    expect(await checkUpsmon(BY_PROGRAM, file)).toEqual([]);
  });
});
