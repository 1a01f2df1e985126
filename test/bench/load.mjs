// What a client does: creates over kept-alive connections, and waits for tasks to be running.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

/** One POST. Resolves with status, parsed body and milliseconds. */
export function post(url, path, body) {
  const begun = performance.now();
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${url}${path}`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (answer += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, body: JSON.parse(answer), ms: performance.now() - begun }),
        );
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

/** Runs `count` jobs, `width` at a time. */
export async function inFlight(count, width, job) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await job(next++);
    }),
  );
}

/** The q-quantile (0 to 1). */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
