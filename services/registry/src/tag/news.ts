import { toBinary } from "@bufbuild/protobuf";
import { TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { tagChanged, tagDeleted } from "@signalbox/runtime/resource/tags/events.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { RegistryTables } from "../tables.ts";
import { toTag } from "./mapping.ts";
import type { TagRow } from "./tables.ts";

/** Tells those who show the names of tags, in the transaction of the change. */
export interface News {
  changed(trx: Kysely<RegistryTables>, rows: readonly TagRow[]): Promise<void>;
  deleted(trx: Kysely<RegistryTables>, tag: { readonly workspaceId: Id; readonly id: Id }, now: Micros): Promise<void>;
}

export function tagNews({ log, policy }: Pick<Context, "log" | "policy">): News {
  return {
    async changed(trx, rows) {
      const events = rows.map((row) => {
        const payload = Buffer.from(toBinary(TagSchema, toTag(row, policy)));
        return { workspaceId: row.workspaceId, kind: tagChanged, subject: row.id, payload, createdTime: row.updateTime };
      });
      await log.append(trx, events);
    },
    async deleted(trx, { workspaceId, id }, now) {
      await log.append(trx, [{ workspaceId, kind: tagDeleted, subject: id, payload: Buffer.alloc(0), createdTime: now }]);
    },
  };
}
