// What the file says of the policy, and what follows where it says nothing.
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/load.ts';
import { SMALLEST } from '../support/config-text.ts';

const also = (lines: string): string => `${SMALLEST}${lines}\n`;
const read = (text: string): ReturnType<typeof parseConfig> => parseConfig(text, { file: '/etc/site/lastwatt.yaml' });

describe('a policy that is', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'another policy',
      also('policy: { kind: outage-awar }'),
      ['policy.kind | expected one of threshold, outage-aware, found "outage-awar"; did you mean outage-aware?'],
    ],
    [
      'a threshold for a policy that has none',
      also('policy: { kind: outage-aware, shedBelowSeconds: 300 }'),
      ['policy.shedBelowSeconds | belongs to kind: threshold; kind: outage-aware goes by what each stay is worth: take it out'],
    ],
    [
      'a floor above the shed',
      also('policy: { shedBelowSeconds: 300, cutBelowSeconds: 300 }'),
      ['policy.cutBelowSeconds | 300 s is not below shedBelowSeconds, 300 s (line 4): everything would be cut before the worst is shed'],
    ],
    [
      'neither a number nor auto',
      also('policy: { cutBelowSeconds: soon }'),
      ['policy.cutBelowSeconds | expected a number of seconds, or auto, found "soon"'],
    ],
    [
      'a choice misspelt',
      also('policy: { cutPaused: alway }'),
      ['policy.cutPaused | expected one of auto, always, at-floor, found "alway"; did you mean always?'],
    ],
  ])('%s is told what it is and what to write', (_, text, expected) => {
    const loaded = read(text);
    expect(loaded.ok ? [] : loaded.mistakes.map(({ path, say }) => `${path} | ${say}`)).toEqual(expected);
  });
});

describe('the kind of the policy', () => {
  it.each([
    ['goes by what each stay is worth where nothing is said', '', 'outage-aware'],
    ['is a threshold for whoever names one', 'policy: { shedBelowSeconds: 300 }', 'threshold'],
    ['is a threshold that is worked out, where that is asked for', 'policy: { kind: threshold }', 'threshold'],
  ])('%s', (_, lines, kind) => {
    const loaded = read(also(lines));
    expect(loaded.ok && loaded.config.site.policy.kind).toBe(kind);
  });
});
