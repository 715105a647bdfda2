// One look at a page of the web, for what is nice to know: bounded in time and size, and to no other host than the one that was
// named. The whole of it has one deadline, so that a page that drips costs no more than one that is silent.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { codeOf, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

export interface WebOptions {
  /** who asks */
  readonly agent: string;
  /** bytes of an answer that are read */
  readonly limit: number;
}

const MOST_HOPS = 3;

/** The text of a 200; never rejects. Of the address no fault says more than the host: a query may hold what is not for a log. */
export async function webText(address: string, options: WebOptions, signal: AbortSignal): Promise<Outcome<string>> {
  let url = new URL(address);
  for (let hops = 0; hops <= MOST_HOPS; hops += 1) {
    const answer = await get(url, options, signal);
    if (!answer.ok || typeof answer.value === 'string') return answer as Outcome<string>;
    const next = nextOf(url, answer.value.location);
    if (!next.ok) return next;
    url = next.value;
  }
  return failed('garbled', `${url.host} sends us on more than ${MOST_HOPS} times: name the address it ends at`);
}

interface SentOn {
  readonly location: string;
}

/** To the same host alone, and from https never to http. */
function nextOf(from: URL, location: string): Outcome<URL> {
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    return failed('garbled', `${from.host} sends us on to no address`);
  }
  if (to.hostname !== from.hostname)
    return failed('refused', `${from.host} sends us on to ${to.host}, where nobody was told to go: name that host, if it is the right one`);
  if (to.protocol !== 'https:' && to.protocol !== from.protocol)
    return failed('refused', `${from.host} sends us on to a way that is not encrypted: name that address, if it is the right one`);
  return ok(to);
}

async function get(url: URL, options: WebOptions, signal: AbortSignal): Promise<Outcome<string | SentOn>> {
  const late = failed('timeout', `${url.host} gave no whole answer in time`);
  if (signal.aborted) return late;
  const { request: send } = url.protocol === 'https:' ? await import('node:https') : { request: httpRequest };
  return new Promise((resolve) => {
    let request: ClientRequest | undefined;
    const settle = (outcome: Outcome<string | SentOn>): void => {
      signal.removeEventListener('abort', onAbort);
      request?.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => settle(late);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      request = send(url, { agent: false, headers: { accept: 'application/json', 'user-agent': options.agent } });
    } catch (error) {
      return settle(failed('unsupported', `${url.host} was not asked (${codeOf(error) ?? 'no request'}): look at its url`));
    }
    request.on('response', (response) => answered(response, { host: url.host, limit: options.limit }, settle));
    // Stays on after settling, so that a late error has somebody to hear it.
    request.on('error', (error) => settle(failed('unreachable', `${url.host} cannot be asked (${codeOf(error) ?? messageOf(error)})`)));
    request.end();
  });
}

function answered(
  response: IncomingMessage,
  { host, limit }: { readonly host: string; readonly limit: number },
  settle: (outcome: Outcome<string | SentOn>) => void,
): void {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode <= 399 && headers.location !== undefined) return settle(ok({ location: headers.location }));
  if (statusCode === 429)
    return settle(failed('refused', `${host} says that it is asked too often (HTTP 429): give everyMinutes more`, 'later'));
  if (statusCode !== 200) return settle(failed('refused', `${host} answers HTTP ${statusCode}: look at its url`));
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit)
      settle(failed('garbled', `${host} sends more than ${Math.floor(limit / 1024)} KiB: name an address that tells less`));
    else chunks.push(chunk);
  });
  const half = failed('unreachable', `${host} broke off in the middle of its answer`);
  response.on('end', () => settle(response.complete ? ok(Buffer.concat(chunks).toString('utf8')) : half));
  response.on('error', () => settle(half));
}
