export {
  type EventStoreNode,
  type EventStoreOptions,
  EventStoreStartError,
  startEventStore,
} from './startEventStore.js';
export { makeDirectory } from './process/make-directory.js';
export { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from './process/directoryLock.js';
