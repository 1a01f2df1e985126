import { join } from 'node:path';
import pLimit from 'p-limit';
import { aborted } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import type { SessionEnd } from '../sandbox-provider.js';
import { runningServer } from './agent-server.js';
import { AgentSession } from './agent-session.js';
import type { LocalLog } from './local-log.js';
import { listUuids, type SandboxFiles } from './sandbox-files.js';

const LOOK_AGAIN_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const REPORTS_AT_ONCE = 4;

export type ReportEnd = (end: SessionEnd) => Promise<boolean>;
type InTurn = <T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/**
 * Follows every open session for its end: one idle connection each, no questions. Which sessions are open
 * is in their records, so a watch goes on where an earlier process stopped.
 */
export class OpenSessions {
  private readonly recordsDir: string;
  private readonly filesOf: (taskId: string) => SandboxFiles;
  private readonly inTurn: InTurn;
  private readonly log?: LocalLog;
  private follow?: (taskId: string, sessionId: string) => void;

  /** @param inTurn runs work on a session after all other work on it */
  constructor(recordsDir: string, filesOf: (taskId: string) => SandboxFiles, inTurn: InTurn, log?: LocalLog) {
    this.recordsDir = recordsDir;
    this.filesOf = filesOf;
    this.inTurn = inTurn;
    this.log = log;
  }

  /** A session is open: it is followed from now on, if anybody watches. */
  note(taskId: string, sessionId: string): void {
    this.follow?.(taskId, sessionId);
  }

  /**
   * Tells of each end until the signal aborts; told again until `report` answers true. Never rejects but for what
   * hinders the listing of the records.
   */
  async watch(report: ReportEnd, signal: AbortSignal): Promise<void> {
    const followed = new Map<string, Promise<void>>();
    const limit = pLimit(REPORTS_AT_ONCE);
    const limited: ReportEnd = (end) => limit(() => report(end));
    this.follow = (taskId, sessionId) => {
      if (signal.aborted || followed.has(sessionId)) return;
      const one = this.followOne(taskId, sessionId, limited, signal);
      followed.set(
        sessionId,
        one.finally(() => followed.delete(sessionId)),
      );
    };
    try {
      for (const taskId of await listUuids(this.recordsDir)) {
        for (const sessionId of await listUuids(join(this.filesOf(taskId).sessions), '.json')) {
          if (signal.aborted) break;
          const session = new AgentSession(this.filesOf(taskId), sessionId);
          if (await session.isToBeWatched()) this.note(taskId, sessionId);
        }
      }
      await aborted(signal);
    } finally {
      this.follow = undefined;
      await Promise.all(followed.values());
    }
  }

  private async followOne(
    taskId: string,
    sessionId: string,
    report: ReportEnd,
    signal: AbortSignal,
  ): Promise<void> {
    const files = this.filesOf(taskId);
    const session = new AgentSession(files, sessionId);
    const inTurn = <T>(work: () => Promise<T>) => this.inTurn(sessionId, signal, work);
    let wait = LOOK_AGAIN_MS;
    while (!signal.aborted) {
      try {
        if (!(await session.isToBeWatched())) return;
        const end = await session.awaitEnd(await runningServer(files), inTurn, signal);
        if (end && (await report({ taskId, sessionId, ...end }))) {
          await inTurn(() => session.markTold());
          return;
        }
        wait = LOOK_AGAIN_MS;
      } catch (error) {
        if (signal.aborted) return;
        this.log?.warn({ taskId, sessionId, err: error }, 'the end of a session could not be told yet');
        wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
      }
      await pause(wait, signal);
    }
  }
}
