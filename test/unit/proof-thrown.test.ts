// A mistake of ours that ends the engine in mid-night.
import { expect, it } from '@jest/globals';
import { farm } from '../support/farm.ts';
import { scenario } from '../support/scenario.ts';

it('a night whose engine throws out of its run says so in the words of what was thrown', async () => {
  const night = await scenario(farm());
  await night.run(10);
  Object.assign(night.world.host.supervisor, {
    alive: () => {
      throw new Error('the supervisor is not there');
    },
  });
  await expect(night.run(10)).rejects.toThrow('the supervisor is not there');
  await expect(night.submit({ kind: 'arm' })).rejects.toThrow();
});
