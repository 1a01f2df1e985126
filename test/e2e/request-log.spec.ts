import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CORRELATION = '0af76519-16cd-43dd-8448-eb211c80319c';
const SECRET_QUERY = 'what-people-search-for';

type Line = Record<string, unknown> & { readonly msg: string };

describe('the log of the service', () => {
  let service: ServiceProcess;
  const lines: Line[] = [];
  beforeAll(async () => {
    service = await ServiceProcess.start({ LOG_LEVEL: 'info' });
  });
  afterAll(() => service.dispose());

  const logged = async (what: string, isIt: (line: Line) => boolean): Promise<Line> => {
    await until(what, 20_000, async () => {
      lines.splice(0, lines.length, ...parsed(service.log));
      return lines.some(isIt);
    });
    return lines.find(isIt)!;
  };

  it('has a line for each request, with its id, and for what matters in the life of a task', async () => {
    const answer = await fetch(`${service.url}/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${TRACE}-b7ad6b7169203331-01` },
      body: JSON.stringify({ task: 'fix: it', repoRemote: 'https://git.example.com/shop.git' }),
    });
    expect(answer.headers.get('x-request-id')).toBe(TRACE);
    const { taskId } = (await answer.json()) as { taskId: string };
    expect(await logged('the request', ({ msg }) => msg === 'request')).toMatchObject({
      requestId: TRACE,
      method: 'POST',
      path: '/v1/tasks',
      status: 201,
      taskId,
      actor: expect.any(String),
      address: '127.0.0.1',
    });
    await service.waitForStatus(taskId, 'running');
    expect(await logged('that it runs', ({ msg }) => msg === 'task is running')).toMatchObject({
      taskId,
      correlationId: CORRELATION,
    });
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(taskId, 'killed');
    expect(await logged('that it is killed', ({ msg }) => msg === 'task is killed')).toMatchObject({
      taskId,
    });
  });

  it('says nothing of what is asked all the time, nor what people search for', async () => {
    await service.get('/health/ready');
    await service.get(`/v1/tasks?q=${SECRET_QUERY}`);
    await service.get('/v1/workspaces');
    await logged('the last request', ({ path }) => path === '/v1/workspaces');
    expect(lines.map(({ path }) => path)).not.toContain('/health/ready');
    expect(JSON.stringify(lines)).not.toContain(SECRET_QUERY);
  });

  it('names an answer that was refused as well', async () => {
    const answer = await fetch(`${service.url}/v1/tasks`, {
      headers: { 'x-request-id': 'mine', host: 'evil.example' },
    });
    expect(answer.headers.get('x-request-id')).toBe('mine');
    const { status } = await fetch(`${service.url}/v1/nothing`, { headers: { 'x-request-id': 'none' } });
    expect(await logged('it', ({ requestId }) => requestId === 'none')).toMatchObject({ status });
  });
});

const parsed = (output: string): Line[] =>
  output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
