// The pools of an owner as prints: what he set, and nothing of what changes by itself.
import { describe, expect, it } from '@jest/globals';
import { POOL_SLOTS, poolSettingsIn, poolsIn } from '../../src/wire/pools.ts';
import { settingsPrint } from '../../src/wire/settings-print.ts';
import { decode4028 } from '../../src/wire/socket4028.ts';
import { decodeText4028 } from '../../src/wire/text-4028.ts';
import { answerV2, settingsV2 } from '../../src/wire/whatsminer-v2.ts';
import { answerV3, settingsV3 } from '../../src/wire/whatsminer-v3.ts';

const FIRST = {
  POOL: 0,
  URL: 'stratum+tcp://first.invalid:3333',
  User: 'wallet.rig',
  Status: 'Alive',
  Accepted: 7,
  'Stratum Active': true,
};
const SECOND = {
  POOL: 1,
  URL: 'stratum+tcp://second.invalid:3333',
  User: 'wallet.rig',
  Status: 'Alive',
  Accepted: 0,
  'Stratum Active': false,
};

const answered = (pools: unknown): string => JSON.stringify({ STATUS: [{ STATUS: 'S', Code: 7, Msg: 'x' }], POOLS: pools });
const printOf = (pools: unknown): string | undefined => {
  const answer = decode4028(Buffer.from(answered(pools)));
  return answer.ok ? poolSettingsIn(answer.value)?.pools : undefined;
};

describe('a print of the pools on port 4028', () => {
  it('is the same while the rig works on the other one, counts its shares, or lists them in another order', () => {
    const failedOver = [
      { ...SECOND, Status: 'Alive', Accepted: 9, 'Stratum Active': true },
      { ...FIRST, Status: 'Dead', Accepted: 8, 'Stratum Active': false },
    ];
    expect(printOf(failedOver)).toBe(printOf([FIRST, SECOND]));
  });

  it('differs for another address, another wallet, another order of the pools, one that is missing', () => {
    const others = [
      [{ ...FIRST, URL: 'stratum+tcp://thief.invalid:3333' }, SECOND],
      [FIRST, { ...SECOND, User: 'thief.rig' }],
      [
        { ...FIRST, POOL: 1 },
        { ...SECOND, POOL: 0 },
      ],
      [FIRST],
    ];
    expect(new Set([[FIRST, SECOND], ...others].map(printOf)).size).toBe(5);
  });

  it.each([
    ['no pool', []],
    ['a pool without an address', [FIRST, { POOL: 1, URL: '' }]],
    ['no list', { POOL: 0 }],
    ['more pools than any rig has', Array.from({ length: 100 }, () => FIRST)],
  ])('is none where the rig tells %s: asleep or starting some do, and that shows nothing', (_which, pools) => {
    expect(printOf(pools)).toBeUndefined();
  });

  it('is the same in the older form of the answers', () => {
    const text = decodeText4028(
      Buffer.from('STATUS=S,When=1,Code=7,Msg=1 Pool(s)|POOL=0,URL=stratum+tcp://first.invalid:3333,Status=Dead,User=wallet.rig|\0'),
    );
    expect(text.ok && poolSettingsIn(text.value)?.pools).toBe(printOf([FIRST]));
  });

  it('tells nothing of a wallet', () => {
    expect(printOf([FIRST])).toMatch(/^[0-9a-f]{12}$/);
  });
});

it('a Whatsminer has one print of its pools over both of its APIs', () => {
  const v2 = answerV2(Buffer.from(answered([{ ...FIRST, POOL: 1 }])));
  const told = { pools: [{ id: 1, url: FIRST.URL, account: FIRST.User, status: 'alive', 'stratum-active': true }] };
  const v3 = answerV3(Buffer.from(JSON.stringify({ code: 0, msg: told })));
  const fans = answerV3(
    Buffer.from(JSON.stringify({ code: 0, msg: { 'fan-poweroff-cool': 1, 'fan-zero-speed': 0, 'fan-temp-offset': -10 } })),
  );
  if (!v2.ok || !v3.ok || !fans.ok) throw new Error('no answers');
  expect(settingsV3(v3.value, undefined)).toEqual(settingsV2(v2.value));
  expect(settingsV3(v3.value, fans.value)).toEqual({ ...settingsV2(v2.value), fans: expect.any(String) });
});

it('members named in another way make the same print', () => {
  const plain = poolsIn([{ url: FIRST.URL, user: FIRST.User }], { url: 'url', user: 'user' });
  expect(settingsPrint({ pools: plain })?.pools).toBe(printOf([FIRST]));
});

it('a slot of a page that nobody uses is no pool, and a list of such tells nothing', () => {
  const names = POOL_SLOTS;
  const used = { url: FIRST.URL, user: FIRST.User };
  expect(poolsIn([used, { url: '', user: '' }], names)).toEqual(poolsIn([used], names));
  expect(poolsIn([{ url: '', user: '' }], names)).toBeUndefined();
  expect(poolsIn([used, { user: 'x' }], names)).toBeUndefined();
});
