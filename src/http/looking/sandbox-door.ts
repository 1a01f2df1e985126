import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { may, type Caller } from '../../access/permissions.js';
import { Places } from '../../access/places.js';
import { GetTask } from '../../projections/queries/get-task.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';

/** Why somebody does not get into a sandbox: a stable word for programs, and a sentence. */
export class NotLetInError extends Error {
  override readonly name = 'NotLetInError';
  constructor(
    readonly code: 'task_not_found' | 'not_permitted' | 'no_terminals' | 'no_ports',
    message: string,
  ) {
    super(message);
  }
}

/** Who gets into sandboxes: whoever may prompt the agent, for that can do as much. */
@Injectable()
export class SandboxDoor {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(Places) private readonly places: Places,
  ) {}

  /**
   * The provider of the task's sandbox, and whose the task is.
   * @param what that is asked for, for people @throws NotLetInError
   */
  async enter(
    caller: Caller,
    taskId: string,
    what: string,
  ): Promise<{ readonly provider: SandboxProvider; readonly workspaceId: string }> {
    const place = await this.places.ofTask(taskId);
    if (place === null || !may(caller, 'read', place))
      throw new NotLetInError('task_not_found', 'There is no such task.');
    if (!may(caller, 'work', place))
      throw new NotLetInError('not_permitted', `${what} takes the role member, as a prompt does.`);
    const { providerId } = await this.queries.execute(new GetTask(taskId));
    return { provider: this.providers.get(providerId), workspaceId: place.workspaceId };
  }
}
