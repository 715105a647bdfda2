// The reference page (docs/configuration.md), made from the schemas, so that it says what the service does.
import { z } from 'zod';
import { inputDrivers } from '../inputs/registry.ts';
import type { RigDriverKind } from '../rigs/port.ts';
import { rigDrivers } from '../rigs/registry.ts';
import { switchDrivers } from '../switches/registry.ts';
import { USUAL_CONFIG } from './config.ts';
import { keysAndValues } from './draft.ts';
import {
  coinSchema,
  fileSchema,
  generatorSchema,
  inputSchema,
  policySchema,
  restoreSchema,
  rigSchema,
  siteSchema,
  switchSchema,
  upsSchema,
} from './schema.ts';

const INTRO = `# The configuration file

\`${USUAL_CONFIG}\`, or the file named with \`--config\`. YAML 1.2, UTF-8, at most 1 MiB. This page is made from
the schemas that read the file; \`npm test -- config-reference\` keeps it true.

The smallest file that works:

\`\`\`yaml
ups: { rack: { nut: { name: rack } } }
rigs: { attic: { driver: luxos, host: 192.168.1.21, fedBy: [rack], reward: { perDay: 5.20 }, watts: 3300 } }
\`\`\`

- Names are small letters, digits and dashes, at most 32 of them; \`mains\` means the grid itself and is taken.
- Every mistake is told at once, with line and column, and nothing is started (exit code 2). A missing file is a mistake too.
  \`lastwatt check --offline\` looks at the file alone; a bad file at a reload leaves the old one in force.
- A reload is refused, with the reason, while it would forget a rig that is down, or a switch that is not fed or would then be
  another pin or program. A file that was edited so while the service was stopped moves nothing: \`lastwatt status\` names what
  it lost until it is put back, or until \`lastwatt release\` names it (\`k2\`, \`box:1\`).
- Units are in the keys. A hash rate has its own: \`110 TH/s\`; H, kH, MH, GH, TH, PH and EH are known.
- Secrets never stand in this file. \`passwordFile\` and \`keyFile\` name a file relative to it, mode 0600 or 0640, or a
  systemd credential, by its bare name: so is each file in /etc/lastwatt/secrets.d, which may be readable by root alone (mode
  0600) and is read at a start of the service, no later. One newline at its end is not part of the secret.
- A program is an argv list with its whole path, never a shell string.`;

/** The whole page, with a newline at its end. */
export function referencePage(): string {
  const { site, ups, coins, models, rigs, switches, inputs, generators, policy, restore, panel, schedules, ...top } = fileSchema.shape;
  const blocks = [
    INTRO,
    section('At the top', 'What is not named stands here; the rest has a section of its own.', z.strictObject(top)),
    section('site', 'The place as a whole.', siteSchema),
    section(
      'ups.NAME',
      'A supply with a battery: read through Network UPS Tools (`nut`) or by a program (`command`). Where there is none any more, `ups: {}`: rigs on mains alone are brought back, and no outage is seen.',
      upsSchema,
    ),
    section('coins.NAME', 'What hash rates earn. With one coin any number gives the same order.', coinSchema),
    `## models.NAME\n\nAny key of a rig but \`model\`, for the rigs that name it. A rig's own keys win, whole.`,
    section(
      'rigs.NAME',
      'These keys, and those of its driver below. What is absent comes from its model, then from its driver.',
      rigSchema,
    ),
    ...rigDrivers.map(rigDriverBlock),
    section(
      'switches.NAME',
      'These keys, and those of its driver below. A board `box` has the switches `box:1`, `box:2` … How they are wired, and each board written out: docs/wiring.md.',
      switchSchema,
    ),
    ...switchDrivers.map((driver) => `### driver: ${driver.name}\n\n${driver.about} (${driver.maturity})\n\n${table(driver.options)}`),
    section(
      'inputs.NAME',
      'A contact that is read. This key, and those of its driver below. How it is wired: docs/wiring.md.',
      inputSchema,
    ),
    ...inputDrivers.map((driver) => `### driver: ${driver.name}\n\n${driver.about} (${driver.maturity})\n\n${table(driver.options)}`),
    section(
      'generators.NAME',
      'What stands in for the mains. It carries few rigs or none, and counts when it has run steadily for a minute.',
      generatorSchema,
    ),
    section('policy', 'Which rigs run on battery, and until when.', policySchema),
    section('restore', 'When rigs come back.', restoreSchema),
    section('panel', 'The face of the enclosure. How it is wired: docs/wiring.md.', panel),
    section('schedules', 'What happens by the clock.', schedules),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function rigDriverBlock({ name, about, maturity, defaults, options }: RigDriverKind): string {
  const given = Object.entries(defaults)
    .filter(([key]) => key !== 'answerSeconds')
    .map(([key, value]) => `${key} ${value}`);
  return `### driver: ${name}\n\n${about} (${maturity})\n\nWhere its owner does not say: ${given.join(', ')}.\n\n${table(options)}`;
}

function section(title: string, about: string, schema: z.ZodType): string {
  return `## ${title}\n\n${about}\n\n${table(schema)}`;
}

type Row = readonly [key: string, takes: string, usual: string, meaning: string];

/** Padded as the formatter of this project wants it. */
function table(schema: z.ZodType): string {
  const rows = rowsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '');
  if (rows.length === 0) return 'No keys of its own.';
  const all: readonly Row[] = [['key', 'takes', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = '', ...body] = all.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

/** One row a key; of a mapping with known keys, one a key inside. */
function rowsOf(schema: unknown, prefix: string): readonly Row[] {
  const parts = keysAndValues(schema);
  const required = parts.get('required');
  return [...keysAndValues(parts.get('properties'))].flatMap(([key, value]) => {
    const about = keysAndValues(value);
    const name = `${prefix}${key}`;
    const inside = about.has('properties') ? rowsOf(value, `${name}.`) : [];
    const meaning = about.get('description');
    if (inside.length > 0 && meaning === undefined) return inside;
    const isRequired = Array.isArray(required) && required.includes(key);
    const usual =
      inside.length === 0 && about.has('default') ? `\`${JSON.stringify(about.get('default'))}\`` : isRequired ? 'required' : '';
    const row: Row = [`\`${name}\``, takes(about), usual, typeof meaning === 'string' ? cell(meaning) : ''];
    return [row, ...inside];
  });
}

function takes(about: ReadonlyMap<string, unknown>): string {
  const [type, choices, branches] = [about.get('type'), about.get('enum'), about.get('anyOf')];
  if (about.has('not')) return '';
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (about.has('const')) return `\`${about.get('const')}\``;
  if (Array.isArray(branches)) return branches.map((branch) => takes(keysAndValues(branch))).join(', or ');
  if (type === 'number' || type === 'integer') return `${type === 'integer' ? 'whole number' : 'number'}${range(about)}`;
  if (type === 'array') return 'list';
  if (type === 'object') return 'mapping';
  return type === 'boolean' ? '`true`, `false`' : 'text';
}

function range(about: ReadonlyMap<string, unknown>): string {
  const [least, above, most] = [about.get('minimum'), about.get('exclusiveMinimum'), about.get('maximum')];
  const low = above === undefined ? (least === undefined ? '' : ` from ${least}`) : ` above ${above}`;
  return `${low}${most === undefined ? '' : ` ${above === undefined ? 'to' : 'and up to'} ${most}`}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
