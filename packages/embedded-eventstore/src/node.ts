import { randomUUID } from 'node:crypto';
import { GrpcServer, type Handler } from './grpc/server.js';
import { accessDenied } from './grpc/status.js';
import { Groups } from './persistent/groups.js';
import { persistentSubscriptions } from './persistent/service.js';
import type { AccessKey } from './process/access-key.js';
import { gossipRead, supportedMethods } from './server-info.js';
import { append, systemEvent } from './store/append.js';
import { openTables } from './store/database.js';
import { Journal } from './store/journal.js';
import { Store } from './store/store.js';
import { appendCall } from './streams/append.js';
import { batchAppend } from './streams/batch-append.js';
import { readCall } from './streams/read.js';
import { deleteCall, tombstoneCall } from './streams/remove.js';

/** A node that serves in this process. */
export interface RunningNode {
  readonly port: number;
  /** Ends all calls, stores what is left to store and closes the file. */
  close(): Promise<void>;
}

/**
 * Lets through those who show the key. As the name of their connection, which the client sends with every call: the
 * credentials of an address it drops where there is no TLS.
 */
const onlyWith =
  (key: AccessKey) =>
  (handler: Handler): Handler =>
  (call) => {
    if (!key.isShownAs(call.connectionName)) throw accessDenied();
    handler(call);
  };

/** Opens the data (in memory without a directory) and serves it to those who show the key. */
export async function runNode(options: {
  directory?: string;
  host: string;
  port: number;
  key: AccessKey;
}): Promise<RunningNode> {
  const tables = openTables(options.directory);
  const store = new Store(tables);
  const journal = new Journal(store);
  // As on a real server, `$all` is never empty and does not begin with a client's event.
  if (!store.last)
    await journal.write((transaction) =>
      append(transaction, '$epoch-information', 'no_stream', [
        systemEvent(
          '$epoch-information',
          Buffer.from(JSON.stringify({ epochNumber: 0, epochId: randomUUID() })),
        ),
      ]),
    );
  const groups = new Groups(tables, store, journal);
  let port = 0;
  const services: Record<string, Record<string, Handler>> = {
    'event_store.client.streams.Streams': {
      Append: appendCall(journal),
      BatchAppend: batchAppend(journal),
      Delete: deleteCall(journal),
      Tombstone: tombstoneCall(journal),
      Read: readCall(store),
    },
    'event_store.client.persistent_subscriptions.PersistentSubscriptions': persistentSubscriptions(groups),
  };
  const guarded = onlyWith(options.key);
  // The client names its connection to neither of these, and they tell nothing of what is stored.
  const handlers = new Map<string, Handler>([
    ['/event_store.client.server_features.ServerFeatures/GetSupportedMethods', supportedMethods()],
    [
      '/event_store.client.gossip.Gossip/Read',
      gossipRead(randomUUID(), () => ({ host: options.host, port })),
    ],
  ]);
  for (const [service, methods] of Object.entries(services))
    for (const [method, handler] of Object.entries(methods))
      handlers.set(`/${service}/${method}`, guarded(handler));
  const server = new GrpcServer(handlers);
  port = await server.listen(options.port, options.host);
  return {
    port,
    close: async () => {
      await server.close();
      await groups.save();
      await tables.close();
    },
  };
}
