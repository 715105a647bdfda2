// The local socket: the body of a command, and the query of a path. What passes is exactly one of the commands there are.
import { actorOf, parseCommand, parseHandWish, parseQuery, queries } from '../../../src/control/parse.ts';
import { JOURNAL_MOST, MAX_BODY_BYTES, MOST_HOLD_SECONDS } from '../../../src/control/protocol.ts';
import { routeOf } from '../../../src/control/routes.ts';
import type { Command } from '../../../src/model/command.ts';
import { NAME, SWITCH_NAME } from '../../../src/model/id.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, MIB, must, mustBeShowable, mustEqual, ofJson, textOf } from '../parser.ts';

const TOKENS = [
  ...[
    '"kind":"hold"',
    '"kind":"arm"',
    '"rigs":"all"',
    '"rigs":[]',
    '"as":"down"',
    '"now":true',
    '"forSeconds":60',
    '"cut":true',
    '"yes":true',
    '"do":"locate"',
    '"on":false',
  ],
  ...['"__proto__":{"now":true}', '"constructor":1', '{', '}', '[', ']', '\\u0000', 'null'],
];
const BODY: Grain = { tokens: TOKENS, cutAt: ',', most: MAX_BODY_BYTES };
const QUERY: Grain = {
  tokens: ['rig=', 'since=', 'after=', 'limit=', '&', '=', '%00', '%', '+', '?', '#', '/v1/', '__proto__=1', '2026-11-03T09:12:00Z'],
  cutAt: '&',
  most: 8_192,
};

function body(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
  return text === undefined ? mutated(chance, corpus, BODY) : Buffer.from(text.slice(0, MAX_BODY_BYTES));
}

export const controlCommand = fuzzParser<Outcome<Command>>({
  name: 'control-command',
  about: 'the body of POST /v1/command',
  allocates: ofJson,
  make: body,
  read: (input) => parseCommand(textOf(input)),
  judge: (_input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 2_000, 'the fault');
    const command = outcome.value;
    mustEqual(parseCommand(JSON.stringify(command)), outcome, 'written and read again');
    must(['hold', 'release', 'drill', 'arm', 'disarm'].includes(command.kind), `the command ${command.kind}`);
    const rigs = 'rigs' in command && command.rigs !== 'all' ? command.rigs : 'rig' in command ? [command.rig] : ['some'];
    must(
      rigs.length > 0 && rigs.every((rig) => (command.kind === 'release' ? SWITCH_NAME : NAME).test(rig)),
      'a command for nobody, or for no name',
    );
    if (command.kind !== 'hold') return;
    const { forSeconds = 1 } = command;
    must(Number.isInteger(forSeconds) && forSeconds >= 1 && forSeconds <= MOST_HOLD_SECONDS, `a hold of ${forSeconds} s`);
  },
});

export const controlRig = fuzzParser<ReturnType<typeof parseHandWish>>({
  name: 'control-rig',
  about: 'the body of POST /v1/rig',
  allocates: ofJson,
  make: body,
  read: (input) => parseHandWish(textOf(input)),
  judge: (_input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 2_000, 'the fault');
    const wish = outcome.value;
    mustEqual(parseHandWish(JSON.stringify(wish)), outcome, 'written and read again');
    must(NAME.test(wish.rig), 'a wish for no name');
    must(wish.do === 'locate' && typeof wish.on === 'boolean', 'another wish than there are');
  },
});

interface Queried {
  readonly nothing: Outcome<object>;
  readonly oneRig: Outcome<{ readonly rig?: string }>;
  readonly journal: Outcome<{ readonly since?: number; readonly after?: number; readonly limit?: number }>;
}

export const controlQuery = fuzzParser<Queried>({
  name: 'control-query',
  about: 'path, query and actor of a request',
  allocates: () => MIB,
  make: (chance, corpus) => mutated(chance, corpus, QUERY),
  read: (input) => {
    const url = textOf(input);
    const cut = url.indexOf('?');
    routeOf('GET', cut < 0 ? url : url.slice(0, cut));
    actorOf(url);
    const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1));
    return {
      nothing: parseQuery(queries.nothing, query),
      oneRig: parseQuery(queries.oneRig, query),
      journal: parseQuery(queries.journal, query),
    };
  },
  judge: (input, { nothing, oneRig, journal }) => {
    for (const one of [nothing, oneRig, journal]) if (!one.ok) mustBeShowable(one.fault.detail, 2_000, 'the fault');
    if (oneRig.ok) must(oneRig.value.rig === undefined || NAME.test(oneRig.value.rig), 'a rig that is no name');
    const actor = actorOf(textOf(input));
    must(actor === undefined || /^[A-Za-z0-9_.@-]{1,64}$/.test(actor), 'an actor that is not safe to write down');
    if (!journal.ok) return;
    const { since = 0, after = 0, limit = 1 } = journal.value;
    must(Number.isFinite(since) && Number.isSafeInteger(after), `since ${since}, after ${after}`);
    must(Number.isInteger(limit) && limit >= 1 && limit <= JOURNAL_MOST, `a limit of ${limit}`);
  },
});
