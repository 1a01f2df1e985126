import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const DEPLOY = join(import.meta.dirname, '../../deploy');

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: Record<string, string>;
    }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

describe('/metrics', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=fail:1',
      SLIPWAY_LIMIT_LIVE_TASKS: '7',
    });
  });
  afterAll(() => service.dispose());

  const metrics = async () => (await service.get<string>('/metrics')).body;

  it('count tasks by status, time requests by route and stages, and count what failed by code', async () => {
    const { body } = await service.post('/v1/tasks', {
      task: 'fix: it',
      repoRemote: 'https://git.example.com/shop.git',
    });
    await service.waitForStatus(body.taskId, 'running');
    await service.get(`/v1/tasks/${body.taskId}`);
    await service.get('/nothing/at/all');
    // The counts are up to ten seconds old.
    await until('the task to be counted', 20_000, async () =>
      /^slipway_tasks\{status="running"\} 1$/m.test(await metrics()),
    );
    const said = await metrics();
    expect(said).toMatch(
      /^slipway_http_request_seconds_count\{method="POST",route="\/v1\/tasks",status="201"\} 1$/m,
    );
    expect(said).toMatch(
      /^slipway_http_request_seconds_count\{method="GET",route="\/v1\/tasks\/:taskId",status="200"\} \d+$/m,
    );
    expect(said).toMatch(/^slipway_stage_seconds_count\{stage="create_sandbox"\} 1$/m);
    expect(said).toMatch(/^slipway_stage_failures_total\{stage="ensure_agent",code="\w+"\} 1$/m);
    // As many series as there are tasks would be too many.
    expect(said).not.toContain(body.taskId);
  });

  it('tell how much a workspace has, and may have where that is limited', async () => {
    await until('what the workspace has to be counted', 20_000, async () =>
      /^slipway_workspace_used\{workspace="default",of="live_tasks"\} 1$/m.test(await metrics()),
    );
    const said = await metrics();
    expect(said).toMatch(/^slipway_workspace_limit\{workspace="default",of="live_tasks"\} 7$/m);
    expect(said).not.toMatch(/^slipway_workspace_limit\{workspace="default",of="sessions"\}/m);
  });

  it('have all that the dashboard and the alerts ask for', async () => {
    const names = new Set([...(await metrics()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const alerts = parse(await readFile(join(DEPLOY, 'prometheus/slipway-alerts.yaml'), 'utf8')) as Alerts;
    const dashboard = JSON.parse(await readFile(join(DEPLOY, 'grafana/slipway.json'), 'utf8')) as Dashboard;
    const rules = alerts.groups.flatMap((group) => group.rules);
    for (const { alert, annotations } of rules)
      expect({ alert, annotations }).toMatchObject({ annotations: { summary: /./, action: /./ } });
    const asked = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)].flatMap(({ expr }) => [
      ...expr.matchAll(/\b(slipway|process|nodejs)_[a-z0-9_]+/g),
    ]);
    expect(asked.length).toBeGreaterThan(20);
    const unknown = asked
      .map(([name]) => name)
      .filter((name) => !names.has(name.replace(/_(bucket|count|sum)$/, '')));
    expect(unknown).toEqual([]);
  });
});
