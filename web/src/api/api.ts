import { SlipwayClient } from '@slipway/client';
import { askedWho, ownToken } from './sign-in.js';

/** How far the service's clock is ahead of this one, in milliseconds: elapsed times are told in its time. */
let clockAhead = 0;
/** The Date header counts whole seconds and an answer travels: less than this is no difference. */
const CLOCK_TOLERANCE_MS = 2_000;

/** The time at the service, in milliseconds since the epoch. */
export const serviceNow = (): number => Date.now() + clockAhead;

/** The page's one client, of the service that the page comes from. */
export const api = new SlipwayClient({
  url: location.origin,
  token: ownToken,
  fetch: async (request) => {
    const response = await fetch(request);
    readClock(response);
    if (response.status === 401) askedWho();
    return response;
  },
});

function readClock(response: Response): void {
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const ahead = theirs - Date.now();
  if (!Number.isNaN(ahead)) clockAhead = Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/** The words for people in whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
