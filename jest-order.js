// Slow suites first, so that every worker has something to do until the end.
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import TestSequencer from '@jest/test-sequencer';

/** What plays nights, starts programs or draws many inputs takes tens of seconds a file, most others one or two. */
const SLOW = /^test\/(end-to-end|fuzz|property|scenarios)\//;

export default class SlowFirst extends TestSequencer {
  sort(tests) {
    const weight = ({ context, path }) => (SLOW.test(relative(context.config.rootDir, path)) ? 1e9 : 0) + statSync(path).size;
    return [...tests].sort((a, b) => weight(b) - weight(a));
  }
}
