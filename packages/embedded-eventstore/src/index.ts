export {
  type EventStoreNode,
  type EventStoreOptions,
  EventStoreStartError,
  startEventStore,
} from './start-event-store.js';
