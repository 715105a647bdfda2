// `lastwatt replay`: a recorded outage again. As it was, the recorded inputs must come to the same steps; under another policy or file
// the night is lived through anew, in a world that was fitted to the record.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { POLICY_KINDS, type Policy, type Site } from '../model/site.ts';
import { accountOf } from '../outages/account.ts';
import { livedOtherwise, type OtherRules } from '../outages/another.ts';
import { toJson } from '../outages/codec.ts';
import { renderCompared, viewOfCompared } from '../outages/compared-text.ts';
import { type Replayed, replay } from '../outages/replay.ts';
import { sayStep } from './journal-text.ts';
import { type OpenedRecord, openRecord } from './outage-file.ts';
import { complain, EXIT, lookOf, type Outside, print, printJson } from './outside.ts';
import { clean, paint, plural, wrap } from './text.ts';
import type { Named } from './where.ts';

export interface ReplayWish {
  readonly outage: string | undefined;
  /** a kind of policy */
  readonly policy?: string;
  readonly seed: number;
  readonly json?: true;
}

export async function replayOutage(outside: Outside, named: Named, wish: ReplayWish): Promise<number> {
  const opened = await openRecord(outside, named, wish.outage);
  if (!opened.ok) return misused(outside, opened.fault.detail);
  const file = named.config === undefined ? undefined : await outside.openSite(named.config);
  if (file?.ok === false) {
    outside.stderr.write(`${file.say.split('\n').map(clean).join('\n')}\n`);
    return EXIT.usage;
  }
  const rules = rulesOf(opened.value.record.stretches[0].site, file?.site.rules, wish);
  if (!rules.ok) return misused(outside, rules.fault.detail);
  return rules.value === undefined ? asItWas(outside, opened.value, wish) : otherwise(outside, opened.value, rules.value, wish);
}

function misused(outside: Outside, say: string): number {
  complain(outside, say);
  return EXIT.usage;
}

/** Undefined: those that stood in force. */
function rulesOf(then: Site, site: Site | undefined, { policy: kind, seed }: ReplayWish): Outcome<OtherRules | undefined> {
  const policy = kind === undefined ? undefined : policyOfKind(site?.policy ?? then.policy, kind);
  if (policy?.ok === false) return policy;
  const isAnother = site !== undefined && toJson(comparable(site)) !== toJson(comparable(then));
  const isOther = policy !== undefined && toJson(policy.value) !== toJson(site?.policy ?? then.policy);
  if (!isAnother && !isOther) return ok(undefined);
  return ok({ seed, ...(policy !== undefined && { policy: policy.value }), ...(isAnother && { site }) });
}

/** What only says what a fresh start begins with decides nothing of a night. */
const comparable = ({ armed: _, ...site }: Site): object => site;

function policyOfKind(policy: Policy, name: string): Outcome<Policy> {
  const kind = POLICY_KINDS.find((one) => one === name);
  return kind === undefined
    ? failed('unsupported', `there is no policy "${name}"; there are: ${POLICY_KINDS.join(', ')}`)
    : ok({ ...policy, kind });
}

async function otherwise(
  outside: Outside,
  { name, record, doubts }: OpenedRecord,
  rules: OtherRules,
  { json }: ReplayWish,
): Promise<number> {
  const account = accountOf(record);
  const compared = await livedOtherwise(record, rules);
  if (json) printJson(outside, { outage: name, ...viewOfCompared(account, compared), notes: [...compared.told, ...doubts] });
  else for (const line of renderCompared({ name, account, compared, doubts }, lookOf(outside))) print(outside, line);
  return compared.good ? EXIT.done : EXIT.badNews;
}

function asItWas(outside: Outside, { name, record, doubts }: OpenedRecord, { json }: ReplayWish): number {
  const again = replay(record);
  const same = again.difference === undefined;
  if (json) printJson(outside, { outage: name, ...viewOf(again), notes: doubts });
  else for (const line of wrap(say(name, again, doubts, outside), lookOf(outside))) print(outside, line);
  return same ? EXIT.done : EXIT.badNews;
}

function say(name: string, again: Replayed, doubts: readonly string[], outside: Outside): readonly string[] {
  const { difference, steps, sameSteps, events, sameEvents, ticks, unthinking } = again;
  const verdict = difference === undefined ? 'identical' : 'NOT identical';
  const counts = `${verdict}: ${sameSteps} of ${plural(steps, 'step')}, ${sameEvents} of ${plural(events, 'event')}, in ${plural(ticks, 'tick')}`;
  return [
    `${clean(name)}: ${paint(counts, difference === undefined ? 'good' : 'bad', lookOf(outside))}`,
    ...(difference === undefined ? [] : differenceWords(difference)),
    ...(unthinking === 0
      ? []
      : [`${plural(unthinking, 'tick')} could not be played again: deciding had failed there, and a plan that needs no thinking stood in`]),
    ...doubts.map((one) => `note: ${clean(one)}`),
  ];
}

function differenceWords({ stretch, tick, now }: NonNullable<Replayed['difference']>): readonly string[] {
  const at = new Date(tick.nowMs + stretch.wallLessMono).toISOString();
  const steps = (due: typeof now): string => (due.length === 0 ? 'no step' : due.map(({ step }) => sayStep(step)).join(', '));
  return [
    `first at ${at}: ${steps(tick.due)} then, ${steps(now)} now`,
    `that night was lived through by lastwatt ${clean(stretch.version)}: another version may decide otherwise, and then should`,
  ];
}

function viewOf({ difference, ...again }: Replayed): object {
  return {
    identical: difference === undefined,
    ...again,
    firstDifference:
      difference === undefined
        ? null
        : {
            at: new Date(difference.tick.nowMs + difference.stretch.wallLessMono).toISOString(),
            was: difference.tick.due.map(({ step }) => step),
            is: difference.now.map(({ step }) => step),
            version: difference.stretch.version,
          },
  };
}
