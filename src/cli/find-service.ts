import { SlipwayClient, SlipwayError } from '@slipway/client';
import { WebSocket } from 'ws';
import { readRuntime } from '../app/runtime-file.js';

/** A client of the service at `SLIPWAY_URL`, else of the one that runs in the data directory. Rejects with SlipwayError. */
export async function findService(dataDir: string): Promise<SlipwayClient> {
  const url = process.env.SLIPWAY_URL ?? (await readRuntime(dataDir))?.httpUrl;
  if (url !== undefined)
    return new SlipwayClient({ url, WebSocket, token: process.env.SLIPWAY_TOKEN || undefined });
  throw new SlipwayError({
    code: 'unreachable',
    detail: `No service runs in ${dataDir}. Start one with npm start, or set SLIPWAY_URL or SLIPWAY_DATA_DIR.`,
  });
}
