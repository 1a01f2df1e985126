export { type EventStoreNode, type EventStoreOptions, startEventStore } from './startEventStore.js';
export { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from './process/directoryLock.js';
