// The verbs that ask the service something or wish something of it, one request each.
import type { ControlClient } from '../control/client.ts';
import type { Command } from '../model/command.ts';
import type { Outcome } from '../model/outcome.ts';
import type { HandWish } from '../model/view.ts';
import { EXIT, giveUp, lookOf, type Outside, print, printJson } from './outside.ts';
import { planFits, renderPlan, renderWhy } from './plan-text.ts';
import { DISARMED, renderStatus } from './status-text.ts';
import { clean, type Look, paint, wrap } from './text.ts';

/** A verb's two ends: the person and the service. */
export interface Link {
  readonly outside: Outside;
  readonly client: ControlClient;
}

export interface Format {
  readonly json?: true | undefined;
}

export async function showStatus({ outside, client }: Link, { json }: Format): Promise<number> {
  return show(outside, await client.status(), { json, render: renderStatus });
}

export async function showPlan(link: Link, { json }: Format): Promise<number> {
  const answer = await link.client.plan();
  const code = show(link.outside, answer, { json, render: renderPlan });
  if (!answer.ok) return code;
  if (!json) await warnIfDisarmed(link);
  return planFits(answer.value) ? code : EXIT.badNews;
}

export async function showWhy(link: Link, { rig, json }: Format & { readonly rig?: string | undefined }): Promise<number> {
  const code = show(link.outside, await link.client.why(rig), { json, render: renderWhy });
  if (code === EXIT.done && !json) await warnIfDisarmed(link);
  return code;
}

/** Carries a person's wish to the service, and what it says back to the person. */
export async function wish(link: Link, command: Command): Promise<number> {
  const answer = await link.client.command(command);
  if (!answer.ok) return giveUp(link.outside, answer.fault);
  const { say } = answer.value;
  // These two say themselves what it is now.
  const said = command.kind === 'arm' || command.kind === 'disarm';
  if (!said) print(link.outside, `accepted; what comes of it: ${await lookAgain(link, command)}`);
  for (const line of say) print(link.outside, clean(line));
  if (!said) await warnIfDisarmed(link);
  return EXIT.done;
}

/** What a person wants done to one rig now, by the service and its rights. */
export async function askRig({ outside, client }: Link, hand: HandWish): Promise<number> {
  const answer = await client.hand(hand);
  if (!answer.ok) return giveUp(outside, answer.fault);
  for (const line of answer.value.say) print(outside, clean(line));
  return EXIT.done;
}

/** Of what left the file, and was released, nothing can be asked any more. */
async function lookAgain({ client }: Link, command: Command): Promise<string> {
  const name = 'rigs' in command && command.rigs !== 'all' && command.rigs.length === 1 ? command.rigs[0] : undefined;
  if (name === undefined) return 'lastwatt status';
  const status = await client.status();
  return status.ok && status.value.rigs.some(({ id }) => id === name) ? `lastwatt why ${name}` : 'lastwatt status';
}

/** A site that only pretends to be guarded is told of with every answer; `beside` it where the answer is one that people keep. */
export async function warnIfDisarmed({ outside, client }: Link, beside?: 'beside'): Promise<void> {
  const status = await client.status();
  if (!status.ok || status.value.armed) return;
  const usual = lookOf(outside);
  const look = beside === undefined ? usual : { ...usual, colour: usual.colour && outside.stderr.isTTY };
  const say = wrap([paint(DISARMED, 'loud', look)], look).join('\n');
  if (beside === undefined) print(outside, say);
  else outside.stderr.write(`${say}\n`);
}

interface Shown<T> {
  readonly json: true | undefined;
  readonly render: (value: T, look: Look) => string;
}

function show<T>(outside: Outside, answer: Outcome<T>, { json, render }: Shown<T>): number {
  if (!answer.ok) return giveUp(outside, answer.fault);
  if (json) printJson(outside, answer.value);
  else print(outside, render(answer.value, lookOf(outside)));
  return EXIT.done;
}
