import type { Project } from '@slipway/client';
import { repositoryName } from '../task/vocabulary.js';
import { Icon } from '../ui/icon.js';

/** Id of the list that a field offers while one types. */
export const KNOWN_PROJECTS = 'known-projects';
const OFFERED = 6;

interface KnownProjectsProps {
  readonly projects: readonly Project[];
  readonly chosen: string;
  readonly onChoose: (repoRemote: string) => void;
}

/** The workspace's repositories: all of them while one types, the newest to press. */
export function KnownProjects({ projects, chosen, onChoose }: KnownProjectsProps) {
  return (
    <>
      <datalist id={KNOWN_PROJECTS}>
        {projects.map(({ projectId, repoRemote }) => (
          <option key={projectId} value={repoRemote} />
        ))}
      </datalist>
      <div className="known" role="group" aria-label="Known projects">
        {projects.slice(0, OFFERED).map(({ projectId, repoRemote }) => (
          <button
            key={projectId}
            type="button"
            className="chip"
            title={repoRemote}
            aria-pressed={chosen === repoRemote}
            onClick={() => onChoose(repoRemote)}
          >
            <Icon name="repository" />
            {repositoryName(repoRemote)}
          </button>
        ))}
      </div>
    </>
  );
}
