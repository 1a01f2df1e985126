import { lookup } from 'node:dns/promises';

/** All addresses of a host, as the system's resolver gives them. Rejects with its error where it gives none. */
export const resolveHost = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);
