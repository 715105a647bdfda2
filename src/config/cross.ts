// What no single thing can get wrong: lines wired twice, a switch too small for its rigs, thresholds in the wrong order.
// A wrong file may move the wrong relay, so all of these are mistakes and nothing is started.
import type { SwitchId } from '../model/id.ts';
import { splitSwitchId } from '../model/id.ts';
import type { Policy } from '../model/site.ts';
import { type Draft, keysAndValues } from './draft.ts';
import type { Path } from './mistake.ts';
import { tooMuchAnywhere } from './relays.ts';
import type { RigSketch } from './rigs.ts';
import { mayExist, type Switches } from './switches.ts';

export interface Everything {
  readonly rigs: readonly RigSketch[];
  readonly switches: Switches;
  readonly panel: Readonly<Record<string, PanelLine | undefined>>;
  readonly policy: { readonly [K in keyof Policy]?: Policy[K] | undefined };
}

interface PanelLine {
  readonly gpio: number;
  readonly chip?: string | undefined;
}

export function crossCheck(draft: Draft, all: Everything): void {
  checkThresholds(draft, all.policy);
  checkLines(draft, all.panel);
  checkEndpoints(draft, all.rigs);
  checkSerialLines(draft, all.switches);
  checkSameContacts(draft, all.switches);
  for (const [id, rigs] of rigsBehind(all.rigs)) {
    if (!mayExist(all.switches, id)) continue;
    checkInterrupts(draft, { id, rigs, switches: all.switches });
    checkContactor(draft, { id, rigs, switches: all.switches });
  }
}

function checkThresholds(draft: Draft, policy: Everything['policy']): void {
  const shed = policy.shedBelowSeconds;
  const cut = policy.cutBelowSeconds;
  if (typeof shed === 'number' && policy.kind === 'outage-aware') {
    const say = 'belongs to kind: threshold; kind: outage-aware goes by what each stay is worth: take it out';
    draft.report.mistake(['policy', 'shedBelowSeconds'], say);
  }
  if (typeof shed !== 'number' || typeof cut !== 'number' || cut < shed) return;
  const say = `${cut} s is not below shedBelowSeconds, ${shed} s (line ${draft.report.lineOf(['policy', 'shedBelowSeconds'])}): everything would be cut before the worst is shed`;
  draft.report.mistake(['policy', 'cutBelowSeconds'], say);
}

/** A pin has one wire: not two contacts, and not a contact and a part of the panel. */
function checkLines(draft: Draft, panel: Everything['panel']): void {
  const taken = new Map<string, Path>();
  const claim = ({ gpio, chip }: { readonly gpio: unknown; readonly chip?: unknown }, path: Path): void => {
    const line = typeof chip === 'string' ? `${String(gpio)} of ${chip}` : String(gpio);
    const other = taken.get(line);
    if (other === undefined) taken.set(line, path);
    else draft.report.mistake(path, `gpio ${line} is taken already by ${other[0]}.${other[1]}, line ${draft.report.lineOf(other)}`);
  };
  for (const [id, value] of keysAndValues(draft.parts.get('switches'))) {
    const keys = keysAndValues(value);
    const { gpio, gpios, chip } = Object.fromEntries(keys);
    if (typeof gpio === 'number') claim({ gpio, chip }, ['switches', id, 'gpio']);
    for (const [i, line] of (Array.isArray(gpios) ? gpios : []).entries()) claim({ gpio: line, chip }, ['switches', id, 'gpios', i]);
  }
  for (const [id, value] of keysAndValues(draft.parts.get('inputs'))) {
    const { gpio, chip } = Object.fromEntries(keysAndValues(value));
    if (typeof gpio === 'number') claim({ gpio, chip }, ['inputs', id, 'gpio']);
  }
  for (const [part, line] of Object.entries(panel)) if (line !== undefined) claim(line, ['panel', part, 'gpio']);
}

