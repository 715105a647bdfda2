// Bugs in the rules: who must go, who stays, whose turn it is.
import type { Bug } from './bug.ts';

export const RULE_BUGS: readonly Bug[] = [
  {
    name: 'want-highest-wins',
    file: 'core/want.ts',
    edits: [['DEPTH[a.down] >= DEPTH[b.down] ? a : b;', 'DEPTH[a.down] <= DEPTH[b.down] ? a : b;']],
    harm: 'whoever wants a rig up wins over whoever wants it down: nothing is ever shed',
  },
  {
    name: 'want-up-beats-the-floor',
    file: 'core/wants.ts',
    edits: [['if (floor !== undefined) return {', "if (floor !== undefined && hold?.as !== 'up') return {"]],
    harm: 'a rig that a person holds up empties the battery to the end',
  },
  {
    name: 'want-dual-fed-goes-with-one',
    file: 'core/wants.ts',
    edits: [
      ['all.every((ups) => going.has(ups.id)) ? all', 'all.some((ups) => going.has(ups.id)) ? all'],
      [
        'going?.every(({ id }) => floors.has(id)) ? floors.get(going[0].id)',
        'going?.some(({ id }) => floors.has(id)) ? [...floors.values()][0]',
      ],
    ],
    harm: 'a rig on two supplies goes down though one of them is on mains',
  },
  {
    name: 'want-all-leave-together',
    file: 'core/wants.ts',
    edits: [['byAll &&= reason !== undefined;', '']],
    harm: 'in every outage all rigs leave at once, whatever the battery could carry',
  },
  {
    name: 'want-grid-without-witness',
    file: 'core/wants.ts',
    edits: [["if (line === 'mains') return undefined;", '']],
    harm: 'a rig on mains alone that does not answer is cut while it hashes, for the breaker of one UPS fell',
  },
  {
    name: 'want-now-is-calm',
    file: 'core/wants.ts',
    edits: [
      ["const urgency = now ? 'now' : floor === undefined ? 'calm' : 'floor';", "const urgency = floor === undefined ? 'calm' : 'floor';"],
    ],
    harm: 'a person who says --now waits for grace and cool-down like anybody else',
  },
  {
    name: 'guard-no-blip',
    file: 'core/rules/guard.ts',
    edits: [
      ['return since !== undefined && scene.nowMs - since >= scene.site.policy.ignoreBlipsSeconds * 1000;', 'return since !== undefined;'],
    ],
    harm: 'every blip of the grid sheds rigs',
  },
  {
    name: 'guard-blip-in-minutes',
    file: 'core/rules/guard.ts',
    edits: [
      [
        'scene.nowMs - since >= scene.site.policy.ignoreBlipsSeconds * 1000;',
        'scene.nowMs - since >= scene.site.policy.ignoreBlipsSeconds * 60_000;',
      ],
    ],
    harm: 'a small battery ends before anybody has believed the outage',
  },
  {
    name: 'guard-acts-unseen',
    file: 'core/rules/guard.ts',
    edits: [
      [
        'return (heardAtMs !== undefined && (scene.wokeAtMs === undefined || heardAtMs >= since)) || scene.nowMs - since >= FIRST_LOOK_MS;',
        'return heardAtMs !== undefined || scene.nowMs - since >= 0;',
      ],
    ],
    harm: 'a service that starts after an outage sheds for what it remembers of it',
  },
  {
    name: 'guard-ignores-low-battery',
    file: 'core/rules/guard.ts',
    edits: [
      [
        "if (state.sample?.lowBattery === true && state.sample.line === 'battery') {",
        "if (state.sample?.lowBattery === true && state.sample.line === 'mains') {",
      ],
    ],
    harm: 'a UPS that says low battery on battery is not believed, and ends under load',
  },
  {
    name: 'guard-no-floor-by-runtime',
    file: 'core/rules/guard.ts',
    edits: [['if (runtime !== undefined && runtime < cutBelowSeconds) {', 'if (runtime !== undefined && runtime < 0) {']],
    harm: 'rigs that will not pause hash on until the battery is nearly empty',
    hidden: {
      by: 'low battery and the reserve are floors, too, and most rigs have left by the threshold',
      test: 'unit/core-floor.test.ts',
    },
  },
  {
    name: 'guard-no-reserve',
    file: 'core/rules/guard.ts',
    edits: [['charge <= ups.reservePercent', 'charge < 0']],
    harm: 'the reserve that the owner set is drawn by his rigs',
    hidden: {
      by: 'the runtime and low battery are floors, too, and most rigs have left by the threshold',
      test: 'unit/core-floor.test.ts',
    },
  },
  {
    name: 'threshold-best-leaves-first',
    file: 'core/rules/shedding.ts',
    edits: [['rank })).reverse()', 'rank }))']],
    harm: 'the best earner leaves first',
  },
  {
    name: 'threshold-forgets-who-leaves',
    file: 'core/rules/shedding.ts',
    edits: [
      [
        '      shed.set(rig.id, { ...reason, facts: { ...reason.facts, rank, of } });\n      gone += freed(rig);',
        '      shed.set(rig.id, { ...reason, facts: { ...reason.facts, rank, of } });',
      ],
    ],
    harm: 'one rig would have been enough, and all leave',
  },
  {
    name: 'threshold-twice-as-early',
    file: 'core/rules/threshold.ts',
    edits: [['runtime >= shedBelowSeconds) return', 'runtime >= 2 * shedBelowSeconds) return']],
    harm: 'rigs leave that the battery would have carried',
  },
  {
    name: 'threshold-much-too-late',
    file: 'core/rules/threshold.ts',
    edits: [['runtime >= shedBelowSeconds) return', 'runtime >= shedBelowSeconds / 4) return']],
    harm: 'nobody leaves until all must, the best earner with the worst',
  },
  {
    name: 'threshold-sheds-the-held-up',
    file: 'core/rules/shedding.ts',
    edits: [['!stays.has(id) && !isLeaving(scene, id) && !isKeptUp(scene, id);', '!stays.has(id) && !isLeaving(scene, id);']],
    harm: 'a rig that a person holds up is shed by the policy',
    hidden: { by: 'a wish of the policy is passed over once more where all wishes meet', test: 'unit/core-wants.test.ts' },
  },
  {
    name: 'plan-the-best-leaves-first',
    file: 'core/plan-loads.ts',
    edits: [
      ['const reward = perHour * (points.at(-1)?.share ?? 1);', 'const reward = 1 / (perHour * (points.at(-1)?.share ?? 1) + 1e-9);'],
    ],
    harm: 'by the plan the best earners leave first',
  },
  {
    name: 'plan-uses-what-the-floor-keeps',
    file: 'core/planning.ts',
    edits: [['return Math.max(least, cutBelow(watts) / curve(watts));', 'return 0 * least * cutBelow(watts) * curve(watts);']],
    harm: 'the plan counts on energy that the floor never gives: the best are taken down with all that still runs',
    hidden: { by: 'the floor takes all down in time whatever is planned', test: 'unit/core-outage-aware.test.ts' },
  },
  {
    name: 'plan-counts-a-shared-rig-whole',
    file: 'core/plan-loads.ts',
    edits: [
      ['const share = 1 / Math.max(1, upsesOf(scene.site, rig).length);', 'const share = upsesOf(scene.site, rig).length > 0 ? 1 : 0;'],
    ],
    harm: 'a rig on two supplies leaves before worse ones, as if each carried all of it',
    hidden: { by: 'rigs on other supplies are compared with nobody', test: 'unit/core-outage-aware.test.ts' },
  },
  {
    name: 'outages-are-not-learned',
    file: 'core/outage-log.ts',
    edits: [['censored: seconds === null }),', 'censored: true }),']],
    harm: 'no outage is ever taken to have ended: rigs leave as for the longest that are thought of',
    hidden: { by: 'a plan for other outages breaks no promise', test: 'unit/core-outage-aware.test.ts' },
  },
  {
    name: 'thresholds-floor-at-a-third',
    file: 'core/thresholds.ts',
    edits: [
      ['return Math.max(MARGIN * need + MARGIN_SECONDS, low > 0 ?', 'return Math.max((MARGIN * need + MARGIN_SECONDS) / 3, low < 0 ?'],
    ],
    harm: 'the floor comes when there is no more time for a graceful stop',
    hidden: {
      by: 'none of the first thousand nights shows it any more; the numbers themselves are held by a test',
      test: 'unit/core-turn.test.ts',
    },
  },
  {
    name: 'worth-by-the-day',
    file: 'core/worth.ts',
    edits: [['perDay / Math.max(1, workWattsOf(rig, state));', 'perDay;']],
    harm: 'the large rig that earns little per watt stays, and the efficient small one leaves',
    hidden: { by: 'no judge of the nights knows the order but by what leaves alone, and few leave alone', test: 'unit/core-turn.test.ts' },
  },
  {
    name: 'turn-worst-first',
    file: 'core/rules/turn.ts',
    edits: [['const queue = queueOf(tick, ranking);', 'const queue = queueOf(tick, ranking.toReversed());']],
    harm: 'the worst earner comes back first',
    hidden: { by: 'no judge of the nights looks at the order of the return', test: 'unit/core-wants.test.ts' },
  },
  {
    name: 'turn-in-mid-drill',
    file: 'core/rules/turn.ts',
    edits: [['if (scene.drill?.rig === id) return false;', 'if (scene.drill?.rig === id && scene.nowMs < 0) return false;']],
    harm: 'a rig that is drilled starts beside another that was just released',
    hidden: { by: 'seed 89252 is the first that shows it', test: 'unit/core-drill.test.ts' },
  },
  {
    name: 'turn-kept-behind-an-open-contact',
    file: 'core/lifecycle-up.ts',
    edits: [['if (losesItsTurn(tick, rig)) return', 'if (losesItsTurn(tick, rig) && tick.nowMs < 0) return']],
    harm: 'a rig whose contact stays open for another keeps its turn, and starts beside whoever has just done so',
    hidden: { by: 'seed 106650 is the first that shows it', test: 'unit/core-shared-held.test.ts' },
  },
  {
    name: 'turn-half-a-hold',
    file: 'core/rules/may-start.ts',
    edits: [['if (held < hold) {', 'if (held < hold / 2) {']],
    harm: 'rigs start before the mains have held, and go down with the next flicker',
  },
  {
    name: 'turn-relapses-do-not-count',
    file: 'core/rules/may-start.ts',
    edits: [['2 ** Math.min(memory.relapses, 10)', '2 ** Math.min(0, memory.relapses)']],
    harm: 'a grid that comes and goes has the rigs start and stop all night',
  },
  {
    name: 'turn-stagger-in-tenths',
    file: 'core/rules/turn.ts',
    edits: [
      ['const stagger = tick.site.restore.staggerSeconds * 1000;', 'const stagger = tick.site.restore.staggerSeconds * 100;'],
      ['Math.max(open, last.atMs + SETTLE_MS)', 'Math.max(open, last.atMs)'],
    ],
    harm: 'rigs start one upon the other, and the breaker falls',
  },
  {
    name: 'turn-packet-of-everything',
    file: 'core/rules/turn.ts',
    edits: [
      ['const PACKET_SHARE = 0.1;', 'const PACKET_SHARE = 10;'],
      ['return Math.max(1, Math.ceil(waiting / slots));', 'return Math.max(3, Math.ceil(waiting / slots));'],
    ],
    harm: 'several large rigs start in the same moment',
  },
  {
    name: 'turn-charge-does-not-matter',
    file: 'core/rules/may-start.ts',
    edits: [['const enough = runtime !== undefined && runtime >= cutBelowSeconds && charge > ups.reservePercent;', 'const enough = true;']],
    harm: 'rigs return on an empty battery, and the next outage takes them without a graceful stop',
  },
  {
    name: 'turn-least-charge-ignored',
    file: 'core/rules/may-start.ts',
    edits: [['return charge >= minChargePercent\n', 'return charge >= 0\n']],
    harm: 'the charge that the owner wants to see first is not waited for',
  },
  {
    name: 'turn-starts-on-battery',
    file: 'core/rules/may-start.ts',
    edits: [
      ["if (state.draining) return { rule: 'on-battery', facts: { ups: ups.id } };", ''],
      ["if (state.line !== 'mains' && !isCarried) return", "if (state.line === 'off') return"],
    ],
    harm: 'rigs are started on battery',
    hidden: {
      by: 'the outage itself holds down who is out, and the invariants stop the step',
      test: 'unit/core-invariants-broken.test.ts',
    },
  },
  {
    name: 'turn-starts-blind',
    file: 'core/rules/may-start.ts',
    edits: [
      [
        "if (!isFresh(ups, state, scene.nowMs)) return { rule: 'supply-not-heard', facts: { ups: ups.id } };\n    if (state.line !== 'mains' && !isCarried)",
        "if (state.line !== 'mains' && !isCarried && isFresh(ups, state, scene.nowMs))",
      ],
    ],
    harm: 'rigs are started while nobody knows whether there is mains',
  },
  {
    name: 'generator-counts-at-once',
    file: 'core/rules/generator.ts',
    edits: [['export const STABLE_MS = 60_000;', 'export const STABLE_MS = 1_000;']],
    harm: 'rigs are started on a generator that still hunts, and stop with it',
  },
  {
    name: 'generator-carries-everything',
    file: 'core/rules/generator.ts',
    edits: [['const watts = Math.max(0, generator.watts - ', 'const watts = Math.max(1e9, generator.watts - ']],
    harm: 'every rig stays on a generator that can carry one, and it stalls',
  },
  {
    name: 'generator-is-the-mains',
    file: 'core/generator.ts',
    edits: [["    if (is) return 'generator';\n", "    if (is) return 'mains';\n"]],
    harm: 'all rigs return on the generator as if the grid were back',
  },
  {
    name: 'generator-carries-less-than-nothing',
    file: 'core/rules/generator.ts',
    edits: [['const watts = Math.max(0, generator.watts - all', 'const watts = Math.max(-1e9, generator.watts - all']],
    harm: 'the service ends when a generator takes over that carries less than what nothing can cut',
  },
  {
    name: 'generator-waits-for-a-contact-to-rest',
    file: 'core/lifecycle-down.ts',
    edits: [['const ends = because.rule === NO_ROOM || ', 'const ends = ']],
    harm: 'a rig that a generator has no room for runs on it for two minutes, for its contact had just closed',
    hidden: { by: 'a contact closes seldom within two minutes of a generator', test: 'unit/core-generators.test.ts' },
  },
  {
    name: 'generator-forgotten-by-a-restart',
    file: 'core/generator.ts',
    edits: [['supplyMemory(scene.memory, ups).carried?.by === name', "supplyMemory(scene.memory, ups).carried?.by === ''"]],
    harm: 'after a restart of the service, with its contact unread, all rigs return on the generator when the doubt is over',
    hidden: {
      by: 'in a night its contact is unread for less than the doubt',
      test: 'unit/core-generator-contact.test.ts',
    },
  },
  {
    name: 'generator-starts-beside-who-leaves',
    file: 'core/rules/may-start.ts',
    edits: [[' ?? stillCarries(scene, rig);', ';']],
    harm: 'a rig is started on a generator before the one that it replaces is down: both at once are too much for it',
    hidden: {
      by: 'who is replaced leaves within its grace, which the judge of the nights must allow',
      test: 'unit/core-generators.test.ts',
    },
  },
];
