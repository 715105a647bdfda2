// The sessions of LuxOS: a lock on its orders, not a password.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { textOf } from '../wire/rows-4028.ts';
import { type Answer4028, agreed, type Talk4028 } from '../wire/socket4028.ts';

/** Gives an order in a session. A fault never tells the session. */
export async function ordered(talk: Talk4028, command: string, parameter: string): Promise<Outcome<Answer4028>> {
  const session = await openSession(talk);
  if (!session.ok) return session;
  const { id, ours } = session.value;
  const answer = await talk.ask(command, `${id},${parameter}`);
  // One that we do not end would stand in everybody's way for 60 s; whether the rig agrees changes nothing for us.
  if (ours && answer.ok) await talk.ask('logoff', id);
  const done = agreed(answer, { where: talk.where, command: `${command} ${parameter}` });
  return done.ok ? done : failed(done.fault.code, done.fault.detail.replaceAll(id, '(session)'), done.fault.retry);
}

interface Session {
  /** never in a log or a fault */
  readonly id: string;
  /** opened by us, so ended by us */
  readonly ours: boolean;
}

/**
 * A rig has one at a time. Where somebody holds it (code 402) we use his at once and leave it to him, rather than wait 60 s for its end
 * with the battery running down.
 */
async function openSession(talk: Talk4028): Promise<Outcome<Session>> {
  const { where } = talk;
  const fresh = await talk.ask('logon');
  if (!fresh.ok) return fresh;
  const id = sessionIn(fresh.value);
  if (id !== undefined) return ok({ id, ours: true });
  const refusal = agreed(fresh, { where, command: 'logon' });
  if (!refusal.ok && refusal.fault.code !== 'refused') return refusal;
  const held = await talk.ask('session');
  if (!held.ok) return held;
  const theirs = sessionIn(held.value);
  if (theirs !== undefined) return ok({ id: theirs, ours: false });
  return failed('refused', `${where}: logon: refused (code ${fresh.value.code ?? 'none'}), and no session of somebody else to use`);
}

function sessionIn(answer: Answer4028): string | undefined {
  const id = textOf(answer.rows('SESSION')[0], 'SessionID');
  // It goes into a comma-separated parameter: nothing but a plain word may.
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}
