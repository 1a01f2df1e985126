import { Counter, Gauge, Histogram } from 'prom-client';

export const projectedEvents = new Counter({
  name: 'slipway_projector_events_total',
  help: 'Events that this process has projected',
});
export const parkedEvents = new Counter({
  name: 'slipway_projector_parked_events_total',
  help: 'Events that this process could not project and has parked',
});
export const batchSize = new Histogram({
  name: 'slipway_projector_batch_events',
  help: 'Events in one batch',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
});
export const batchSeconds = new Histogram({
  name: 'slipway_projector_batch_seconds',
  help: 'Seconds from taking a batch to its commit',
  buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
});
export const lagEvents = new Gauge({
  name: 'slipway_projector_lag_events',
  help: 'Events received and not yet committed to the rows',
});
export const lagSeconds = new Gauge({
  name: 'slipway_projector_lag_seconds',
  help: 'Age of the oldest event that is received and not yet in the rows',
});
export const activeProjector = new Gauge({
  name: 'slipway_projector_active',
  help: '1 in the process that projects, 0 in the others',
});
export const checkpointPosition = new Gauge({
  name: 'slipway_projector_checkpoint_position',
  help: 'Position up to which the rows are',
});
