/** The client's generated messages. They are CommonJS and share one global name space, hence only this door. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const streams =
  require('@eventstore/db-client/generated/streams_pb') as typeof import('@eventstore/db-client/generated/streams_pb.js');
export const persistent =
  require('@eventstore/db-client/generated/persistent_pb') as typeof import('@eventstore/db-client/generated/persistent_pb.js');
export const shared =
  require('@eventstore/db-client/generated/shared_pb') as typeof import('@eventstore/db-client/generated/shared_pb.js');
export const features =
  require('@eventstore/db-client/generated/serverfeatures_pb') as typeof import('@eventstore/db-client/generated/serverfeatures_pb.js');
export const gossip =
  require('@eventstore/db-client/generated/gossip_pb') as typeof import('@eventstore/db-client/generated/gossip_pb.js');
export const status =
  require('@eventstore/db-client/generated/status_pb') as typeof import('@eventstore/db-client/generated/status_pb.js');
export const any =
  require('google-protobuf/google/protobuf/any_pb') as typeof import('google-protobuf/google/protobuf/any_pb.js');
export const empty =
  require('google-protobuf/google/protobuf/empty_pb') as typeof import('google-protobuf/google/protobuf/empty_pb.js');
