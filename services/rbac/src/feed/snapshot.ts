import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  type PolicyBinding,
  PolicyBindingSchema,
  type PolicyChange,
  PolicyChangeSchema,
  RevocationSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Binding, Facts } from "@signalbox/runtime/policy/facts.ts";
import { mostFacts } from "./store.ts";
import type { View } from "./view.ts";

type ListField = "principals" | "workspaces" | "bindings" | "revocations";

/** The whole policy as far as a view shows it, in messages of at most a thousand facts. */
export function* snapshot(facts: Readonly<Facts>, view: View, revision: number): Generator<PolicyChange> {
  const chunk = (field: ListField, items: readonly unknown[]) => create(PolicyChangeSchema, { revision: BigInt(revision), [field]: items });
  for (const workspace of chunks(filtered(facts.workspaces.values(), view.workspace))) yield chunk("workspaces", workspace);
  for (const principals of chunks(filtered(facts.principals.values(), view.principal))) yield chunk("principals", principals);
  for (const bindings of chunks(filtered(facts.bindings.values(), view.binding))) yield chunk("bindings", bindings.map(toPolicyBinding));
  for (const entries of chunks(facts.revocations)) yield chunk("revocations", entries.map(toRevocation));
}

function toPolicyBinding({ id, principal, role, organization, workspace, project }: Binding): PolicyBinding {
  return create(PolicyBindingSchema, { id, principal, role: role.id, scope: { organization, workspace, project } });
}

function toRevocation([credential, millis]: readonly [string, number]) {
  const time = create(TimestampSchema, { seconds: BigInt(Math.floor(millis / 1000)), nanos: (millis % 1000) * 1e6 });
  return create(RevocationSchema, { credential, time });
}

function* filtered<T>(items: Iterable<T>, shown: (item: T) => boolean): Generator<T> {
  for (const item of items) if (shown(item)) yield item;
}

function* chunks<T>(items: Iterable<T>): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length === mostFacts) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
