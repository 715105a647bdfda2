// How a real upsd is given a certificate, which depends on the library it was built with: Debian's has NSS, which keeps keys in a
// database of its own; others have OpenSSL, which reads one PEM file.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Identity } from './certificates.ts';

const run = promisify(execFile);

/** The binaries themselves: Debian's /sbin/upsd is a script that obeys /etc/nut/nut.conf. */
export const UPSD = ['/lib/nut/upsd', '/usr/lib/nut/upsd', '/usr/libexec/nut/upsd', '/usr/local/sbin/upsd'].find(existsSync);

export const TLS_ABSENT =
  'skipped: upsd here has no TLS, or what fills its database is missing (packages nut-server, libnss3-tools, openssl)';

const library = UPSD === undefined ? undefined : libraryOf(UPSD);

export function tlsAvailable(): boolean {
  return library === 'openssl' || (library === 'nss' && ['certutil', 'pk12util', 'openssl'].every(onPath));
}

/** Puts the identity into `folder` in place of any before, and gives the lines of upsd.conf. Whoever signed it is not told. */
export async function certificateLines(folder: string, { certificate, key }: Identity): Promise<string> {
  const [pem, database, bundle] = ['upsd.pem', 'certificates', 'upsd.p12'].map((name) => join(folder, name)) as [string, string, string];
  await writeFile(pem, `${certificate}${key}`, { mode: 0o600 });
  if (library === 'openssl') return `CERTFILE ${pem}\nDISABLE_WEAK_SSL true\n`;
  await rm(database, { recursive: true, force: true });
  await mkdir(database, { mode: 0o700 });
  await run('certutil', ['-N', '-d', database, '--empty-password']);
  await run('openssl', ['pkcs12', '-export', '-name', 'upsd', '-in', pem, '-passout', 'pass:once', '-out', bundle]);
  await run('pk12util', ['-i', bundle, '-d', database, '-W', 'once']);
  return `CERTPATH ${database}\nCERTIDENT "upsd" ""\nDISABLE_WEAK_SSL true\n`;
}

function libraryOf(binary: string): 'nss' | 'openssl' | undefined {
  const bytes = readFileSync(binary);
  if (bytes.includes('libnss3.so')) return 'nss';
  return bytes.includes('libssl.so') ? 'openssl' : undefined;
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}
