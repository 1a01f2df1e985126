import { ProviderError } from '../../events/provider-error.js';
import type { DockerOptions } from './docker-options.js';
import { Engine } from './engine.js';
import { inspectEngine } from './engine-check.js';
import { requireImage } from './sandbox-image.js';

/**
 * What keeps sandboxes from running in containers here, or null. Changes nothing.
 * @param timeoutMs for an engine that does not answer
 */
export async function dockerProblem(
  options: Pick<DockerOptions, 'engine' | 'image' | 'limits' | 'egress'>,
  timeoutMs = 5_000,
): Promise<ProviderError | null> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const engine = new Engine(options.engine);
    await inspectEngine(engine, options, limit);
    await requireImage(engine, options.image, limit);
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    if (!limit.aborted) throw error;
    return new ProviderError('engine_unreachable', 'The Docker engine does not answer.', { cause: error });
  }
}
