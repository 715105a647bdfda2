// A bad night made small is bad still: nothing is taken away without another look.
import { describe, expect, it } from '@jest/globals';
import type { Scenario } from '../../src/proof/scenario.ts';
import { shrink } from '../../src/proof/shrink.ts';
import { farm } from '../support/farm.ts';

const NIGHT: Scenario = {
  name: 'seed 1',
  site: farm({ switches: { ka: { canRead: true }, spare: { canRead: false } } }),
  wired: false,
  lastsSeconds: 100,
  troubles: [
    { kind: 'mains-gone', fromSeconds: 10, toSeconds: 20 },
    { kind: 'killed', fromSeconds: 95, toSeconds: 99 },
  ],
};

const small = (isBad: (one: Scenario) => boolean): Promise<Scenario> =>
  shrink(NIGHT, async (one) => (isBad(one) ? 'I-05 k1 was fed' : undefined));

describe('a bad night made small', () => {
  it('loses what it is as bad without', async () => {
    const { site, troubles, lastsSeconds } = await small(({ troubles }) => troubles.some(({ kind }) => kind === 'mains-gone'));
    expect(troubles.map(({ kind }) => kind)).toEqual(['mains-gone']);
    expect(Object.keys(site.switches ?? {})).not.toContain('spare');
    expect(lastsSeconds).toBeLessThan(100);
  });

  it('keeps a contact with no rig behind it, where it is good without', async () => {
    const { site } = await small((one) => one.site.switches?.['spare'] !== undefined);
    expect(Object.keys(site.switches ?? {})).toContain('spare');
  });

  it('keeps a trouble that begins after its end, where it is good without', async () => {
    const { troubles } = await small((one) => one.troubles.some(({ kind }) => kind === 'killed'));
    expect(troubles.map(({ kind }) => kind)).toEqual(['killed']);
  });
});
