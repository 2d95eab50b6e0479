import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type UpdateApiKeyRequest, UpdateApiKeyRequestSchema } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { rewrite, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { ended, margin } from "../events.ts";
import type { Stores } from "../stores.ts";
import type { ApiKeyRow } from "../tables.ts";

const { ACTIVE, INACTIVE, REVOKED } = KeyState;

/**
 * Changes what is known of keys, and whether they work. What was got with one that becomes inactive is refused by an instant that lies
 * ahead, as for one that ends; it works again when that has passed.
 */
export function changingKeys({ clock, dialect, keys, log, mutate }: Pick<Stores, "clock" | "dialect" | "keys" | "log" | "mutate">) {
  return async (request: UpdateApiKeyRequest, call: Call): Promise<ApiKeyRow> => {
    const id = grantedId(call);
    const asked = patchOf(UpdateApiKeyRequestSchema, request, ["name", "description", "active"]);
    const { active = true, ...texts } = asked;
    if (texts.name === "") throw fieldInvalid("name", "must not be empty");
    const patch: Partial<ApiKeyRow> = { ...texts, ...("active" in asked && { state: active ? ACTIVE : INACTIVE }) };
    const change = () =>
      rewrite<ApiKeyRow, Partial<ApiKeyRow>>({
        async read() {
          const row = await keys.get(id);
          if (row.state === REVOKED) throw revokedForGood(id);
          return row;
        },
        patch,
        etag: request.etag,
        write: (before, fields) =>
          mutate(call, { subject: toUuid(id) }, async (trx) => {
            const now = clock();
            const stops = fields.state === INACTIVE;
            const which = { table: "identity_api_key", type: "api_key", id } as const;
            const after = await writeRow(trx, which, before, { ...fields, ...(stops && { resumeTime: now + margin }), updateTime: now });
            if (stops) await log.append(trx, [ended(id, now)]);
            return after;
          }),
      });
    return naming(dialect, "api_key", texts.name, change);
  };
}

export const revokedForGood = (id: Id): SignalboxError =>
  new SignalboxError(Reason.PROTECTED, "the API key was revoked for good: make a new one", {
    metadata: { type: "api_key", id: toUuid(id) },
  });
