import type { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface CodeRepositoryRow extends ResourceRow {
  projectId: Id;
  name: string;
  description: string;
  host: CodeHost;
  address: string;
  logoUrl: string;
  /** The JSON as it was given; empty for none. So is the configuration. */
  source: string;
  configuration: string;
}
