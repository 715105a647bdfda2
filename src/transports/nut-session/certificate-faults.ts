// Why a way to upsd is not trusted, and what a person can do. Each sentence says "certificate": whoever reads the alarm shall
// not look for a cable.
import { isIP } from 'node:net';
import { codeOf, type Fault, failed } from '../../model/outcome.ts';

const CLOCK = "or this machine's clock is wrong: see timedatectl";
const MEND = 'set CERTFILE (or CERTPATH and CERTIDENT) in its upsd.conf and restart upsd';
const SUSPECT = 'somebody may stand in between; look who answers there';

const STRANGER =
  "its certificate is not signed by the one in tls.ca: after a change put the new authority's certificate into that file and reload; otherwise somebody stands in between";

const SENTENCES = new Map<string, string>([
  ['CERT_HAS_EXPIRED', `its certificate, or the one in tls.ca, ran out: make a new one, ${CLOCK}`],
  ['CERT_NOT_YET_VALID', `its certificate, or the one in tls.ca, is not valid yet: wait, or make another, ${CLOCK}`],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', STRANGER],
  ['SELF_SIGNED_CERT_IN_CHAIN', STRANGER],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', STRANGER],
  ['UNABLE_TO_GET_ISSUER_CERT', STRANGER],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', STRANGER],
  ['CERT_SIGNATURE_FAILURE', STRANGER],
  ['ERR_SSL_WRONG_VERSION_NUMBER', `it went on in clear after OK STARTTLS and showed no certificate: ${SUSPECT}`],
]);

/** Plain text where none may be. */
export const IN_CLEAR: Fault = failed('garbled', `it sent plain text before its certificate, which was thrown away: ${SUSPECT}`).fault;

export const UNREAD: Fault = failed('unsupported', 'the certificate of tls.ca was not read: nothing is trusted without it').fault;

/** upsd's `ERR code` to STARTTLS. Whatever the code, nothing is ever asked in clear instead. */
export function noTls(code: string): Fault {
  const say =
    code === 'FEATURE-NOT-CONFIGURED'
      ? `upsd has no certificate, and in clear it is not asked: ${MEND}`
      : `upsd takes no STARTTLS, so its certificate can't be seen, and in clear it is not asked: use a build with TLS, or take tls out`;
  return failed('unsupported', `${say} (${code})`, 'later').fault;
}

/** Of a handshake that failed; `host`: whom the certificate had to name. */
export function handshakeFault(error: unknown, host: string): Fault {
  const code = codeOf(error) ?? 'no reason given';
  if (code === 'ECONNRESET') return failed('unreachable', 'the server broke the connection before its certificate was seen').fault;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const kind = isIP(host) === 0 ? 'DNS' : 'IP';
    return failed('unauthorized', `its certificate is for another host: make one whose subjectAltName has ${kind}:${host}`).fault;
  }
  const say = SENTENCES.get(code) ?? `its certificate was not accepted (${code}): make a new one, and see the log of upsd`;
  return failed(code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? 'garbled' : 'unauthorized', say).fault;
}
