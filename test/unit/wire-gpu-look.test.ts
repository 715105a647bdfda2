// Which of its network cards a rig of graphics cards is known by.
import { expect, it } from '@jest/globals';
import { FIRST_LINE, gpuLookIn, LAST_LINE } from '../../src/wire/gpu-look.ts';

const SIGNS = { processes: [] };
const macOf = (...macs: readonly string[]): string | undefined =>
  gpuLookIn([FIRST_LINE, '@mac', ...macs, LAST_LINE, ''].join('\n'), SIGNS)?.mac;

it.each([
  ['the lowest of two that are burnt in', ['d8:5e:d3:00:00:02', '04:42:1a:00:00:01'], '04:42:1a:00:00:01'],
  [
    'the one that is burnt in, whatever a wireless card calls itself today',
    ['d8:5e:d3:00:00:02', '0a:11:22:33:44:56'],
    'd8:5e:d3:00:00:02',
  ],
  ['the only one, where nothing is burnt in', ['0a:11:22:33:44:56'], '0a:11:22:33:44:56'],
  ['nothing, where nothing is told', ['00:00:00:00:00:00'], undefined],
])('it is known by %s', (_, macs, mac) => expect(macOf(...macs)).toBe(mac));
