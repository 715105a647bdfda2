// The transport over node-nut, by the suite that every NUT transport must pass.
import { expect, it } from '@jest/globals';
import { openNodeNut } from '../../src/ups/nut-session/node-nut.ts';
import { describeNutTransport } from '../contract/ups-source-nut-transport.ts';

describeNutTransport('node-nut', openNodeNut);

it('refuses a node-nut whose socket is not where release 1.0.3 has it', async () => {
  class Changed {
    status = 'idle' as const;
    parseFunc = undefined;
    dataInBuff = '';
    on = (): this => this;
    start(): void {}
    send(): void {}
  }
  const ends: unknown[] = [];
  const ears = { onText: () => undefined, onEnd: (fault: unknown) => ends.push(fault) };
  const opened = await openNodeNut({ address: '127.0.0.1', port: 1 }, ears, Changed as unknown as Parameters<typeof openNodeNut>[2]);
  expect(opened).toMatchObject({ ok: false, fault: { code: 'unsupported', retry: 'never' } });
});

it('says what is wrong with a port that cannot be', async () => {
  const ears = { onText: () => undefined, onEnd: () => undefined };
  expect(await openNodeNut({ address: '127.0.0.1', port: 70_000 }, ears)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
});
