import { features, gossip, shared } from './grpc/messages.js';
import { type Handler, unary } from './grpc/server.js';

/** The version whose behaviour the node follows; clients choose what they use by the methods, not by this. */
const SERVER_VERSION = '23.10.0';

const PERSISTENT = 'event_store.client.persistent_subscriptions.persistentsubscriptions';
const BOTH = ['stream', 'all'];

const METHODS: [service: string, method: string, features: string[]][] = [
  ['event_store.client.streams.streams', 'append', []],
  ['event_store.client.streams.streams', 'batchappend', []],
  ['event_store.client.streams.streams', 'delete', []],
  ['event_store.client.streams.streams', 'tombstone', []],
  ['event_store.client.streams.streams', 'read', []],
  [PERSISTENT, 'create', BOTH],
  [PERSISTENT, 'update', BOTH],
  [PERSISTENT, 'delete', BOTH],
  [PERSISTENT, 'read', BOTH],
  [PERSISTENT, 'getinfo', BOTH],
  [PERSISTENT, 'replayparked', BOTH],
  [PERSISTENT, 'list', BOTH],
  [PERSISTENT, 'restartsubsystem', []],
  ['event_store.client.gossip.gossip', 'read', []],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods', []],
];

/** ServerFeatures.GetSupportedMethods. */
export function supportedMethods(): Handler {
  return unary(shared.Empty.deserializeBinary, () => {
    const supported = new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
    for (const [service, method, names] of METHODS)
      supported.addMethods(
        new features.SupportedMethod().setServiceName(service).setMethodName(method).setFeaturesList(names),
      );
    return supported;
  });
}

/** Gossip.Read of a cluster of one. */
export function gossipRead(instanceId: string, address: () => { host: string; port: number }): Handler {
  return unary(shared.Empty.deserializeBinary, () => {
    const { host, port } = address();
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(instanceId))
      .setTimeStamp(`${Date.now()}0000`)
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
    return new gossip.ClusterInfo().setMembersList([member]);
  });
}
