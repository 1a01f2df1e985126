import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord, writeRecord } from './sandbox-files.js';
import { emptyTranscript, Transcript, withEvent } from './transcript.js';

/** Before, a record that was written was too large to be read: all that the agent had said was lost. */
it('the largest transcript that is stored can be read again', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-transcript-'));
  try {
    const text = '\u0001'.repeat(2 << 20);
    const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } };
    const data = JSON.stringify({ method: 'session/update', params: { sessionId: 's', update } });
    const said = withEvent(emptyTranscript('c'), { id: '1', data });
    const file = join(dir, 'transcript.json');
    await writeRecord(file, said);
    expect(await readRecord(file, Transcript)).toEqual(said);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
