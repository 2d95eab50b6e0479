import type { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Kysely } from "kysely";
import type { Micros } from "../../clock.ts";
import type { Id } from "../../ids.ts";
import { columnsOf, createIndexes, createTable } from "../../store/create-table.ts";
import type { BulkTable, ColumnsOf } from "../../store/dialect/bulk.ts";
import type { Dialect } from "../../store/dialect/dialect.ts";

/** A row of `<service>_known_tag`: what a service that attaches tags knows of one. Registry tells it of changes. */
export interface KnownTagTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly name: string;
  readonly exclusive: number;
  /** That of the tag: what is told late changes nothing. */
  readonly revision: number;
  /** When it was heard that scopes may have several holders, of which one is to be left; 0 for not. */
  readonly settleTime: Micros;
  /** When it was heard that the tag was deleted; 0 for not. Until what came late is gone as well, the row is kept. */
  readonly goneTime: Micros;
}

/** A row of `<service>_tagging`: that something has a tag. */
export interface TaggingTable {
  readonly workspaceId: Id;
  /** A ResourceKind. */
  readonly kind: number;
  readonly resourceId: Id;
  readonly tagId: Id;
  readonly projectId: Id;
  /** In which only one may have it if it is exclusive: where there is no such bound, the resource itself. */
  readonly scopeId: Id;
  /** When the resource was created: in this order it is listed. */
  readonly resourceTime: Micros;
  readonly createTime: Micros;
}

/** A row of `<service>_tag_touch`: that resources got or lost a tag, and it is to be counted again. */
export interface TagTouchTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly tagId: Id;
}

/** A row of `<service>_tag_count`: how many resources of a kind had a tag when they were counted last. */
export interface TagCountTable {
  readonly workspaceId: Id;
  readonly tagId: Id;
  readonly kind: ResourceKind;
  readonly count: number;
  /** That of the count: what is told late changes nothing. */
  readonly revision: number;
}

const touchColumns = { workspaceId: "id", id: "id", tagId: "id" } as const satisfies ColumnsOf<TagTouchTable>;
const countColumns = {
  ...{ workspaceId: "id", tagId: "id", kind: "enum", count: "int", revision: "int" },
} as const satisfies ColumnsOf<TagCountTable>;

const nameColumns = {
  ...{ workspaceId: "id", id: "id", name: "name", exclusive: "flag", revision: "int", settleTime: "time", goneTime: "time" },
} as const satisfies ColumnsOf<KnownTagTable>;

const taggingColumns = {
  ...{ workspaceId: "id", kind: "enum", resourceId: "id", tagId: "id", projectId: "id", scopeId: "id" },
  ...{ resourceTime: "time", createTime: "time" },
} as const satisfies ColumnsOf<TaggingTable>;

/** What the tables of a service are called. */
export interface TagTables {
  readonly names: BulkTable;
  readonly taggings: BulkTable;
  readonly touches: BulkTable;
  readonly counts: BulkTable;
}

export const tagTables = (service: string): TagTables => ({
  names: { name: `${service}_known_tag`, columns: nameColumns },
  taggings: { name: `${service}_tagging`, columns: taggingColumns },
  touches: { name: `${service}_tag_touch`, columns: touchColumns },
  counts: { name: `${service}_tag_count`, columns: countColumns },
});

/** The names and who has them, for the migration of the service. */
export async function createTagTables(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, service: string): Promise<void> {
  const { names, taggings } = tagTables(service);
  await createTable(db, names.name, columnsOf(names, types), ["workspace_id", "id"]);
  await createIndexes(db, names.name, { name: ["workspace_id", "name"], settle: ["settle_time"], gone: ["gone_time"] });
  await createTable(db, taggings.name, columnsOf(taggings, types), ["workspace_id", "kind", "resource_id", "tag_id"]);
  await createIndexes(db, taggings.name, {
    newest: ["workspace_id", "kind", "tag_id", "resource_time", "resource_id"],
    newest_in: ["workspace_id", "project_id", "kind", "tag_id", "resource_time", "resource_id"],
    scope: ["workspace_id", "tag_id", "kind", "scope_id"],
  });
}

/** What is counted, for a later migration. */
export async function createTagCountTables(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, service: string): Promise<void> {
  const { touches, counts } = tagTables(service);
  await createTable(db, touches.name, columnsOf(touches, types), ["id"]);
  await createTable(db, counts.name, columnsOf(counts, types), ["workspace_id", "tag_id", "kind"]);
  await createIndexes(db, counts.name, { kind: ["workspace_id", "kind", "tag_id"] });
}
