const { randomUUID } = require('node:crypto');
const { EventStoreDBClient, jsonEvent } = require('@eventstore/db-client');

describe('greetings', () => {
  // The node is everybody's: a stream of one's own keeps test files apart.
  const stream = `greetings-${randomUUID()}`;
  let client;
  beforeAll(() => (client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL)));
  afterAll(() => client.dispose());

  it('are read as they were written', async () => {
    await client.appendToStream(stream, jsonEvent({ type: 'Greeted', data: { name: 'world' } }));
    const names = [];
    for await (const { event } of client.readStream(stream)) names.push(event.data.name);
    expect(names).toEqual(['world']);
  });
});
