import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { auditEvent } from "@signalbox/runtime/audit/event.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { colorOf } from "./color.ts";
import type { News } from "./news.ts";
import type { TagStore } from "./store.ts";
import type { TagRow } from "./tables.ts";

/** The tags that a call attaches in a project, in the order of the references. */
export type Ensure = (call: Call, project: Id, references: readonly string[]) => Promise<TagRow[]>;

/** Whoever makes a tag of a name deletes it again this often before it is given up. */
const attempts = 5;

/** Stands for "made by attaching it", which no request asks for. */
const noHash = Buffer.alloc(32);

/** Finds tags by id or name, and creates those that are unknown by name where the caller may. */
export function ensuring(context: Omit<Context, "want">, tags: TagStore, news: News): Ensure {
  const { database, log, clock } = context;
  const may = callerMay(context);
  /** Makes tags of these names, or finds those that somebody else made meanwhile. */
  async function made(call: Call, names: readonly string[]): Promise<TagRow[]> {
    const [workspaceId, ownerId, now] = [workspaceOf(call), callerId(call), clock()];
    const rows = names.map((name): TagRow => {
      const changes = { revision: 1, createTime: now, updateTime: now };
      return {
        workspaceId,
        id: newId(),
        ownerId,
        contentHash: noHash,
        name,
        description: "",
        color: colorOf(name),
        exclusive: 0,
        ...changes,
      };
    });
    // However the tag was asked for, it is on record as made by attaching.
    const { caller, granted, address } = call;
    const recorded = { caller, granted, address, method: TagService.method.ensureTags };
    const found = await database.transact(async (trx) => {
      await tags.addFree(trx, rows);
      const there = await tags.named(workspaceId, names, trx);
      const own = there.filter(({ id }) => rows.some((row) => row.id.equals(id)));
      const records = own.map(({ id }) => auditEvent(recorded, { subject: toUuid(id), project: "" }, { service: log.service, time: now }));
      await tags.keepWords(trx, own);
      await news.changed(trx, own);
      await log.append(trx, records);
      return there;
    });
    return found;
  }

  return async (call, project, references) => {
    const workspaceId = workspaceOf(call);
    const ids = references.filter(isUuid).map((id) => id.toLowerCase());
    const names = [...new Set(references.filter((reference) => !isUuid(reference)))];
    const known = new Map((await tags.some(workspaceId, ids.map(toId))).map((row) => [toUuid(row.id), row]));
    for (const id of ids) if (!known.has(id)) throw notFound("tag", id);
    for (const row of await tags.named(workspaceId, names)) known.set(row.name, row);
    for (let attempt = 1; ; attempt++) {
      const missing = names.filter((name) => !known.has(name));
      if (missing.length === 0) return references.map((each) => known.get(isUuid(each) ? each.toLowerCase() : each) as TagRow);
      if (attempt > attempts) throw new SignalboxError(Reason.UNAVAILABLE, `the tag "${missing[0]}" comes and goes`, { retryAfterMs: 100 });
      for (const name of missing) checkName(name, "tags");
      if (!(await may(call, "tag.create", { project: toUuid(project) }))) {
        const what = missing.map((name) => `"${name}"`).join(", ");
        throw new SignalboxError(Reason.PERMISSION_MISSING, `there is no tag ${what}, and to create one you need tag.create`, {
          metadata: { permission: "tag.create" },
        });
      }
      for (const row of await made(call, missing)) known.set(row.name, row);
    }
  };
}
