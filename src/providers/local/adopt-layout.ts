import { lstat, opendir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { isUuid } from '../../platform/text-rules.js';
import { borrowByRelativePath } from './borrowed-objects.js';
import type { LocalLog } from './local-log.js';
import { readBelow, writeText } from '../../platform/plain-files.js';
import {
  listUuids,
  makeFolders,
  readRecord,
  type SandboxFiles,
  sandboxFiles,
  writeRecord,
} from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';

const Layout = Type.Object({ version: Type.Literal(2) });
const LARGEST = 4 << 20;

/**
 * Takes over sandboxes of the first layout, in which our records lay in the folder that belongs to the
 * agent. It is done once for a data directory, before anything else, so that nobody can bring
 * records in this way later. Cut short anywhere, it is begun again.
 */
export async function adoptLayout(dataDir: string, sandboxesDir: string, log?: LocalLog): Promise<void> {
  const layoutFile = join(dataDir, 'layout.json');
  if (await readRecord(layoutFile, Layout)) return;
  for (const taskId of await listUuids(sandboxesDir)) {
    const files = sandboxFiles(sandboxesDir, taskId);
    await moveRecords(files);
    await borrowByRelativePath(files).catch((error: unknown) =>
      log?.warn({ taskId, err: error }, 'its checkout cannot be moved: it is not as we made it'),
    );
  }
  await writeRecord(layoutFile, { version: 2 });
}

/** Everything is copied before the first original goes, what says that the checkout is complete last. */
async function moveRecords(files: SandboxFiles): Promise<void> {
  await makeFolders(files.records, files.sessions);
  const moves: [from: string, to: string][] = [];
  for (const name of await sessionNames(join(files.root, 'sessions'))) {
    moves.push([`sessions/${name}`, join(files.sessions, name)]);
  }
  moves.push(
    ['runtime.json', files.runtime],
    ['agent.pid', files.pid],
    ['checkout.done', files.checkoutDone],
  );
  for (const [from, to] of moves) {
    const text = await readBelow(files.root, from, LARGEST);
    if (text !== undefined) await writeText(to, text.toString());
  }
  const log = join(files.root, 'agent.log');
  // A server that runs goes on writing into it, under whatever name.
  if (
    await lstat(log).then(
      (found) => found.isFile(),
      () => false,
    )
  )
    await rename(log, files.log);
  for (const name of ['agent.log', 'sessions', 'runtime.json', 'agent.pid', 'checkout.done']) {
    await removeTree(join(files.root, name));
  }
}

async function sessionNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  if (
    !(await lstat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  )
    return names;
  for await (const { name } of await opendir(folder)) {
    if (isUuid(name.replace(/(\.transcript)?\.json$/, '')) && names.push(name) >= 1_000) break;
  }
  return names;
}
