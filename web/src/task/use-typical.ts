import { api } from '../api/api.js';
import { useResource } from '../ui/use-resource.js';
import type { Typical } from './stages.js';

/** How long each stage usually takes at the provider, from what it took lately. */
export function useTypical(providerId: string): Typical {
  const { data } = useResource(providerId, async (signal) => {
    const { items } = await api.getStageDurations({ providerId }, { signal });
    return Object.fromEntries(items.map(({ stage, p50Ms }) => [stage, p50Ms])) as Typical;
  });
  return data ?? NOTHING;
}

const NOTHING: Typical = {};
