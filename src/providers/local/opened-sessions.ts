import { stat } from 'node:fs/promises';
import type { OpenedSession } from '../session-channel.js';
import { listUuids, type SandboxFiles } from './sandbox-files.js';
import { isOpened, SessionRecordFile } from './session-record.js';

/** A folder that changed so lately may change again without its time showing it, in milliseconds. */
const UNSURE_MS = 2_000;

interface Known {
  /** When the folder was changed last, as it was before it was read. */
  readonly changedNs: bigint;
  /** Whether that was long enough before the reading. */
  readonly isSure: boolean;
  readonly sessions: readonly OpenedSession[];
}

/**
 * The sessions that were opened and whose sandboxes are here, read from their records. Each record is replaced by a renaming,
 * which changes its folder's time, whichever process does it: only folders that changed are read again.
 */
export class OpenedSessions {
  private readonly recordsDir: string;
  private readonly filesOf: (taskId: string) => SandboxFiles;
  private known = new Map<string, Known>();

  constructor(recordsDir: string, filesOf: (taskId: string) => SandboxFiles) {
    this.recordsDir = recordsDir;
    this.filesOf = filesOf;
  }

  async list(signal: AbortSignal): Promise<OpenedSession[]> {
    const known = new Map<string, Known>();
    for (const taskId of await listUuids(this.recordsDir)) {
      signal.throwIfAborted();
      const folder = await this.look(this.filesOf(taskId));
      if (folder !== null) known.set(taskId, folder);
    }
    // Those that are gone are forgotten.
    this.known = known;
    return [...known.values()].flatMap(({ sessions }) => sessions);
  }

  /** What one task has; null where it has no folder for sessions (yet). */
  private async look(files: SandboxFiles): Promise<Known | null> {
    const before = await stat(files.sessions, { bigint: true }).catch(() => null);
    if (before === null) return null;
    const known = this.known.get(files.taskId);
    if (known?.isSure && known.changedNs === before.mtimeNs) return known;
    const isSure = Math.abs(Date.now() - Number(before.mtimeMs)) > UNSURE_MS;
    const sessions: OpenedSession[] = [];
    for (const sessionId of await listUuids(files.sessions, '.json')) {
      const record = await new SessionRecordFile(files, sessionId).read();
      if (record && isOpened(record)) sessions.push({ taskId: files.taskId, sessionId });
    }
    return { changedNs: before.mtimeNs, isSure, sessions };
  }
}
