// Keeps docs/wiring.md true: each file on it is one that the service takes, and what it says of boards is what their drivers say.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { appraise } from '../../src/config/appraise.ts';
import type { Config } from '../../src/config/config.ts';
import { explain, parseConfig } from '../../src/config/load.ts';
import { inputDrivers } from '../../src/inputs/registry.ts';
import { splitSwitchId } from '../../src/model/id.ts';
import { switchDriver, switchDrivers } from '../../src/switches/registry.ts';
import { pduMibs } from '../../src/wire/snmp-pdus.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const PAGE = readFileSync(new URL('wiring.md', DOCS), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);

/** What stands around a block of the page, as far as it does not bring it. */
const AROUND: Readonly<Record<string, string>> = {
  site: 'site: { controllerFedBy: [rack], networkFedBy: [rack] }',
  ups: 'ups: { rack: { nut: { name: rack } } }',
};
const IDLE = 'rigs: { idle: { driver: none, fedBy: [mains], watts: 10, reward: { perDay: 1 } } }';

function fileAround(block: string, rigs = IDLE): string {
  const own = Object.keys(parse(block));
  const around = Object.entries(AROUND).filter(([key]) => !own.includes(key));
  return [...around.map(([, text]) => text), rigs, block].join('\n');
}

function configIn(text: string): Config {
  const loaded = parseConfig(text, { file: 'f' });
  if (!loaded.ok) throw new Error(`${explain('f', loaded)}\n${text}`);
  return loaded.config;
}

/** Such a contact may carry a small rig by itself; one on a relay board never carries any. */
const PLUG_AMPERES = 10;

/** A rig behind each contact of the block: an ASIC, but a small one behind a bare plug. */
function withRigs(block: string): Config {
  const { site, boards } = configIn(fileAround(block));
  const rigs = [...site.switches.keys()].map((id, place) => {
    const board = boards.get(splitSwitchId(id).board);
    const watts = board?.contactor !== true && board?.bareAmperes === PLUG_AMPERES ? 900 : 3600;
    const who = `driver: luxos, host: 192.0.2.${place + 1}, reward: { perDay: 1 }`;
    return `  rig-${place}: { ${who}, fedBy: [rack], cutBy: ["${id}"], watts: ${watts} }`;
  });
  return rigs.length === 0 ? configIn(fileAround(block)) : configIn(fileAround(block, `rigs:\n${rigs.join('\n')}`));
}

const headOf = (block: string): string => block.trim().replace(/\s+/g, ' ').slice(0, 60);

describe('each file of the wiring page', () => {
  it.each(BLOCKS.map((block) => [headOf(block), block]))('%s is taken, with a rig behind each contact', (_, block) => {
    expect(withRigs(block).site.rigs.size).toBeGreaterThan(0);
  });

  it.each(BLOCKS.map((block) => [headOf(block), block]))('%s is warned of only where the page says so, with the cure', (_, block) => {
    const config = withRigs(block);
    const cures = [...config.boards].flatMap(([board, { driver, options, atRest }]) =>
      (switchDriver(driver)?.cautions(options, atRest) ?? []).map((say) => ({ board, say })),
    );
    for (const { board, say } of cures) {
      const [line = say] = /gpio=[\d,]+=op,d[hl]/.exec(say) ?? [];
      const near = block.split('\n').filter((text) => text.includes(`${board}:`));
      expect(near.join('\n')).toContain(`config.txt: ${line}\n`.trim());
    }
    const others = appraise(config).filter(({ verdict, say }) => verdict !== 'pass' && !cures.some((cure) => cure.say === say));
    expect(others).toEqual([]);
  });

  it('promises a line for config.txt only where one is needed', () => {
    const promised = [...PAGE.matchAll(/config\.txt: (gpio=\S+)/g)].map(([, line]) => line);
    const needed = BLOCKS.flatMap((block) => [...withRigs(block).boards.values()])
      .flatMap(({ driver, options, atRest }) => switchDriver(driver)?.cautions(options, atRest) ?? [])
      .map((say) => /gpio=[\d,]+=op,d[hl]/.exec(say)?.[0]);
    expect(promised.sort()).toEqual(needed.sort());
  });
});

describe('what the wiring page says of boards', () => {
  it.each(switchDrivers.map(({ name }) => name))('shows how to write %s', (name) => {
    expect(BLOCKS.filter((block) => block.includes(`driver: ${name},`) || block.includes(`driver: ${name}\n`))).not.toEqual([]);
  });

  it.each(inputDrivers.map(({ name }) => name))('shows how to write an input of %s', (name) => {
    expect(BLOCKS.filter((block) => block.includes('inputs:') && block.includes(`driver: ${name},`))).not.toEqual([]);
  });

  it('calls all of them simulated, which they are', () => {
    expect(PAGE).toContain('Every driver of a switch is `simulated`');
    expect(switchDrivers.filter(({ maturity }) => maturity !== 'simulated')).toEqual([]);
  });

  it.each(pduMibs.map(({ name, sure }) => [name, sure]))('says of %s that it is %s', (name, sure) => {
    expect(PAGE).toMatch(new RegExp(`^\\| \`${name}\` \\|.*\\| ${sure} \\|$`, 'm'));
  });

  it('says of each board whether it can be read back', () => {
    const rows = new Map([...PAGE.matchAll(/^\|.*\| `([a-z-]+)`[^|]*\| ([^|]*) \|[^|]*\|$/gm)].map(([, name, word]) => [name, word]));
    const told = BLOCKS.flatMap((block) => {
      const { boards, site } = withRigs(block);
      return [...site.switches.values()].map(({ id, canRead }) => ({ driver: boards.get(splitSwitchId(id).board)?.driver, canRead }));
    });
    for (const { driver, canRead } of told.filter((one) => one.driver !== 'command')) {
      expect(`${driver}: ${rows.get(driver)}`).toMatch(canRead ? /: (yes|the pin)/ : /: no/);
    }
  });
});

it('shows drawings that are there', () => {
  const drawings = [...PAGE.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, file = '']) => file);
  expect(drawings).toHaveLength(3);
  expect(drawings.filter((file) => !existsSync(new URL(file, DOCS)))).toEqual([]);
});
