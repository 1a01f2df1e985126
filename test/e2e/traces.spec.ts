import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@slipway/client';
import { Followed } from '../support/followed.js';
import { ServiceProcess } from '../support/service-process.js';
import { SpanCollector, type CollectedSpan } from '../support/span-collector.js';
import { until } from '../support/until.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const REMOTE = 'https://git.example.com/acme/shop.git';
const SERVER = 2;

describe('traces of a task’s life', () => {
  let collector: SpanCollector;
  let service: ServiceProcess;

  beforeAll(async () => {
    collector = await SpanCollector.start();
    service = await ServiceProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=docks',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=fail:1',
    });
  });
  afterAll(async () => {
    await service?.dispose();
    await collector?.stop();
  });

  const create = async (traceparent?: string): Promise<TaskRecord> => {
    const answer = await fetch(`${service.url}/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(traceparent !== undefined && { traceparent }) },
      body: JSON.stringify({ task: 'fix it', repoRemote: REMOTE }),
    });
    expect(answer.status).toBe(201);
    return (await answer.json()) as TaskRecord;
  };
  const childrenOf = ({ spanId }: CollectedSpan, spans: readonly CollectedSpan[]) =>
    spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name);

  it('go from the caller’s span over the request and the stages to the provider, the rows and the sockets', async () => {
    const followed = new Followed(service.client, 'workspace:default');
    const { taskId } = await create(`00-${TRACE}-${CALLER}-01`);
    await service.waitForIdle(taskId);
    await followed.sees('it run', (task) => task.taskId === taskId && task.status === 'running', 10_000);
    followed.stop();
    const named = (name: string) => collector.of(TRACE).filter((span) => span.name === name);
    await until('the last span', 20_000, () =>
      ['effect create_session', 'live update', 'rows', 'stage create_session'].every(
        (name) => named(name).length > 0,
      ),
    );

    const [request] = named('POST /v1/tasks');
    expect(request).toMatchObject({ parentSpanId: CALLER, kind: SERVER });
    const under = childrenOf(request!, collector.of(TRACE));
    expect(under).toEqual(
      expect.arrayContaining(['append', 'rows', 'live update', 'stage ensure_name', 'stage create_session']),
    );
    const tried = named('stage ensure_agent');
    expect(
      tried.map((span) => span.attributes.find(({ key }) => key === 'slipway.attempt')?.value.intValue),
    ).toEqual([1, 2]);
    const effects = tried.map((span) =>
      collector
        .of(TRACE)
        .find((each) => each.parentSpanId === span.spanId && each.name === 'effect ensure_agent'),
    );
    expect(effects.map((span) => span?.status.code)).toEqual([2, 0]);
    expect(childrenOf(tried[1]!, collector.of(TRACE))).toEqual(
      expect.arrayContaining(['append', 'effect ensure_agent']),
    );
    expect(collector.headers[0]).toMatchObject({ 'x-team': 'docks' });
  });

  it('go on after a kill where they were: what led there is in the events', async () => {
    const { taskId } = await create();
    const { body } = await service.get<{
      items: { metadata: { $correlationId: string; traceparent: string } }[];
    }>(`/v1/tasks/${taskId}/history`);
    const { $correlationId, traceparent } = body.items[0]!.metadata;
    const traceId = $correlationId.replaceAll('-', '');
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    await service.kill();
    await service.start();
    await service.waitForIdle(taskId);
    await until('the last stage', 20_000, () =>
      collector.of(traceId).some(({ name }) => name === 'stage create_session'),
    );
    const parents = collector.of(traceId).filter(({ name }) => name.startsWith('stage '));
    expect(new Set(parents.map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set([traceparent.split('-')[2]]),
    );
  });

  it('keep nothing of what is asked all the time, and of callers who are not sampled', async () => {
    const unsampled = '1af7651916cd43dd8448eb211c80319c';
    const { taskId } = await create(`00-${unsampled}-${CALLER}-00`);
    await service.waitForIdle(taskId);
    // Everything that is kept is handed on before the service has stopped.
    await service.stop();
    expect(collector.of(unsampled)).toEqual([]);
    expect(collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
  });
});
