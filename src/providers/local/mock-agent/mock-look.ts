import type { MockTurn } from './mock-parts.js';

/** Answers a prompt without directives: looks at the checkout and changes nothing. Uses nothing from outside of itself. */
export async function mockLook(asked: string, turn: MockTurn): Promise<void> {
  const { lstat, open, readFile, readdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const MOST_FILES = 100_000;
  const PAUSE_MS = 15;
  const { cwd } = turn.session;

  /** From `.git/HEAD` alone: a checkout is not to be trusted with running git. */
  const branchOf = async (): Promise<string> => {
    const head = await readFile(join(cwd, '.git', 'HEAD'), 'utf8').catch(() => '');
    return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? (head.slice(0, 12) || 'none');
  };

  const countFiles = async (): Promise<string> => {
    let files = 0;
    const folders = [cwd];
    for (let folder = folders.pop(); folder !== undefined && files < MOST_FILES; folder = folders.pop()) {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        if (entry.isDirectory() && entry.name !== '.git') folders.push(join(folder, entry.name));
        else if (!entry.isDirectory()) files++;
      }
    }
    return files >= MOST_FILES ? `more than ${MOST_FILES} files` : `${files} file${files === 1 ? '' : 's'}`;
  };

  /** Only of a regular file: a link may point anywhere on this machine. */
  const readmeOf = async (): Promise<string> => {
    const names = await readdir(cwd).catch(() => []);
    const name = names.sort().find((entry) => /^readme(\.|$)/i.test(entry));
    if (name === undefined || !(await lstat(join(cwd, name))).isFile()) return 'There is no README.';
    const file = await open(join(cwd, name));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      const line = lines.map((text) => text.trim()).find((text) => text !== '');
      return line === undefined ? `${name} is empty.` : `${name} begins with "${line.slice(0, 200)}".`;
    } finally {
      await file.close();
    }
  };

  const short = asked.length > 300 ? `${asked.slice(0, 300)}…` : asked;
  const parts: (() => Promise<string>)[] = [
    async () => `You asked: ${short}\n`,
    async () => `I am on branch ${await branchOf()} and see ${await countFiles()}.\n`,
    async () => `${await readmeOf()}\n`,
    async () => 'I am a mock agent: I look, I answer, and I change nothing.',
  ];
  for (const part of parts) {
    turn.say(await part());
    await turn.sleep(PAUSE_MS);
  }
}
