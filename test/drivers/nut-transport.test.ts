// The two NUT transports, by the suite that each must pass, and what is only node-nut's.
import { expect, it } from '@jest/globals';
import { openNodeNut } from '../../src/transports/nut-session/node-nut.ts';
import { openStartTls } from '../../src/transports/nut-session/starttls.ts';
import { describeNutTransport } from '../contract/ups-source-nut-transport.ts';
import { authority } from '../support/certificates.ts';
import { misbehavingUpsd } from '../support/misbehaving-upsd.ts';

const site = authority();
const identity = site.issue();
const trust = { host: '127.0.0.1', certificates: site.certificate };

describeNutTransport('node-nut', { open: openNodeNut, serve: (manners) => misbehavingUpsd(manners) });
describeNutTransport('STARTTLS', {
  open: (target, ears) => openStartTls(trust, target, ears),
  serve: (manners) => misbehavingUpsd(manners, identity),
});

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
  const target = { address: '127.0.0.1', port: 70_000 };
  expect(await openNodeNut(target, ears)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  expect(await openStartTls(trust, target, ears)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
});
