// Searches for plans that another thread makes: each is answered by an input in time, or with why not, and the core then makes it itself.
import type { PlanQuestion } from '../core/plan-question.ts';
import { failed } from '../model/outcome.ts';
import type { Inbox } from './inbox.ts';
import { withDeadline } from './pollers.ts';
import type { World } from './world.ts';

/** For 10,000 rigs the first search of a thread takes a busy PC a second, and a Pi several; whoever takes longer hangs. */
const ANSWER_MS = 30_000;

/** Waits for nothing. A world without a searcher answers at once that it has none. */
export function searchElsewhere(questions: readonly PlanQuestion[], { searcher, clock }: World, inbox: Inbox): void {
  for (const question of questions) {
    const { ups, atMs } = question;
    if (searcher === undefined) {
      inbox.put({ kind: 'plan', ups, atMs, outcome: failed('unsupported', 'nobody searches for plans here') }, 'urgent');
      continue;
    }
    const search = { clock, name: `the plan for ${ups}`, ask: (end: AbortSignal) => searcher.search(question, end) };
    void withDeadline(search, ANSWER_MS).then((outcome) => inbox.put({ kind: 'plan', ups, atMs, outcome }, 'urgent'));
  }
}
