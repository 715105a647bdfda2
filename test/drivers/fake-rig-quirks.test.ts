// What goes wrong on the way to us, at every family that can be played: half of each answer, or none. A fault with its code, and no
// proof of a pause.
import { expect, it } from '@jest/globals';
import { fakeRigs } from '../../src/fakes/registry.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { optionsFor } from '../../src/scan/options.ts';
import { SimRig, type SimRigQuirks } from '../../src/sim/rig.ts';
import { kindOf } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const nowMs = (): number => performance.now();
// A closed connection without a word may be a port that is barred to us: refused.
const WAYS: readonly (readonly [string, SimRigQuirks, RegExp])[] = [
  ['half of each answer comes', { garbles: true }, /^garbled$/],
  ['no answer comes', { losesAnswers: true }, /^(unreachable|timeout|refused)$/],
];

/** A rig that is paused, and the driver of its family with the right login. */
async function paused(kind: (typeof fakeRigs)[number]): Promise<{ readonly rig: SimRig; readonly driver: RigDriver }> {
  const { family, login } = kind;
  const rig = new SimRig({ id: 'rig-1', watts: 3250, hashRate: 110e12, startsAs: 'paused' }, nowMs);
  const { port } = open(await kind.start({ rig, nowMs }));
  const driver = kindOf(family);
  const option = optionsFor(driver, { host: '127.0.0.1', port }, 'secret')?.secret?.option;
  const options = {
    host: '127.0.0.1',
    port,
    ...(login?.username !== undefined && { username: login.username }),
    ...(login !== undefined && option !== undefined && { [option]: 'secret' }),
  };
  return { rig, driver: open(driver.open(options, rigKit('rig-1', new Map(login === undefined ? [] : [['secret', login.password]])))) };
}

const CASES = WAYS.flatMap(([what, quirks, code]) => fakeRigs.map((kind) => [kind.family, what, { kind, quirks, code }] as const));

it.each(CASES)(
  '%s of which %s is a fault, and not seen paused; and is read again when that is over',
  async (_family, _what, { kind, quirks, code }) => {
    const { rig, driver } = await paused(kind);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
    rig.behave(quirks);
    expect(await driver.read?.(within(1_500))).toMatchObject({ ok: false, fault: { code: expect.stringMatching(code) } });
    rig.behave({});
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
  },
);
