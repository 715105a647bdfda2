// What status, plan, why and check say of a site, above all in their first line.
import { describe, expect, it } from '@jest/globals';
import { checkPasses, planFits, renderCheck, renderPlan, renderWhy } from '../../src/cli/plan-text.ts';
import { headline, renderStatus } from '../../src/cli/status-text.ts';
import { lengthOf } from '../../src/cli/text.ts';
import type { StatusView } from '../../src/model/view.ts';
import { planView, rigView, statusView, upsView } from '../support/fake-service.ts';

const PLAIN = { colour: false };

describe('the first line of status', () => {
  const outage = { ups: ['rack'], seconds: 84 };
  const onBattery = [upsView({ line: 'battery', runtimeSeconds: 580 })];
  const half = [rigView(), rigView({ id: 'gpu-2', phase: 'paused' })];
  it.each<[string, Partial<StatusView>, string]>([
    ['all is well', {}, 'ready: if the mains died now, it would end well, with 5 min 12 s to spare'],
    ['no margin is known', { ups: [upsView({ marginSeconds: null })] }, 'ready: if the mains died now, it would end well'],
    [
      'something is in the way',
      { ready: false, notReady: ['rack is not heard', 'box:1 cannot be read'] },
      'NOT READY: if the mains died now, it might not end well: rack is not heard',
    ],
    ['it is disarmed', { armed: false, ready: false }, 'NOT READY: if the mains died now, it would do nothing: it is disarmed'],
    [
      'rigs are on their way back',
      { level: 'restoring', rigs: half },
      'ready: if the mains died now, it would end well, with 5 min 12 s to spare; mains is back, 1 of 2 rigs hashing',
    ],
    [
      'the mains are out',
      { outage, level: 'shedding', ups: onBattery, rigs: half },
      'ON BATTERY for 1 min 24 s (rack): shedding the worst earners, 1 of 2 rigs hashing; 9 min 40 s of battery believed left',
    ],
    [
      'nobody knows how long the battery lasts',
      { outage, level: 'last-stand', ups: [upsView({ line: 'battery', runtimeSeconds: null })], rigs: half },
      'ON BATTERY for 1 min 24 s (rack): every rig is asked to stop, 1 of 2 rigs hashing; runtime unknown',
    ],
    [
      'the UPS fell silent in it',
      { outage, level: 'shedding', ups: [upsView({ line: 'unknown', runtimeSeconds: 580 })], rigs: half },
      'NOT HEARD, TAKEN AS ON BATTERY for 1 min 24 s (rack): shedding the worst earners, 1 of 2 rigs hashing; 9 min 40 s of battery believed left',
    ],
    [
      'the shorter of two batteries counts',
      { outage: { ups: ['rack', 'house'], seconds: 4 }, ups: [...onBattery, upsView({ id: 'house', runtimeSeconds: 95 })] },
      'ON BATTERY for 4 s (rack, house): nothing shed yet, 1 of 1 rig hashing; 1 min 35 s of battery believed left',
    ],
  ])('says how it would end when %s', (_when, over, line) => {
    expect(headline(statusView(over)).text).toBe(line);
    expect(renderStatus(statusView(over), PLAIN).split('\n')[0]).toBe(line);
  });
});

