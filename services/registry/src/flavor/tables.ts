import type { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

/** Those that Signalbox brings are rows of each workspace too, whose owner is all zeros. */
export interface FlavorRow extends ResourceRow {
  name: string;
  type: ComponentType;
  displayName: string;
  /** The JSON as it was given; empty for none. */
  schema: string;
  source: string;
  integration: string;
  logoUrl: string;
  docsUrl: string;
  sdkDocsUrl: string;
  connectorType: string;
  connectorResourceType: string;
  connectorResourceAttribute: string;
  /** Whether people added it. */
  custom: number;
}
