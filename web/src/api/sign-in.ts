import { SlipwayClient, type Caller } from '@slipway/client';
import { useSyncExternalStore } from 'react';
import { managesIn } from '../access/manages.js';

const KEY = 'slipway:token';
const CHANGED = 'slipway:asked-who';

let asked = false;
let known: Caller | undefined;

/** The token of this tab, or undefined. */
export const ownToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;

/** The service has asked who one is. */
export function askedWho(): void {
  if (asked) return;
  asked = true;
  dispatchEvent(new Event(CHANGED));
}

/** The service has said who one is. */
export function isKnown(caller: Caller): void {
  known = caller;
  dispatchEvent(new Event(CHANGED));
}

export const onWhoChanged = (changed: () => void) => {
  addEventListener(CHANGED, changed);
  return () => removeEventListener(CHANGED, changed);
};

/** Whether the service wants to know who one is before it shows anything. */
export const isAsked = (): boolean => asked;
export const useIsAsked = (): boolean => useSyncExternalStore(onWhoChanged, isAsked);

/** Who one is; undefined as long as that is not known, and where nobody is asked. */
export function useCaller(): Caller | undefined {
  const caller = useSyncExternalStore(onWhoChanged, () => known);
  return caller?.by === 'nobody' ? undefined : caller;
}

/** Whether one may read who did what in the workspace; false as long as it is not known who one is. */
export const useManages = (workspaceId: string): boolean =>
  useSyncExternalStore(onWhoChanged, () => known !== undefined && managesIn(known, workspaceId));

/** How one can say who one is. */
export interface Ways {
  readonly token: boolean;
  /** What the provider is called at which people log in. */
  readonly login: { readonly name: string } | null;
}

export async function findWays(): Promise<Ways> {
  const answer = await fetch('/auth/ways', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`/auth/ways: ${answer.status}`);
  return (await answer.json()) as Ways;
}

/** Where one logs in, to come back to what is shown now. @param again asked for who one is also where the provider knows */
export function loginAddress(again: boolean): string {
  const query = new URLSearchParams({ return: location.pathname + location.search });
  if (again) query.set('prompt', 'login');
  return `/auth/login?${query.toString()}`;
}

/** Begins anew with a token that holds, in its workspace. Rejects with SlipwayError otherwise. */
export async function signIn(token: string): Promise<void> {
  const { workspaceId } = await new SlipwayClient({ url: location.origin, token }).getCaller();
  sessionStorage.setItem(KEY, token);
  const url = new URL(location.href);
  url.searchParams.delete('problem');
  if (workspaceId !== '*') url.searchParams.set('workspace', workspaceId);
  location.replace(url);
  if (url.href === location.href) location.reload();
}

/** Forgets the token, or ends the log-in, also at the provider where that offers it. */
export async function signOut(): Promise<void> {
  if (ownToken() !== undefined) {
    sessionStorage.removeItem(KEY);
    return location.replace('/');
  }
  const answer = await fetch('/auth/logout', { method: 'POST' });
  if (!answer.ok) throw new Error('It could not be told to the service: try again.');
  const { location: next } = (await answer.json()) as { location: string };
  location.replace(next);
}
