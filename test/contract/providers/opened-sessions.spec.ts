import { describe, expect, it } from '@jest/globals';
import { utimesSync } from 'node:fs';
import { OpenedSessions } from '../../../src/providers/local/opened-sessions.js';
import { sandboxFiles } from '../../../src/providers/local/sandbox-files.js';
import { markReleased, SessionRecordFile } from '../../../src/providers/local/session-record.js';
import { makeFolders } from '../../../src/providers/local/sandbox-files.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider();

describe('the list of opened sessions', () => {
  const filesOf = (taskId: string) => sandboxFiles(fixture.sandbox('.'), taskId);
  const made = async () => {
    const { taskId, sessionId } = fixture.spec();
    const files = filesOf(taskId);
    await makeFolders(files.sessions);
    const record = new SessionRecordFile(files, sessionId);
    await record.write({ state: 'open', launchId: 'l', attempt: 1, agentType: 'mock' });
    return { session: { taskId, sessionId }, files, record };
  };
  /** Of the tests in this file, folders are never as old as those that are not read again. */
  const age = (folder: string) => utimesSync(folder, 1, 1);

  it('is right at once after each change, whoever makes it, also in folders that have rested', async () => {
    const one = new OpenedSessions(fixture.records('.'), filesOf);
    const { session, files, record } = await made();
    const other = await made();
    for (const each of [files, other.files]) age(each.sessions);
    expect(await one.list(never)).toEqual(expect.arrayContaining([session, other.session]));
    // What has not changed is not read: a record that is written past the rules is not seen.
    await record.change({ state: 'reopening' });
    expect(await one.list(never)).toContainEqual(session);
    age(files.sessions);
    await markReleased(files, true);
    expect(await one.list(never)).not.toContainEqual(session);
    await markReleased(files, false);
    expect(await one.list(never)).toContainEqual(session);
    await record.change({ state: 'opening' });
    expect(await one.list(never)).toEqual([other.session]);
  });
});
