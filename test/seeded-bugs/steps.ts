// Bugs on the way of a step: the lifecycles of rigs and contacts, and the dispatcher.
import type { Bug } from './bug.ts';

export const STEP_BUGS: readonly Bug[] = [
  {
    name: 'down-half-the-grace',
    file: 'core/patience.ts',
    edits: [['    rig.graceSeconds * 1000,\n  );', '    rig.graceSeconds * 500,\n  );']],
    harm: 'a rig that would have paused in time is cut while it hashes',
  },
  {
    name: 'down-grace-from-the-decision',
    file: 'core/patience.ts',
    edits: [['const began = stop.beganAtMs ?? stop.askedAtMs + BEGIN_WITHIN_MS;', 'const began = stop.askedAtMs;']],
    harm: 'grace runs while the order still waits, and a rig is cut too early',
  },
  {
    name: 'down-no-cool-down',
    file: 'core/patience.ts',
    edits: [['stop.confirmedAtMs + rig.coolDownSeconds * 1000;', 'stop.confirmedAtMs;']],
    harm: 'fans stop on hot chips at every shed',
  },
  {
    name: 'down-asked-once',
    file: 'core/lifecycle-down.ts',
    edits: [['const RETRY_MS = 5_000;', 'const RETRY_MS = 60_000;']],
    harm: 'one lost answer, and a healthy rig is cut hard',
  },
  {
    name: 'down-cut-unasked-at-the-floor',
    file: 'core/lifecycle-down.ts',
    edits: [['if (rig.can.pause) return waitsForShare(', "if (rig.can.pause && want.urgency !== 'floor') return waitsForShare("]],
    harm: 'at the floor every rig is cut without being asked to pause',
  },
  {
    name: 'down-patience-past-the-primary',
    file: 'core/patience.ts',
    edits: [['ups.hostSyncSeconds * 1000 - HOST_SYNC_MARGIN_MS', 'ups.hostSyncSeconds * 1000 + 60_000']],
    harm: 'under a forced shutdown a rig that does not pause is still waited for when the UPS ends',
    hidden: {
      by: 'no night has a grace longer than the patience of a primary and a rig that does not pause',
      test: 'unit/core-floor.test.ts',
    },
  },
  {
    name: 'down-now-waits-for-grace',
    file: 'core/patience.ts',
    edits: [["if (want.urgency === 'now') return true;", '']],
    harm: 'a person who says --now waits for a rig that does not pause',
  },
  {
    name: 'down-forgets-its-order-after-a-standstill',
    file: 'core/lifecycle-down.ts',
    edits: [['  if (awaitsLookAfterStandstill(tick, rig, stop, want)) return;\n', '']],
    harm: 'after a standstill of the service a rig whose pause is on its way is asked anew',
    hidden: { by: 'a second pause harms nobody, and no judge looks for one', test: 'unit/core-still.test.ts' },
  },
  {
    name: 'down-liar-is-believed',
    file: 'core/seen.ts',
    edits: [
      ['if (reading.watts !== undefined && reading.watts > idleWatts(rig)) return undefined;', ''],
      ['if (reading.hashRate !== undefined && reading.hashRate > 0) return undefined;', ''],
      ["if (reading.watts !== undefined && (reading.wattsFrom === 'measured' || reading.state === 'paused')) return 'watts';", ''],
    ],
    harm: 'a rig that says it is paused and goes on drawing is left on the battery',
  },
  {
    name: 'down-was-not-up',
    file: 'core/issue.ts',
    edits: [['return { wasUp: wasUp(tick, step.rig) ? [step.rig] : [],', 'return { wasUp: [],']],
    harm: 'rigs that were shed are taken for sleepers, and nobody wakes them',
  },
  {
    name: 'disarmed-cuts',
    file: 'core/issue.ts',
    edits: [['if (!isArmed(tick) && !cause.person) {', "if (!isArmed(tick) && !cause.person && step.kind !== 'pause') {"]],
    harm: 'a disarmed lastwatt moves switches',
  },
  {
    name: 'disarmed-pauses',
    file: 'core/issue.ts',
    edits: [
      [
        'if (!isArmed(tick) && !cause.person) {',
        "if (!isArmed(tick) && !cause.person && step.kind !== 'pause' && step.kind !== 'resume') {",
      ],
    ],
    harm: 'a disarmed lastwatt pauses rigs',
  },
  {
    name: 'up-one-try',
    file: 'core/lifecycle-up.ts',
    edits: [['const MOST_TRIES = 3;', 'const MOST_TRIES = 1;']],
    harm: 'one lost order, and a healthy rig stays down until a person looks',
  },
  {
    name: 'up-forgets-to-resume',
    file: 'core/lifecycle-up.ts',
    edits: [
      [
        "if (memory.owed.wasUp === false || !rig.can.read) return returned(tick, rig, 'assumed');",
        "if (memory.owed.wasUp === false || !rig.can.read || rig.cutBy.length > 0) return returned(tick, rig, 'assumed');",
      ],
    ],
    harm: 'a rig whose pause outlives a power cut is fed again and never woken',
  },
  {
    name: 'switch-no-rest',
    file: 'core/switching.ts',
    edits: [['const rested = opened + restMs;', 'const rested = opened;']],
    harm: 'a contact closes again as soon as it is open, on a power supply that still discharges',
  },
  {
    name: 'switch-moves-without-end',
    file: 'core/switching.ts',
    edits: [['moves.length - 1 - (MOVES_AN_HOUR - more)', 'moves.length - 1 - (1_000 - more)']],
    harm: 'a flapping grid wears the contacts out',
  },
  {
    name: 'switch-edges-at-once',
    file: 'core/switching.ts',
    edits: [['const apart = closedMs === undefined ? 0 : closedMs + EDGE_GAP_MS;', 'const apart = closedMs ?? 0;']],
    harm: 'a contact opens in the moment in which it closed',
  },
  {
    name: 'switch-opens-for-the-first',
    file: 'core/switching.ts',
    edits: [['const all = rigs.every((rig) =>', 'const all = rigs.some((rig) =>']],
    harm: 'a shared contact opens on a rig that hashes',
  },
  {
    // Not in switching.ts or turn.ts: what either lets through this one stops.
    name: 'step-feeds-the-held',
    file: 'core/invariants.ts',
    edits: [
      [
        'if (deadSupply(scene, step) !== undefined || startsTheHeld(scene, step)) return false;',
        'if (deadSupply(scene, step) !== undefined) return false;',
      ],
    ],
    harm: 'a contact closes on a rig that a person holds down, perhaps with his hands in it',
  },
  {
    name: 'switch-reset-unseen',
    file: 'core/switching.ts',
    edits: [
      [
        "return remembered?.want === 'cut' && remembered.done && contactOf(scene, id) === 'cut';",
        "return remembered?.want === 'cut' && remembered.done;",
      ],
    ],
    harm: 'a board that resets in an outage feeds its rigs, and nobody cuts them again',
  },
  {
    name: 'switch-tried-thrice',
    file: 'core/switching.ts',
    edits: [['const SLOW_MS = 5_000;', 'const SLOW_MS = 5_000_000;']],
    harm: 'a contact that was out of reach for two seconds is not tried again',
  },
  {
    name: 'dispatch-says-not-unsynced',
    file: 'engine/dispatcher.ts',
    edits: [['await this.#carry(step, synced?.ok !== true);', 'await this.#carry(step, false);']],
    harm: 'a step that went ahead of a sick card is not marked in the journal',
    hidden: { by: 'the judge of records passes over every night with trouble of the card', test: 'scenarios/sick-card.test.ts' },
  },
  {
    name: 'dispatch-waits-for-the-card',
    file: 'engine/dispatcher.ts',
    edits: [['const SYNC_PATIENCE_MS = 500;', 'const SYNC_PATIENCE_MS = 50_000;']],
    harm: 'a sick card keeps the rigs up until the battery ends',
  },
  {
    name: 'dispatch-energises-unsynced',
    file: 'engine/dispatcher.ts',
    edits: [['void this.#energise(step, certain);', 'void this.#energise(step, Promise.resolve(DONE));']],
    harm: 'a contact closes of which nobody knows after a power cut',
  },
  {
    name: 'dispatch-asks-not-again',
    file: 'engine/dispatcher.ts',
    edits: [['if (this.#gates.mayEnergise(step))', 'if (this.#gates.mayEnergise(step) || step.kind !== undefined)']],
    harm: 'a feed that waited for the card goes out though the mains are gone',
  },
  {
    name: 'dispatch-never-looks-who-answers',
    file: 'engine/dispatcher.ts',
    edits: [["if (!('rig' in step) || gate === 'go') return", "if (!('rig' in step) || gate !== 'never') return"]],
    harm: 'a machine that was put there since the last look is paused or woken',
    hidden: { by: 'nights in which every rig is who it is', test: 'unit/engine-dispatcher.test.ts' },
  },
  {
    name: 'stranger-is-asked',
    file: 'core/askable.ts',
    edits: [['const can = barred.has(id) ? NOTHING :', 'const can =']],
    harm: "another machine on a rig's address is told to pause and to wake",
    hidden: { by: 'nights in which every rig is who it is', test: 'unit/core-another-rig.test.ts' },
  },
  {
    name: 'learned-stop-outruns-a-failing-rig',
    file: 'core/thresholds.ts',
    edits: [['Math.max(pause + rig.coolDownSeconds, rig.can.pause ? rig.graceSeconds : 0)', '(pause + rig.coolDownSeconds)']],
    harm: 'the floor comes too late for a rig that always stopped and now does not',
    hidden: { by: 'nights too short for three pauses of one rig', test: 'unit/core-rig-times.test.ts' },
  },
  {
    name: 'learned-stop-outlives-a-failure',
    file: 'core/rig-times.ts',
    edits: [['return failed ? notReliedOn(rig) : rig;', 'return rig;']],
    harm: 'a rig that did not stop is still counted as one that does',
    hidden: { by: 'nights too short for three pauses of one rig', test: 'unit/core-rig-times.test.ts' },
  },
  {
    name: 'touch-is-not-compared',
    file: 'core/least-touch.ts',
    edits: [['if (changed.length > 0) bench(tick, rig, changed);', '']],
    harm: 'a driver that wipes pools goes on from rig to rig, outage to outage',
    hidden: { by: 'simulated rigs, whose settings nobody changes', test: 'unit/core-least-touch.test.ts' },
  },
  {
    name: 'share-is-waited-for-at-the-floor',
    file: 'core/work-in-flight.ts',
    edits: [["if (urgency !== 'calm' || IN_A_HURRY.has", 'if (IN_A_HURRY.has']],
    harm: 'the last seconds of a battery go into a share',
    hidden: { by: 'nights whose owner waits for no share', test: 'unit/core-work-in-flight.test.ts' },
  },
  {
    name: 'stranger-counts',
    file: 'core/strangers.ts',
    edits: [['    barFrom(tick, rig, told, of);\n    return true;', '    barFrom(tick, rig, told, of);\n    return false;']],
    harm: "another machine's pause proves that of the rig in whose place it stands",
    hidden: { by: 'nights in which every rig is who it is', test: 'unit/core-another-rig.test.ts' },
  },
  {
    name: 'dispatch-feed-after-cut',
    file: 'engine/dispatcher.ts',
    edits: [['if (this.#energising.get(device) !== step) return;', '']],
    harm: 'a rig that was told to pause is woken by an older order that had waited for the card',
    hidden: {
      by: 'the last look at a step as it goes out, for what took its place had a cause that still stands',
      test: 'unit/engine-dispatcher.test.ts',
    },
  },
  {
    name: 'dispatch-one-queue',
    file: 'engine/dispatcher.ts',
    edits: [
      [
        '#queue(step: Step, run: () => Promise<void>): void {\n    const device = deviceOf(step);',
        "#queue(step: Step, run: () => Promise<void>): void {\n    const device = step.kind === 'pause' ? 'rigs' : deviceOf(step);",
      ],
    ],
    harm: 'one rig that hangs delays the pause of all others',
  },
  {
    name: 'inbox-loses-a-command',
    file: 'engine/inbox.ts',
    edits: [
      [
        'const inputs = [...this.#ordered, ...this.#readings.values()];',
        'const inputs = [...this.#ordered.slice(0, 3), ...this.#readings.values()];',
      ],
    ],
    harm: 'of many things that happen at once some are never heard of',
  },
  {
    name: 'limit-never-taken-off',
    file: 'core/limiting.ts',
    edits: [["return limited === undefined ? undefined : 'off';", 'return undefined;']],
    harm: 'a rig that made do with less in an outage does so for ever',
  },
  {
    name: 'limit-not-remembered',
    file: 'core/remember.ts',
    edits: [["  if (step.kind === 'limit') withRig(memory, step.rig, (rig) => afterLimit(rig, step, now));\n", '']],
    harm: 'nobody knows that a rig is limited, and nobody takes it off',
  },
  {
    name: 'limit-off-by-the-order-alone',
    file: 'core/limited.ts',
    edits: [
      [
        'if (watts === null) return ok ? { ...rest, limited: { ...told, offAtMs: now } } : rig;',
        'if (watts === null) return { ...rest, unlimitedAtMs: now };',
      ],
    ],
    harm: 'one lost order, and a rig makes do with less for ever',
  },
  {
    name: 'limit-gives-back-our-own',
    file: 'core/operating-points.ts',
    edits: [
      [
        'return rememberedRig(scene, id).limited?.was ?? freshReading(rigOf(scene, id), scene.nowMs)?.limit;',
        'return freshReading(rigOf(scene, id), scene.nowMs)?.limit ?? rememberedRig(scene, id).limited?.was;',
      ],
    ],
    harm: 'a rig that was limited twice in an outage is given back the first of our limits',
    hidden: { by: 'nights in which no rig is limited twice', test: 'unit/core-limits.test.ts' },
  },
  {
    name: 'limit-of-a-rig-held-up',
    file: 'core/operating-points.ts',
    edits: [['    !isKeptUp(scene, rig.id) &&\n', '']],
    harm: 'a rig that a person holds up makes do with less',
    hidden: { by: 'the judges, who do not ask whether a limited rig was held up', test: 'unit/core-limits.test.ts' },
  },
];
