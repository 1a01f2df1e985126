/** One node for the whole run: started before the first test file, stopped after the last. */
export default {
  test: {
    include: ['*.test.mjs'],
    globalSetup: ['./event-store.mjs'],
  },
};
