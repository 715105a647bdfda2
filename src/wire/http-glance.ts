// One answer of a web server as raw bytes, for whoever only wants to know what it is: status, headers, the begin of the
// body. Lenient where devices are wrong, bounded, never throws. Pure.

export interface HttpGlance {
  readonly status: number;
  /** by their names in small letters; of several of one name the first */
  readonly headers: ReadonlyMap<string, string>;
  /** as far as it came */
  readonly body: string;
}

const HEADERS_LIMIT = 64;

/** The request of one glance: HTTP/1.1 because some answer nothing else, and no connection is kept. */
export function glanceRequest(host: string, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json, text/html\r\nConnection: close\r\n\r\n`;
}

/** Undefined for what is no HTTP. */
export function glanceAt(bytes: Uint8Array): HttpGlance | undefined {
  const text = new TextDecoder().decode(bytes);
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
  if (status === undefined) return undefined;
  const { head, body } = parted(text);
  const headers = headersIn(head);
  const chunked = /chunked/i.test(headers.get('transfer-encoding') ?? '');
  return { status: Number(status), headers, body: chunked ? unchunked(body) : body };
}

/** Whether all of it is there, so that nobody waits for a server that keeps the connection. */
export function isWholeGlance(bytes: Uint8Array): boolean {
  const glance = glanceAt(bytes);
  if (glance === undefined) return false;
  const text = new TextDecoder().decode(bytes);
  const { headers } = glance;
  if (/chunked/i.test(headers.get('transfer-encoding') ?? '')) return /\r?\n0\r?\n\r?\n$/.test(text);
  const length = headers.get('content-length');
  if (length === undefined || !/^\d{1,9}$/.test(length)) return false;
  const cut = bodyAt(bytes);
  return cut !== undefined && bytes.length - cut >= Number(length);
}

function parted(text: string): { readonly head: string; readonly body: string } {
  const found = /\r?\n\r?\n/.exec(text);
  return found === null ? { head: text, body: '' } : { head: text.slice(0, found.index), body: text.slice(found.index + found[0].length) };
}

function bodyAt(bytes: Uint8Array): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const usual = buffer.indexOf('\r\n\r\n');
  if (usual >= 0) return usual + 4;
  const bare = buffer.indexOf('\n\n');
  return bare >= 0 ? bare + 2 : undefined;
}

function headersIn(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.split('\n').slice(1, HEADERS_LIMIT + 1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** The text of the chunks that are there; sizes count bytes, so that a text with others than ASCII may lose its end. */
function unchunked(body: string): string {
  let rest = body;
  let text = '';
  for (;;) {
    const [line, size] = /^([0-9a-f]{1,8})[^\n]{0,200}\n/i.exec(rest) ?? [];
    if (line === undefined || size === undefined) return text;
    const length = Number.parseInt(size, 16);
    if (length === 0) return text;
    text += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length).replace(/^\r?\n/, '');
  }
}
