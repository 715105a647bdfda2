// A simulated transfer switch: what its UPS lives on, and what its contact tells of that.
import { describe, expect, it } from '@jest/globals';
import { SimSite } from '../../src/sim/site.ts';
import { placeOf } from '../../src/sim/site-settings.ts';

const never = new AbortController().signal;

function yard(): SimSite {
  const battery = { carries: { watts: 3_000, minutes: 10 } };
  return new SimSite(
    placeOf({
      ups: { rack: { battery, nominalWatts: 4_000 }, shelf: { battery, nominalWatts: 4_000 } },
      rigs: { one: { perDay: 6, watts: 1_500, fedBy: ['rack'] }, bare: { perDay: 9, watts: 3_000, fedBy: ['mains'] } },
      generators: { diesel: { behind: ['rack'], carriesWhen: 'ats', watts: 2_000 } },
    }),
  );
}

describe('a simulated transfer switch', () => {
  it('gives what stands behind it the power of its generator while the grid is gone, and nobody else', async () => {
    const site = yard();
    const inputs = (): unknown[] => [site.ups.get('rack')?.onMains, site.ups.get('shelf')?.onMains, site.hashing()];
    site.loseMains();
    expect(inputs()).toEqual([false, false, ['one']]);
    site.carry('diesel', true);
    expect(inputs()).toEqual([true, false, ['one']]);
    site.carry('diesel', false);
    expect(inputs()).toEqual([false, false, ['one']]);
    site.carry('diesel', true);
    site.returnMains();
    site.carry('diesel', false);
    expect(inputs()).toEqual([true, true, ['one']]);
    await site.clock.advance(120_000);
    expect(site.hashing()).toEqual(['one', 'bare']);
  });

  it('tells by its contact that it carries when that has stood for 200 ms, or later, or not at all', async () => {
    const site = yard();
    const contact = site.boot().inputs?.get('ats');
    let news = 0;
    contact?.onNews?.(() => {
      news += 1;
    });
    const seen = async (): Promise<unknown> => {
      const outcome = await contact?.read(never);
      return outcome?.ok ? outcome.value : outcome?.fault.code;
    };
    expect(await seen()).toBe('open');
    site.carry('diesel', true);
    site.carry('diesel', true);
    expect([await seen(), news]).toEqual(['open', 0]);
    await site.clock.advance(200);
    expect([await seen(), news]).toEqual(['closed', 1]);
    site.transfers.get('diesel')?.behave({ lateSeconds: 1 });
    site.carry('diesel', false);
    await site.clock.advance(900);
    expect(await seen()).toBe('closed');
    await site.clock.advance(100);
    expect([await seen(), news]).toEqual(['open', 2]);
    site.transfers.get('diesel')?.behave({ unreachable: true });
    expect(await seen()).toBe('unreachable');
    await contact?.close();
  });
});
