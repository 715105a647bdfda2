// What goes wrong on the way to us, at every family that can be played: half of each answer, none, or a page that is not the rig. A fault with its code, and no
// proof of a pause.
import { expect, it } from '@jest/globals';
import { fakeRigs } from '../../src/fakes/registry.ts';
import type { SimRig, SimRigQuirks } from '../../src/sim/rig.ts';
import { kindOf, loginOf, tcpBench } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
// A closed connection without a word may be a port that is barred to us: refused.
const WAYS: readonly (readonly [string, SimRigQuirks, RegExp])[] = [
  ['half of each answer comes', { garbles: true }, /^garbled$/],
  ['each answer is a login page', { page: 'login' }, /^garbled$/],
  // A rig that is another says so by its key, over ssh.
  ['each answer sends us elsewhere', { page: 'elsewhere' }, /^(garbled|unauthorized)$/],
  ['no answer comes', { losesAnswers: true }, /^(unreachable|timeout|refused)$/],
];

const CASES = WAYS.flatMap(([what, quirks, code]) => fakeRigs.map((kind) => [kind.family, what, { kind, quirks, code }] as const));

it.each(CASES)(
  '%s of which %s is a fault, and not seen paused; and is read again when that is over',
  async (_family, _what, { kind, quirks, code }) => {
    const traits = { id: 'rig-1', watts: 3250, hashRate: 110e12, startsAs: 'paused' } as const;
    const start = (played: SimRig, nowMs: () => number) => kind.start({ rig: played, nowMs });
    const { rig, driver, pass } = open(await tcpBench(kindOf(kind.family), traits, start, loginOf(kind)));
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
    rig.behave(quirks);
    // A page of the owner's that tells nothing counts as the silence of its rig.
    const expected = kind.family === 'webhook' ? /^unreachable$/ : code;
    expect(await driver.read?.(within(1_500))).toMatchObject({ ok: false, fault: { code: expect.stringMatching(expected) } });
    const orders = rig.log.length;
    if (quirks.page !== undefined) expect(await driver.pause?.(within(1_500))).toMatchObject({ ok: false });
    expect(rig.log).toHaveLength(orders);
    rig.behave({});
    // A refused key rests for some minutes.
    pass(600);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
  },
);
