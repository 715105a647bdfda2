// What a rig may answer that is not the rig: the page on which people log in, with a good status, or the word that it is elsewhere now.
import type { SimRigQuirks } from '../sim/rig.ts';

type Page = NonNullable<SimRigQuirks['page']>;

export interface PageReply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

// Words in it that a careless reader may take for an answer.
const LOGIN = `<!DOCTYPE html><html><head><title>Login</title></head><body>
<form action="/login" method="post"><input name="password" type="password"><button>paused</button></form></body></html>
`;
/** Nobody listens there, and whoever follows has been sent by somebody that is not in his file. */
const ELSEWHERE = 'http://127.0.0.1:9/';

export function pageReply(page: Page): PageReply {
  return page === 'login' ? { status: 200, text: LOGIN } : { status: 302, text: '', headers: { location: ELSEWHERE } };
}

/** The same as bytes, for who speaks no HTTP and was asked none. */
export function pageText(page: Page): string {
  const { status, text, headers = {} } = pageReply(page);
  const lines = Object.entries({ 'content-type': 'text/html', 'content-length': String(text.length), connection: 'close', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${page === 'login' ? 'OK' : 'Found'}\r\n${head}\r\n${text}`;
}
