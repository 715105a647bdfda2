// When the journal may take wall time for true: what each kind of machine leaves and answers, on files and programs of our own.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/host/port.ts';
import { type WallSync, type WallSyncKit, watchWallSync } from '../../src/host/wall-sync.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let plausible: boolean;
let calm: boolean;
/** ends the pause until the next question */
let wake: () => void;
let sync: WallSync | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-clock-'));
  await mkdir(join(folder, 'system'));
  await says('no');
  plausible = true;
  calm = true;
});

afterEach(async () => {
  await sync?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What systemd would answer; each question leaves a line. */
async function says(answer: string): Promise<void> {
  await writeFile(join(folder, 'ask'), `#!/bin/sh\necho asked >>"\${0%/*}/asked"\necho ${answer}\n`);
  await chmod(join(folder, 'ask'), 0o755);
}

async function questions(): Promise<number> {
  return (await readFile(join(folder, 'asked'), 'utf8').catch(() => '')).split('\n').length - 1;
}

const clock: Clock = {
  monotonicMs: () => 0,
  wallMs: () => 0,
  wallIsSet: () => plausible,
  sleep: (_, signal) =>
    new Promise((resolve) => {
      wake = resolve;
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    }),
  after: () => () => undefined,
};

async function watch(other: Partial<WallSyncKit> = {}): Promise<WallSync> {
  const at = { systemd: join(folder, 'system'), file: join(folder, 'synchronized'), argv: [join(folder, 'ask')] };
  wake = () => undefined;
  sync = await watchWallSync({ clock, calm: () => calm, ...at, ...other });
  return sync;
}

describe('the wall clock of a machine', () => {
  it('that keeps its time by chrony or ntpd is set: systemd says so, and is not asked again', async () => {
    await says('yes');
    const { isSet } = await watch();
    await eventually('it is set', isSet);
    wake();
    expect(await questions()).toBe(1);
  });

  it('that keeps its time by timesyncd is set from the first record on, and nobody is asked', async () => {
    await writeFile(join(folder, 'synchronized'), '');
    expect((await watch()).isSet()).toBe(true);
    expect(await questions()).toBe(0);
  });

  it('that has not heard of the time is not set, until it has', async () => {
    const { isSet } = await watch();
    await eventually('it was asked', async () => (await questions()) === 1);
    expect(isSet()).toBe(false);
    await says('yes');
    await eventually('it is set', () => {
      wake();
      return isSet();
    });
  });

  it('is not asked about in an outage, where no program is started that need not be; the file is looked at all the same', async () => {
    await says('yes');
    calm = false;
    const { isSet } = await watch();
    wake();
    expect([isSet(), await questions()]).toEqual([false, 0]);
    await writeFile(join(folder, 'synchronized'), '');
    await eventually('it is set', () => {
      wake();
      return isSet();
    });
    expect(await questions()).toBe(0);
  });

  it('without systemd is taken at its word, for there is nobody to ask', async () => {
    expect((await watch({ systemd: join(folder, 'none') })).isSet()).toBe(true);
  });

  it('that tells a year before lastwatt was written is not set, whatever is said of it', async () => {
    await says('yes');
    plausible = false;
    const { isSet } = await watch();
    await eventually('it was asked', async () => (await questions()) === 1);
    expect(isSet()).toBe(false);
  });

  it('that can not be asked is not set, and the watch ends when it is told to', async () => {
    const { isSet, close } = await watch({ argv: [join(folder, 'no-such-program')] });
    expect(isSet()).toBe(false);
    await close();
    expect(isSet()).toBe(false);
  });
});
