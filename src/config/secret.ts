// Passwords and keys, which stand in files of their own: read when they are needed, never logged, never in a message.
import { basename, join, resolve } from 'node:path';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { readPlainFile } from './plain-file.ts';

/** bytes; a key in PEM has about 3,300 */
const LARGEST = 8192;
/** Whatever lets others in, lets the group write, or makes it a program: 0600, 0640, 0400 and 0440 remain. */
const TOO_WIDE = 0o137;

/** As what the unit loads the folder /etc/lastwatt/secrets.d; systemd names each file of it with this and `_` before. */
const FOLDER = 'miners';

/**
 * The content of the file `name`, relative to `dir` (the directory of the configuration file), or of the systemd
 * credential of that name in `credentials`, or of the file of that name in the folder that the unit loads. One newline at
 * its end is not part of it. Every fault names the file and what to do, never what is in it.
 */
export async function readSecret(
  dir: string,
  name: string,
  credentials: string | undefined = process.env['CREDENTIALS_DIRECTORY'],
): Promise<Outcome<string>> {
  const beside = await readOne(resolve(dir, name));
  // Only a bare name is a credential's; a path is meant as it stands.
  if (beside !== 'missing') return beside;
  const loaded =
    credentials === undefined || basename(name) !== name ? [] : [join(credentials, name), join(credentials, `${FOLDER}_${name}`)];
  for (const file of loaded) {
    const credential = await readOne(file);
    if (credential !== 'missing') return credential;
  }
  return failed('unauthorized', `${resolve(dir, name)} does not exist: write the secret into it, mode 0640, group lastwatt`, 'later');
}

async function readOne(file: string): Promise<Outcome<string> | 'missing'> {
  const read = await readPlainFile(file, LARGEST);
  switch (read.kind) {
    case 'missing':
      return 'missing';
    case 'not-plain':
      return failed('unauthorized', `${file} is no plain file: write the secret into one`, 'later');
    case 'unreadable':
      return failed('unauthorized', `${file} cannot be read (${read.code}): chgrp lastwatt ${file}; chmod 0640 ${file}`, 'later');
    case 'read':
      if ((read.mode & TOO_WIDE) === 0) return contentOf(file, read.bytes);
      return failed('unauthorized', `${file} has mode ${octal(read.mode)}, which lets too many in: chmod 0640 ${file}`, 'later');
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function contentOf(file: string, bytes: Buffer): Outcome<string> {
  if (bytes.length > LARGEST) return failed('garbled', `${file} holds more than ${LARGEST} bytes: one secret a file`, 'later');
  const secret = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (secret === '') return failed('garbled', `${file} is empty: write the secret into it`, 'later');
  if (secret.includes('\0') || !Buffer.from(secret).equals(bytes.subarray(0, Buffer.byteLength(secret)))) {
    return failed('garbled', `${file} is no UTF-8 text: write the secret into it as text`, 'later');
  }
  return ok(secret);
}
