// Bugs in what is believed: the gate, the battery, the load, the line.
import type { Bug } from './bug.ts';

export const BELIEF_BUGS: readonly Bug[] = [
  {
    name: 'gate-believes-65535',
    file: 'core/gate.ts',
    edits: [
      ['new Set([65_535, 3_932_100])', 'new Set([3_932_100])'],
      ['LONGEST_RUNTIME_SECONDS = 6 * 3600', 'LONGEST_RUNTIME_SECONDS = 24 * 3600'],
    ],
    harm: 'a counter that is stuck at its ceiling is taken for 18 hours of battery',
  },
  {
    name: 'gate-charge-unbounded',
    file: 'core/gate.ts',
    edits: [['value < 0 || value > 100 ?', 'value < 0 ?']],
    harm: 'a charge of 255 % is taken for a full battery',
    hidden: { by: 'a charge that stands still in a discharge is no source', test: 'unit/core-gate.test.ts' },
  },
  {
    name: 'gate-on-line-wins',
    file: 'core/gate.ts',
    edits: [["if (onLine) return 'unknown';", "if (onLine) return 'mains';"]],
    harm: 'a UPS that says OL OB is taken to be on mains while its battery drains',
  },
  {
    name: 'gate-no-words-are-mains',
    file: 'core/gate.ts',
    edits: [
      ["if (words.has('BYPASS')) return 'mains';\n  return 'unknown';", "if (words.has('BYPASS')) return 'mains';\n  return 'mains';"],
    ],
    harm: 'a UPS that gives no status is taken to be on mains',
  },
  {
    name: 'gate-load-of-zero',
    file: 'core/gate.ts',
    edits: [
      ["return value === 0 && rigsDraw ? refuse('load', raw, '0 W while its rigs draw') : value;", 'return value;'],
      ["return value === 0 && rigsDraw ? refuse('load', raw, '0 % while its rigs draw') : value;", 'return value;'],
    ],
    harm: 'a load meter that says 0 W makes every battery look as if it lasted much longer',
  },
  {
    name: 'gate-forced-on-battery-only',
    file: 'core/gate.ts',
    edits: [["forced: words.has('FSD'),", "forced: words.has('FSD') && words.has('OB'),"]],
    harm: 'a forced shutdown that is ordered on mains finds every rig hashing when the UPS ends',
  },
  {
    name: 'battery-frozen-in-silence',
    file: 'core/battery.ts',
    edits: [['const growth = (moment.silent ? SILENT_FACTOR * paceOf(start) : 1) * share;', 'const growth = moment.silent ? 0 : share;']],
    harm: 'a battery of which nothing is heard is believed to stand still, and ends under load',
    hidden: {
      by: 'where a size is only assumed all leave after half a minute of silence; no night of the first thousand has another end in one',
      test: 'unit/core-battery.test.ts',
    },
  },
  {
    name: 'battery-guess-holds-in-silence',
    file: 'core/battery.ts',
    edits: [['const GUESS_HOLDS_MS = 30_000;', 'const GUESS_HOLDS_MS = 30_000_000;']],
    harm: 'a battery whose size is a guess is counted on for as long as its UPS is lost, and ends under load',
    hidden: { by: 'seed 81804 is the first that shows it', test: 'unit/core-battery.test.ts' },
  },
  {
    name: 'battery-told-once-for-ever',
    file: 'core/battery-figures.ts',
    edits: [['const TOLD_MS = 60_000;', 'const TOLD_MS = 60_000_000;']],
    harm: 'a battery that told of itself once is believed to give the whole of its size for ever',
    hidden: { by: 'seed 84088 is the first that shows it', test: 'unit/core-battery.test.ts' },
  },
  {
    name: 'battery-size-in-proportion',
    file: 'core/capacity.ts',
    edits: [['** (ONE_LINE_EXPONENT - 1));', '** 0);']],
    harm: 'a size that was told at a small load is believed at a great one, and the battery ends early',
    hidden: { by: 'seed 131864 is the first that shows it', test: 'unit/core-battery.test.ts' },
  },
  {
    name: 'battery-rises-on-battery',
    file: 'core/battery-told.ts',
    edits: [['if (deepest.depth >= before) return', 'if (deepest.depth >= before - 0.3) return']],
    harm: 'a runtime that jumps up on battery is believed at once',
  },
  {
    name: 'battery-shallowest-source',
    file: 'core/battery-told.ts',
    edits: [['.sort((a, b) => b.depth - a.depth)', '.sort((a, b) => a.depth - b.depth)']],
    harm: 'of several sources the one that promises most is believed: a worn battery ends under load',
  },
  {
    name: 'battery-runtime-unsettled',
    file: 'core/battery-told.ts',
    edits: [['if (settled(moment)) return depthAt(watts);', 'if (seconds >= 0) return depthAt(watts);']],
    harm: 'a runtime that lags behind a load step sheds the next rig for nothing',
    hidden: {
      by: 'the charge or the model beside it is as deep, and on battery depth eases only after a step down',
      test: 'unit/core-battery.test.ts',
    },
  },
  {
    name: 'battery-frozen-figures',
    file: 'core/battery-figures.ts',
    edits: [
      ['figure.changedAtMs > FROZEN_MS[name]) return true;', 'figure.changedAtMs > FROZEN_MS[name]) return false;'],
      ['return figure !== undefined && discharge !== undefined && discharge.drawn - figure.drawnAtChange > FROZEN_DRAWN;', 'return false;'],
    ],
    harm: 'figures that stand still are believed until the battery is empty',
    hidden: {
      by: 'of two figures the deeper is believed, and the model goes on where both stand still',
      test: 'unit/core-battery.test.ts',
    },
  },
  {
    name: 'battery-size-from-a-used-one',
    file: 'core/battery-told.ts',
    edits: [
      [
        'return left < 0.1 ? battery : sized(battery, sample, { seconds: sample.runtimeSeconds, watts, left });',
        'return left < 0.1 ? battery : sized(battery, sample, { seconds: sample.runtimeSeconds, watts, left: 1 });',
      ],
    ],
    harm: 'a battery that recharges is taken for a small one, and rigs leave early',
  },
  {
    name: 'load-believes-small-words',
    file: 'core/load.ts',
    edits: [
      [
        'return Math.max(fresh ?? rig.watts, LEAST_SHARE * rig.watts);\n}\n\n/** W that go',
        'return fresh ?? rig.watts;\n}\n\n/** W that go',
      ],
    ],
    harm: 'a rig that tells too few watts makes the battery look as if it lasted longer',
  },
  {
    name: 'load-leaving-is-gone',
    file: 'core/load.ts',
    edits: [["return state.phase === 'paused' || (", "return state.phase === 'paused' || state.phase === 'pausing' || ("]],
    harm: 'a rig that was only asked to pause counts as quiet, and a liar is never cut',
    hidden: { by: 'whoever was asked and still draws is counted again at the next look', test: 'unit/core-overload.test.ts' },
  },
  {
    name: 'supply-silence-is-mains',
    file: 'core/supply.ts',
    edits: [['if (state.draining) return true;', 'if (state.draining && tick.nowMs - (state.heardAtMs ?? 0) < 15_000) return true;']],
    harm: 'a UPS that falls silent on battery is no longer believed to drain after 15 s',
  },
  {
    name: 'supply-battery-does-not-linger',
    file: 'core/supply.ts',
    edits: [['const BATTERY_LINGERS_MS = 60_000;', 'const BATTERY_LINGERS_MS = 1_000;']],
    harm: 'a link that dies with a flickering grid hides the outage: rigs hash until the battery ends',
  },
  {
    name: 'supply-no-witness',
    file: 'core/witness.ts',
    edits: [['if (others(tick, id).some((other) => tellsOfBattery(tick, other, sinceMs))) return true;', '']],
    harm: 'a UPS that is not heard is taken to be on mains though the one beside it tells of the outage',
    hidden: {
      by: 'a UPS that falls silent in the moment of an outage was seen on battery within the minute, or is heard again',
      test: 'unit/core-link-lost.test.ts',
    },
  },
  {
    name: 'supply-blind-keeps-always',
    file: 'core/supply.ts',
    edits: [["if (sawBattery || ups.blindOnMains === 'shed') return true;", 'if (sawBattery) return true;']],
    harm: 'an owner who chose blindOnMains: shed has his rigs hash through a silence',
  },
  {
    name: 'supply-held-through-silence',
    file: 'core/supply.ts',
    edits: [
      ['if (draining) return undefined;\n', ''],
      ['return nobodyLooked ? undefined : steadySinceMs + silentMs;', 'return steadySinceMs;'],
    ],
    harm: 'mains counts as held through a silence in which it may have been gone',
  },
  {
    name: 'supply-forced-for-ever',
    file: 'core/supply.ts',
    edits: [['if (tick.nowMs < until) return tick.askAgain(until);', 'return tick.askAgain(until);']],
    harm: 'a forced shutdown that is never taken back keeps the farm down for ever',
  },
  {
    name: 'supply-latch-sheds',
    file: 'core/supply.ts',
    edits: [['if (sample.saysBattery || (!firstContact && !before.latched)) {', 'if (!before.latched) {']],
    harm: 'a forced shutdown left over from before takes the whole farm down when the service starts',
  },
  {
    name: 'supply-test-is-an-outage',
    file: 'core/supply.ts',
    edits: [['return !witness || tick.nowMs > until;', 'return true;']],
    harm: 'a calibration of the battery, with the other UPS on mains, sheds the rigs',
    hidden: { by: 'a battery that is told to be full sheds nobody, and no night calibrates for long', test: 'unit/core-self-test.test.ts' },
  },
  {
    name: 'supply-outage-never-ends',
    file: 'core/supply.ts',
    edits: [
      [
        "const ended = fresh && !draining && before.sample?.line === 'mains';",
        "const ended = fresh && !draining && before.sample?.line === 'mains' && before.sample.chargePercent !== undefined;",
      ],
    ],
    harm: 'a UPS that tells no charge keeps its rigs down after the outage',
  },
  {
    name: 'tick-never-stood-still',
    file: 'core/tick.ts',
    edits: [['wokeAtMs: still > STANDSTILL_MS ? moment.nowMs : state.wokeAtMs,', 'wokeAtMs: state.wokeAtMs,']],
    harm: 'a service that was stopped for minutes acts on what it knew before',
  },
  {
    name: 'learned-more-of-one',
    file: 'core/learned.ts',
    edits: [['if (proofs.length < NEWEST || least <= 1 + TELLS)', 'if (proofs.length < 1 || least <= 1 + TELLS)']],
    harm: 'one odd outage makes a battery look bigger than its data sheet, and the next ends under load',
    hidden: {
      by: 'a UPS that tells its charge has a deeper source, and no night has three long outages',
      test: 'unit/core-learned.test.ts',
    },
  },
  {
    name: 'learned-of-another-ups',
    file: 'core/remember.ts',
    edits: [['isAnotherUps(supply.knownAs ?? {}, is) ? withoutPast(supply) : supply', 'supply']],
    harm: 'what the battery of one UPS held is believed of the one that took its place',
    hidden: { by: 'no night changes a UPS for another', test: 'unit/core-learn.test.ts' },
  },
  {
    name: 'battery-silence-without-a-pace',
    file: 'core/battery.ts',
    edits: [['return Math.min(MOST_PACE, Math.max(1, (fell - SLOPE_ERROR_PERCENT) / 100 / drawn));', 'return 1;']],
    harm: 'a UPS that promised too much and fell silent is believed to last as long as it had promised',
    hidden: { by: 'it takes a UPS that lies and is lost within the same minute', test: 'unit/core-battery.test.ts' },
  },
];
