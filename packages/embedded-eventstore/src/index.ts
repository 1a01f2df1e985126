export {
  type EventStoreNode,
  type EventStoreOptions,
  EventStoreStartError,
  startEventStore,
} from './start-event-store.js';
export { makeDirectory } from './process/make-directory.js';
export { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from './process/directory-lock.js';
