export {
  acquireDirectoryLock,
  DirectoryInUseError,
  type DirectoryLock,
  type LockOptions,
} from './directory-lock.js';
export { makeDirectory } from './make-directory.js';
export { describeProcess, parseStat, processIdentity, type ProcessStat } from './process-identity.js';
