// The login of a web server as our fakes play it: Digest with MD5, as the pages of miners have it.
import { createHash } from 'node:crypto';
import type { HttpAsked, HttpReply } from './server-http.ts';

/** Digest, MD5, qop=auth. */
export class DigestLogin {
  refused = 0;
  readonly #realm: string;
  readonly #who: { readonly username: string; readonly password: string };
  readonly #fresh: boolean;
  readonly #nonces = new Map<string, number>();

  /** `fresh`: each nonce may be used once only */
  constructor(realm: string, who: { readonly username: string; readonly password: string }, fresh: boolean) {
    this.#realm = realm;
    this.#who = who;
    this.#fresh = fresh;
  }

  /** Undefined where it may in; else what it is told instead. */
  challenge(asked: HttpAsked): HttpReply | undefined {
    const query = asked.query.toString();
    const uri = query === '' ? asked.path : `${asked.path}?${query}`;
    const given = fieldsOf(asked.headers.authorization ?? '');
    const nonce = given.get('nonce') ?? '';
    const uses = this.#nonces.get(nonce);
    const count = Number.parseInt(given.get('nc') ?? '', 16);
    const known = uses !== undefined && count > uses && !(this.#fresh && uses > 0);
    const right = given.get('response') === this.#response(asked.method, given, uri);
    if (known && right) {
      this.#nonces.set(nonce, count);
      return undefined;
    }
    if (given.size > 0 && !right) this.refused++;
    return this.#ask(given.size > 0 && right);
  }

  #ask(stale: boolean): HttpReply {
    const nonce = createHash('md5').update(`nonce ${this.#nonces.size}`).digest('hex');
    this.#nonces.set(nonce, 0);
    const challenge = `Digest realm="${this.#realm}", nonce="${nonce}", qop="auth"${stale ? ', stale=true' : ''}`;
    return { status: 401, text: '<html><body>401 - Unauthorized</body></html>', headers: { 'www-authenticate': challenge } };
  }

  #response(method: string, given: ReadonlyMap<string, string>, uri: string): string {
    const { username, password } = this.#who;
    const md5 = (...parts: readonly string[]): string => createHash('md5').update(parts.join(':')).digest('hex');
    const said = ['nonce', 'nc', 'cnonce', 'qop'].map((name) => given.get(name) ?? '');
    return md5(md5(username, this.#realm, password), ...said, md5(method, uri));
  }
}

function fieldsOf(header: string): ReadonlyMap<string, string> {
  if (!header.startsWith('Digest ')) return new Map();
  return new Map([...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]*))/g)].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}
