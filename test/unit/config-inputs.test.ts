// The contacts that are read, and the generators: what the file says of them, and what is wrong with it.
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/load.ts';
import { SMALLEST } from '../support/config-text.ts';

const load = (lines: string) => parseConfig(`${SMALLEST}${lines}\n`, { file: '/etc/site/lastwatt.yaml' });

describe('a contact or a generator that is wrong', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'an input of no kind',
      'inputs: { ats: { driver: gipo } }',
      ['inputs.ats.driver | "gipo" is no input driver; did you mean gpio? there are: gpio, command'],
    ],
    [
      'a generator of which no contact of the file tells',
      'generators: { diesel: { behind: [shelf], carriesWhen: ats } }',
      ['generators.diesel.carriesWhen | "ats" is no input of this file; there are: none'],
    ],
    [
      'a generator before what is no UPS',
      'inputs: { ats: { driver: command, read: [ats] } }\ngenerators: { diesel: { behind: [mains], carriesWhen: ats } }',
      ['generators.diesel.behind[0] | "mains" is no UPS of this file; there are: shelf'],
    ],
    [
      'two generators before one UPS',
      'inputs: { ats: { driver: command, read: [ats] } }\ngenerators: { one: { behind: [shelf], carriesWhen: ats }, two: { behind: [shelf], carriesWhen: ats } }',
      ['generators.two.behind[0] | shelf stands behind one already; one generator carries it'],
    ],
  ])('is told of: %s', (_, lines, expected) => {
    const loaded = load(lines);
    expect(loaded.ok ? [] : loaded.mistakes.map(({ path, say }) => `${path} | ${say}`)).toEqual(expected);
  });
});

describe('a generator behind a transfer switch', () => {
  it('carries no rig unless it is told how many watts', () => {
    const loaded = load('inputs: { ats: { driver: command, read: [ats] } }\ngenerators: { diesel: { behind: [shelf], carriesWhen: ats } }');
    expect(loaded.ok && [loaded.config.site.generators, loaded.config.inputs]).toEqual([
      [{ id: 'diesel', behind: ['shelf'], carriesWhen: 'ats', watts: 0 }],
      new Map([['ats', { driver: 'command', options: { read: ['ats'] } }]]),
    ]);
  });

  it('has its fuel priced, and the site a contact that tells of the mains', () => {
    const text =
      'inputs: { ats: { driver: command, read: [ats] } }\ngenerators: { diesel: { behind: [shelf], carriesWhen: ats, watts: 800, fuelPerKwh: 0.4 } }';
    const loaded = load(`site: { mainsWhen: ats }\n${text}`);
    expect(loaded.ok && loaded.config.site).toMatchObject({ mainsWhen: 'ats', generators: [{ watts: 800, fuelPerKwh: 0.4 }] });
  });

  it('is not there where none is named', () => {
    const loaded = load('armed: false');
    expect(loaded.ok && loaded.config.site).not.toHaveProperty('generators');
  });
});
