import { request } from 'node:http';
import { type AgentAddress, requestOptions } from './agent-request.js';

export interface PostedRequest {
  /** Resolves when all of it has been handed to the system. */
  readonly sent: Promise<void>;
  /** The status and the beginning of the body of the answer, which may never come. */
  readonly answered: Promise<{ readonly status: number; readonly text: string }>;
}

const MOST_TEXT = 4 << 10;

/**
 * Posts JSON to an agent server without waiting for the answer, and tells when the request has gone out. Both
 * promises reject when the connection fails, or after `keepMs`, when we hang up.
 */
export function postJson(address: AgentAddress, path: string, body: object, keepMs: number): PostedRequest {
  const text = Buffer.from(JSON.stringify(body));
  const options = requestOptions(address, 'POST', path);
  const posted = request({
    ...options,
    headers: { ...options.headers, 'content-type': 'application/json', 'content-length': text.length },
  });
  const failed = new Promise<never>((_, reject) => posted.on('error', reject));
  const sent = new Promise<void>((resolve) => posted.on('finish', resolve));
  const answered = new Promise<{ status: number; text: string }>((resolve) => {
    posted.on('response', (response) => {
      let start = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (start.length < MOST_TEXT) start += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: start }));
    });
  });
  const timer = setTimeout(() => posted.destroy(new Error('nobody waits any more')), keepMs).unref();
  posted.on('socket', (socket) => socket.unref());
  posted.on('close', () => clearTimeout(timer));
  posted.end(text);
  const either = <T>(good: Promise<T>) => {
    const settled = Promise.race([good, failed]);
    settled.catch(() => undefined);
    return settled;
  };
  return { sent: either(sent), answered: either(answered) };
}
