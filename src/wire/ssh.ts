// What goes to an ssh client and what it complains of: a command line that a remote shell takes apart as we put it together,
// and the client's sentences (OpenSSH 8 to 10, LogLevel=ERROR) as faults.
import { failed, type Outcome } from '../model/outcome.ts';

/** The words as one line for a POSIX shell, each quoted, so that nothing in them means anything to it. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

export interface SshPlace {
  /** `host:port` */
  readonly where: string;
  readonly username: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** for the line that fetches a host key */
  readonly host: string;
  readonly port: number;
}

type Sentence = readonly [RegExp, (place: SshPlace) => ReturnType<typeof failed>];

/** In this order: a client may complain of its key first, and then of what came of it. */
const SENTENCES: readonly Sentence[] = [
  [
    /IDENTIFICATION HAS CHANGED|host key .* has changed/i,
    ({ where, knownHostsFile }) =>
      failed(
        'unauthorized',
        `${where} shows another host key than ${knownHostsFile} has: another machine is on its address, or it was set up anew; then replace its line`,
      ),
  ],
  [
    /No .* host key is known for|Host key verification failed/i,
    ({ where, host, port, knownHostsFile }) =>
      failed(
        'unauthorized',
        `${where} is not in ${knownHostsFile}: add what ssh-keyscan -p ${port} ${host} prints, once it is sure that it is this rig`,
      ),
  ],
  [
    /Load key .*:|identity file .* not accessible/i,
    ({ keyFile }) => failed('unauthorized', `keyFile ${keyFile} holds no key that ssh can use: a private key without a passphrase`),
  ],
  [
    /Permission denied|Too many authentication failures|No supported authentication methods/i,
    ({ where, username }) =>
      failed(
        'unauthorized',
        `${where} does not let ${username} in by this key: add its public half to the authorized_keys of ${username} there`,
      ),
  ],
  [
    /Bad configuration option|unknown option|Bad (?:SSH2 )?KexAlgorithms/i,
    () => failed('unsupported', 'ssh here is older than OpenSSH 8', 'later'),
  ],
  [
    /Connection refused/i,
    ({ where }) =>
      failed('unreachable', `${where} refused the connection: nothing listens there; look at its port, or wait until it has started`),
  ],
  [
    /No route to host|Network is unreachable|Host is down/i,
    ({ where }) => failed('unreachable', `${where} cannot be reached; look at cable, switch and address`),
  ],
  [
    /connect to .* (?:Connection|Operation) timed out/is,
    ({ where }) => failed('unreachable', `${where} took no connection within 3 s: is it lit, and on the network?`),
  ],
  [
    /timed out|not responding/i,
    ({ where }) =>
      failed('timeout', `${where} takes connections and says nothing on them: its system hangs; look at it, or cut it by its switch`),
  ],
  [
    /Bad remote protocol|invalid characters|Bad packet length/i,
    ({ where }) => failed('garbled', `${where} does not speak SSH: is this the right port?`),
  ],
  [/Connection (?:closed|reset)|Broken pipe|closed by remote/i, ({ where }) => failed('unreachable', `${where} broke the connection`)],
];

/** What an ssh client means that ended with 255, by what it said. */
export function sshFault(complaint: string, place: SshPlace): { ok: false; fault: Extract<Outcome, { ok: false }>['fault'] } {
  const known = SENTENCES.find(([pattern]) => pattern.test(complaint));
  if (known !== undefined) return known[1](place);
  return failed('unreachable', `${place.where}: ssh gave up${complaint === '' ? '' : `: ${complaint}`}`);
}
