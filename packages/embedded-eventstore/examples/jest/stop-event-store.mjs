/** Runs in the process of the setup, also where tests have failed. */
export default async function () {
  await globalThis.eventStoreNode.stop();
}
