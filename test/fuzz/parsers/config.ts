// The configuration: any text to a Config in which everything fits together, or to mistakes that have a place.
import { appraise } from '../../../src/config/appraise.ts';
import { changes, reloadBlockers } from '../../../src/config/change.ts';
import type { Config } from '../../../src/config/config.ts';
import { explain, type Loaded, parseConfig } from '../../../src/config/load.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofFile, textOf } from '../parser.ts';

const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ': ',
    ':',
    '- ',
    '? ',
    '&a ',
    '*a',
    '*b',
    '!x ',
    '!!set ',
    '|',
    '>',
    '|2-',
    '"',
    "'",
    '#',
    ' #',
    '\n',
    '\n  ',
    '\n    ',
    '\t',
    ', ',
  ],
  ...[
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '%TAG ! x\n',
    '~',
    'null',
    '.inf',
    '-.inf',
    '.nan',
    '0o17',
    '0x1F',
    '1e999',
    'yes',
    'no',
    '1:30',
    '<<: *a',
    '? [',
  ],
  ...[
    'mains',
    '__proto__',
    'constructor',
    'toString',
    'ups: ',
    'rigs: ',
    'switches: ',
    'fedBy: ',
    'cutBy: ',
    'driver: ',
    'reward: ',
    'models: ',
  ],
];
const GRAIN: Grain = { tokens: TOKENS, cutAt: '\n', most: 60_000 };
const VALUES = [
  ...[
    '',
    '~',
    'true',
    '0',
    '-1',
    '0.5',
    '1e999',
    '.nan',
    '""',
    '"\\0"',
    '"a b"',
    'mains',
    'auto',
    '[]',
    '{}',
    '[mains, mains]',
    '[[]]',
    '{ a: b }',
  ],
  ...[
    '"10 TH/s"',
    '"1e400 TH/s"',
    '/a',
    '[/a, b]',
    '[a]',
    'box:1',
    'box:99',
    '*a',
    '&a 7',
    '99999999999999999999',
    '"* * * * *"',
    '__proto__',
  ],
];

/** A value, a key or a level of indentation of one line becomes another. */
function lineChanged(text: string, chance: Chance): string {
  const lines = text.split('\n');
  const at = chance.below(lines.length);
  const line = lines[at] ?? '';
  const pick = (list: readonly string[]): string => chance.pick(list) ?? '';
  switch (chance.below(4)) {
    case 0:
      lines[at] = line.replace(/: [^{,}]*$/, `: ${pick(VALUES)}`);
      break;
    case 1: {
      const pairs = [...line.matchAll(/([\w-]+): ([^,{}[\]]+|\[[^\]]*\]|\{[^}]*\})/g)];
      const pair = chance.pick(pairs);
      if (pair !== undefined)
        lines[at] = `${line.slice(0, pair.index)}${pair[1]}: ${pick(VALUES)}${line.slice(pair.index + pair[0].length)}`;
      break;
    }
    case 2: {
      const keys = [...text.matchAll(/[\w-]+(?=:)/g)].map(([key]) => key);
      lines[at] = line.replace(/[\w-]+(?=:)/, () => pick(keys));
      break;
    }
    default:
      lines[at] = chance.happens(0.5) ? `  ${line}` : line.replace(/^ {2}/, '');
  }
  return lines.join('\n');
}

/** One good file, against which every other good one is a reload. */
let good: Config | undefined;

function goodFile(): Config {
  if (good === undefined) {
    const loaded = parseConfig('ups: { rack: { nut: { name: rack } } }\nrigs: { a: { driver: none, fedBy: [rack], watts: 900 } }', {
      file: 'f',
    });
    if (!loaded.ok) throw new Error(explain('f', loaded));
    good = loaded.config;
  }
  return good;
}

export const config = fuzzParser<Loaded>({
  name: 'config',
  about: 'the configuration file',
  withinMs: ofFile,
  make: (chance, corpus) => {
    if (chance.happens(0.4)) return mutated(chance, corpus, GRAIN);
    let text = Buffer.from(chance.pick(corpus) ?? []).toString('utf8');
    for (let changed = 1 + chance.below(3); changed > 0; changed -= 1) text = lineChanged(text, chance);
    return Buffer.from(text.slice(0, GRAIN.most));
  },
  read: (input) => parseConfig(textOf(input), { file: '/etc/lastwatt/lastwatt.yaml' }),
  judge: (input, loaded) => {
    if (loaded.ok) {
      fitsTogether(loaded.config);
      appraise(loaded.config);
      changes(goodFile(), loaded.config);
      reloadBlockers(goodFile(), loaded.config, { rigs: new Set(['a']), limited: new Set(), switches: new Set() });
      for (const warning of loaded.warnings) mustBeShowable(warning.say, 1_000, 'a warning');
      return;
    }
    must(loaded.mistakes.length >= 1 && loaded.mistakes.length <= 100, `${loaded.mistakes.length} mistakes`);
    const lines = textOf(input).split('\n');
    for (const { line, column, path, say } of loaded.mistakes) {
      must(line >= 1 && line <= lines.length, `a mistake in line ${line} of ${lines.length}`);
      must(column >= 1 && column <= (lines[line - 1] ?? '').length + 1, `a mistake in column ${column} of line ${line}`);
      mustBeShowable(say, 1_000, 'a mistake');
      mustBeShowable(path, 200, 'a path');
      must(say !== '' && !/undefined|\[object/.test(say.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')), `a mistake that says: ${say}`);
    }
    mustEqual(explain('f', loaded).split('\n').length, loaded.mistakes.length + 1, 'lines of the explanation');
  },
});

function fitsTogether({ site, ups, rigs, boards, socket, stateDir }: Config): void {
  mustEqual([...ups.keys()], [...site.supplies.keys()], 'supplies');
  mustEqual([...rigs.keys()], [...site.rigs.keys()], 'rigs');
  must(ups.size > 0 && rigs.size > 0, 'a site without a UPS or without a rig');
  const channels = [...boards.values()].reduce((sum, board) => sum + board.channels.length, 0);
  must(channels === site.switches.size, `${channels} channels and ${site.switches.size} switches`);
  must(socket.startsWith('/') && stateDir.startsWith('/'), 'a path that depends on where it is started');
  for (const rig of site.rigs.values()) {
    must(rig.fedBy.length > 0, `${rig.id} is fed by nothing`);
    for (const supply of rig.fedBy) must(supply === 'mains' || site.supplies.has(supply), `${rig.id} is fed by ${supply}`);
    for (const id of rig.cutBy) must(site.switches.has(id), `${rig.id} is cut by ${id}`);
    const figures = [rig.watts, rig.pausedWatts, rig.graceSeconds, rig.coolDownSeconds, rig.resumeMinutes, rig.restartMinutes];
    for (const figure of [...figures, rig.reward?.perDay ?? 0])
      must(Number.isFinite(figure) && figure >= 0, `${rig.id} has the figure ${figure}`);
  }
  must(latin1(Buffer.from(JSON.stringify([...site.rigs.keys()]))).match(/[^\x20-\x7e]/) === null, 'a name with odd letters');
}
