// What rigs tell of what their owners set: prints alone come of it, whatever it is.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigSettings } from '../../../src/model/rig.ts';
import { auradineAnswerIn } from '../../../src/wire/auradine.ts';
import { groupsPrint, poolGroupsIn } from '../../../src/wire/braiins.ts';
import { objectOf, parsed } from '../../../src/wire/json.ts';
import { poolSettingsIn } from '../../../src/wire/pools.ts';
import { decodeText4028 } from '../../../src/wire/text-4028.ts';
import { trexSettingsIn } from '../../../src/wire/trex.ts';
import { vnishSettingsIn } from '../../../src/wire/vnish.ts';
import { answerV2, settingsV2 } from '../../../src/wire/whatsminer-v2.ts';
import { answerV3, settingsV3 } from '../../../src/wire/whatsminer-v3.ts';
import { settingsIn } from '../../../src/wire/xmrig.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...[
      '"pools":[',
      '"POOLS":[',
      '"POOL":0',
      '"url":""',
      '"URL":"stratum+tcp://a.invalid:1"',
      '"user":"x"',
      '"account":7',
      '"preset":"3250"',
    ],
    ...['POOL=0,URL=a,User=b|', 'STATUS=S,Code=7|', 'null', 'true', '{', '}', '[', ']', '""', '<html>', '"__proto__":{"pools":[]}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:80', who: 'the rig' };

/** The same answer to each family's question, in turn. */
function told(input: Uint8Array): readonly Outcome<RigSettings | undefined>[] {
  const body = textOf(input);
  const answer = { status: 200, body };
  const ok = (value: RigSettings | undefined): Outcome<RigSettings | undefined> => ({ ok: true, value });
  const row = objectOf(parsed(body));
  const [page, text, v2, v3] = [auradineAnswerIn(answer, '/pools', FROM), decodeText4028(input), answerV2(input), answerV3(input)];
  return [
    page.ok ? ok(poolSettingsIn(page.value)) : page,
    text.ok ? ok(poolSettingsIn(text.value)) : text,
    v2.ok ? ok(settingsV2(v2.value)) : v2,
    v3.ok ? ok(settingsV3(v3.value, v3.value)) : v3,
    vnishSettingsIn(answer, FROM),
    poolGroupsIn(answer, FROM),
    settingsIn(answer, FROM),
    ok(row === undefined ? undefined : trexSettingsIn(row)),
    ok(groupsPrint(row?.get('groups'))),
  ];
}

export const settingsTold = fuzzParser<readonly Outcome<RigSettings | undefined>[]>({
  name: 'settings-told',
  about: 'what a rig tells of what its owner set',
  // Each of nine families reads it.
  allocates: (bytes) => 9 * ofJson(bytes),
  make: oneChanged(GRAIN),
  read: told,
  judge: (_input, all) => {
    for (const one of all) {
      if (!one.ok) {
        mustBeShowable(one.fault.detail, 400, 'the fault');
        continue;
      }
      for (const print of Object.values(one.value ?? {})) must(/^[0-9a-f]{12}$/.test(print), `no print: ${print.slice(0, 40)}`);
    }
  },
});