/** A serial device is one board's alone; on a bus several may hang, if all speak the same way. */
function checkSerialLines(draft: Draft, { boards }: Switches): void {
  const first = new Map<string, { readonly board: string; readonly bus: string | undefined }>();
  for (const [board, { way }] of boards) {
    const { device, bus } = way;
    if (device === undefined) continue;
    const other = first.get(device);
    if (other === undefined) {
      first.set(device, { board, bus });
      continue;
    }
    if (bus !== undefined && bus === other.bus) continue;
    const line = draft.report.lineOf(['switches', other.board]);
    const say =
      bus === undefined || other.bus === undefined
        ? `${device} is ${other.board}'s already (line ${line}); a board like this wants a port of its own`
        : `${device} is set to ${other.bus} by ${other.board} (line ${line}) and to ${bus} here; a bus speaks one way`;
    draft.report.mistake(['switches', board, 'device'], say);
  }
}

/** Two boards of one unit on a bus: both names move the same contact. Told once a board. */
function checkSameContacts(draft: Draft, { boards, switches }: Switches): void {
  const first = new Map<string, string>();
  const told = new Set<string>();
  for (const { id, wiring } of switches.values()) {
    const { board } = splitSwitchId(id);
    if (boards.get(board)?.way.device === undefined || told.has(board)) continue;
    // What it is while its coil has no current makes no other contact of it.
    const contact = wiring.replace(/, atRest: \w+$/, '');
    const other = first.get(contact);
    if (other === undefined) first.set(contact, id);
    else {
      told.add(board);
      const line = draft.report.lineOf(['switches', splitSwitchId(other).board]);
      draft.report.mistake(
        ['switches', board],
        `${id} is the same contact as ${other} (line ${line}); give each board on a bus its own unit`,
        'key',
      );
    }
  }
}

function checkEndpoints(draft: Draft, rigs: readonly RigSketch[]): void {
  const first = new Map<string, string>();
  for (const { id, endpoint, at } of rigs) {
    if (endpoint === undefined) continue;
    const other = first.get(endpoint);
    if (other === undefined) first.set(endpoint, id);
    else
      draft.report.mistake(
        at(['host']),
        `${endpoint} is ${other} already (line ${draft.report.lineOf(['rigs', other])}); a rig stands here once`,
      );
  }
}

function rigsBehind(rigs: readonly RigSketch[]): ReadonlyMap<SwitchId, readonly RigSketch[]> {
  const behind = new Map<SwitchId, RigSketch[]>();
  for (const rig of rigs) {
    for (const id of new Set(rig.cutBy)) behind.set(id, [...(behind.get(id) ?? []), rig]);
  }
  return behind;
}

interface OneSwitch {
  readonly id: SwitchId;
  readonly rigs: readonly RigSketch[];
  readonly switches: Switches;
}

function checkInterrupts(draft: Draft, { id, rigs, switches }: OneSwitch): void {
  const { board } = splitSwitchId(id);
  const part = switches.parts.get(board);
  if (part === undefined) return;
  const { interrupts } = part;
  for (const rig of rigs) {
    if (interrupts === undefined) {
      if (rig.fedBy.length < 2) continue;
      const say = `${rig.id} has more than one supply (${rig.fedBy.join(', ')}): say which of them this interrupts, interrupts: ${rig.fedBy[0]}`;
      draft.report.mistake(['switches', board], say, 'key');
      return;
    }
    if (rig.fedBy.length === 0 || rig.fedBy.includes(interrupts)) continue;
    const say = `${id} interrupts ${interrupts}, which does not feed ${rig.id} (fedBy: ${rig.fedBy.join(', ')}); correct one`;
    draft.report.mistake(rig.at(['cutBy', rig.cutBy.indexOf(id)]), say);
  }
}

function checkContactor(draft: Draft, { id, rigs, switches }: OneSwitch): void {
  const { board } = splitSwitchId(id);
  const takes = switches.kinds.get(board)?.bareAmperes;
  if (takes === undefined || switches.parts.get(board)?.contactor !== false) return;
  const say = tooMuchAnywhere({ id, takes, rigs });
  if (say !== undefined) draft.report.mistake(['switches', board], say, 'key');
}
