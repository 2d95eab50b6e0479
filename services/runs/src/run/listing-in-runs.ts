import type { DescEnum } from "@bufbuild/protobuf";
import { type ListQuery, principalField, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { ListField, Listing } from "@signalbox/runtime/store/listing.ts";
import type { PrincipalNames } from "./mapping.ts";

interface InRuns {
  readonly table: string;
  readonly type: DescEnum;
  readonly status: DescEnum;
  /** What is asked of these alone. */
  readonly own: (names: PrincipalNames) => Readonly<Record<string, ListField>>;
}

/** What may be asked of what lies in the runs of a workspace, each kind in a table of its own. */
export const listingInRuns =
  ({ table, type, status, own }: InRuns) =>
  (names: PrincipalNames, query: Pick<ListQuery, "projectId" | "visible">): Listing => ({
    table,
    ...scopeIn(query),
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name" },
      run: { kind: "id", column: "runId", implies: ["projectId"] },
      project: { kind: "id", column: "projectId" },
      type: { kind: "enum", column: "type", enum: type },
      status: { kind: "enum", column: "status", enum: status },
      owner: principalField("ownerId", names),
      create_time: { kind: "time", column: "createTime", sortable: true },
      ...own(names),
    },
  });
