import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The oldest git that knows every option we use. */
const OLDEST = [2, 30] as const;
const LIMIT_MS = 10_000;

/** What to do about a git that is missing or too old, in a line; undefined for one that will do. */
export async function gitWarning(env = process.env): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { env, timeout: LIMIT_MS });
    return complaintAboutGit(stdout);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const how = code === 'ENOENT' ? 'is not on the PATH' : `does not run (${code ?? 'no answer'})`;
    return `git ${how}: install git ${OLDEST.join('.')} or later; until then every task of the local provider fails`;
  }
}

/** As `gitWarning`, from what `git --version` prints. */
export function complaintAboutGit(printed: string): string | undefined {
  const [, version, major, minor] = /((\d+)\.(\d+)[\d.]*)/.exec(printed) ?? [];
  if (version === undefined) return undefined;
  const isNew = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
  return isNew
    ? undefined
    : `git ${version} is too old for the local provider: install ${OLDEST.join('.')} or later`;
}
