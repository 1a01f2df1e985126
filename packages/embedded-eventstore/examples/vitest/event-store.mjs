import { startEventStore } from '@slipway/embedded-eventstore';

/** What is provided here is injected in the tests; what is returned runs after them. */
export default async function ({ provide }) {
  const node = await startEventStore({ inMemory: true });
  provide('eventStoreUrl', node.url);
  return () => node.stop();
}
