import { startEventStore } from '@slipway/embedded-eventstore';

/** The workers of Jest inherit the environment, and nothing else, of the process that this runs in. */
export default async function () {
  globalThis.eventStoreNode = await startEventStore({ inMemory: true });
  process.env.EVENTSTORE_URL = globalThis.eventStoreNode.url;
}
