// The floor that Slipway is measured against: the same job with nothing in it. A create is one line in an
// append-only file, answered after fsync (those that wait together share one); then four more fsync'd
// appends, one a stage, take the task to `running`. GET /done tells how many are there.
import { open } from 'node:fs/promises';
import http from 'node:http';

const file = await open(process.argv[2], 'a');
let waiting = [];
let writing = false;
let done = 0;

const append = (line) =>
  new Promise((resolve) => {
    waiting.push({ line, resolve });
    if (!writing) void flush();
  });

async function flush() {
  writing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await file.write(batch.map(({ line }) => line).join(''));
    await file.datasync();
    for (const { resolve } of batch) resolve();
  }
  writing = false;
}

const server = http.createServer((request, response) => {
  if (request.method === 'GET') return response.end(String(done));
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', async () => {
    await append(`${body}\n`);
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(body);
    for (let stage = 0; stage < 4; stage++) await append(`${stage} ${body}\n`);
    done++;
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
