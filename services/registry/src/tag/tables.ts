import type { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface TagRow extends ResourceRow {
  name: string;
  description: string;
  color: TagColor;
  exclusive: number;
}
