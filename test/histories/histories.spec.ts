import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dryRunSaga } from '../../src/cli/replay/saga-dry-run.js';
import { describeCommand } from '../../src/cli/replay/task-comparison.js';
import { recordingOf } from '../../src/cli/replay/task-recording.js';
import { TASK_EVENT_TYPES, taskStream } from '../../src/events/task/task-events.js';
import { STAGES } from '../../src/events/task/vocabulary.js';
import { react } from '../../src/sagas/react.js';
import {
  eventsOf,
  expectations,
  historyFiles,
  historyPath,
  streamsOf,
  type Recorded,
} from './recorded-histories.js';

/*
 * Whole tasks as real services, of today and of earlier versions, lived through them and stored them. Today's saga
 * decides at each event what was decided then: otherwise tasks that are under way at an update would go on differently.
 * README.md says how to add one.
 */

const files = historyFiles();
const expected = expectations();

/** A code of each family of failures that a task can meet. */
const FAMILIES: Record<string, readonly string[]> = {
  branches: ['branch_taken', 'branch_not_found'],
  repositories: ['repository_not_found', 'host_not_found', 'remote_unreachable'],
  sandboxes: ['provider_missing', 'simulated_failure'],
  agents: ['agent_unknown', 'agent_died'],
  anything: ['timeout', 'poison_message'],
};

describe('the recorded histories', () => {
  it('are those that were recorded: none was changed, dropped or added in silence', () => {
    const found = files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(historyPath(file)))
        .digest('hex'),
    ]);
    expect(found).toEqual(
      Object.entries(expected)
        .map(([file, { sha256 }]) => [file, sha256])
        .sort(),
    );
  });

  it('hold every type of event, a failure of every stage and of every family of codes', async () => {
    const all = (await Promise.all(files.map(streamsOf))).flatMap((streams) =>
      [...streams].flatMap(([stream, events]) => (stream.startsWith('session-') ? [] : events)),
    );
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set([...TASK_EVENT_TYPES, 'BranchReserved']));
    const failed = all.filter(({ type }) => /Failed$/.test(type)).map(({ data }) => data as Failed);
    const stages = new Set(failed.flatMap(({ stage }) => stage ?? []));
    expect(STAGES.filter((stage) => !stages.has(stage))).toEqual([]);
    const codes = new Set(failed.map(({ code }) => code));
    for (const family of Object.values(FAMILIES))
      expect(family.filter((code) => !codes.has(code))).toEqual([]);
  });

  it.each(files)('%s: today’s saga decides what was decided', async (file) => {
    const { sha256: _, statuses: __, unreadable, ...counts } = expected[file] as Recorded;
    const now = await dryRunSaga(eventsOf(file));
    const told = now.differences.map(
      ({ taskId, type, position, recorded, now: wanted }) =>
        `${taskId}, ${type} at ${position}: ${describeCommand(recorded)} → ${describeCommand(wanted)}`,
    );
    expect(told).toEqual([]);
    expect({ ...now, differences: [], unreadable: now.unreadable.length }).toEqual({
      ...counts,
      differences: [],
      unreadable,
    });
  });

  it.each(files)('%s: its tasks end as the service showed them', async (file) => {
    const streams = await streamsOf(file);
    const { statuses } = expected[file] as Recorded;
    const folded = Object.keys(statuses).map((taskId) => {
      const steps = recordingOf(streams.get(taskStream(taskId))!);
      return [taskId, steps.at(-1)!.after!.status];
    });
    expect(Object.fromEntries(folded)).toEqual(statuses);
  });

  it('tell a saga that decides otherwise', async () => {
    const other: typeof react = (state, event) =>
      event.type === 'AgentStarted' || event.type === 'SessionCreated' ? null : react(state, event);
    const [file] = files.filter((name) => name.includes('life'));
    const { differences } = await dryRunSaga(eventsOf(file!), { react: other });
    expect(new Set(differences.map(({ type }) => type))).toEqual(new Set(['AgentStarted', 'SessionCreated']));
  });
});

interface Failed {
  readonly code: string;
  readonly stage?: string;
}
