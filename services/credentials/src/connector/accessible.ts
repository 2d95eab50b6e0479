import { create } from "@bufbuild/protobuf";
import { type AccessibleResources, AccessibleResourcesSchema } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { type KindRow, kindIn } from "./columns.ts";
import { typedIn } from "./settings.ts";

/** How the resources of some types are spelled. */
const schemes: Readonly<Record<string, string>> = { "s3-bucket": "s3://", "gcs-bucket": "gs://", "blob-container": "az://" };

const notListed = "not listed: the provider would have to be asked, with what the connector keeps";

/** What a connector says itself that it gives access to, by type. */
export function accessibleBy(row: KindRow): AccessibleResources[] {
  const { resource, resourceTypes } = kindIn(row);
  const typed = typedIn(row);
  return resourceTypes.map((type) => {
    const scheme = schemes[type];
    const own = resource !== "" && (resourceTypes.length === 1 || (scheme !== undefined && resource.startsWith(scheme))) ? [resource] : [];
    const resources = typed?.method === "awsRole" && type === "s3-bucket" ? typed.value.resources : own;
    return create(AccessibleResourcesSchema, { type, resources: [...resources], error: resources.length === 0 ? notListed : "" });
  });
}
