import { type DescMessage, isFieldSet, type MessageShape } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, SignalboxError } from "../errors.ts";

/**
 * The fields that an update is to change, of those that may be: what its mask
 * names, or without a mask what is set. Fails with FIELD_INVALID for a mask
 * that names anything else.
 */
export function patchOf<D extends DescMessage, K extends keyof MessageShape<D> & string>(
  schema: D,
  request: MessageShape<D> & { readonly updateMask?: FieldMask | undefined },
  fields: readonly K[],
): Partial<Pick<MessageShape<D>, K>> {
  const byName = new Map(schema.fields.map((field) => [field.name, field]));
  const allowed = new Map(
    schema.fields.filter(({ localName }) => (fields as readonly string[]).includes(localName)).map((field) => [field.name, field]),
  );
  const paths = request.updateMask?.paths ?? [];
  for (const path of paths) {
    if (!allowed.has(path)) {
      const what = byName.has(path) ? "cannot be changed" : "is not a field of this request";
      throw fieldInvalid("update_mask", `"${path}" ${what}; what can be changed: ${[...allowed.keys()].join(", ")}`);
    }
  }
  const changed =
    paths.length > 0
      ? paths.flatMap((path) => allowed.get(path) ?? [])
      : [...allowed.values()].filter((field) => isFieldSet(request, field));
  return Object.fromEntries(changed.map(({ localName }) => [localName, request[localName as K]])) as Partial<Pick<MessageShape<D>, K>>;
}

/** What an update carries to be refused if the resource changed since. */
export const etagOf = (revision: number): string => `r${revision}`;

/** Which revision an etag stands for. */
export const revisionOf = (etag: string): number => Number(etag.slice(1));

/** Fails with ETAG_MISMATCH where the caller read another revision; an empty etag stands for whichever there is. */
export function checkEtag(etag: string, revision: number): void {
  const current = etagOf(revision);
  if (etag !== "" && etag !== current) {
    throw new SignalboxError(Reason.ETAG_MISMATCH, "the resource changed since it was read; read it again and repeat the update", {
      metadata: { etag: current },
    });
  }
}
