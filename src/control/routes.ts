// From a request, already read and bounded, to its answer: which path asks which handler, and which status says what.
import type { Outcome } from '../model/outcome.ts';
import { parseCommand, parseHandWish, parseQuery, queries } from './parse.ts';
import { type ControlHandlers, JOURNAL_USUAL } from './protocol.ts';

interface Asked {
  readonly query: URLSearchParams;
  /** empty for a GET */
  readonly body: string;
  readonly actor: string | undefined;
}

/** `body` goes out as JSON: what was asked for, `{"error": why}`, or `{"refused": why}` with 409. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** the method that would have been right, with 405 */
  readonly allow?: string;
}

type Answer = (handlers: ControlHandlers, asked: Asked) => Reply | Promise<Reply>;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: Answer;
}

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  [
    '/v1/status',
    { method: 'GET', answer: (handlers, { query }) => read(parseQuery(queries.nothing, query), () => done(handlers.status())) },
  ],
  ['/v1/plan', { method: 'GET', answer: (handlers, { query }) => read(parseQuery(queries.nothing, query), () => done(handlers.plan())) }],
  ['/v1/why', { method: 'GET', answer: why }],
  ['/v1/journal', { method: 'GET', answer: journal }],
  ['/v1/check', { method: 'GET', answer: check }],
  ['/v1/reload', { method: 'GET', answer: reload }],
  ['/v1/rig', { method: 'POST', answer: hand }],
  ['/v1/command', { method: 'POST', answer: command }],
]);

/** The route of a path, or the 404 or 405 that says what there is instead. */
export function routeOf(method: string, path: string): Answer | Reply {
  const route = routes.get(path);
  if (route === undefined) return mistake(404, `no such path; there are: ${[...routes.keys()].join(', ')}`);
  if (route.method !== method) return { ...mistake(405, `${path} takes ${route.method} only`), allow: route.method };
  return route.answer;
}

export function mistake(status: number, error: string): Reply {
  return { status, body: { error } };
}

function why(handlers: ControlHandlers, { query }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.oneRig, query), ({ rig }) => {
    const told = handlers.why(rig);
    return told.ok ? done(told.value) : refused(told.fault.detail);
  });
}

function journal(handlers: ControlHandlers, { query }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.journal, query), async ({ since, after, limit }) =>
    done({
      records: await handlers.journal({
        limit: limit ?? JOURNAL_USUAL,
        ...(since === undefined ? {} : { sinceWallMs: since }),
        ...(after === undefined ? {} : { sinceSeq: after + 1 }),
      }),
    }),
  );
}

function check(handlers: ControlHandlers, { query }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.oneRig, query), async ({ rig }) => done({ items: await handlers.check(rig) }));
}

function reload(handlers: ControlHandlers, { query }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.nothing, query), async () => {
    const foreseen = await handlers.reload();
    return foreseen.ok ? done({ say: foreseen.value }) : refused(foreseen.fault.detail);
  });
}

function hand(handlers: ControlHandlers, { query, body, actor }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.nothing, query), () =>
    read(parseHandWish(body), async (asked) => {
      const answer = await handlers.hand(asked, actor);
      return answer.ok ? done({ say: answer.value }) : refused(answer.fault.detail);
    }),
  );
}

function command(handlers: ControlHandlers, { query, body, actor }: Asked): Reply | Promise<Reply> {
  return read(parseQuery(queries.nothing, query), () =>
    read(parseCommand(body), async (asked) => {
      const answer = await handlers.command(asked, actor);
      return answer.ok ? done({ say: answer.say, plan: answer.plan }) : refused(answer.refused);
    }),
  );
}

function read<T>(parsed: Outcome<T>, answer: (value: T) => Reply | Promise<Reply>): Reply | Promise<Reply> {
  return parsed.ok ? answer(parsed.value) : mistake(400, parsed.fault.detail);
}

function done(body: unknown): Reply {
  return { status: 200, body };
}

function refused(why: string): Reply {
  return { status: 409, body: { refused: why } };
}
