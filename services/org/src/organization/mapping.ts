import { create } from "@bufbuild/protobuf";
import { type Organization, OrganizationSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { OrganizationTable } from "../tables.ts";

export function toOrganization({ id, name, displayName, description, revision, createTime, updateTime }: OrganizationTable): Organization {
  return create(OrganizationSchema, {
    id: toUuid(id),
    name,
    displayName,
    description,
    createTime: toTimestamp(createTime),
    updateTime: toTimestamp(updateTime),
    etag: etagOf(revision),
  });
}
