// The file that `nut.tls.ca` names, from a configuration on a disk: taken along, or a mistake at its place.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { changes } from '../../src/config/change.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { authority } from '../support/certificates.ts';

const site = authority();
const leaf = site.issue();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-ca-'));
  file = join(folder, 'lastwatt.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

const put = async (content: string, mode = 0o644): Promise<void> => {
  await writeFile(join(folder, 'ca.pem'), content);
  await chmod(join(folder, 'ca.pem'), mode);
};

const configure = (tls: string, more = ''): Promise<void> =>
  writeFile(
    file,
    `ups:
  rack:
    nut: { name: rack, host: 10.0.0.2, tls: { ca: ${tls} } }
rigs: { m30: { driver: luxos, host: 192.0.2.10, fedBy: [rack], reward: { perDay: 3.2 }, watts: 2900 } }
${more}`,
  );

/** `line:column path | say`, with the folder left out. */
async function told(): Promise<readonly string[]> {
  const loaded = await loadConfig(file);
  const mistakes = loaded.ok ? [] : loaded.mistakes;
  return mistakes.map(({ line, column, path, say }) => `${line}:${column} ${path} | ${say.replaceAll(`${folder}/`, '')}`);
}

async function load(): Promise<Config> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ say }) => say).join('; '));
  return loaded.config;
}

describe('the file of nut.tls.ca', () => {
  it('is found beside the configuration and taken along, whatever stands between its certificates', async () => {
    const other = authority('another');
    await put(`# ours\r\n${site.certificate}\nNote: the old one\n${other.certificate}`);
    await configure('ca.pem');
    expect((await load()).ups.get('rack')).toMatchObject({
      tls: { ca: 'ca.pem', certificates: `${site.certificate.trim()}\n${other.certificate}` },
    });
  });

  it('may be the self-signed certificate of the server itself, and one that ran out: the clock may be wrong', async () => {
    await configure('./ca.pem');
    await put(authority('old', undefined, [-30, -1]).certificate);
    expect(await told()).toEqual([]);
  });

  it.each<[string, () => string | undefined, string]>([
    ['is missing', () => undefined, "ca.pem does not exist: copy the certificate there that signed upsd's"],
    ['is empty', () => '', 'ca.pem holds no certificate in PEM (-----BEGIN CERTIFICATE-----)'],
    ['is no PEM', () => '\u0000\u0001DER', 'ca.pem holds no certificate in PEM (-----BEGIN CERTIFICATE-----)'],
    [
      'is garbled',
      () => site.certificate + site.certificate.replace(/\n[A-Za-z0-9]{8}/, '\nAAAAAAAA'),
      'ca.pem: certificate 2 of 2 is garbled: copy it anew',
    ],
    [
      'holds the key, too',
      () => site.certificate + site.key,
      'ca.pem holds a private key, which belongs to the server alone: give the certificate by itself',
    ],
    [
      'holds a certificate that another has signed',
      () => leaf.certificate,
      'ca.pem holds no certificate that signed itself: add that of the authority at the top',
    ],
    [
      'is too long',
      () => `${site.certificate}${' '.repeat(70_000)}`,
      "ca.pem holds more than 65536 bytes: only what signed upsd's certificate",
    ],
  ])('that %s is a mistake at its place, told with all others', async (_what, content, say) => {
    const text = content();
    if (text !== undefined) await put(text);
    await configure('ca.pem', 'arm: true\n');
    expect(await told()).toEqual([`3:51 ups.rack.nut.tls.ca | ${say}`, '5:1 arm | unknown key; did you mean armed?']);
  });

  it('may not be a folder, nor a file that anybody may write', async () => {
    await configure('.');
    expect(await told()).toEqual([expect.stringMatching(/^3:51 ups\.rack\.nut\.tls\.ca \| .* is no plain file/)]);
    await configure('ca.pem');
    await put(site.certificate, 0o666);
    expect(await told()).toEqual([expect.stringMatching(/ca\.pem may be written by anybody.*: chmod o-w ca\.pem$/)]);
    await mkdir(join(folder, 'sub'));
    await configure('ca.pem/sub');
    expect(await told()).toEqual([expect.stringMatching(/does not exist/)]);
  });

  it('that changed is a change at a reload, told without its letters', async () => {
    await configure('ca.pem');
    await put(site.certificate);
    const before = await load();
    await put(authority().certificate);
    expect(changes(before, await load())).toEqual(['ups rack: tls changed']);
  });

  it('may be named by the outlets of a upsd, too: taken along, a mistake at its place, a change at a reload', async () => {
    const strip = 'driver: nut-outlet, name: strip, host: 10.0.0.2, outlets: [1], username: u, passwordFile: p';
    await configure('ca.pem', `switches: { strip: { ${strip}, tls: { ca: strip.pem } } }\n`);
    await put(site.certificate);
    expect(await told()).toEqual([expect.stringMatching(/^5:\d+ switches\.strip\.tls\.ca \| strip\.pem does not exist/)]);
    await writeFile(join(folder, 'strip.pem'), site.certificate);
    const before = await load();
    expect(before.boards.get('strip')?.certificates?.trim()).toBe(site.certificate.trim());
    await writeFile(join(folder, 'strip.pem'), authority().certificate);
    expect(changes(before, await load())).toEqual(['switch strip:1: tls changed']);
  });
});
