import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isDeepStrictEqual } from 'node:util';
import type { EnvVersion } from '../events/project/project-parts.js';
import { NO_SETTINGS, type ProjectSettingsFold, type ProjectState } from '../events/project/project-state.js';
import type { Clock } from '../platform/clock.js';
import { variablesProblem } from '../platform/env-variables.js';
import { CLOCK } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { ProjectEnvs, type Variables } from '../repository/credentials/project-envs.js';
import { ProjectStreams } from '../store/aggregate-streams.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { InvalidRequestError } from './command-refused.js';
import { decideProject } from './decide-project.js';
import { causationOf, type CommandContext } from './executor.js';

const MAX_TRIES = 20;

/** What is to be another than before. Of the variables each: null removes it; null for all of them removes all, for good. */
export interface ProjectChange extends Partial<Omit<ProjectSettingsFold, 'env'>> {
  readonly env?: Readonly<Record<string, string | null>> | null;
}

/** Changes a project's settings, for tasks that are created from then on. */
export class ChangeProjectCommand {
  constructor(
    readonly project: { readonly projectId: string; readonly workspaceId: string },
    readonly change: ProjectChange,
    readonly context: CommandContext,
  ) {}
}

/**
 * Values of variables are stored before the event that names their version, and deleted after the one that clears them: killed
 * in between, a version lies there that nobody knows, or clearing is repeated.
 */
@CommandHandler(ChangeProjectCommand)
export class ChangeProjectHandler implements ICommandHandler<ChangeProjectCommand, ProjectSettingsFold> {
  constructor(
    @Inject(ProjectStreams) private readonly streams: ProjectStreams,
    @Inject(ProjectEnvs) private readonly envs: ProjectEnvs,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ project, change, context }: ChangeProjectCommand): Promise<ProjectSettingsFold> {
    this.check(change);
    const { env: asked, ...plain } = change;
    const { projectId } = project;
    for (let tries = 1; ; tries++) {
      const fold = await this.streams.refresh(projectId);
      const env = asked && (await this.nextEnv(projectId, asked, fold.state));
      const [event] = decideProject(
        { type: 'ChangeProject', ...project, change: { ...plain, env }, at: this.clock.now().toISOString() },
        fold.state,
      );
      // Told apart from what somebody may set right afterwards.
      const known = asked === null ? await this.envs.list(projectId) : [];
      try {
        const { state } =
          event === undefined
            ? fold
            : await this.streams.append(projectId, fold, [event], causationOf(context));
        await this.envs.delete(known);
        return state ?? NO_SETTINGS;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError) || tries >= MAX_TRIES) throw error;
      }
    }
  }

  /** The version with what is asked for; undefined when it is the one that there is. */
  private async nextEnv(
    projectId: string,
    asked: Readonly<Record<string, string | null>>,
    state: ProjectState | null,
  ): Promise<EnvVersion | null | undefined> {
    const now: Variables = state?.env ? await this.envs.open(state.env.envId) : {};
    const all = Object.entries({ ...now, ...asked }).filter(
      (each): each is [string, string] => each[1] !== null,
    );
    const next: Variables = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
    if (isDeepStrictEqual(next, now)) return undefined;
    const names = Object.keys(next);
    if (names.length === 0) return null;
    const problem = variablesProblem(next);
    if (problem !== null) throw new InvalidRequestError([{ field: 'env', message: problem }]);
    return { envId: await this.envs.put(projectId, next, state?.env?.envId ?? null), names };
  }

  /** An agent that no provider here may run is refused now, and not with each task. */
  private check({ agentType }: ProjectChange): void {
    if (!agentType) return;
    const problems = this.providers.ids.map((id) => this.providers.agentProblem(id, agentType));
    const [first] = problems;
    if (first && problems.every(Boolean))
      throw new InvalidRequestError([{ field: 'agentType', message: first }], 'agent_not_allowed');
  }
}
