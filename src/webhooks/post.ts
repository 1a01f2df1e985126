import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { orAborted } from '../platform/aborts.js';
import { resolveHost } from '../platform/resolve-host.js';
import { isPublicAddress, mayReach, type PrivateHosts } from '../repository/public-host.js';

/** So much of an answer is taken off the line, in bytes; it says nothing beyond its status. */
const MOST_ANSWER_BYTES = 64 * 1_024;

/** The message could not be handed over; the words are for people and hold nothing of what the receiver wrote. */
export class NotDeliveredError extends Error {
  override readonly name = 'NotDeliveredError';
}

export interface PostOptions {
  readonly allowPrivateHosts: PrivateHosts;
  /** Ends the request, from looking up the name to the end of the answer. */
  readonly signal: AbortSignal;
  /** All addresses of a host; the system's resolver by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Posts a body and answers the status. The address is looked up and checked here and the connection made to the one that was
 * checked, so that a second answer of the resolver changes nothing. No redirect is followed and no proxy used.
 * @throws NotDeliveredError, or the signal's reason
 */
export async function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: PostOptions,
): Promise<number> {
  const { signal } = options;
  const address = await orAborted(addressOf(url, options), signal);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request({
      method: 'POST',
      host: address,
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      ...(isIP(name) === 0 && { servername: name }),
      headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal,
    });
    request.on('response', resolve);
    request.on('error', (cause) =>
      reject(signal.aborted ? (signal.reason as Error) : unreachable(url, cause)),
    );
    // One that switches protocols, say, is neither an answer nor an error.
    request.on('close', () => reject(unreachable(url)));
    request.end(body);
  });
  await drained(answer);
  return answer.statusCode!;
}

async function addressOf(
  { hostname, protocol }: URL,
  { allowPrivateHosts, resolve = resolveHost }: PostOptions,
): Promise<string> {
  const name = hostname.replace(/^\[|\]$/g, '');
  const addresses =
    isIP(name) !== 0
      ? [name]
      : await resolve(name).catch((cause: unknown) => {
          const code = (cause as NodeJS.ErrnoException).code ?? 'no answer';
          throw new NotDeliveredError(`The name of the host ${name} could not be looked up (${code}).`, {
            cause,
          });
        });
  const [address] = addresses;
  if (address === undefined || !addresses.every((each) => mayReach(each, name, allowPrivateHosts)))
    throw new NotDeliveredError(
      `The host ${name} resolves to a local or private address that is not allowed, or to none.`,
    );
  if (protocol === 'http:' && addresses.some(isPublicAddress))
    throw new NotDeliveredError(`The host ${name} is public: it is spoken to over https alone.`);
  return address;
}

function unreachable({ host }: URL, cause?: NodeJS.ErrnoException): NotDeliveredError {
  const code = cause?.code;
  return new NotDeliveredError(`${host} could not be reached (${code ?? 'the connection broke'}).`, {
    cause,
  });
}

/** Whatever follows the status changes nothing: it is read so that the receiver can end in peace, up to a limit. */
async function drained(answer: IncomingMessage): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += (chunk as Buffer).length;
      if (size > MOST_ANSWER_BYTES) break;
    }
  } catch {
    // The status has been said.
  }
}
