import type { TaskRecord } from '../api/types.js';

const BY_CODE: Readonly<Record<string, string>> = {
  repository_not_found:
    'Check the spelling of the repository and that this machine may read it. A task keeps its repository: for another one, create a new task.',
  remote_refused:
    'The repository refused. Give this machine the right to read it (ssh key or credential helper), then retry.',
  host_not_found: 'Check the spelling of the host and the network of this machine, then retry.',
  branch_not_found:
    'The branch to start from does not exist there. Create it in the repository and retry, or create a new task.',
  git_missing: 'Install git on the machine that runs the service, then retry.',
  agent_needs_login: 'Log the agent in on the machine that runs the service, then retry.',
  agent_install_failed: 'Look at the network and the disk of the machine that runs the service, then retry.',
  agent_unknown: 'There is no such agent. Create a new task with another one.',
  provider_missing:
    'The provider is not configured any more. Add it to SLIPWAY_PROVIDERS, restart the service, then retry.',
};

/** What a person can do about a task in error. */
export function advice({ error }: TaskRecord): string {
  const known = error && BY_CODE[error.code];
  if (known) return known;
  return error?.stage === 'release_sandbox' || error?.stage === 'destroy_sandbox'
    ? 'Retry to clean up again; what is gone already is not missed.'
    : 'Retry goes on from the failed stage and finds what was made before. If the reason stays, archive or kill the task.';
}
