import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { resourceFields } from "@signalbox/runtime/resource/lists.ts";
import type { ListField, MemberField } from "@signalbox/runtime/store/listing.ts";

/** The fields that secrets and connectors are listed by. */
export function namedFields(
  table: "credentials_secret" | "credentials_connector",
  principals: Pick<Policy, "facts">,
  words: MemberField,
): Readonly<Record<string, ListField>> {
  return {
    ...resourceFields(table, principals),
    name: { kind: "text", column: `${table}.name`, sortable: true, words },
    description: { kind: "text", column: `${table}.description` },
    update_time: { kind: "time", column: `${table}.updateTime`, sortable: true },
  };
}
