// A card whose syncs take seconds: what takes load off does not wait for it, and the journal says which steps went ahead.
import { expect, it } from '@jest/globals';
import type { JournalRecord } from '../../src/host/port.ts';
import { farm } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const pausesOf = (records: readonly JournalRecord[]): readonly JournalRecord[] =>
  records.filter((record) => (record['step'] as { readonly kind?: string }).kind === 'pause');

it('each step that went ahead of its record says so, and none on a card that is well', async () => {
  night = await scenario(farm());
  await night.at(60, () => night.loseMains());
  night.ups({ lowBattery: 'early' });
  night.card.misbehave({ syncMs: 4_000 });
  await night.until('all are asked', () => night.asked('pause').length === 4, 60);
  await night.run(30);
  const ahead = pausesOf(night.events('step-settled'));
  expect(ahead.length).toBeGreaterThanOrEqual(4);
  expect(ahead.filter((record) => record['unsynced'] !== true)).toEqual([]);
  night.card.misbehave({});
  night.ups({ lowBattery: undefined });
  night.returnMains();
  await night.until('all are back', () => night.hashing().length === 4, 900);
  await night.submit({ kind: 'hold', as: 'down', rigs: ['a'] });
  await night.run(5);
  expect(pausesOf(night.events('step-settled')).at(-1)).not.toHaveProperty('unsynced');
});
