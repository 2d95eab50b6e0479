import { readFileSync } from "node:fs";
import { createFileRegistry, type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { type Any, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

// The contract of connectconformance, read from its own module when the tests run. Only what the server looks at is named here.

export interface HeaderList {
  readonly name: string;
  readonly value: readonly string[];
}

export interface Failure {
  readonly code: number;
  readonly message?: string;
  readonly details: readonly Any[];
}

/** What the server is told to answer. */
export interface UnaryDefinition {
  readonly responseHeaders: readonly HeaderList[];
  readonly responseTrailers: readonly HeaderList[];
  readonly responseDelayMs: number;
  readonly response:
    | { readonly case: "responseData"; readonly value: Uint8Array }
    | { readonly case: "error"; readonly value: Failure }
    | { readonly case: undefined };
}

export interface StreamDefinition {
  readonly responseHeaders: readonly HeaderList[];
  readonly responseTrailers: readonly HeaderList[];
  readonly responseDelayMs: number;
  readonly responseData: readonly Uint8Array[];
  readonly error?: Failure;
}

export type Asked<Definition> = Message & { readonly responseDefinition?: Definition; readonly fullDuplex?: boolean };

/** What the runner wants of a server. */
export interface ServerRequest {
  readonly protocol: number;
  readonly httpVersion: number;
  readonly useTls: boolean;
  readonly clientTlsCert: Uint8Array;
  readonly messageReceiveLimit: number;
  readonly serverCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array };
}

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(process.env.CONFORMANCE_CONTRACT ?? "")));

export function messageOf(name: string): DescMessage {
  const message = registry.getMessage(`connectrpc.conformance.v1.${name}`);
  if (!message) throw new Error(`connectconformance has no message ${name}`);
  return message;
}

function serviceOf(name: string) {
  const service = registry.getService(`connectrpc.conformance.v1.${name}`);
  if (!service) throw new Error(`connectconformance has no service ${name}`);
  return service;
}

/** The service, less the method that a server is not to have. */
export const conformanceService = serviceOf("ConformanceService");
export { registry };
