import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock } from "../clock.ts";
import { notFound, SignalboxError } from "../errors.ts";
import { type Id, toUuid } from "../ids.ts";
import { permissionName, readerOf } from "../policy/catalogue.ts";
import type { Decisions } from "../policy/decide.ts";
import type { Call } from "../rpc/call.ts";
import { callerId, workspaceOf } from "../rpc/workspace.ts";
import type { Database } from "../store/database.ts";
import type { Outbox } from "../store/outbox.ts";
import { isVisible } from "../store/visible.ts";
import { grantedScope } from "./granted.ts";

/** What calls work with that change many resources, all or none. */
export interface BatchNeeds {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly database: Database<any>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly decisions: Decisions;
}

/** What tells who may change a resource. */
export interface Owned {
  readonly id: Id;
  readonly projectId: Id;
  readonly ownerId: Id;
}

/**
 * Makes sure of a call that the contract lets in with the scope of what the caller may update: what the caller may not
 * read is NOT_FOUND, what it may read only PERMISSION_MISSING. `verb` says what is refused: "tag".
 */
export async function requireChangeable(
  { decisions, type, verb }: { readonly decisions: Decisions; readonly type: string; readonly verb: string },
  call: Call,
  ids: readonly string[],
  rows: readonly Owned[],
): Promise<void> {
  const visible = grantedScope(call);
  const found = new Map(rows.map((row) => [toUuid(row.id), row]));
  const refused = ids.filter((id) => {
    const row = found.get(id);
    return !row || !isVisible(visible, row.projectId, row.ownerId);
  });
  const [first] = refused;
  if (first === undefined) return;
  // A run knows of nothing but what it may change.
  const reads = call.caller?.kind !== "run";
  const readable = reads ? await decisions.visible(toUuid(callerId(call)), readerOf(type), toUuid(workspaceOf(call))) : visible;
  const hidden = refused.find((id) => {
    const row = found.get(id);
    return !row || !isVisible(readable, row.projectId, row.ownerId);
  });
  if (hidden !== undefined) throw notFound(type, hidden);
  const permission = permissionName(type, "update");
  throw new SignalboxError(Reason.PERMISSION_MISSING, `you may not ${verb} ${first}: it needs ${permission}`, { metadata: { permission } });
}
