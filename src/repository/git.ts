import { join } from 'node:path';
import { restoreOwnRepository } from './own-repository.js';
import { StreamedProgramError, streamProgram } from '../platform/stream-program.js';
import { RunTimeoutError, runProgram } from '../platform/run-program.js';

export interface GitCall {
  /** The bare repository of ours to work in. */
  readonly cwd?: string;
  /** Instead of it: a checkout that no agent has been given yet. */
  readonly tree?: string;
  /** A bare repository of ours that is read besides. */
  readonly source?: string;
  readonly signal: AbortSignal;
  /** The one protocol that this call may use; none by default. */
  readonly protocol?: 'https' | 'ssh' | 'file';
  /** More `-c name=value` settings and environment, e.g. from `RemoteRoute`. */
  readonly config?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | AsyncIterable<Buffer>;
  /** Given on descriptor 3, to be read once. */
  readonly secret?: string;
  /** The most that git may print, in bytes; 1 MiB by default. */
  readonly mostOutput?: number;
  /** The largest file that git may write: what a fetch brings is one. More ends it with SIGXFSZ. */
  readonly mostFileBytes?: number;
  /** A lock file that git and all its children hold; who waits longer than the time-out fails. */
  readonly lock?: string;
}

/** So many characters of what git said are told. */
const MOST_SAID = 500;

/** Git ended with another exit code than 0, or took too long (code null). */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly code: number | null;
  readonly stderr: string;

  constructor(command: string, code: number | null, stderr: string) {
    super(`git ${command} failed: ${endOf(stderr) || `exit code ${code}`}`);
    this.code = code;
    this.stderr = stderr;
  }
}

/** The last whole lines that are about what went wrong: advice for somebody at a terminal is not. */
function endOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !/^(remote: )?hint:/.test(line)).join('\n');
  if (said.length <= MOST_SAID) return said;
  const end = said.slice(-MOST_SAID);
  return end.slice(end.indexOf('\n') + 1).toWellFormed();
}

/** What `flock` answers when the lock was not to be had in time. */
export const LOCK_TIMEOUT_CODE = 75;

/** Settings that a repository's own must never decide when it is we who run git. */
const CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=:',
  'core.askPass=',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'credential.helper=',
  'http.followRedirects=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  // Checkouts borrow the mirror's objects: nothing may ever remove some.
  'gc.auto=0',
  'maintenance.auto=false',
  // Said of every call, because of GIT_GRAFT_FILE.
  'advice.graftFileDeprecated=false',
];

/** Of our own environment git sees only what reaches an ssh agent and the machine's certificates. */
const INHERITED = ['PATH', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'];

export interface GitOptions {
  /** The longest that one call may take, in milliseconds; without, the call's signal alone decides. */
  readonly timeoutMs?: number;
  /** An empty folder of ours as HOME, so that nobody's ~/.netrc or ~/.config is read. */
  readonly home: string;
  /** Whether `flock` is there. */
  readonly locks: boolean;
}

/** Runs git, hardened: no shell, no hooks, no prompts, no system's or user's configuration, an environment of its own. */
export class Git {
  private readonly options: GitOptions;

  constructor(options: GitOptions) {
    this.options = options;
  }

  /**
   * @param args the command and its arguments, with `--` before whatever a caller or repository named
   * @returns what git printed
   * @throws GitError, or the signal's reason
   */
  async run(args: readonly string[], call: GitCall): Promise<string> {
    const config = [...CONFIG, ...(call.config ?? [])].flatMap((setting) => ['-c', setting]);
    const [file, ...all] = this.locked(call, [...limited(call), 'git', ...config, ...args]);
    const command = args[0] ?? '';
    for (const path of [call.cwd, call.source]) if (path !== undefined) await restoreOwnRepository(path);
    try {
      const result = await runProgram(file, all, {
        cwd: call.cwd ?? call.tree ?? this.options.home,
        env: this.environment(call),
        signal: call.signal,
        timeoutMs: this.options.timeoutMs,
        input: call.input,
        secret: call.secret,
        mostOutput: call.mostOutput,
      });
      if (result.code !== 0) throw new GitError(command, result.code, result.stderr);
      return result.stdout;
    } catch (error) {
      if (error instanceof RunTimeoutError) throw new GitError(command, null, error.message);
      throw error;
    }
  }

  /**
   * As `run`, for what may be long: its output comes piece by piece, no faster than it is taken, and who stops taking ends git.
   * The caller's signal alone bounds its time.
   * @throws GitError, or the signal's reason
   */
  async *stream(args: readonly string[], call: GitCall): AsyncGenerator<Buffer, void, undefined> {
    const config = [...CONFIG, ...(call.config ?? [])].flatMap((setting) => ['-c', setting]);
    const options = {
      cwd: call.cwd ?? call.tree ?? this.options.home,
      env: this.environment(call),
      signal: call.signal,
    };
    try {
      yield* streamProgram('git', [...config, ...args], options);
    } catch (error) {
      if (!(error instanceof StreamedProgramError)) throw error;
      throw new GitError(args[0] ?? '', error.code, error.stderr);
    }
  }

  /** Removes what killed gits left in a repository. Only under the repository's lock is it certain that nobody needs it. */
  async sweep(repository: string, lock: string, signal: AbortSignal): Promise<void> {
    const env = this.environment({ signal });
    const remove = async (...where: string[]) => {
      const [file, ...args] = this.locked({ lock, signal }, ['find', ...where, '-type', 'f', '-delete']);
      await runProgram(file, args, {
        cwd: this.options.home,
        env,
        signal,
        timeoutMs: this.options.timeoutMs,
      });
    };
    await remove(repository, '-name', '*.lock');
    await remove(join(repository, 'objects'), '-name', 'tmp_*');
  }

  private locked(call: GitCall, command: readonly string[]): [string, ...string[]] {
    if (call.lock === undefined || !this.options.locks) return command as [string, ...string[]];
    const { timeoutMs } = this.options;
    const wait = timeoutMs === undefined ? [] : ['-w', String(Math.ceil(timeoutMs / 1000))];
    return ['flock', ...wait, '-E', String(LOCK_TIMEOUT_CODE), call.lock, ...command];
  }

  private environment(call: GitCall): Record<string, string> {
    const env: Record<string, string> = {
      HOME: this.options.home,
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      SSH_ASKPASS: '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_GRAFT_FILE: '/dev/null',
      GIT_ALLOW_PROTOCOL: call.protocol ?? 'none',
      // A folder that is no repository must not make git look for one above our data.
      GIT_CEILING_DIRECTORIES: call.tree ?? this.options.home,
      // Named, not looked for: in a folder where others may write, git would find what they want.
      ...(call.cwd !== undefined && { GIT_DIR: call.cwd }),
      ...call.env,
    };
    for (const name of INHERITED) {
      const value = process.env[name];
      if (value !== undefined) env[name] = value;
    }
    return env;
  }
}

/** A shell sets the limit (in blocks of 512 bytes) and becomes git. */
function limited({ mostFileBytes }: GitCall): string[] {
  if (mostFileBytes === undefined) return [];
  return ['/bin/sh', '-c', 'ulimit -f "$0" && exec "$@"', String(Math.ceil(mostFileBytes / 512))];
}
