import { LIMIT_NAMES, type LimitEvent, type LimitName } from '../events/access/limit-events.js';

/** How much a workspace may have; null: as much as there is. */
export type Limits = Readonly<Record<LimitName, number | null>>;
/** Those that somebody has set. */
export type OwnLimits = Readonly<Partial<Record<LimitName, number>>>;
/** What is to be set; null: no longer. */
export type LimitsWish = Readonly<Partial<Record<LimitName, number | null>>>;
/** By workspace. */
export type AllLimits = ReadonlyMap<string, OwnLimits>;

/** The fold of the limits' stream. */
export function evolveLimits(all: AllLimits | null, { data }: LimitEvent): AllLimits {
  const own: Record<string, number | null | undefined> = { ...all?.get(data.workspaceId), ...data.limits };
  const set = LIMIT_NAMES.flatMap((name) => (typeof own[name] === 'number' ? [[name, own[name]]] : []));
  return new Map(all).set(data.workspaceId, Object.fromEntries(set) as OwnLimits);
}

/** The event that a wish leads to, of what it changes; null when it changes nothing. Pure. */
export function decideLimits(
  all: AllLimits,
  workspaceId: string,
  wish: LimitsWish,
  at: string,
): LimitEvent | null {
  const own = all.get(workspaceId) ?? {};
  const changes = LIMIT_NAMES.filter(
    (name) => wish[name] !== undefined && wish[name] !== (own[name] ?? null),
  );
  if (changes.length === 0) return null;
  const limits = Object.fromEntries(changes.map((name) => [name, wish[name]]));
  return { type: 'WorkspaceLimitsChanged', data: { workspaceId, limits, at } };
}

/** What holds for a workspace. */
export const limitsWith = (defaults: Limits, own: OwnLimits = {}): Limits => ({ ...defaults, ...own });

/** Whether tasks of the workspace are counted before they begin. */
export const holdTasksBack = ({ liveTasks, sessions, agentMinutesPerDay }: Limits): boolean =>
  liveTasks !== null || sessions !== null || agentMinutesPerDay !== null;
