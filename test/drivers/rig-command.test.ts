// A rig behind a program of the owner's: what it prints, and what its options must be.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { command } from '../../src/rigs/command.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { scratchFolder } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

/** a program that does nothing, well */
const NOTHING = ['/bin/sh', '-c', ':'];
const folders: { remove(): void }[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function printing(text: string): RigDriver {
  const folder = scratchFolder();
  folders.push(folder);
  const file = join(folder.path, 'printed');
  writeFileSync(file, text);
  return command.open({ read: ['/bin/cat', file], pause: NOTHING, resume: NOTHING }, rigKit());
}

describe('a rig behind a program', () => {
  it.each([
    ['{"watts":1480,"hashing":true}\n', { state: 'hashing', watts: 1480, wattsFrom: 'measured' }],
    ['{"watts":30,"hashing":false,"paused":true}', { state: 'paused', watts: 30 }],
    ['{"watts":0,"hashing":false}', { state: 'unknown', watts: 0 }],
    ['{"paused":true,"hashing":true}', { state: 'unknown' }],
    ['{"paused":true}', { state: 'paused' }],
    ['{"hashRate":95e6,"mode":"eco","fan":3,"hashing":true,"watts":null}', { state: 'hashing', hashRate: 95e6, mode: 'eco' }],
    ['{}', { state: 'unknown' }],
  ])('that prints %s is read so', async (text, expected) => {
    const reading = await printing(text).read?.(within());
    expect(reading).toMatchObject({ ok: true, value: expected });
    if (reading?.ok) expect('watts' in reading.value).toBe('watts' in expected);
  });

  it.each([
    ['{"watts":"1480"}', 'printed a bad "watts"; expected W, a number'],
    ['{"watts":-1}', 'printed a bad "watts"'],
    ['{"hashing":"yes"}', 'printed a bad "hashing"; expected true or false'],
    ['{"mode":"a\\u001b[2Jb"}', 'printed a bad "mode"'],
    ['{"hashRate":1e999}', 'printed a bad "hashRate"'],
    ['1480', 'printed no JSON object'],
    ['{"watts":1480}{"watts":1480}', 'printed no JSON object'],
    ['', 'printed no JSON object'],
  ])('that prints %s is told what is wrong', async (text, say) => {
    expect(await printing(text).read?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unreachable', detail: expect.stringContaining(say) },
    });
  });

  it('that ends with another exit code than 0 has no answer from its machine, whatever it printed: the rig is silent', async () => {
    const script = 'echo \'{"watts":500,"hashing":true}\'; echo "192.0.2.7 does not answer" >&2; exit 1';
    const driver = command.open({ read: ['/bin/sh', '-c', script], pause: NOTHING, resume: NOTHING }, rigKit());
    expect(await driver.read?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unreachable', detail: '/bin/sh ended with exit code 1: 192.0.2.7 does not answer' },
    });
  });

  it('hands the mode from before the pause to its resume', async () => {
    const folder = scratchFolder();
    folders.push(folder);
    const script = '[ "$2" = "eco mode" ] || exit 4';
    const driver = command.open({ read: NOTHING, pause: NOTHING, resume: ['/bin/sh', '-c', script, 'heater', 'resume'] }, rigKit());
    expect((await driver.resume?.('eco mode', within()))?.ok).toBe(true);
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it.each([
    ['no list', { read: '/bin/heater read', pause: ['/bin/heater'], resume: ['/bin/heater'] }],
    ['an empty list', { read: [], pause: ['/bin/heater'], resume: ['/bin/heater'] }],
    ['a program without its path', { read: ['heater'], pause: ['/bin/heater'], resume: ['/bin/heater'] }],
    ['an argument that is no text', { read: ['/bin/heater', 1], pause: ['/bin/heater'], resume: ['/bin/heater'] }],
    ['a verb left out', { read: ['/bin/heater'], pause: ['/bin/heater'] }],
    ['a key too many', { read: ['/bin/heater'], pause: ['/bin/heater'], resume: ['/bin/heater'], stop: ['/bin/heater'] }],
  ])('is not configured with %s', (_which, options) => {
    expect(command.options.safeParse(options).success).toBe(false);
  });
});
