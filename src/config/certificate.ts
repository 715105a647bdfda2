// The certificates that `tls.ca` names. They are no secret, but whoever may write them decides whom we believe. Their dates
// are not looked at here: a Pi may wake with a wrong clock, and must start all the same.
import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { readPlainFile } from './plain-file.ts';

/** bytes; a certificate in PEM has about 1,500 */
const LARGEST = 65_536;
const OTHERS_MAY_WRITE = 0o002;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The PEM blocks of the file `name`, relative to `dir`. A fault says what is wrong with it as a sentence about that file. */
export async function readCertificates(dir: string, name: string): Promise<Outcome<string>> {
  const file = resolve(dir, name);
  const read = await readPlainFile(file, LARGEST);
  switch (read.kind) {
    case 'missing':
      return mistake(`${file} does not exist: copy the certificate there that signed upsd's`);
    case 'not-plain':
      return mistake(`${file} is no plain file: name a PEM file`);
    case 'unreadable':
      return mistake(`${file} cannot be read (${read.code}): chgrp lastwatt ${file}; chmod 0640 ${file}`);
    case 'read':
      if ((read.mode & OTHERS_MAY_WRITE) !== 0)
        return mistake(`${file} may be written by anybody, who could make us believe another upsd: chmod o-w ${file}`);
      if (read.bytes.length > LARGEST) return mistake(`${file} holds more than ${LARGEST} bytes: only what signed upsd's certificate`);
      return certificatesIn(file, read.bytes.toString('latin1'));
  }
}

function certificatesIn(file: string, text: string): Outcome<string> {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return mistake(`${file} holds a private key, which belongs to the server alone: give the certificate by itself`);
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return mistake(`${file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`);
  const certificates = blocks.map(parsed);
  const garbled = certificates.indexOf(undefined);
  if (garbled >= 0) return mistake(`${file}: certificate ${garbled + 1} of ${blocks.length} is garbled: copy it anew`);
  // A chain is followed up to one that signed itself; without it no server would ever be believed.
  if (!certificates.some((one) => one?.checkIssued(one)))
    return mistake(`${file} holds no certificate that signed itself: add that of the authority at the top`);
  return ok(`${blocks.join('\n')}\n`);
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function mistake(say: string): Outcome<never> {
  return failed('garbled', say, 'never');
}
