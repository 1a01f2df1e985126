import { describe, expect, it } from '@jest/globals';
import { complete, fail, now, outcomes, resume, retry } from '../../test/support/task-commands.js';
import {
  HISTORIES,
  NOW,
  SOON,
  archiveRequested,
  created,
  named,
  provisioningFailed,
  retryRequested,
  resumeRequested,
  sandboxCreated,
  sandboxReleased,
  sandboxToSetUp,
  settingUp,
  setupFailed,
  setupFinished,
  stageFailed,
  started,
  taskArchived,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import { isDue, react } from '../sagas/react.js';
import type { TaskCommand } from './task-commands.js';

const made = (setupScript?: boolean): TaskCommand => ({
  type: 'CompleteStage',
  attempt: 1,
  at: NOW,
  outcome: { ...outcomes.create_sandbox, setupScript },
});
const failure = { code: 'setup_failed', reason: 'it broke', retryable: false } as const;
const failed = [...settingUp, setupFailed(), stageFailed('run_setup'), provisioningFailed('run_setup')];
const withCommands = (setup: string) => [
  created({ setup }),
  started('ensure_name'),
  named(),
  started('create_sandbox'),
];

describe('the setup of a sandbox', () => {
  it('is run before the agent where the repository has one', () =>
    given(HISTORIES.init_create_sandbox)
      .when(made(true))
      .then([now(sandboxToSetUp('repository')), now(started('run_setup'))])
      .leaves({
        status: 'init_create_sandbox',
        statusMessage: 'Running the setup: .slipway/setup.sh',
        setup: { source: 'repository', state: 'running', run: 1, output: null },
      }));

  it('is what came with the task, whatever the repository has', () => {
    for (const script of [true, false])
      given(withCommands('npm ci\nnpm test'))
        .when(made(script))
        .then([now(sandboxToSetUp('task')), now(started('run_setup'))])
        .leaves({ statusMessage: 'Running the setup: npm ci' });
  });

  it('is no stage where there is none', () =>
    given(HISTORIES.init_create_sandbox)
      .when(made())
      .then([now(sandboxCreated()), now(started('ensure_agent'))])
      .leaves({ setup: null }));

  it('ends with the end of its output, and the agent starts', () =>
    given(settingUp)
      .when(complete('run_setup'))
      .then([now(setupFinished()), now(started('ensure_agent'))])
      .leaves({
        status: 'init_ensure_agent',
        setup: { source: 'repository', state: 'done', run: 1, output: 'added 3 packages\n' },
      }));

  it('fails with the end of its output, and shows less of it than is stored', () => {
    const output = `${'x'.repeat(5_000)}\nno such package\n`;
    given(settingUp)
      .when(fail('run_setup', 1, { ...failure, setupOutput: output, nextAttemptAt: SOON }))
      .then([
        { type: 'SetupFailed', data: { output, at: NOW } },
        {
          type: 'StageFailed',
          data: { stage: 'run_setup', attempt: 1, ...failure, nextAttemptAt: undefined, at: NOW },
        },
        {
          type: 'ProvisioningFailed',
          data: { stage: 'run_setup', attempts: 1, code: 'setup_failed', reason: 'it broke', at: NOW },
        },
      ])
      .leaves({
        status: 'error',
        setup: { source: 'repository', state: 'failed', run: 2, output: output.slice(-2_000) },
      });
  });

  it('is run again, as another run, by a retry', () =>
    given(failed)
      .when(retry)
      .then([now(retryRequested('run_setup'))])
      .leaves({
        status: 'init_create_sandbox',
        stage: 'run_setup',
        setup: { state: 'pending', run: 2 } as never,
      }));

  it('is gone on with when a task is resumed that was archived meanwhile, and not when it had ended', () => {
    const away = [archiveRequested(), started('release_sandbox'), sandboxReleased(), taskArchived()];
    given([...settingUp, ...away])
      .when(resume)
      .then([now(retryRequested('run_setup')), now(resumeRequested())]);
    given([...settingUp, setupFinished(), ...away])
      .when(resume)
      .then([now(retryRequested('ensure_agent')), now(resumeRequested())]);
  });

  it('wakes nobody by its end: what led to it goes on with the agent, whatever that was', () => {
    const ended = [setupFinished(), started('ensure_agent')];
    const again = [
      { event: sandboxToSetUp(), history: settingUp },
      {
        event: stageFailed('run_setup', 1, SOON),
        history: [...settingUp, stageFailed('run_setup', 1, SOON)],
      },
      { event: retryRequested('run_setup'), history: [...failed, retryRequested('run_setup')] },
    ];
    for (const { event, history } of again) {
      expect(react(fold(history), event)).toMatchObject({ type: 'RunStage', stage: 'run_setup' });
      const later = fold([...history, ...ended]);
      const next = react(later, event);
      expect(next).toMatchObject({ type: 'RunStage', stage: 'ensure_agent', attempt: 1 });
      expect(isDue(next!, later)).toBe(true);
    }
  });
});
