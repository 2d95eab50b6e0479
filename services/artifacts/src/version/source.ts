import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Source, SourceSchema } from "@signalbox/gen/signalbox/value/v1/source_pb.ts";

/** A source as its column has it: no bytes for none. */
export const sourceBytes = (source: Source | undefined): Buffer => (source ? Buffer.from(toBinary(SourceSchema, source)) : none);
const none = Buffer.alloc(0);

export const toSource = (bytes: Buffer): Source | undefined => (bytes.length > 0 ? fromBinary(SourceSchema, bytes) : undefined);

/** What people call it, and filters find it by: its name in its module, of which as much as the column takes. */
export const nameOfSource = (source: Source | undefined): string =>
  source ? [...[source.module, source.attribute].filter(Boolean).join(".")].slice(0, 255).join("") : "";
