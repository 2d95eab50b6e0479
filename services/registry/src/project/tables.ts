import type { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface ProjectRow extends ResourceRow {
  name: string;
  displayName: string;
  description: string;
  /** The JSON as it was given; empty for none. */
  details: string;
  state: ProjectState;
  /** All zeros while it lives, its own id from its deletion on: so its name is free at once. */
  goneId: Id;
  /** When nothing of it was left here; 0 before. */
  purgedTime: Micros;
}
