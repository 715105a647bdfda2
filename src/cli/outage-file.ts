// Which recorded outage is meant, and what is in it. No service need run: the files are read.
import { basename, dirname, resolve } from 'node:path';
import { USUAL_CONFIG, USUAL_STATE_DIR } from '../config/config.ts';
import { codeOf, failed, type Outcome, ok } from '../model/outcome.ts';
import { type OutageRecord, parseRecord } from '../outages/file.ts';
import { listOutages, OUTAGES, pathOfOutage, readOutage } from '../outages/store.ts';
import type { Outside } from './outside.ts';
import { plural } from './text.ts';
import { keyIn, type Named } from './where.ts';

export interface OpenedRecord {
  /** as a person would name it */
  readonly name: string;
  readonly record: OutageRecord;
  /** what is not whole about it */
  readonly doubts: readonly string[];
}

/** `outage`: a name of the list, or a file; absent: the last one. */
export async function openRecord(
  outside: Pick<Outside, 'readText'>,
  named: Named,
  outage: string | undefined,
): Promise<Outcome<OpenedRecord>> {
  const isFile = outage !== undefined && (outage.includes('/') || outage.endsWith('.gz'));
  const found = isFile ? ok({ name: outage, path: outage }) : await findIn(outside, named, outage);
  if (!found.ok) return found;
  const { name, path } = found.value;
  const text = await readOutage(path);
  if (!text.ok) return text;
  const record = parseRecord(text.value.text, basename(path));
  if (!record.ok) return record;
  return ok({ name, record: record.value, doubts: doubtsOf(record.value, text.value.torn) });
}

export async function outageNames(
  outside: Pick<Outside, 'readText'>,
  named: Named,
): Promise<Outcome<{ readonly dir: string; readonly names: readonly string[] }>> {
  const file = named.config ?? USUAL_CONFIG;
  let stateDir: string | undefined;
  try {
    stateDir = await keyIn(await outside.readText(file), 'stateDir');
  } catch (error) {
    if (named.config !== undefined)
      return failed('unsupported', `cannot read ${file} (${codeOf(error) ?? 'not readable'}): check the path, or name a file of an outage`);
  }
  const dir = `${resolve(dirname(file), stateDir ?? USUAL_STATE_DIR)}/${OUTAGES}`;
  try {
    return ok({ dir, names: await listOutages(dir) });
  } catch (error) {
    return failed('unsupported', `cannot read ${dir} (${codeOf(error) ?? String(error)}): it is for group lastwatt`);
  }
}

async function findIn(
  outside: Pick<Outside, 'readText'>,
  named: Named,
  outage: string | undefined,
): Promise<Outcome<{ readonly name: string; readonly path: string }>> {
  const all = await outageNames(outside, named);
  if (!all.ok) return all;
  const { dir, names } = all.value;
  const last = names.at(-1);
  if (last === undefined)
    return failed('unsupported', `no outage is recorded in ${dir}: there was none, or none that was more than a blip`);
  const name = outage ?? last;
  if (names.includes(name)) return ok({ name, path: pathOfOutage(dir, name) });
  return failed('unsupported', `no outage ${name} is recorded in ${dir}; the last is ${last}; lastwatt receipt --list names them all`);
}

function doubtsOf({ stretches, end, skipped, rebooted }: OutageRecord, torn: boolean): readonly string[] {
  const gaps = stretches.length - 1;
  return [
    ...(torn ? ['the end of the file is torn, as after a power cut: some seconds are missing'] : []),
    ...(skipped > 0 ? [`${plural(skipped, 'line')} of the file could not be read`] : []),
    ...(rebooted ? ['the machine was booted in it: what came after is left out'] : []),
    ...(gaps > 0 ? [`the record has ${plural(gaps, 'gap')}: the service was restarted or reloaded in it, or its card refused`] : []),
    ...(END_WORDS[end ?? 'none'] === '' ? [] : [END_WORDS[end ?? 'none']]),
  ];
}

const END_WORDS: Readonly<Record<NonNullable<OutageRecord['end']> | 'none', string>> = {
  over: '',
  'too-long': 'the record ends 8 h after the mains were back, with rigs out still',
  'too-big': 'the record ends where its file was full',
  stopped: 'the record ends where the service was stopped',
  none: 'the record has no end: the service runs on with it, or was killed',
};
