import type { TaskRecord } from '../events/task/task-record.js';
import type { SandboxProvider } from './sandbox-provider.js';
import { ProviderError } from '../events/provider-error.js';

/** The providers that this service was configured with, by id. */
export class ProviderRegistry {
  private readonly providers: ReadonlyMap<string, SandboxProvider>;

  /** @param providers the first is the default */
  constructor(providers: readonly SandboxProvider[]) {
    this.providers = new Map(providers.map((provider) => [provider.id, provider]));
  }

  get ids(): string[] {
    return [...this.providers.keys()];
  }

  /** The provider of a task. Throws a ProviderError that may be retried: it may be configured again later. */
  get(id: string): SandboxProvider {
    const provider = this.providers.get(id);
    if (provider) return provider;
    throw new ProviderError(
      'provider_missing',
      `Provider ${id} is not configured here; add it to SLIPWAY_PROVIDERS and retry the task.`,
      { retryable: true },
    );
  }

  /**
   * What is wrong with asking a provider for an agent type; null when nothing is, or the provider is not configured
   * here (which is told of elsewhere).
   */
  agentProblem(id: string, agentType: string): string | null {
    const allowed = this.providers.get(id)?.agents;
    if (!allowed || allowed.includes(agentType)) return null;
    return `The agent type ${JSON.stringify(agentType)} is not allowed here; use one of: ${allowed.join(', ')}. SLIPWAY_AGENTS allows more`;
  }

  /** Whether work can be pushed from there; true where the provider is not configured here (which is told of elsewhere). */
  mayPush(id: string): boolean {
    const provider = this.providers.get(id);
    return provider === undefined || provider.pushBranch !== undefined;
  }

  /** How the provider tells what would be lost with a sandbox; undefined where it cannot, or is not configured here. */
  unpushedWorkOf(id: string): SandboxProvider['unpushedWork'] {
    const provider = this.providers.get(id);
    return provider?.unpushedWork?.bind(provider);
  }

  /** The record with where its checkout is now: the data directory may have been moved since it was stored. */
  placed(record: TaskRecord): TaskRecord {
    if (record.sandboxPath === null) return record;
    const sandboxPath = this.providers.get(record.providerId)?.placeOf?.(record.taskId);
    return sandboxPath === undefined || sandboxPath === record.sandboxPath
      ? record
      : { ...record, sandboxPath };
  }

  async close(): Promise<void> {
    await Promise.all([...this.providers.values()].map((provider) => provider.close()));
  }
}
