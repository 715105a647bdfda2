import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecret } from '../../src/config/secret.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-secret-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, content: string | Buffer, mode = 0o600): Promise<void> {
  await writeFile(join(folder, name), content);
  await chmod(join(folder, name), mode);
}

async function faultOf(name: string): Promise<string> {
  const outcome = await readSecret(folder, name);
  return outcome.ok ? '' : outcome.fault.detail;
}

describe('a secret', () => {
  it.each([
    ['plain', 'tr0ub4dor', 'tr0ub4dor'],
    ['with a newline at its end', 'tr0ub4dor\n', 'tr0ub4dor'],
    ['written on Windows', 'tr0ub4dor\r\n', 'tr0ub4dor'],
    ['with a newline of its own', 'tr0ub4dor\n\n', 'tr0ub4dor\n'],
    ['with spaces', '  a b ', '  a b '],
    ['in another script', 'пароль\n', 'пароль'],
  ])('%s is read as it was meant', async (_, content, expected) => {
    await put('pw', content);
    expect(await readSecret(folder, 'pw')).toEqual({ ok: true, value: expected });
  });

  it.each([0o600, 0o640, 0o400, 0o440])('may have mode %o', async (mode) => {
    await put('pw', 'x', mode);
    expect(await readSecret(folder, 'pw')).toMatchObject({ ok: true });
  });

  it.each([0o644, 0o660, 0o700, 0o604, 0o610, 0o777])('may not have mode %o, and the command to mend it is named', async (mode) => {
    await put('pw', 'hunter2', mode);
    expect(await faultOf('pw')).toBe(
      `${join(folder, 'pw')} has mode 0${mode.toString(8)}, which lets too many in: chmod 0640 ${join(folder, 'pw')}`,
    );
  });

  it.each([
    ['empty', '', /is empty/],
    ['only a newline', '\n', /is empty/],
    ['too long', 'x'.repeat(9000), /more than 8192 bytes/],
    ['no text', Buffer.from([1, 0xff, 0xfe]), /no UTF-8 text/],
    ['text with a zero in it', 'a\0b', /no UTF-8 text/],
  ])('that is %s is a fault that tells nothing of it', async (_, content, say) => {
    await put('pw', content);
    expect(await faultOf('pw')).toMatch(say);
  });

  it('that is a folder or missing is a fault with what to do', async () => {
    await mkdir(join(folder, 'dir'));
    expect(await faultOf('dir')).toMatch(/is no plain file/);
    expect(await faultOf('pw')).toBe(`${join(folder, 'pw')} does not exist: write the secret into it, mode 0640, group lastwatt`);
    await put('pw', 'x');
    expect(await faultOf('pw/deeper')).toMatch(/does not exist/);
  });

  it('may be a credential of systemd, by its bare name alone', async () => {
    await mkdir(join(folder, 'credentials'));
    await put('credentials/nut', 'tr0ub4dor', 0o400);
    const credentials = join(folder, 'credentials');
    expect(await readSecret(folder, 'nut', credentials)).toEqual({ ok: true, value: 'tr0ub4dor' });
    expect(await readSecret(folder, './nut', credentials)).toMatchObject({ ok: false });
    expect(await readSecret(folder, '../credentials/nut', credentials)).toMatchObject({ ok: false });
  });

  it('may lie in the folder that the unit loads as miners, under whose name systemd then hands it on', async () => {
    const unit = await readFile(new URL('../../systemd/lastwatt.service', import.meta.url), 'utf8');
    expect(unit).toContain('\nLoadCredential=miners:/etc/lastwatt/secrets.d\n');
    await mkdir(join(folder, 'credentials'));
    await put('credentials/miners_nut', 'tr0ub4dor', 0o400);
    const credentials = join(folder, 'credentials');
    expect(await readSecret(folder, 'nut', credentials)).toEqual({ ok: true, value: 'tr0ub4dor' });
    expect(await readSecret(folder, './nut', credentials)).toMatchObject({ ok: false });
    await put('credentials/miners_nut', '', 0o400);
    expect(await readSecret(folder, 'nut', credentials)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('is empty') },
    });
  });

  it('that is a credential of its own goes before one of that name in the folder', async () => {
    await mkdir(join(folder, 'credentials'));
    await put('credentials/miners_nut', 'of the folder', 0o400);
    await put('credentials/nut', 'its own', 0o400);
    expect(await readSecret(folder, 'nut', join(folder, 'credentials'))).toEqual({ ok: true, value: 'its own' });
  });
});
