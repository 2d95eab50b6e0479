import type { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface ComponentRow extends ResourceRow {
  name: string;
  type: ComponentType;
  flavor: string;
  /** The JSON as it was given; empty for none. */
  configuration: string;
  connectorId: Id;
  connectorResource: string;
  /** A JSON object. */
  environment: string;
  /** UUIDs, joined by commas. */
  secrets: string;
  /** How many stacks it is in, counted in their transactions: of these and its deletion, one waits for the other. */
  stackCount: number;
}

export interface StackRow extends ResourceRow {
  name: string;
  description: string;
  /** A JSON object. */
  environment: string;
  /** UUIDs, joined by commas. */
  secrets: string;
  specPath: string;
}

export interface StackComponentRow {
  workspaceId: Id;
  stackId: Id;
  componentId: Id;
  /** Its place in the request, from 0. */
  position: number;
}