describe('status', () => {
  it('shows supplies and rigs with what is measured, held, broken and next', () => {
    const view = statusView({
      ups: [upsView({ alarms: ['replace-battery'], runtimeFrom: 'slope', ageSeconds: 75 })],
      rigs: [
        rigView({ id: 'gpu-2', rank: 2, watts: 1500, wattsFrom: 'configured', hold: { as: 'down', from: 'button', endsInSeconds: null } }),
        rigView({ next: 'pause in 3 min' }),
        rigView({
          id: 'old-s9',
          rank: 3,
          phase: 'unknown',
          rewardPerKwh: null,
          hold: { as: 'up', from: 'cli', endsInSeconds: 7200 },
          fault: { code: 'will-not-wake', sinceSeconds: 740, say: 'fed, 0 TH/s after 3 tries; lastwatt release old-s9' },
        }),
      ],
      switches: [
        { id: 'box:1', state: 'cut' },
        { id: 'box:2', state: 'unknown' },
      ],
      notes: ['the file says armed: false, the memory says armed'],
    });
    expect(renderStatus(view, PLAIN).split('\n')).toEqual([
      'ready: if the mains died now, it would end well, with 5 min 12 s to spare',
      '',
      'supply  line   battery                   lasts     load    to spare',
      'rack    mains  [##########] 100 %  19 min 40 s  2,100 W  5 min 12 s  alarm: replace-battery; last heard 1 min 15 s ago; by slope',
      '',
      '#  rig     phase       watts  USD/kWh  fed by',
      '1  s19-1   hashing   3,250 W   0.0635  rack    next: pause in 3 min',
      '2  gpu-2   hashing  ~1,500 W   0.0635  rack    held down (button) until released',
      '3  old-s9  unknown   3,250 W        ?  rack    held up (cli) for 2 h more',
      '      will-not-wake for 12 min 20 s: fed, 0 TH/s after 3 tries; lastwatt release old-s9',
      '  ~ not measured: as configured, or estimated by the firmware',
      '',
      'switches cut: box:1',
      'switches that cannot be read: box:2',
      'note: the file says armed: false, the memory says armed',
    ]);
  });

  it('is loud while disarmed, and names every reason', () => {
    const text = renderStatus(statusView({ armed: false, ready: false, notReady: ['it is disarmed', 'rack is not heard'] }), PLAIN);
    expect(text).toMatch(/\n {2}also: rack is not heard\nDISARMED: .*lastwatt arm\n/);
    expect(renderStatus(statusView(), PLAIN)).not.toContain('DISARMED');
  });

  it('says ? for all that is not known, and never 0', () => {
    const unknown = { chargePercent: null, runtimeSeconds: null, runtimeFrom: null, loadWatts: null, ageSeconds: null, fits: null };
    const view = statusView({
      ready: false,
      notReady: ['rack is not heard'],
      ups: [upsView({ ...unknown, line: 'unknown', marginSeconds: null })],
      rigs: [rigView({ phase: 'unknown', watts: null, wattsFrom: null, rewardPerDay: null, rewardPerKwh: null, drilledAt: null })],
      switches: [],
    });
    const text = renderStatus(view, PLAIN);
    expect(text).toContain('rack    unknown  [?         ] ? %      ?     ?         ?  never heard');
    expect(text).toMatch(/1 {2}s19-1 {2}unknown {6}\? {8}\? {2}rack\n/);
    expect(text).toContain('never drilled: s19-1 (on mains: lastwatt drill s19-1)');
    expect(text).not.toMatch(/\b0 W|NaN|null|undefined/);
  });

  it('stands for a site of nothing and for one of a hundred rigs', () => {
    expect(renderStatus(statusView({ ups: [], rigs: [], switches: [] }), PLAIN)).toContain('no rig is configured');
    const hundred = Array.from({ length: 100 }, (_, at) => rigView({ id: `rig-${at + 1}`, rank: 100 - at, drilledAt: null }));
    const lines = renderStatus(statusView({ rigs: hundred }), { colour: true, width: 80 }).split('\n');
    expect(lines.filter((line) => line.includes('hashing'))).toHaveLength(100);
    expect(lines.every((line) => lengthOf(line) <= 80)).toBe(true);
    const plain = lines.join('\n');
    expect(plain.indexOf('rig-100 ')).toBeLessThan(plain.indexOf('rig-99 '));
    expect(plain).toMatch(/and 92\s+more/);
  });

  it('lets no text of a device reach the terminal as it is', () => {
    const evil = '\u001b]0;owned\u0007';
    const view = statusView({
      site: evil,
      currency: evil,
      notReady: [evil, evil],
      ready: false,
      rigs: [rigView({ next: evil, fault: { code: evil, sinceSeconds: 1, say: evil }, fedBy: [evil] })],
      notes: [evil],
    });
    expect(renderStatus(view, PLAIN)).not.toMatch(/\p{Cc}(?<!\n)/u);
  });

  it('is painted only where colours are wanted', () => {
    expect(renderStatus(statusView(), PLAIN)).not.toContain('\u001b');
    expect(renderStatus(statusView(), { colour: true })).toContain('\u001b[32mready');
  });
});

