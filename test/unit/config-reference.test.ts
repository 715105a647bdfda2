// Keeps docs/configuration.md true. After a change of a schema: WRITE_REFERENCE=1 npm test -- config-reference
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { explain, parseConfig } from '../../src/config/load.ts';
import { referencePage } from '../../src/config/reference.ts';
import { rigDrivers } from '../../src/rigs/registry.ts';
import { switchDrivers } from '../../src/switches/registry.ts';

const PAGE = new URL('../../docs/configuration.md', import.meta.url);

describe('the reference page', () => {
  it('says what the schemas say; if not: WRITE_REFERENCE=1 npm test -- config-reference', async () => {
    const page = referencePage();
    if (process.env['WRITE_REFERENCE'] === '1') await writeFile(PAGE, page);
    expect(await readFile(PAGE, 'utf8')).toBe(page);
  });

  it('gives every key a meaning', () => {
    const rows = referencePage()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });

  it('shows a smallest file that loads', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(referencePage()) ?? [];
    const loaded = parseConfig(yaml, { file: 'f' });
    expect(loaded.ok ? '' : explain('f', loaded)).toBe('');
  });
});

describe('every driver there is', () => {
  it.each([...rigDrivers, ...switchDrivers].map((driver) => [driver.name, driver] as const))(
    '%s refuses an option that it does not know',
    (_, driver) => {
      const { error } = driver.options.safeParse({ 'no-such-option': 1 });
      expect(error?.issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true);
    },
  );
});
