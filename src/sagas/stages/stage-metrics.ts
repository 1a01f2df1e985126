import { Counter, Histogram } from 'prom-client';

/** How long an attempt at a stage took, in seconds, whatever came of it. */
export const stageSeconds = new Histogram({
  name: 'slipway_stage_seconds',
  help: 'Duration of an attempt at a stage, by stage',
  labelNames: ['stage'],
  buckets: [0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
});

export const stageFailures = new Counter({
  name: 'slipway_stage_failures_total',
  help: 'Attempts at a stage that failed, by stage and code; see docs/failure-codes.md',
  labelNames: ['stage', 'code'],
});
