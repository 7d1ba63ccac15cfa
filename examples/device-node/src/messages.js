// The .proto files, and messages that travel as bytes because they are hashed or signed.
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import { Refusal } from './refusal.js';

const folder = process.env.OCTOMIL_PROTO ?? fileURLToPath(new URL('../../../proto/src/main/proto', import.meta.url));

const definition = protoLoader.loadSync(
  ['octomil/secagg/v1/device_relay.proto', 'octomil/aggregator/v1/device_aggregator.proto'],
  { includeDirs: [folder], longs: String, enums: String, defaults: true, oneofs: true },
);

export const { octomil } = grpc.loadPackageDefinition(definition);

/** Parses a message of octomil.secagg.v1. */
export function parse(name, bytes) {
  try {
    return definition[`octomil.secagg.v1.${name}`].deserialize(Buffer.from(bytes));
  } catch (e) {
    throw new Refusal('MALFORMED_ANSWER', `${name} does not parse: ${e.message}`);
  }
}
