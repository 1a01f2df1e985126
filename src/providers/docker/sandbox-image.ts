import { ProviderError } from '../../events/provider-error.js';
import type { Engine } from './engine.js';

/** @throws ProviderError unless the image is there and is one for sandboxes */
export async function requireImage(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  const found = await engine.find('look at the image', signal, (docker) => docker.getImage(image).inspect());
  if (found === null)
    throw new ProviderError(
      'image_missing',
      `The engine has no image ${image}. Build it: npm run image:sandbox`,
    );
  if (found.Config.Labels?.['slipway.sandbox'] === '1') return;
  const reason = `${image} is no image for sandboxes: it lacks the label slipway.sandbox=1 (see docker/sandbox/Dockerfile).`;
  throw new ProviderError('image_missing', reason);
}