describe('plan', () => {
  it('says that it fits, how much is left, and which step comes when', () => {
    expect(renderPlan(planView(), PLAIN).split('\n')).toEqual([
      'it fits: if the mains failed now, every rig would be down in time',
      '',
      'rack: lasts 19 min 40 s, bringing everything down takes 1 min 35 s, 5 min 12 s left when the last is down',
      '  sheds the worst earners below 9 min 50 s; everything goes below 2 min 10 s',
      '',
      '   in  step   of     because',
      '3 min  pause  gpu-2  runtime-below-threshold (runtime 4 min 50 s)',
    ]);
  });

  it('says what to change when it does not fit, and counts unknown as bad news', () => {
    expect(renderPlan(planView(false), PLAIN)).toMatch(/^IT DOES NOT FIT: rack .*\n.*give s19-1 fedBy/s);
    expect(renderPlan(planView(null), PLAIN)).toMatch(/^NOT KNOWN: whether rack/);
    expect(renderPlan({ currency: 'USD', ups: [], steps: [] }, PLAIN)).toMatch(/^NOT KNOWN: no UPS stands in the file/);
    expect([true, false, null].map((fits) => planFits(planView(fits)))).toEqual([true, false, false]);
  });

  it('stands without any figure and without a step', () => {
    const bare = { runtimeSeconds: null, shedBelowSeconds: null, cutBelowSeconds: null, marginSeconds: null };
    const text = renderPlan({ currency: 'USD', ups: [{ id: 'rack', fits: null, needSeconds: 0, say: '', ...bare }], steps: [] }, PLAIN);
    expect(text).toContain('rack: runtime not known');
    expect(text).toContain('no step is expected');
  });

  it('says how long outages last and what each stay is worth, where that is planned by', () => {
    const [ups] = planView().ups;
    const view = {
      ...planView(),
      ups:
        ups === undefined
          ? []
          : [
              {
                ...ups,
                shedBelowSeconds: null,
                rigs: [{ id: 's19-7', leavesInSeconds: 720, givesSeconds: 220, costs: 0.114 }],
                outages: {
                  seen: 7,
                  beside: 12,
                  lasts: [
                    { seconds: 60, chance: 0.4 },
                    { seconds: 3600, chance: 0.14 },
                  ],
                },
              },
            ],
    };
    const text = renderPlan(view, PLAIN);
    expect(text).toContain('each rig leaves when its energy is worth more to the others; everything goes below 2 min 10 s');
    expect(text).toContain('as told by 7 outages of its own, beside 12 as grids mostly have them');
    expect(text).toContain('    over 1 min  [########------------] 40 of 100');
    expect(text).toMatch(/s19-7 +12 min +3 min 40 s +0\.114 USD/);
  });
});

describe('why and check', () => {
  it('gives sentences first and the numbers behind them', () => {
    const because = [{ rule: 'mains-not-held', facts: { heldSeconds: 12, needSeconds: 60 } }];
    expect(renderWhy({ subject: 's19-1', say: ['waits for the mains to hold'], because }, PLAIN).split('\n')).toEqual([
      's19-1',
      '  waits for the mains to hold',
      '  the numbers:',
      '    mains-not-held (held 12 s, need 1 min)',
    ]);
  });

  it('puts what must be done last, above the prompt', () => {
    const items = [
      { verdict: 'fail' as const, about: 'cyber', say: 'rigs draw 8,220 W' },
      { verdict: 'pass' as const, about: 's19-1', say: 'answers' },
      { verdict: 'warn' as const, about: 'site', say: 'no second cut-off' },
    ];
    expect(renderCheck(items, PLAIN).split('\n')).toEqual([
      'pass  s19-1  answers',
      'warn  site   no second cut-off',
      'fail  cyber  rigs draw 8,220 W',
      '3 items: 1 pass, 1 warn, 1 fail',
    ]);
    expect([checkPasses(items), checkPasses(items.slice(1)), checkPasses([])]).toEqual([false, true, true]);
  });
});
