import type { ContainerInspectInfo } from 'dockerode';
import { ProviderError } from '../../events/provider-error.js';
import { pause } from '../../platform/clock.js';
import { isUuid } from '../../platform/text-rules.js';
import { tracePoint } from '../../platform/trace-points.js';
import { containerBody, type ContainerPlan, LABEL } from './container-body.js';
import type { Engine } from './engine.js';
import { statusOf } from './engine-failure.js';
import { requireImage } from './sandbox-image.js';

/** How long programs may take to end after they were asked to, in seconds. */
const GRACE_S = 2;
const LOOK_MS = 50;
const MOST_LOG = 4 << 20;

/** What runs in a container: the agent server, or a setup. */
export type Role = 'agent' | 'setup';

export type Container = ContainerInspectInfo;

/** The containers of this service at an engine: found by name, believed by their labels. */
export class Containers {
  /** @param service tells this service's from another's */
  constructor(
    private readonly engine: Engine,
    private readonly service: string,
  ) {}

  /** The task's container in that role, or null. @throws ProviderError when somebody else's has its name */
  async find(taskId: string, role: Role, signal: AbortSignal): Promise<Container | null> {
    const name = nameOf(taskId, role);
    const found = await this.engine.find('look at a container', signal, (docker) =>
      docker.getContainer(name).inspect(),
    );
    if (found === null || this.isOurs(found, taskId, role)) return found;
    const reason = `The name ${name} is taken at the engine by a container that is not this service's.`;
    throw new ProviderError('sandbox_name_taken', reason);
  }

  /**
   * Makes and starts a container, and gives it its input; one that runs is found.
   * @throws ProviderError
   */
  async start(
    taskId: string,
    role: Role,
    plan: Omit<ContainerPlan, 'name'> & { readonly input: string },
    signal: AbortSignal,
  ): Promise<Container> {
    await requireImage(this.engine, plan.image, signal);
    const name = nameOf(taskId, role);
    const labels = { ...plan.labels, ...this.labels(taskId, role) };
    await this.engine.ask('make a container', signal, (docker) =>
      docker.createContainer(containerBody({ ...plan, name, labels })).catch((error: unknown) => {
        // Somebody made it meanwhile: whether it was us, `find` tells.
        if (statusOf(error) !== 409) throw error;
      }),
    );
    await this.find(taskId, role, signal);
    tracePoint('container.made', taskId);
    await this.engine.ask('start a container', signal, async (docker) => {
      const container = docker.getContainer(name);
      const input = await container.attach({ stream: true, stdin: true, hijack: true });
      input.on('error', () => undefined);
      await container.start().catch((error: unknown) => {
        // It runs.
        if (statusOf(error) !== 304) throw error;
      });
      tracePoint('container.started', taskId);
      input.end(plan.input);
    });
    const started = await this.find(taskId, role, signal);
    if (started) return started;
    throw new ProviderError('engine_failed', `The container ${name} is gone as soon as it was started.`);
  }

  /** Ends all that runs in it, and keeps it. Harmless when there is none; one that is not ours is left alone. */
  async stop(taskId: string, role: Role, signal: AbortSignal): Promise<void> {
    const found = await this.findOurs(taskId, role, signal);
    if (found === null) return;
    await this.engine.find('stop a container', signal, (docker) =>
      docker
        .getContainer(found.Id)
        .stop({ t: GRACE_S })
        .catch((error: unknown) => {
          if (statusOf(error) !== 304) throw error;
        }),
    );
  }

  /** Removes it with all that runs in it. Harmless when there is none; one that is not ours is left alone. */
  async remove(taskId: string, role: Role, signal: AbortSignal): Promise<void> {
    const found = await this.findOurs(taskId, role, signal);
    if (found === null) return;
    for (;;) {
      const isGone = await this.engine.find('remove a container', signal, (docker) =>
        docker
          .getContainer(found.Id)
          .remove({ force: true, v: true })
          .then(
            () => true,
            (error: unknown) => {
              // Its removal is under way already.
              if (statusOf(error) === 409) return false;
              throw error;
            },
          ),
      );
      if (isGone !== false) return;
      await pause(LOOK_MS, signal);
    }
  }

  /** The end of what it put out. */
  async output(id: string, signal: AbortSignal): Promise<Buffer> {
    const log = await this.engine.find('read the output of a container', signal, (docker) =>
      docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false }),
    );
    return log === null ? Buffer.alloc(0) : withoutFrames(log).subarray(-MOST_LOG);
  }

  /** What it put out after that time (seconds, with nine digits behind the point), each line with its own. */
  async outputSince(id: string, since: string, signal: AbortSignal): Promise<Buffer> {
    const log = await this.engine.find('read the output of a container', signal, (docker) =>
      docker.getContainer(id).logs({ stdout: true, stderr: true, timestamps: true, since, follow: false }),
    );
    return log === null ? Buffer.alloc(0) : withoutFrames(log);
  }

  /** Resolves when it does not run any more. */
  async ended(id: string, signal: AbortSignal): Promise<Container | null> {
    for (;;) {
      const found = await this.engine.find('look at a container', signal, (docker) =>
        docker.getContainer(id).inspect(),
      );
      if (found === null || !isRunning(found)) return found;
      await pause(LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Every task of this service that the engine has a container of, and whether one runs. */
  async list(signal: AbortSignal): Promise<Map<string, boolean>> {
    const filters = { label: [`${LABEL.service}=${this.service}`] };
    const all = await this.engine.ask('list containers', signal, (docker) =>
      docker.listContainers({ all: true, filters }),
    );
    const tasks = new Map<string, boolean>();
    for (const { Labels, State } of all) {
      const taskId = Labels[LABEL.task] ?? '';
      if (isUuid(taskId)) tasks.set(taskId, State === 'running' || tasks.get(taskId) === true);
    }
    return tasks;
  }

  /** As `find`, but somebody else's is none. */
  private findOurs(taskId: string, role: Role, signal: AbortSignal): Promise<Container | null> {
    return this.find(taskId, role, signal).catch((error: unknown) => {
      if (error instanceof ProviderError && error.code === 'sandbox_name_taken') return null;
      throw error;
    });
  }

  private isOurs({ Config }: Container, taskId: string, role: Role): boolean {
    return Object.entries(this.labels(taskId, role)).every(([name, value]) => Config.Labels[name] === value);
  }

  private labels(taskId: string, role: Role): Record<string, string> {
    return { [LABEL.service]: this.service, [LABEL.task]: taskId, [LABEL.role]: role };
  }
}

/** The container's name at the engine. */
export const nameOf = (taskId: string, role: Role): string =>
  role === 'agent' ? `slipway-${taskId}` : `slipway-${taskId}-${role}`;

export const isRunning = ({ State }: Container): boolean => State.Running && !State.Paused;

/** Each piece of an engine's log has a header of eight bytes, the last four of which are its length. */
function withoutFrames(log: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const length = log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces);
}
