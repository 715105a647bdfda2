// A program of the owner's on a machine that has nothing left to run it with.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

it('is not started where no file can be opened any more, and that is a fault and no end of the service', async () => {
  const child = new URL('../../src/transports/child.ts', import.meta.url);
  const loader = new URL('../unit/host-ts-loader.mjs', import.meta.url);
  const program = `
    import { openSync } from 'node:fs';
    const { runChild } = await import(${JSON.stringify(child.href)});
    process.stdout.write('');
    try {
      for (;;) openSync('/dev/null');
    } catch {}
    const outcome = await runChild({ argv: ['/bin/true'], signal: AbortSignal.timeout(5000) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write(JSON.stringify(outcome));`;
  const node = [process.execPath, '--no-warnings', '--experimental-loader', loader.href, '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'ulimit -n 256; exec "$@"', 'sh', ...node]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, fault: { code: 'unreachable', retry: 'later' } });
}, 30_000);
